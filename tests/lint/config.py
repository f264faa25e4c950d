"""etc/webauth.conf and webauth.conf(5) name every key of the program's table, each with its default,
and no other; the shipped file ends in the built-in defaults, also with every key uncommented."""

import re
import subprocess
import sys
import tempfile

import tree

CONF = "etc/webauth.conf"
MANUAL = "docs/webauth.conf.5"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def keys(helper):
    """(section, name) -> default, of the table in lib/base/config_keys.c."""
    rows = [line.split("\t") for line in run(helper).stdout.splitlines()]
    return {(section, name): default for section, name, default, _ in rows}


def conf_keys():
    """The commented keys of the shipped file; a repeated one is a list, blank-separated here."""
    found = {}
    section = "daemon"
    for line in tree.text(CONF).splitlines():
        if line == "[pam]":
            section = "pam"
        match = re.fullmatch(r"#(\w+) =(?: (.*))?", line)
        if match:
            found.setdefault((section, match[1]), []).append(match[2] or "")
    return {key: " ".join(values) for key, values in found.items()}


def manual_keys():
    """The items of the manual's lists of keys."""
    body = tree.text(MANUAL).split(".Sh DESCRIPTION")[1].split(".Sh ENVIRONMENT")[0]
    daemon, pam = body.split(".Sh PAM SECTIONS")
    found = {}
    for section, part in (("daemon", daemon), ("pam", pam)):
        for name, text in re.findall(r"^\.It Cm (\w+)\n(.*?)(?=^\.It |^\.El)", part, re.M | re.S):
            default = re.search(r"The default is\n\.Ql (.*) \.$", text, re.M)
            found[section, name] = default[1] if default else ""
    return found


def compare(what, found, expected):
    for key in sorted(expected.keys() - found.keys()):
        yield f"{what}: lacks {' '.join(key)}"
    for key in sorted(found.keys() - expected.keys()):
        yield f"{what}: has {' '.join(key)}, which no program reads"
    for key in sorted(found.keys() & expected.keys()):
        if found[key] != expected[key]:
            yield f"{what}: {key[1]}: says {found[key]!r}, the default is {expected[key]!r}"


def compare_settings(helper, what, path, expected):
    got = run(helper, path)
    if got.returncode != 0:
        yield f"{what}: {got.stderr.strip()}"
    elif got.stdout != expected:
        yield f"{what}: does not end in the built-in defaults:\n{got.stdout}"


def main():
    helper = sys.argv[1]
    table = keys(helper)
    defaults = run(helper, "none").stdout
    findings = [] if table and defaults else ["the table of keys is empty"]
    findings += compare(CONF, conf_keys(), table)
    findings += compare(MANUAL, manual_keys(), table)
    findings += compare_settings(helper, CONF, tree.ROOT / CONF, defaults)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as uncommented:
        uncommented.write(re.sub(r"^#(?=\w+ =)", "", tree.text(CONF), flags=re.M))
        uncommented.flush()
        findings += compare_settings(helper, f"{CONF}, uncommented", uncommented.name, defaults)
    tree.report(findings)


main()
