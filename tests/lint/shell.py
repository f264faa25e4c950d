"""Shell scripts pass shellcheck, Python compiles."""

import subprocess
import sys

import tree


def shebang(path):
    with open(tree.ROOT / path, "rb") as file:
        return file.readline(80)


def main():
    shellcheck = sys.argv[1]
    scripts = [
        str(f)
        for f in tree.files()
        if f.suffix == ".sh" or (f.suffix == "" and shebang(f).startswith((b"#!/bin/sh", b"#!/bin/bash")))
    ]
    findings = []
    for path in tree.sources(".py"):
        try:
            compile(tree.text(path), str(path), "exec")
        except SyntaxError as e:
            findings.append(f"{path}: {e}")
    if subprocess.run([shellcheck, "-x", *scripts], cwd=tree.ROOT, check=False).returncode != 0:
        findings.append("shellcheck found something")
    tree.report(findings)


main()
