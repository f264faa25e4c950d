"""Manual pages: mandoc finds no fault, each is installed, and each page they refer to as ours is
there."""

import re
import subprocess
import sys

import tree

OURS = re.compile(r"^\.Xr ((?:pam_)?webauth\S*|sessiond) (\d)", re.MULTILINE)


def main():
    mandoc = sys.argv[1]
    pages = [f for f in tree.files() if f.parts[0] == "docs" and re.fullmatch(r"\.[1-8]", f.suffix)]
    findings = [] if pages else ["there are no manual pages"]
    installed = tree.text("docs/meson.build")
    for page in pages:
        lint = subprocess.run(
            [mandoc, "-Tlint", "-Wwarning", page],
            cwd=tree.ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        findings += lint.stdout.splitlines()
        if f"'{page.name}'" not in installed:
            findings.append(f"{page}: docs/meson.build does not install it")
        for name, section in OURS.findall(tree.text(page)):
            if not (tree.ROOT / f"docs/{name}.{section}").is_file():
                findings.append(f"{page}: refers to {name}({section}), which is not there")
    tree.report(findings)


main()
