#!/usr/bin/env python3
"""Checks the light application on a board: at an address, or through a port of this machine.

usage: check.py ADDRESS | PORT
Ends with a line `N passed, M failed`.
"""

import base64
import concurrent.futures
import gzip
import hashlib
import http.client
import json as parser
import os
import re
import socket
import struct
import sys
import threading
import time

HOST = "127.0.0.1"
PORT = 80
TIMEOUT = 30


def connection():
    return http.client.HTTPConnection(HOST, PORT, timeout=TIMEOUT)


def get(path, **headers):
    client = connection()
    client.request("GET", path, headers=headers)
    answer = client.getresponse()
    body = answer.read()
    client.close()
    return answer.status, body.decode()


def page():
    status, body = get("/")
    assert status == 200 and "欢迎使用掌控板mPython！你的光线传感器值是:" in body, body


def what_the_page_needs():
    _, text = get("/")
    targets = re.findall(r'"(/page\.\w+\?\w+)"', text)
    assert len(targets) == 2, targets
    for target in targets:
        client = connection()
        client.request("GET", target, headers={"Accept-Encoding": "gzip"})
        answer = client.getresponse()
        assert answer.status == 200 and len(gzip.decompress(answer.read())) > 1000, target
        client.close()
    assert '<html lang="en">' in get("/", **{"Accept-Language": "en"})[1]
    past = parser.loads(get("/history")[1])
    assert past["every"] == 7031 and past["light"] and past["ms"] <= past["now"], past


def listen():
    """A stream of events, and what comes over it one by one."""
    client = connection()
    client.request("GET", "/events")
    answer = client.getresponse()
    assert answer.status == 200 and answer.getheader("Content-Type") == "text/event-stream", answer.status
    lines = iter(answer.readline, b"")
    events = (parser.loads(line[6:]) for line in lines if line.startswith(b"data: "))
    return client, events


def put(text):
    client = connection()
    client.request("PUT", "/led", text)
    status = client.getresponse().status
    client.close()
    return status


def events_and_the_switch():
    """Two listen, and both see at once that somebody switches; a third is told to poll."""
    both = [listen(), listen()]
    client = connection()
    client.request("GET", "/events")
    assert client.getresponse().status == 204
    for _, events in both:
        times = [next(events)["ms"] for _ in range(4)]
        assert 1000 < times[3] - times[0] < 4000, times
    for on in (True, False):
        assert put("on" if on else "off") == 204
        for _, events in both:
            assert any(event["led"] == on for _, event in zip(range(4), events)), "nobody told"
        assert parser.loads(get("/state")[1])["led"] == on
    assert put("perhaps") == 400
    for client, _ in both:
        client.close()


def events_beside_others():
    """Who listens locks nobody out, and goes on."""
    client, events = listen_when_there_is_room()
    for _ in range(6):
        next(events)
        json()
    client.close()


def listen_when_there_is_room():
    """Who has left counts until the next event finds nobody."""
    for _ in range(20):
        try:
            return listen()
        except AssertionError:
            time.sleep(0.5)
    return listen()


def json():
    status, body = get("/light")
    assert status == 200 and body.startswith('{"light":') and body.endswith("}"), body


def cookies():
    status, _ = get("/", Cookie="session=0123456789abcdef; " * 160)
    assert status == 200, status


def errors():
    assert get("/nowhere")[0] == 404
    client = connection()
    client.request("DELETE", "/light")
    answer = client.getresponse()
    assert answer.status == 405 and answer.getheader("Allow") == "GET, HEAD"


def echo_of_a_mebibyte():
    sent = os.urandom(1 << 20)
    stream = socket.create_connection((HOST, PORT), TIMEOUT)
    head = f"POST /echo HTTP/1.1\r\nHost: board\r\nConnection: close\r\nContent-Length: {len(sent)}\r\n\r\n"
    got = b""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(stream.sendall, head.encode() + sent)
        while piece := stream.recv(65536):
            got += piece
    assert got.partition(b"\r\n\r\n")[2] == sent, len(got)


def two_hundred_connections():
    for _ in range(200):
        json()


def eight_at_once():
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for result in [pool.submit(json) for _ in range(400)]:
            result.result()


def keep_alive():
    client = connection()
    for _ in range(50):
        client.request("GET", "/light")
        answer = client.getresponse()
        assert answer.status == 200 and answer.read().startswith(b'{"light":')
        assert client.sock is not None, "the connection was closed"


def idle_connections_give_way():
    idle = [socket.create_connection((HOST, PORT), TIMEOUT) for _ in range(8)]
    for _ in range(20):
        json()
    for stream in idle:
        stream.close()


def slow_beside_fast():
    slow = socket.create_connection((HOST, PORT), TIMEOUT)
    for byte in b"GET /light HTTP/1.1\r\nHost: board\r\n\r\n":
        slow.send(bytes([byte]))
        json()
    assert slow.recv(1024).startswith(b"HTTP/1.1 200 OK")


