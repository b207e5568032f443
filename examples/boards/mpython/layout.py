#!/usr/bin/env python3
"""Checks what `espflash` would write into an ESP32-C3's flash: that its partition table is one for updates, and that the
firmware is where the bootloader looks for it, is one that the board takes as an update, and fits both slots.

usage: layout.py FLASH IMAGE    (of `espflash save-image`, the first with --merge)
"""

import hashlib
import struct
import sys

FLASH_SIZE = 4 << 20
TABLE, SECTOR, PAGE = 0x8000, 0x1000, 0x10000
ESP32_C3 = 5
# Type and subtype.
NVS, OTADATA, OTA_0, OTA_1 = (1, 2), (1, 0), (0, 0x10), (0, 0x11)


def table(flash):
    """Partitions by type and subtype: where each begins, and how long it is."""
    partitions = {}
    for at in range(TABLE, TABLE + 0xC00, 32):
        entry = flash[at : at + 32]
        if entry[:2] == b"\xeb\xeb":
            assert entry[16:] == hashlib.md5(flash[TABLE:at]).digest(), "the table's checksum"
            return partitions
        magic, kind, subtype, offset, size = struct.unpack_from("<HBBII", entry)
        assert magic == 0x50AA and (kind, subtype) not in partitions, entry
        partitions[kind, subtype] = offset, size
    raise AssertionError("the table has no end")


def check(flash, image):
    partitions = table(flash)
    assert set(partitions) == {NVS, OTADATA, OTA_0, OTA_1}, partitions
    end = TABLE + SECTOR
    for offset, size in sorted(partitions.values()):
        assert offset >= end and not offset % SECTOR and not size % SECTOR, (offset, size)
        end = offset + size
    assert end <= FLASH_SIZE, end
    assert partitions[OTADATA][1] == 2 * SECTOR
    (first, size), (second, other) = partitions[OTA_0], partitions[OTA_1]
    # The chip maps flash by pages.
    assert not first % PAGE and not second % PAGE and size == other, partitions
    assert len(image) <= size, f"the image has {len(image)} bytes, a slot {size}"
    assert flash[first : first + len(image)] == image, "the firmware is not in the first slot"
    # What `Slots` looks at before it selects an update.
    assert image[0] == 0xE9 and struct.unpack_from("<H", image, 12) == (ESP32_C3,), image[:24]
    assert struct.unpack_from("<I", image, 32) == (0xABCD5432,), image[32:36]
    at = 24
    for _ in range(image[1]):
        at += 8 + struct.unpack_from("<I", image, at + 4)[0]
    at = (at + 16) & ~15
    assert image[23] == 1 and image[at:] == hashlib.sha256(image[:at]).digest(), "the image's SHA-256"
    print(f"partition table: two slots of {size} bytes; the image takes {100 * len(image) // size} % of one")


check(*(open(path, "rb").read() for path in sys.argv[1:]))
