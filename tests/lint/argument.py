"""docs/design.md, "The argument": its steps are numbered without a gap, name tests that exist, and what it
says of who may call what is so."""

import re

import code
import named_tests
import tree

PAGE = "docs/design.md"
STEP = re.compile(r"^(\d+)\. ", re.MULTILINE)

# Step 2: where a session is made. Step 14: where a Unix account is linked.
CALLERS = {
    "wa_session_create": {
        "lib/core/session.c",
        "lib/core/credential.c",
        "lib/core/user.c",
    },
    "wa_session_begin": {
        "lib/core/session.c",
        "lib/core/login_session.c",
        "sessiond/routes/verify_email.c",
    },
    "store_session_insert_newest": {"lib/store/session.c", "lib/core/session.c"},
    "store_link_insert": {"lib/store/link.c", "tools/webauthctl/link.c"},
}


def section():
    text = tree.text(PAGE)
    begin = text.index("\n## The argument\n")
    return text[begin : text.index("\n## ", begin + 1)]


def check_callers(findings):
    for path in tree.sources():
        if path.parts[0] == "tests" or path.suffix != ".c":
            continue
        stripped = code.strip(tree.text(path))
        for name, allowed in CALLERS.items():
            if str(path) not in allowed and re.search(rf"\b{name}[ \t]*\(", stripped):
                findings.append(f"{path}: calls {name}(), which {PAGE} says it does not: The argument")


def main():
    text = section()
    findings = list(named_tests.findings(text, PAGE))
    steps = [int(n) for n in STEP.findall(text)]
    if not steps or steps != list(range(1, len(steps) + 1)):
        findings.append(f"{PAGE}: the steps of the argument are not numbered from 1 without a gap: {steps}")
    for name, allowed in CALLERS.items():
        for path in allowed:
            if name not in tree.text(path):
                findings.append(f"{path}: has no {name}() any more: mend tests/lint/argument.py")
    check_callers(findings)
    tree.report(findings)


main()