def update_request(image, digest, form):
    """A connection, and what to send over it."""
    if not form:
        return "PUT", f"/update?sha256={digest}", image, {}
    field = f'--x y\r\nContent-Disposition: form-data; name="sha256"\r\n\r\n{digest}\r\n'
    file = '--x y\r\nContent-Disposition: form-data; name="file"; filename="光 %22.bin"\r\n\r\n'
    body = (field + file).encode() + image + b"\r\n--x y--\r\n"
    return "POST", "/update", body, {"Content-Type": 'multipart/form-data; boundary="x y"'}


def update(image, digest, form):
    client = connection()
    client.request(*update_request(image, digest, form))
    answer = client.getresponse()
    text = answer.read().decode()
    client.close()
    return answer.status, text


def progress():
    status, text = get("/update")
    assert status == 200, text
    return parser.loads(text)


def wait_for(state, received=0):
    """What the board tells of its update once it is so far."""
    deadline = time.monotonic() + TIMEOUT
    while (now := progress())["state"] != state or now["received"] < received:
        assert time.monotonic() < deadline, now
    return now


def an_upload_that_breaks_off_changes_nothing(form):
    image = os.urandom(20000)
    digest = hashlib.sha256(image).hexdigest()
    method, target, body, headers = update_request(image, digest, form)
    for end in 0, 100, 9000, len(body) - 10:
        client = connection()
        client.putrequest(method, target)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            client.putheader(name, value)
        client.endheaders()
        client.sock.sendall(body[:end])
        # Of a form, nothing begins before its file does.
        if not form or end >= 9000:
            now = wait_for("receiving", end - 1000)
            assert now["length"] == len(body), now
            status, text = update(image, digest, form)
            assert status == 409, (status, text)
        client.close()
        wait_for("idle")
        assert get("/next")[1] == "0"


def another_image_than_announced_changes_nothing(form):
    image = os.urandom(5000)
    status, text = update(image, hashlib.sha256(image[1:]).hexdigest(), form)
    assert status == 422, (status, text)
    status, text = update(os.urandom(70000), "0" * 64, form)
    assert status == 413, (status, text)
    assert get("/next")[1] == "0" and progress()["state"] == "idle"


def frame(first, payload):
    """A masked one, as clients send them."""
    mask = os.urandom(4)
    length = len(payload)
    head = bytes([first, 0x80 | length]) if length < 126 else struct.pack("!BBQ" if length >> 16 else "!BBH", first, 0xFF if length >> 16 else 0xFE, length)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def frames(stream):
    """What comes: the first byte of each, and its payload."""
    while head := stream.read(2):
        first, length = head
        assert not length & 0x80, "servers mask none"
        if length > 125:
            length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
        yield first, stream.read(length)


def a_websocket_echoes():
    client = socket.create_connection((HOST, PORT), TIMEOUT)
    key = base64.b64encode(os.urandom(16))
    head = b"GET /echo HTTP/1.1\r\nHost: board\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    client.sendall(head + b"Sec-WebSocket-Key: " + key + b"\r\n\r\n")
    stream = client.makefile("rb")
    lines = [line.strip() for line in iter(stream.readline, b"\r\n")]
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    assert lines[0] == b"HTTP/1.1 101 Switching Protocols" and b"Sec-WebSocket-Accept: " + accept in lines, lines
    coming = frames(stream)
    text = "你好，掌控板".encode()
    # In two frames that cut a letter, a ping between.
    client.sendall(frame(0x01, text[:4]) + frame(0x89, b"ping") + frame(0x80, text[4:]))
    kinds, sent = [], b""
    while not kinds or not kinds[-1] & 0x80 or kinds[-1] == 0x8A:
        first, payload = next(coming)
        kinds.append(first)
        sent += payload if first != 0x8A else b""
        assert first != 0x8A or payload == b"ping"
    assert sent == text and 0x8A in kinds and kinds[0] & 0x0F == 1, (kinds, sent)
    # Longer than any buffer: it comes back while it is sent.
    large = os.urandom(100_000)
    sender = threading.Thread(target=client.sendall, args=(frame(0x82, large),))
    sender.start()
    sent, last = b"", 0
    while not last & 0x80:
        last, payload = next(coming)
        sent += payload
    sender.join()
    assert sent == large
    client.sendall(frame(0x88, struct.pack("!H", 1000)))
    assert list(coming) == [(0x88, struct.pack("!H", 1000))]
    client.close()


# Of a board that takes firmware updates, as bodies or as forms.
UPDATES = [
    an_upload_that_breaks_off_changes_nothing,
    another_image_than_announced_changes_nothing,
]

CHECKS = [
    page,
    what_the_page_needs,
    events_and_the_switch,
    events_beside_others,
    json,
    cookies,
    errors,
    echo_of_a_mebibyte,
    two_hundred_connections,
    eight_at_once,
    keep_alive,
    idle_connections_give_way,
    slow_beside_fast,
]


def run(checks):
    """Runs the checks and says how many passed; returns whether all did."""
    failed = 0
    for check in checks:
        start = time.monotonic()
        try:
            check()
            verdict = "ok    "
        except Exception as error:  # whatever it is, the others are still to be run
            failed += 1
            verdict = f"FAILED ({error!r}) "
        print(f"{verdict}{check.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return failed == 0


if __name__ == "__main__":
    if sys.argv[1].isdigit():
        PORT = int(sys.argv[1])
    else:
        HOST = sys.argv[1]
    sys.exit(not run(CHECKS))
