"""A WebSocket server of Python's standard library that echoes: its port is printed; with a certificate and a key, over TLS."""
import base64
import hashlib
import socket
import ssl
import struct
import sys

ID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def exactly(stream, n):
    got = stream.read(n)
    if len(got) < n:
        raise EOFError
    return got


def frame(first, payload):
    if len(payload) < 126:
        return bytes([first, len(payload)]) + payload
    if len(payload) < 1 << 16:
        return struct.pack("!BBH", first, 126, len(payload)) + payload
    return struct.pack("!BBQ", first, 127, len(payload)) + payload


def serve(connection):
    stream = connection.makefile("rb")
    headers = {}
    stream.readline()
    while (line := stream.readline().strip()):
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    accept = base64.b64encode(hashlib.sha1(headers[b"sec-websocket-key"] + ID).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    # A ping comes with the head.
    connection.sendall(head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + frame(0x89, b"early"))
    message, kind = b"", 0
    while True:
        first, second = exactly(stream, 2)
        assert second & 0x80, "frames of clients are masked"
        length = second & 0x7F
        if length > 125:
            length = int.from_bytes(exactly(stream, 2 if length == 126 else 8), "big")
        mask = exactly(stream, 4)
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(exactly(stream, length)))
        opcode = first & 0x0F
        if opcode == 8:
            connection.sendall(frame(0x88, payload))
            return
        if opcode > 8:
            assert opcode != 10 or payload == b"early"
            continue
        message, kind = message + payload, opcode or kind
        if first & 0x80:
            connection.sendall(frame(0x80 | kind, message))
            message = b""


listener = socket.create_server(("127.0.0.1", 0))
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    listener = context.wrap_socket(listener, server_side=True)
print(listener.getsockname()[1], flush=True)
while True:
    try:
        with listener.accept()[0] as connection:
            serve(connection)
    except (EOFError, OSError):
        pass
