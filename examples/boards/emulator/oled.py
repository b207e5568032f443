"""The OLED of an emulated board, as its memory has it: a byte is 8 pixels of a column, the lowest bit on top."""

import pathlib
import struct
import zlib

WIDTH, HEIGHT = 128, 64
BYTES = WIDTH * HEIGHT // 8
SCALE = 4


def is_lit(frame, x, y):
    return frame[y // 8 * WIDTH + x] >> y % 8 & 1


def art(frame):
    """The picture as text, two rows of pixels a line."""
    blocks = " ▀▄█"
    rows = (
        "".join(blocks[is_lit(frame, x, y) | is_lit(frame, x, y + 1) << 1] for x in range(WIDTH)).rstrip()
        for y in range(0, HEIGHT, 2)
    )
    return "\n".join(rows).rstrip() + "\n"


def save_png(frame, path):
    """Writes the picture as PNG, SCALE pixels wide and high for each of the OLED."""

    def chunk(kind, data):
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    rows = []
    for y in range(HEIGHT):
        row = b"".join(bytes([255 * is_lit(frame, x, y)]) * SCALE for x in range(WIDTH))
        rows.extend([b"\0" + row] * SCALE)
    header = struct.pack("!2I5B", WIDTH * SCALE, HEIGHT * SCALE, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")
    pathlib.Path(path).write_bytes(png)
