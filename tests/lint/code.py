"""C source without its comments and without what stands in strings, line numbers kept."""

import re

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""",
    re.DOTALL,
)


def _blank(match):
    token = match.group(0)
    if token.startswith("/"):
        return re.sub(r"[^\n]", " ", token)
    return token[0] + " " * (len(token) - 2) + token[-1]


def strip(source):
    return _TOKEN.sub(_blank, source)
