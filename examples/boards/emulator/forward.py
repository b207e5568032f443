#!/usr/bin/env python3
"""One connection of the emulated board to a server on this machine: copies stdin and stdout to 127.0.0.1:PORT.

usage: forward.py PORT
"""

import os
import socket
import sys
import threading

server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))


def answer():
    while piece := server.recv(65536):
        os.write(1, piece)
    os._exit(0)


threading.Thread(target=answer, daemon=True).start()
while piece := os.read(0, 65536):
    server.sendall(piece)
server.shutdown(socket.SHUT_WR)
threading.Event().wait()
