"""Twenty requests as a MicroPython program makes them, with the keywords of the mPython board's `urequests`.

usage: urequests.py PORT
The module is written here anew over Python's own http.client, with what its users count on, mistakes mended: `params`
are added with one `?`, lengths are in bytes, Host has the port.
"""

import http.client
import json as json_module
import sys
from urllib.parse import quote, quote_plus, urlencode

PORT = int(sys.argv[1])
BOUNDARY = "boundary"


def request(method, url, data=None, json=None, headers=(), params=None, files=None, auth=None):
    headers = dict(headers)
    path = quote(url, safe="/?&=%:+,;@!$'()*~")
    if params:
        path += ("&" if "?" in path else "?") + urlencode(params)
    if json is not None:
        data = json_module.dumps(json, separators=(",", ":"), ensure_ascii=False).encode()
        headers.setdefault("Content-Type", "application/json")
    if isinstance(data, dict):
        data = urlencode(data).encode()
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    if isinstance(data, str):
        data = data.encode()
    if files:
        parts = []
        for name, (file_name, content, content_type) in files.items():
            head = f'Content-Disposition: form-data; name="{name}"; filename="{file_name}"\r\nContent-Type: {content_type}'
            parts.append(f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n")
        data = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
    if auth:
        import base64

        headers["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    connection.request(method, path, body=data, headers=headers)
    connection.getresponse().read()
    connection.close()


def get(url, **keywords):
    request("GET", url, **keywords)


def post(url, **keywords):
    request("POST", url, **keywords)


get("/")
get("/光线?城=深圳")
get("/weather", params={"city": "深圳", "unit": "C"})
get("/weather?key=1", params={"city": "a b&c"})
get("/weather", headers={"X-Board": "mPython", "Accept": "application/json"})
get("/secret", auth=("name", "密码"))
request("HEAD", "/")
request("DELETE", "/led/1")
request("OPTIONS", "/led")
request("PURGE", "/cache")
post("/light", data="301")
post("/light", data="光线:301", headers={"Content-Type": "text/plain; charset=utf-8"})
post("/light", data=bytes(range(256)), headers={"Content-Type": "application/octet-stream"})
post("/form", data={"led": "on", "名": "a b&="})
post("/form?x=1", data={"led": "off"}, params={"y": "2"})
post("/json", json={"light": 301, "city": "深圳"})
post("/json", json=[1, 2, 3], headers={"X-Token": "t"})
request("PUT", "/light", json={"light": 1})
request("PATCH", "/light", data="x=1")
post("/upload", files={"photo": ("光.png", b"\x89PNG\r\n", "image/png")})
