"""The pages' files as one C table, so that the daemon needs none of them on disk.
Usage: embed.py OUTPUT FOLDER FILE..., the files named relative to the folder."""

import pathlib
import sys

output, folder, *names = sys.argv[1:]

with open(output, "w", encoding="ascii") as out:
    out.write('#include "sessiond/pages/embedded.h"\n\n')
    for i, name in enumerate(names):
        out.write(f"static const char file_{i}[] = {{\n")
        data = pathlib.Path(folder, name).read_bytes()
        for at in range(0, len(data), 24):
            signed = (b - 256 if b > 127 else b for b in data[at:at + 24])
            out.write(",".join(map(str, signed)) + ",\n")
        out.write("0};\n\n")
    out.write("const struct embedded embedded_files[] = {\n")
    for i, name in enumerate(names):
        out.write(f'    {{"{name}", file_{i}, sizeof(file_{i}) - 1}},\n')
    out.write("};\n\n")
    out.write(f"const size_t embedded_n = {len(names)};\n")
