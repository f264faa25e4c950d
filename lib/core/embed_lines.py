"""A list of lines as one C array without pointers, its "# " comments left out; refuses one that is
not in byte order. Usage: embed_lines.py OUTPUT INPUT"""

import pathlib
import sys

output, source = sys.argv[1:]
lines = [
    line for line in pathlib.Path(source).read_bytes().splitlines() if not line.startswith(b"# ")
]
if lines != sorted(set(lines)):
    sys.exit(f"{source}: not sorted: keep the comments and run LC_ALL=C sort -u over the rest")
data = b"".join(line + b"\n" for line in lines)

with open(output, "w", encoding="ascii") as out:
    out.write('#include "lib/core/common_passwords.h"\n\n')
    out.write("const char wa_common_passwords[] = {\n")
    for at in range(0, len(data), 24):
        out.write(",".join(str(b) for b in data[at:at + 24]) + ",\n")
    out.write("};\n\nconst size_t wa_common_passwords_len = sizeof(wa_common_passwords);\n")
