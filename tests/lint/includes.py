"""Who may include whom (docs/design.md), so that a layer can be read, tested and replaced alone."""

import re

import tree

# Folder -> the folders of ours it may include, besides itself. The longest prefix of a path decides.
MAY_INCLUDE = {
    "lib/base": (),
    "lib/store": ("lib/base",),
    "lib/core": ("lib/store", "lib/base"),
    "sessiond/http": ("lib/base",),
    "sessiond/routes": ("lib/core", "sessiond/http", "lib/base"),
    "sessiond/pages": ("lib/core", "sessiond/http", "sessiond/routes", "lib/base"),
    "sessiond": ("lib", "sessiond"),
    "pam_webauth": ("lib/core", "lib/store", "lib/base"),
    "tools": ("lib/core", "lib/store", "lib/base"),
    "tests": ("lib", "sessiond", "pam_webauth", "tools"),
}

# A library's header has one includer, so that the library can be replaced in one file. Tests are
# free to look from outside.
ONE_INCLUDER = (
    r"sqlite3\.h",
    r"libpq-fe\.h",
    r"jwt\.h",
    r"jansson\.h",
    r"ini\.h",
    r"utf8proc\.h",
    r"openssl/.*",
    r"crypt\.h",
    r"seccomp\.h",
    r"linux/landlock\.h",
)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def folder_of(path):
    fitting = [f for f in MAY_INCLUDE if path == f or path.startswith(f + "/")]
    return max(fitting, key=len, default=None)


def check_ours(path, target, findings):
    if not (tree.ROOT / target).is_file():
        findings.append(f"{path}: includes {target}: written from the source root, no such file")
        return
    own, other = folder_of(path), folder_of(target)
    if own is None:
        findings.append(f"{path}: in a folder that the include rules do not know")
    elif other != own and not any(
        target.startswith(allowed + "/") for allowed in MAY_INCLUDE[own]
    ):
        findings.append(f"{path}: includes {target}: {own} may not use {other}")


def main():
    findings = []
    includers = {}
    for path in map(str, tree.sources()):
        for kind, target in INCLUDE.findall(tree.text(path)):
            if kind == '"':
                # X-macro tables and generated headers are included like headers.
                check_ours(path, target, findings)
            elif (tree.ROOT / target).is_file():
                findings.append(f"{path}: <{target}> is ours: write it in quotes")
            elif target.startswith("security/") and not path.startswith(
                ("pam_webauth/", "tests/", "tools/bench/")
            ):
                findings.append(f"{path}: includes {target}: PAM belongs to pam_webauth/")
            elif not path.startswith("tests/"):
                for library in ONE_INCLUDER:
                    if re.fullmatch(library, target):
                        includers.setdefault(library, set()).add(path)
    for library, paths in includers.items():
        if len(paths) > 1:
            findings.append(f"{library} has several includers: {', '.join(sorted(paths))}")
    tree.report(findings)


main()
