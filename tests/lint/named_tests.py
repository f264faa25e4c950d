"""Tests that a page names, as "unit/base/buf.c `claim`" or "unit/base/{arena,buf}.c": do they exist?"""

import re

import tree

_FILE = re.compile(r"\b([a-z_]+(?:/[\w{},.]+)+\.(?:c|py|mjs))((?:\s+`\w+`| \"[^\"]+\")*)")


def _spelt_out(path):
    braces = re.search(r"\{(.*)\}", path)
    if not braces:
        return [path]
    return [path.replace(braces.group(0), word) for word in braces.group(1).split(",")]


def findings(text, where):
    """What a text names that is neither below tests/ nor, with its folder, in the tree."""
    for path, names in _FILE.findall(text):
        for one in _spelt_out(path):
            if (tree.ROOT / one).is_file():
                continue  # not a test: a source file, with its folder
            if not (tree.ROOT / "tests" / one).is_file():
                yield f"{where}: no tests/{one}"
                continue
            content = tree.text(f"tests/{one}")
            for name in re.findall(r"[`\"]([^`\"]+)[`\"]", names):
                if name not in content:
                    yield f"{where}: tests/{one} has no {name}"
