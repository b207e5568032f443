#!/usr/bin/env python3
"""Says how much flash each crate takes in an image: the sizes of its symbols.

usage: crates.py NM IMAGE
Code that was inlined counts where it went; `constants` are the compiler's own, which have no crate.
"""

import collections
import re
import subprocess
import sys

nm, image = sys.argv[1:]
symbols = subprocess.run([nm, "--demangle", "--print-size", image], capture_output=True, text=True, check=True)
sizes = collections.Counter()
for line in symbols.stdout.splitlines():
    fields = line.split(None, 3)
    if len(fields) == 4 and fields[2] in "tTrRdD":
        # `_$LT$nal_http..hal..` is how old names are written where a type stands first.
        name = fields[3].replace("_$LT$", "").replace("..", "::")
        crate = re.search(r"([a-z_][a-z0-9_]*)::", name)
        if fields[3].startswith("."):
            crate = "constants"
        else:
            crate = crate.group(1) if crate else "the program, runtime"
        sizes[crate] += int(fields[1], 16)
for crate, size in sizes.most_common():
    if size >= 200:
        print(f"{crate:<28} {size:>8}")
print(f"{'smaller ones':<28} {sum(size for size in sizes.values() if size < 200):>8}")
