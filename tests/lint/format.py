"""clang-format 14 decides how C is laid out."""

import subprocess
import sys

import tree

clang_format = sys.argv[1]
result = subprocess.run(
    [clang_format, "--dry-run", "--Werror", *map(str, tree.sources())],
    cwd=tree.ROOT,
    check=False,
)
sys.exit(result.returncode)
