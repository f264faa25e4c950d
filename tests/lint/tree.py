"""What the lint tests share: the files of the project, and how a finding is reported."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Folders whose content no one wrote here.
SKIP = {".git", "node_modules", "__pycache__", "var"}


def files():
    """Every file of the project, relative to ROOT; what git ignores is left out where git can tell."""
    found = []
    for folder, names, leaves in os.walk(ROOT):
        at_top = pathlib.Path(folder) == ROOT
        names[:] = sorted(
            n for n in names if n not in SKIP and not (at_top and n.startswith("build"))
        )
        found += [pathlib.Path(folder, leaf).relative_to(ROOT) for leaf in sorted(leaves)]
    left_out = ignored(found)
    return [f for f in found if f not in left_out]


def ignored(paths):
    if shutil.which("git") is None:
        return set()
    git = subprocess.run(
        ["git", "-C", ROOT, "check-ignore", "--stdin", "-z"],
        input="\0".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=False,
    )
    return {pathlib.Path(p) for p in git.stdout.split("\0") if p} if git.returncode == 0 else set()


def sources(*suffixes):
    return [f for f in files() if f.suffix in (suffixes or (".c", ".h"))]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def report(findings):
    """Prints the findings and ends the test."""
    for line in findings:
        print(line)
    sys.exit(1 if findings else 0)
