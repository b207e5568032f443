"""microdot on MicroPython in the place of the counted server: serves on the port that it is given until it is killed."""

import sys

from microdot import Microdot

app = Microdot()


@app.get("/")
def hello(request):
    return "Hello, world"


app.run(host="127.0.0.1", port=int(sys.argv[1]))
