# Turnledger. SPDX-License-Identifier: Apache-2.0
"""A process that runs graphs with tools that may not run twice, killed again and again: what the drills know of it."""
import collections
import os
import signal
import subprocess

END = "in,model,tool0,tool1,tool2,model,tool3,tool4,tool5,model,yes,pay"
TOOLS = ["tool0", "tool1", "tool2", "tool3", "tool4", "tool5", "pay"]
ONCE = {"tool1", "tool3", "tool5", "pay"}


class Graphs:
    """The threads of a drill, over many lives of the process."""

    def __init__(self, binary, store, folder, mark, errors=None):
        """`errors` is where the process writes its own, by default where the drill does."""
        self.binary, self.store, self.mark, self.errors = binary, store, mark, errors
        self.path = os.path.join(folder, "effects")
        self.done, self.finished, self.asked = [], {}, collections.Counter()
        self.process, self.lives, self.kills = None, 0, 0

    @property
    def threads(self):
        return [f"d{self.mark}-{number}" for number in range(len(self.done) + 8)]

    def effects(self):
        """Each effect as thread, task and name."""
        try:
            with open(self.path) as file:
                return [line.split() for line in file]
        except FileNotFoundError:
            return []

    def effects_by_task(self):
        return collections.Counter(line[1] for line in self.effects())

    def begin(self):
        """A life of the process, on what is not done."""
        self.before = self.effects_by_task()
        self.process = self.start([name for name in self.threads if name not in self.done])

    def start(self, names, *more):
        return subprocess.Popen([self.binary, self.store, self.path, ",".join(names), *more], stdout=subprocess.PIPE,
                                stderr=self.errors, text=True)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.end()
        self.kills += self.process.returncode == -signal.SIGKILL

    def end(self):
        """Waits for the end of a life, and notes what it told. - Returns: Its exit code."""
        for line in self.process.communicate()[0].splitlines():
            word, _, rest = line.partition(" ")
            if word == "finished":
                self.finished.setdefault(rest, self.before.get(rest, 0))
            elif word == "asked":
                self.asked[(self.lives, rest)] += 1
            elif word == "done":
                self.done.append(rest)
        self.lives += 1
        return self.process.returncode

    def violations(self):
        """Brings all threads to their end, and says what is wrong with it."""
        violations, every = [], self.threads
        self.begin()
        if code := self.end():
            violations.append(f"the last process ended with {code}")
        ends = dict(line.split(" ")[1:3] for line in self.start(every, "--verify").communicate()[0].splitlines())
        violations += [f"{name} ended as {ends.get(name)}" for name in every if ends.get(name) != END]
        counts = collections.Counter((line[0], line[2]) for line in self.effects())
        for name in every:
            for effect in TOOLS:
                count = counts[(name, effect)]
                if count < 1 or (effect in ONCE and count != 1):
                    violations.append(f"{name}: {effect} came {count} times")
        by_task = self.effects_by_task()
        violations += [f"{task} had finished with {before} effects and has {by_task[task]}"
                       for task, before in self.finished.items() if by_task[task] != before]
        violations += [f"{task} asked {count} times in life {life}" for (life, task), count in self.asked.items() if count > 1]
        return violations

    def told(self):
        return (f"{self.kills} kills, {len(self.threads)} threads, {len(self.finished)} finished tasks found, "
                f"{sum(self.asked.values())} questions about lost outcomes")
