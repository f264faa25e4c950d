"""cppcheck finds nothing. A finding that is none is silenced where it is, with the reason:
// cppcheck-suppress[id] why"""

import os
import subprocess
import sys

import tree


def main():
    cppcheck, compiler = sys.argv[1:]
    target = subprocess.run([compiler, "-dumpmachine"], capture_output=True, text=True, check=True).stdout.strip()
    # Its macros are loops, which no one can guess.
    queue = next(p for p in (f"/usr/include/{target}/sys/queue.h", "/usr/include/sys/queue.h") if os.path.exists(p))
    found = subprocess.run(
        [cppcheck, "--quiet", "--std=c11", "--enable=warning,performance,portability", "--inline-suppr",
         "--template={file}:{line}: {message} [{id}]", "-D_GNU_SOURCE", "-I.", f"--include={queue}",
         *map(str, tree.sources(".c"))],
        cwd=tree.ROOT, stderr=subprocess.PIPE, text=True, check=False)
    tree.report(found.stderr.splitlines() or ["cppcheck failed"] * (found.returncode != 0))


main()
