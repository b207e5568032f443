"""A name server on the emulated board's network, which QEMU's own does not have when it is restricted.

It gets the board's Ethernet frames in UDP datagrams, answers DNS questions that are sent to 10.0.2.3, and
ignores all else: QEMU answers ARP for that address.
"""

import socket
import struct
import threading

ADDRESS = bytes([10, 0, 2, 3])
A = 1


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def answer(question, hosts):
    """The DNS message that answers `question` (RFC 1035, section 4)."""
    end = 12
    labels = []
    while question[end]:
        labels.append(question[end + 1 : end + 1 + question[end]].decode())
        end += 1 + question[end]
    kind = struct.unpack_from("!H", question, end + 1)[0]
    address = hosts.get(".".join(labels))
    found = address is not None and kind == A
    refused = 0 if address is not None else 3
    message = question[:2] + struct.pack("!5H", 0x8180 | refused, 1, found, 0, 0) + question[12 : end + 5]
    if found:
        message += struct.pack("!HHHIH", 0xC00C, A, 1, 60, 4) + bytes(map(int, address.split(".")))
    return message


def reply(frame, hosts):
    """The frame that answers `frame`, if it is a question for this server."""
    ip = frame[14:]
    if frame[12:14] != b"\x08\x00" or len(ip) < 28 or ip[9] != 17 or ip[16:20] != ADDRESS:
        return None
    udp = ip[(ip[0] & 15) * 4 :]
    source, destination, length = struct.unpack("!3H", udp[:6])
    if destination != 53:
        return None
    message = answer(udp[8:length], hosts)
    # No UDP checksum: IPv4 may do without.
    udp = struct.pack("!4H", 53, source, 8 + len(message), 0) + message
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + ADDRESS + ip[12:16]
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return frame[6:12] + frame[0:6] + frame[12:14] + header + udp


def serve(hosts):
    """Serves these hosts in a thread of its own; returns the UDP port."""
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(("127.0.0.1", 0))

    def loop():
        while True:
            frame, sender = wire.recvfrom(65536)
            if out := reply(frame, hosts):
                wire.sendto(out, sender)

    threading.Thread(target=loop, daemon=True).start()
    return wire.getsockname()[1]
