#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Kills a process that runs graphs at random moments and checks that nothing is lost and nothing doubled.

    graph_drill.py --binary .build/debug/graph-drill --kills 500 [--seconds 60] [--seed 1] [--store postgresql://…]

The process goes on with the threads that a killed one left. At the end every thread has come to the same end, every
effect that may not come twice came once, no effect came again after the store had its task as finished, and after a kill
no task asked twice about its lost outcome. Exit code 1 and a line per violation otherwise.
"""
import argparse, collections, os, random, signal, subprocess, sys, tempfile, time

END = "in,model,tool0,tool1,tool2,model,tool3,tool4,tool5,model,yes,pay"
ONCE = {"tool1", "tool3", "tool5", "pay"}


class Effects:
    def __init__(self, path):
        self.path = path

    def lines(self):
        try:
            with open(self.path) as file:
                return [line.split() for line in file]
        except FileNotFoundError:
            return []

    def of(self, task):
        return sum(line[1] == task for line in self.lines())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--store")
    parser.add_argument("--longest", type=float, default=0.08, help="the longest life of a process in seconds")
    options = parser.parse_args()
    random.seed(options.seed)
    folder = tempfile.mkdtemp(prefix="turnledger-drill-")
    store = options.store or os.path.join(folder, "drill.sqlite")
    effects = Effects(os.path.join(folder, "effects"))
    mark = f"{os.getpid()}-{options.seed}"
    violations, done, finished = [], [], {}
    asked, kills = collections.Counter(), 0
    deadline = time.monotonic() + options.seconds

    def threads(count):
        return [f"d{mark}-{number}" for number in range(count)]

    def start(names, *more):
        return subprocess.Popen(
            [options.binary, store, effects.path, ",".join(names), *more], stdout=subprocess.PIPE, text=True)

    def read(output, life):
        """Notes what a process told in one of its lives."""
        for line in output.splitlines():
            word, _, rest = line.partition(" ")
            if word == "finished":
                finished.setdefault(rest, effects_then.get(rest, 0))
            elif word == "asked":
                asked[(life, rest)] += 1
            elif word == "done":
                done.append(rest)

    while kills < options.kills and time.monotonic() < deadline:
        open_threads = [name for name in threads(len(done) + 8) if name not in done]
        effects_then = collections.Counter(line[1] for line in effects.lines())
        process = start(open_threads)
        process.stdout.readline()
        time.sleep(random.uniform(0, options.longest))
        process.send_signal(signal.SIGKILL)
        read(process.communicate()[0], kills)
        kills += process.returncode == -signal.SIGKILL

    every = [name for name in threads(len(done) + 8)]
    effects_then = collections.Counter(line[1] for line in effects.lines())
    process = start([name for name in every if name not in done])
    read(process.communicate()[0], kills)
    if process.returncode:
        violations.append(f"the last process ended with {process.returncode}")

    process = start(every, "--verify")
    ends = dict(line.split(" ")[1:3] for line in process.communicate()[0].splitlines())
    for name in every:
        if ends.get(name) != END:
            violations.append(f"{name} ended as {ends.get(name)}")
    counts = collections.Counter((line[0], line[2]) for line in effects.lines())
    for name in every:
        for effect in ["tool0", "tool1", "tool2", "tool3", "tool4", "tool5", "pay"]:
            count = counts[(name, effect)]
            if count < 1 or (effect in ONCE and count != 1):
                violations.append(f"{name}: {effect} came {count} times")
    for task, before in finished.items():
        if effects.of(task) != before:
            violations.append(f"{task} had finished with {before} effects and has {effects.of(task)}")
    for (life, task), count in asked.items():
        if count > 1:
            violations.append(f"{task} asked {count} times after kill {life}")

    for violation in violations:
        print(violation)
    print(f"seed {options.seed}: {kills} kills, {len(every)} threads, {len(finished)} finished tasks found, "
          f"{sum(asked.values())} questions about lost outcomes, {len(violations)} violations")
    sys.exit(1 if violations or not finished else 0)


main()
