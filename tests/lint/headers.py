"""Every header compiles alone, with the compiler and the warnings of this build, and is guarded by
its own path."""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import tree


def build_command(build):
    """The compiler with its flags, as meson uses them for some file of lib/base."""
    commands = json.loads((build / "compile_commands.json").read_text())
    entry = next(c for c in commands if "lib/base" in c["file"])
    words = shlex.split(entry["command"])
    kept = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MQ"):
            skip = True
        elif word not in ("-c", "-MD") and not word.endswith(".c"):
            kept.append(word)
    return kept


def check(command, build, header):
    findings = []
    guard = re.sub(r"[^A-Z0-9]", "_", str(header).upper())
    if not re.search(rf"^#ifndef {guard}\n#define {guard}\n", tree.text(header), re.MULTILINE):
        findings.append(f"{header}: not guarded by {guard}")
    compiler = subprocess.run(
        command + ["-Werror", "-fsyntax-only", "-x", "c", "-"],
        input=f'#include "{header}"\n#include "{header}"\nextern int not_empty;\n',
        capture_output=True,
        text=True,
        cwd=build,
        check=False,
    )
    if compiler.returncode != 0:
        findings.append(f"{header}: does not compile alone:\n{compiler.stderr}")
    return findings


def main():
    build = pathlib.Path(sys.argv[1])
    command = build_command(build)
    headers = tree.sources(".h")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda h: check(command, build, h), headers)
    tree.report([line for findings in results for line in findings])


main()
