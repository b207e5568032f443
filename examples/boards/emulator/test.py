#!/usr/bin/env python3
"""Boots a board's image in the emulator, and checks server, client, OLED and exit codes.

usage: test.py riscv|arm|embassy [OLED.png]
Ends with a line `N passed, M failed`. Needs the emulator, openssl and python3.
"""

import concurrent.futures
import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import check  # noqa: E402
import names  # noqa: E402
import oled  # noqa: E402

BOARD = sys.argv[1]
TARGET = "thumbv7m-none-eabi" if BOARD == "arm" else "riscv32imc-unknown-none-elf"
MACHINE = "arm" if BOARD == "arm" else "riscv"
# What the stack says of a host that nobody knows.
NO_HOST = "Failed" if BOARD == "embassy" else "HostNotFound"
FOLDER = HERE.parent / f"qemu-{BOARD}"
PICTURE = sys.argv[2] if len(sys.argv) > 2 else None
TIMEOUT = 60
# So many clients come at once, and each is to be answered within so many seconds.
CROWD, CROWD_SECONDS = 50, 5


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def build(*features):
    subprocess.run(["cargo", "build", "-q", "--release", *features], cwd=FOLDER, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", FOLDER / "target"))
    return str(target / TARGET / "release" / f"qemu-{BOARD}")


def build_all():
    """The image with what the plain one has not."""
    global IMAGE
    IMAGE = build("--features", "https,updates")


def command(*arguments):
    return ["timeout", "600", str(HERE / "run"), MACHINE, IMAGE, *arguments]


class Emulator:
    """The board while it serves; what it prints is kept."""

    def __init__(self, *arguments):
        self.qmp = pathlib.Path(tempfile.mkdtemp()) / "qmp"
        settings = {"HTTP_PORT": str(check.PORT), "QMP_SOCKET": str(self.qmp), "CROWD": str(0 if arguments else CROWD)}
        self.process = subprocess.Popen(
            command(*arguments), env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines = []
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\r\n"))

    def printed(self, start):
        """Waits until a line with this start was printed, and returns it."""
        deadline = time.monotonic() + TIMEOUT
        while not any(line.startswith(start) for line in self.lines):
            assert self.process.poll() is None and time.monotonic() < deadline, self.lines
            time.sleep(0.02)
        return next(line for line in self.lines if line.startswith(start))

    def ask(self, call, **arguments):
        """Has the emulator do something, and returns its answer."""
        with socket.socket(socket.AF_UNIX) as wire:
            wire.connect(str(self.qmp))
            answers = wire.makefile()
            answers.readline()
            for question in ({"execute": "qmp_capabilities"}, {"execute": call, "arguments": arguments}):
                wire.sendall(json.dumps(question).encode())
                while "return" not in (answer := json.loads(answers.readline())):
                    assert "error" not in answer, answer
        return answer["return"]

    def memory(self, address, size):
        """Reads the board's memory."""
        path = self.qmp.with_name("memory")
        self.ask("pmemsave", val=address, size=size, filename=str(path))
        return path.read_bytes()

    def crowd_ports(self):
        """The ports of this machine that lead to the board, one for each of a crowd."""
        table = self.ask("human-monitor-command", **{"command-line": "info usernet"})
        rows = [line.split() for line in table.splitlines() if "HOST_FORWARD" in line]
        return [port for port in (int(row[3]) for row in rows) if port != check.PORT]


class Origin(http.server.BaseHTTPRequestHandler):
    """A server on this machine, for the board as a client; what it is asked is kept."""

    asked = []

    def answer(self, body):
        self.asked.append((self.command, self.path, self.headers["Host"], body))
        self.send_response(200)
        text = body or "你好，掌控板".encode()
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *_):
        pass


def boot():
    emulator.printed("listening on 10.0.2.15:80")


def fifty_at_once():
    """The slowest client of the best of three crowds is fast enough.

    Who finds no socket, and is not remembered, comes again after 6 and 18 seconds, for then QEMU sends a SYN again.
    """
    ports, slowest = emulator.crowd_ports(), []
    assert len(ports) == CROWD, ports
    while len(slowest) < 3 and min(slowest, default=CROWD_SECONDS) >= CROWD_SECONDS:
        with concurrent.futures.ThreadPoolExecutor(CROWD) as pool:
            slowest.append(max(pool.map(one_of_the_crowd, ports, [threading.Barrier(CROWD)] * CROWD)))
    assert min(slowest) < CROWD_SECONDS, slowest


def one_of_the_crowd(port, together):
    """After how many seconds a client has its answer. Each has a port to itself, since QEMU lets few wait at one."""
    together.wait()
    start = time.monotonic()
    try:
        # To the board, all clients have the same address: they must come from different ports.
        with socket.create_connection(("127.0.0.1", port), TIMEOUT, ("127.0.0.1", 0)) as stream:
            stream.sendall(b"GET /light HTTP/1.1\r\nHost: board\r\nConnection: close\r\n\r\n")
            with stream.makefile("rb") as answer:
                answered = answer.read().startswith(b"HTTP/1.1 200 OK\r\n")
    except OSError:
        answered = False
    return time.monotonic() - start if answered else float("inf")


def serial_port_tells_of_clients():
    check.json()
    emulator.printed("Client address: 10.0.2.2:")
    assert any(line.startswith("Client request: ") and line.endswith(" GET /light") for line in emulator.lines)


def picture():
    address = emulator.printed("OLED in memory at ").split()[-1]
    frame = emulator.memory(int(address, 16), oled.BYTES)
    if PICTURE:
        oled.save_png(frame, PICTURE)
    return oled.art(frame)


def oled_shows_the_address():
    shown = picture()
    assert shown == (HERE / "oled.txt").read_text(), "\n" + shown


def oled_shows_the_lamp():
    """A third line, and another one when somebody switches."""
    address, shown = (HERE / "oled.txt").read_text(), set()
    for text in ("on", "off"):
        assert check.put(text) == 204
        shown.add(picture())
    assert len(shown) == 2 and all(lines.startswith(address) and len(lines) > len(address) for lines in shown), shown


def nothing_to_do_takes_no_time():
    """The board on embassy sleeps until something interrupts; the others look round once a millisecond."""

    def spent():
        emulated = pathlib.Path(f"/proc/{emulator.process.pid}/task/{emulator.process.pid}/children").read_text()
        fields = pathlib.Path(f"/proc/{emulated.strip()}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = spent()
    time.sleep(2)
    assert spent() - before < 0.05, spent() - before


def stopping_stops_the_emulator():
    emulator.process.terminate()
    emulator.process.wait(TIMEOUT)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", check.PORT)) != 0


def certificates(folder):
    """An authority, and a server for which it vouches."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=ca")
    openssl("x509", "-in", "ca.pem", "-outform", "der", "-out", "ca.der")
    openssl("req", *key, "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=origin")
    names = pathlib.Path(folder, "names")
    names.write_text("subjectAltName=DNS:origin.test\nextendedKeyUsage=serverAuth\n")
    authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
    openssl("x509", "-req", "-in", "own.csr", *authority, "-extfile", str(names), "-out", "own.pem")


def run_once(*arguments, folder=None):
    """Runs the image to its end; returns exit code and output. With a folder of certificates the server speaks TLS."""
    origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    if folder:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.minimum_version = ssl.TLSVersion.TLSv1_3
        tls.load_cert_chain(f"{folder}/own.pem", f"{folder}/own.key")
        origin.socket = tls.wrap_socket(origin.socket, server_side=True)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    settings = {
        "HTTP_PORT": str(free_port()),
        "ORIGIN_PORT": str(origin.server_port),
        "NAMES_PORT": str(names.serve({"origin.test": "10.0.2.100", "another.test": "10.0.2.100"})),
    }
    done = subprocess.run(
        command(*arguments), cwd=folder, env=os.environ | settings, capture_output=True, text=True, timeout=TIMEOUT
    )
    origin.shutdown()
    return done.returncode, done.stdout


def client_get_and_post():
    code, output = run_once("http://origin.test/light?n=1")
    assert (code, output.splitlines()) == (0, ["GET 200 你好，掌控板", "POST 200 光线传感器值是:301"]), (code, output)
    expected = [("GET", b""), ("POST", "光线传感器值是:301".encode())]
    assert Origin.asked == [(method, "/light?n=1", "origin.test", body) for method, body in expected], Origin.asked


@contextlib.contextmanager
def taking_updates():
    """A board of its own that was told `update`, which `check` then asks."""
    build_all()
    check.PORT = free_port()
    board = Emulator("update")
    try:
        board.printed("listening for updates")
        yield board
    finally:
        board.process.terminate()
        board.process.wait(TIMEOUT)


def firmware_is_updated():
    for form in False, True:
        with taking_updates() as board:
            for updated in check.UPDATES:
                updated(form)
            an_update_restarts_the_board_and_cuts_nobody_off(board, form)


def an_update_restarts_the_board_and_cuts_nobody_off(board, form):
    """Beside the upload somebody listens to events, and somebody is in the middle of a request."""
    slot = int(board.printed("slot in memory at ").split()[-1], 16)
    image = os.urandom(50001 if form else 65536)
    listener = check.connection()
    listener.request("GET", "/events")
    events = listener.getresponse()
    assert events.readline() == b"data: idle\n"
    half = socket.create_connection(("127.0.0.1", check.PORT), TIMEOUT)
    half.sendall(b"GET /update HTTP/1.1\r\nHost: board\r\n")
    status, text = check.update(image, hashlib.sha256(image).hexdigest(), form)
    assert (status, text) == (200, "The new image starts at the next restart.\n"), (status, text)
    assert board.memory(slot, len(image)) == image
    # A stream that is cut off raises IncompleteRead.
    assert events.read().endswith(b"event: bye\ndata: restart\n\n")
    assert is_refused(), "a newcomer was answered"
    assert board.process.poll() is None, board.lines
    half.sendall(b"\r\n")
    answer = half.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and b"Connection: close\r\n" in answer, answer
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (told["state"], told["received"]) == ("ready", len(image)), told
    assert board.process.wait(TIMEOUT) == 0, board.lines
    board.listener.join(TIMEOUT)
    assert board.lines[-1] == f"restarting with an image of {len(image)} bytes", board.lines


def is_refused():
    """Whether the board accepts nobody: the emulator does, and then closes."""
    try:
        with socket.create_connection(("127.0.0.1", check.PORT), TIMEOUT) as stream:
            stream.sendall(b"GET /next HTTP/1.1\r\nHost: board\r\n\r\n")
            return stream.recv(1) == b""
    except ConnectionError:
        return True


def a_websocket_echoes():
    with taking_updates():
        check.a_websocket_echoes()


def client_without_a_server():
    code, output = run_once("http://nobody.test/")
    assert code == 1 and output == f"cannot find the host: {NO_HOST}\n", (code, output)


def panic_exits_with_101():
    code, output = run_once("panic")
    assert code == 101 and "on purpose" in output, (code, output)


def client_over_https():
    build_all()
    with tempfile.TemporaryDirectory() as folder:
        certificates(folder)
        code, output = run_once("https://origin.test:80/light", folder=folder)
        assert (code, output.splitlines()) == (0, ["GET 200 你好，掌控板", "POST 200 光线传感器值是:301"]), (code, output)
        code, output = run_once("https://another.test:80/light", folder=folder)
        assert (code, output) == (1, "certificate is for another host\n"), (code, output)


SERVING = [
    boot,
    oled_shows_the_address,
    *check.CHECKS,
    oled_shows_the_lamp,
    fifty_at_once,
    serial_port_tells_of_clients,
    *([nothing_to_do_takes_no_time] if BOARD == "embassy" else []),
    stopping_stops_the_emulator,
]
RUN_ONCE = [client_get_and_post, client_without_a_server, panic_exits_with_101, client_over_https, firmware_is_updated, a_websocket_echoes]

IMAGE = build()
check.PORT = free_port()
emulator = Emulator()
try:
    passed = check.run(SERVING + RUN_ONCE)
finally:
    emulator.process.kill()
if not passed:
    print("\n".join(emulator.lines[-20:]))
sys.exit(not passed)
