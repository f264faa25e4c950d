"""Text files: nothing left to do later, no conflict marks, no stray blanks, no byte that is not
UTF-8, and a top level with nothing but what docs/design.md puts there."""

import re

import tree

TOP = set("pam_webauth sessiond lib tools tests etc docs README.md LICENSE meson.build".split())
BINARY = {".png", ".ico", ".woff2", ".db", ".gz"}
# Corpora and recorded bytes are kept as they are.
VERBATIM = re.compile(r"^tests/.*(corpus|fixtures|vectors)/")
# Spelt so that this file does not find itself.
LATER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|^(<<<<<<<|>>>>>>>) ")


def check(path):
    try:
        lines = tree.text(path).split("\n")
    except UnicodeDecodeError:
        yield f"{path}: not UTF-8"
        return
    if lines[-1] != "":
        yield f"{path}: the last line has no end"
    for number, line in enumerate(lines, 1):
        if LATER.search(line):
            yield f"{path}:{number}: left for later: {line.strip()}"
        if line != line.rstrip():
            yield f"{path}:{number}: blanks at the end of the line"


def main():
    findings = []
    everything = tree.files()
    for name in sorted({f.parts[0] for f in everything} - TOP):
        if not name.startswith("."):
            findings.append(f"{name}: does not belong on the top level")
    for path in everything:
        if path.suffix not in BINARY and not VERBATIM.match(str(path)):
            findings += check(path)
    tree.report(findings)


main()
