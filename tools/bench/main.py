"""Starts the contenders on copies of one store, measures each a few times in turn, and prints medians.

docs/measuring.md tells how to read what it prints.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import figures
import logins
import passwords
import plot
import proxies
import report
import sessions
import targets
import upkeep
from bench import Bench, progress


def measure(b):
    b.write_requests()
    wants_figures = b.wants(figures.GROUP)
    if wants_figures:
        figures.of_start(b)
    for group in (sessions, passwords, proxies, logins, upkeep):
        group.add(b)
    total = b.args.repeat * len(b.measures)
    for done in range(total):
        m = b.measures[done % len(b.measures)]
        progress(f"{m.group}: {m.name}", done / total)
        m.results.append(m.run())
    progress("measured", 1)
    if wants_figures:
        figures.of_load(b)
        figures.of_revocation(b)
    upkeep.figures(b)


def show(b):
    when = f"{b.args.repeat} x {b.args.seconds:g} s, medians; {os.cpu_count()} CPUs, load average " \
           f"{os.getloadavg()[0]:.1f} at the end"
    if b.measures:
        print(report.table(b.measures), end="\n\n")
    print(report.pairs(["", ""], b.figures) if b.figures else "", end="\n\n")
    if goals := list(targets.lines(b)):
        print(report.pairs(["aimed at", "", "measured", "met"], goals), end="\n\n")
    for what, why in b.left_out:
        print(f"left out: {what}: {why}")
    for line in b.wrong:
        print(f"WRONG: {line}")
    print(when)
    if b.args.json:
        Path(b.args.json).write_text(json.dumps(everything(b), indent=1), encoding="utf-8")
    if b.args.plot:
        title = ("sessiond beside Better Auth and beside what the machine can do", f"{when}.")
        Path(b.args.plot).write_text(plot.plot(b.measures, title), encoding="utf-8")
        print(f"plot: {b.args.plot}")


def everything(b):
    """For a program that reads on."""
    return {
        "measures": [{"group": m.group, "name": m.name, "shown": m.shown, "results": m.results} for m in b.measures],
        "figures": dict(b.figures), "left_out": b.left_out, "wrong": b.wrong,
    }


def count(text):
    return int(float(text))


def sizes(text):
    return sorted({count(word) for word in text.split(",") if word})


def arguments():
    p = argparse.ArgumentParser(
        prog="tools/bench/run", description="sessiond beside Better Auth and beside what the machine can do.")
    p.add_argument("--build", default="build-bench", help=argparse.SUPPRESS)
    p.add_argument("--quick", action="store_true", help="half a second a time, two repetitions, no large stores")
    p.add_argument("--repeat", type=int, help="repetitions (5)")
    p.add_argument("--seconds", type=float, help="for each figure (3)")
    p.add_argument("--users", type=count, default=100_000, help="users and sessions in the store (100000)")
    p.add_argument("--grow", type=sizes, metavar="N,N", help="sizes of growing stores (1e5,1e6,1e7); '' for none")
    p.add_argument("--only", default="", metavar="TEXT", help="only groups with this in their name")
    p.add_argument("--plot", metavar="FILE.svg", help="bars as well")
    p.add_argument("--json", metavar="FILE", help="every result of every repetition as well")
    args = p.parse_args()
    quick = args.quick
    args.repeat = args.repeat or (2 if quick else 5)
    args.seconds = args.seconds or (0.5 if quick else 3.0)
    if args.grow is None:
        args.grow = [100_000] if quick else [100_000, 1_000_000, 10_000_000]
    return args


def main():
    # So that contenders are ended, and the folder goes, also when this program is asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    b = Bench(arguments())
    with b.stack:
        try:
            measure(b)
        except (RuntimeError, subprocess.CalledProcessError) as e:
            return f"tools/bench: {e}"
        show(b)
    return 1 if b.wrong else 0


sys.exit(main())
