# The ten handlers of `docs/handlers.md`, for microdot. `python3 app.py PORT`

import asyncio
import hashlib
import sys

from microdot import Microdot, Request
from microdot.auth import BasicAuth
from microdot.sse import with_sse

app = Microdot()
auth = BasicAuth()
Request.max_content_length = sys.maxsize  # else each body over 16 KiB is a 413


class NoAnswer(Exception):
    pass


class Sensor:
    lock = asyncio.Lock()

    async def measure(self):
        await asyncio.sleep(0.75)
        return 421


class Value:
    now = 0
    changed = asyncio.Event()


sensor = Sensor()
listeners = 0


# [hello]
@app.get('/')
async def hello(request):
    return 'Hello, world!\n'
# [/hello]


# [json]
@app.post('/json')
async def json(request):
    try:
        level = request.json['level']
    except (ValueError, TypeError, KeyError) as error:
        return f'level, as JSON: {error!r}\n', 400
    if type(level) is not int or not 0 <= level < 256:
        return 'level must be a number from 0 to 255\n', 422
    return {'ok': True, 'level': min(level + 1, 255)}
# [/json]


# [form]
@app.post('/form')
async def form(request):
    fields = request.form or {}
    if 'city' not in fields:
        return 'city is missing\n', 422
    degrees = {'celsius': '20 C', 'fahrenheit': '68 F'}.get(fields.get('unit'))
    if degrees is None:
        return 'unit must be celsius or fahrenheit\n', 422
    return f'{fields["city"]}: {degrees}\n'
# [/form]


# [auth]
@auth.authenticate
async def is_admin(request, name, password):
    return (name, password) == ('admin', 'secret')


@app.get('/private')
@auth
async def private(request):
    return 'welcome\n'
# [/auth]


# [csv]
@app.get('/log.csv')
async def csv(request):
    lines = (f'{n},{n * 7 % 100}\n' for n in range(10_000))
    return lines, {'Content-Type': 'text/csv'}
# [/csv]


# [upload]
@app.post('/upload')
async def upload(request):
    hash = hashlib.sha256()
    left = request.content_length
    while left:
        piece = await request.stream.read(min(left, 1024))
        if not piece:
            return 'the body ended too early\n', 400
        hash.update(piece)
        left -= len(piece)
    return hash.hexdigest() + '\n'
# [/upload]


# [echo]
@app.post('/echo')
async def echo(request):
    async def pieces():
        left = request.content_length
        while left and (piece := await request.stream.read(min(left, 1024))):
            left -= len(piece)
            yield piece

    return pieces()
# [/echo]


# [poll]
@app.get('/poll')
async def poll(request):
    try:
        await asyncio.wait_for(Value.changed.wait(), 25)
    except asyncio.TimeoutError:
        return 204
    return f'{Value.now}\n'
# [/poll]


# [events]
@app.get('/events')
@with_sse
async def events(request, sse):
    global listeners
    listeners += 1
    try:
        count = 0
        while True:
            count += 1
            await sse.send(str(count))
            await asyncio.sleep(1)
    finally:
        listeners -= 1
# [/events]


# [sensor]
@app.get('/sensor')
async def measure(request):
    if sensor.lock.locked():
        return 'busy\n', 503
    async with sensor.lock:
        try:
            return f'{await sensor.measure()}\n'
        except NoAnswer:
            return 'no answer\n', 503
# [/sensor]


@app.put('/value')
async def set_value(request):
    Value.now = int(request.body)
    changed, Value.changed = Value.changed, asyncio.Event()
    changed.set()
    return 204


@app.get('/listeners')
async def count_listeners(request):
    return f'{listeners}\n'


app.run('127.0.0.1', int(sys.argv[1]))
