#!/usr/bin/env python3
"""Kills the daemon, webauthctl and a PAM service at moments nobody chose while they write one store, starts
again on the same file, and looks whether all that was answered is there, and of the rest all or nothing.

    crash.py [--rounds N] [--seed N] [--clients N]

Prints the seed. With the same one people do the same things in the same order and are killed after the same
count of answers; what that meets depends on the machine too. Programs are named by the environment, as meson
sets it.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from judge import judge
from operations import Administrator, Login, NotAnswered, Web
from world import World

ROUNDS_PER_STORE = 40
LIFE = 12  # operations answered in a round, at most, before the kill
MOMENT = 0.01  # seconds, at most, from the last of them to the kill
BIRTH = 0.02  # seconds, at most, of a daemon that is killed while it starts
CLIENTS = 3  # over the API; beside them one with webauthctl and one that logs in by PAM


class Count:
    """Of the operations answered in a round, by all."""

    def __init__(self):
        self.n = 0
        self.changed = threading.Condition()

    def add(self, n):
        with self.changed:
            self.n += n
            self.changed.notify_all()

    def wait_for(self, n):
        with self.changed:
            self.changed.wait_for(lambda: self.n >= n)


def play(actor, world, stop, count):
    """Operations until something is killed."""
    actor.connection = world.daemon.connection()
    try:
        while not stop.is_set():
            actor.step()
            count.add(1)
    except NotAnswered:
        pass
    except BaseException:
        count.add(LIFE)  # nobody waits for what will not come
        raise
    finally:
        actor.connection.close()


def one_round(world, actors, rng):
    if rng.random() < 0.25:
        world.stillborn(rng.uniform(0, BIRTH))
    world.restart()
    stop, count = threading.Event(), Count()
    with ThreadPoolExecutor(len(actors)) as pool:
        playing = [pool.submit(play, actor, world, stop, count) for actor in actors]
        count.wait_for(rng.randrange(LIFE))
        time.sleep(rng.uniform(0, MOMENT))
        world.kill(rng)
        stop.set()
        for thread in playing:
            thread.result()
    world.restart()
    judge(world, [p for a in actors for p in a.people if p.in_doubt])
    return count.n


def one_store(rounds, clients, rng, environ):
    """The life of one store, from a daemon that makes it to a last look at everybody."""
    directory = tempfile.mkdtemp(prefix="webauth-crash-")
    world = World(directory, environ["WEBAUTHCTL"], environ["BENCH_PAM"], environ["PAM_MODULE"])
    actors = [Web(world, f"web{n}", rng.random()) for n in range(clients)]
    actors += [Administrator(world, "admin", rng.random()), Login(world, "login", rng.random())]
    answered = 0
    try:
        for _ in range(rounds):
            answered += one_round(world, actors, rng)
        judge(world, [p for a in actors for p in a.people])
        world.check_with_tool()
    except BaseException:
        world.daemon.stop()
        print(f"what is left: {directory}", flush=True)
        raise
    world.daemon.stop()
    shutil.rmtree(directory)
    return answered, sum(len(a.people) for a in actors)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    rng = random.Random(args.seed)
    done = operations = people = 0
    while done < args.rounds:
        rounds = min(ROUNDS_PER_STORE, args.rounds - done)
        answered, made = one_store(rounds, args.clients, rng, os.environ)
        done, operations, people = done + rounds, operations + answered, people + made
        print(f"{done} rounds, {operations} operations answered, {people} people", flush=True)
    if operations < args.rounds:
        print("hardly anything was answered: these kills came too early to show anything")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
