# Turnledger. SPDX-License-Identifier: Apache-2.0
"""What the drills share: checks that are counted, a PostgreSQL of a drill's own, and where a server listens."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
failures = []


def check(name, good, said=""):
    print(("ok      " if good else "FAILED  ") + name + ("" if good else f": {str(said)[:800]}"), flush=True)
    if not good:
        failures.append(name)


def port_of(lines):
    """The port that a server says it listens on; what it logged last, where it ends before."""
    tail = []
    for line in lines:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
        tail = [*tail[-9:], line]
    raise SystemExit("the server does not start:\n" + "".join(tail))


class Database:
    """A PostgreSQL of the drill's own, with what is committed on disk."""

    def __init__(self, folder):
        self.folder = folder
        self.url = re.search(r"TURNLEDGER_TEST_POSTGRES=(\S+)", self.script("start"))[1]

    def script(self, command):
        return subprocess.run([ROOT / "scripts/postgres.sh", command, self.folder], check=True, stdout=subprocess.PIPE,
                              text=True, env={**os.environ, "FSYNC": "on"}).stdout

    def sql(self, text):
        done = subprocess.run(["psql", self.url, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"], input=text, text=True,
                              capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[:1000])
        return done.stdout.strip()
