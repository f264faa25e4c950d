"""docs/security-checklist.md: all 110 lines are there, in order, each with a state, and the tests that they
name exist."""

import re

import named_tests
import tree

PAGE = "docs/security-checklist.md"
ROW = re.compile(r"^\| ([0-9]+(?:[,–] ?[0-9]+)*|–) \|")
STATES = {"yes", "part", "no", "n/a"}


def numbers(cell):
    if "–" in cell and cell != "–":
        first, last = map(int, cell.split("–"))
        return list(range(first, last + 1))
    return [int(n) for n in re.findall(r"[0-9]+", cell)]


def main():
    findings = []
    seen = []
    for number, line in enumerate(tree.text(PAGE).split("\n"), 1):
        row = ROW.match(line)
        if not row:
            continue
        seen += numbers(row.group(1))
        cells = [c.strip() for c in line.strip("|").split("|")]
        if len(cells) != 4 or cells[2] not in STATES:
            findings.append(f"{PAGE}:{number}: four cells, the third one of {sorted(STATES)}")
        if not cells[-1]:
            findings.append(f"{PAGE}:{number}: says neither where nor why not")
        findings += named_tests.findings(line, f"{PAGE}:{number}")
    if seen != list(range(1, 111)):
        missing = sorted(set(range(1, 111)) - set(seen))
        findings.append(f"{PAGE}: the lines are not 1 to 110 in order; missing: {missing}")
    tree.report(findings)


main()
