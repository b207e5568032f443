#!/usr/bin/env python3
"""Requests a second of servers on the emulated board, and how many clients were refused.

usage: load.py NAME=IMAGE...
Each client has a port of this machine to itself, since QEMU lets few wait at one. Prints for each image: 8 clients with kept
connections, 8 and 50 with a connection for each request, and of the 50 how many in a hundred were refused or reset, and the
longest that anybody waited for an answer, in ms.
"""

import pathlib
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 4
TIMEOUT = 20


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Board:
    def __init__(self, image, clients):
        self.ports = free_ports(clients)
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{port}-:80" for port in self.ports)
        command = ["timeout", "120", "qemu-system-riscv32", "-M", "virt", "-cpu", "rv32,f=off,d=off,a=off", "-m", "4M", "-bios", "none"]
        command += ["-global", "virtio-mmio.force-legacy=false", "-device", "virtio-net-device,netdev=user,mac=52:54:00:12:34:56"]
        command += ["-netdev", "user,id=user,restrict=on" + forwards, "-kernel", image, "-semihosting-config", "enable=on,target=native"]
        command += ["-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.startswith("listening"):
                break
        # What it prints while it serves is not read, but must not stop it.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()


class Client:
    """Asks again and again, until the time is over."""

    def __init__(self, port, kept, end):
        self.port, self.kept, self.end = port, kept, end
        self.answered = self.refused = 0
        self.longest = 0.0
        self.stream = None
        self.thread = threading.Thread(target=self.loop)
        self.thread.start()

    def loop(self):
        while (start := time.monotonic()) < self.end:
            try:
                self.ask()
                self.answered += 1
                self.longest = max(self.longest, time.monotonic() - start)
            except OSError:
                self.stream = None
                self.refused += 1
                time.sleep(0.02)

    def ask(self):
        if not self.stream:
            self.stream = socket.create_connection(("127.0.0.1", self.port), TIMEOUT)
        close = "" if self.kept else "Connection: close\r\n"
        self.stream.sendall(f"GET /light HTTP/1.1\r\nHost: board\r\n{close}\r\n".encode())
        answer = b""
        while not answer.endswith(b"}"):
            piece = self.stream.recv(4096)
            if not piece:
                raise ConnectionResetError
            answer += piece
        if b"\r\nConnection: close\r\n" in answer:
            self.stream.close()
            self.stream = None


def measure(board, clients, kept):
    end = time.monotonic() + SECONDS
    crowd = [Client(port, kept, end) for port in board.ports[:clients]]
    for client in crowd:
        client.thread.join()
    answered, refused = sum(c.answered for c in crowd), sum(c.refused for c in crowd)
    longest = max(c.longest for c in crowd)
    return answered / SECONDS, 100 * refused / max(1, answered + refused), 1000 * longest


print(f"{'on the emulated board':<28} {'8-kept':>8} {'8-close':>8} {'50-close':>8} {'refused':>8} {'longest':>8}")
for argument in sys.argv[1:]:
    name, _, image = argument.partition("=")
    board = Board(image, 50)
    try:
        kept, close = (measure(board, 8, kept)[0] for kept in (True, False))
        many, refused, longest = measure(board, 50, False)
    finally:
        board.process.kill()
    print(f"{name:<28} {kept:>8.0f} {close:>8.0f} {many:>8.0f} {refused:>8.1f} {longest:>8.0f}", flush=True)
