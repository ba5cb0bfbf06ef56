# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Compares Turnledger's PostgreSQL store with pgbench and with LangGraph's saver, in one run on one machine.

    bench.py --binary .build/release/turnledger --saver-python .venv/langgraph-today/bin/python

Starts a server of its own for each setting of fsync. In every round each contender makes the same calls for a moment, in
an order that turns; ratios are medians over the rounds' own ratios, so that a slow moment of the machine falls on all.
See Benchmarks/README.md.
"""

import argparse
import contextlib
import json
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from server import ROOT, server

OPERATIONS = ["put", "put-writes", "latest", "list", "superstep"]
THREADS = 200


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/turnledger"))
    parser.add_argument("--saver-python", default=str(ROOT / ".venv/langgraph-today/bin/python"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--operations", default=",".join(OPERATIONS))
    parser.add_argument("--concurrency", default="1,8,32")
    parser.add_argument("--settings", default="off,on,off+2ms", help="of fsync, and what is added to the round trip")
    parser.add_argument("--turns", type=int, default=200, help="how many turns the WAL is measured over; 0: none")
    return parser.parse_args()


@contextlib.contextmanager
def delayed(url, milliseconds):
    """The URL by way of the proxy, where there is a delay."""
    if not milliseconds:
        yield url
        return
    parts = urllib.parse.urlsplit(url)
    proxy = subprocess.Popen(
        [sys.executable, str(ROOT / "Benchmarks/postgres/delay_proxy.py"), parts.hostname, str(parts.port),
         str(milliseconds)], stdout=subprocess.PIPE, text=True)
    try:
        port = proxy.stdout.readline().strip()
        yield url.replace(f":{parts.port}/", f":{port}/")
    finally:
        proxy.terminate()
        proxy.wait()


def query(url, sql):
    done = subprocess.run(["psql", "-XAtq", url, "-c", sql], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def prove_pgbench_writes(options, pgbench, url):
    """A fence that does not hold, or a key that exists, would let pgbench store nothing, very fast."""
    tables = {"put": "checkpoints", "superstep": "checkpoints", "put-writes": "checkpoint_writes"}
    for operation in set(options.operations.split(",")) & set(tables):
        count = f"SELECT count(*) FROM {tables[operation]}"
        before = int(query(url, count))
        pgbench.measure(operation, 8)
        if int(query(url, count)) <= before:
            sys.exit(f"pgbench stores nothing for {operation}.")


class Turnledger:
    name = "turnledger"

    def __init__(self, options, url):
        self.options, self.url = options, url

    def run(self, *more):
        command = [self.options.binary, "bench", *more, "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def measure(self, operation, concurrency):
        row = self.run(
            "store", "--store", self.url, "--operation", operation, "--concurrency", str(concurrency), "--threads",
            str(THREADS), "--seconds", str(self.options.seconds))
        return row["calls/s"], row["CPU us/call"]


class Pgbench:
    name = "pgbench"

    def __init__(self, options, url, folder):
        self.options, self.url, self.folder = options, url, folder
        binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
        self.pgbench = str(binaries[-1]) if binaries else "pgbench"

    def measure(self, operation, concurrency):
        variables = json.loads((self.folder / f"{operation}.json").read_text())
        # pgbench counts whole seconds; its connections are not part of its figure.
        command = [
            self.pgbench, "--no-vacuum", "-M", "prepared", "-c", str(concurrency), "-j", str(min(concurrency, 2)), "-T",
            str(max(2, round(self.options.seconds))), "-f", str(self.folder / f"{operation}.sql"),
            *(f"-D{name}={value}" for name, value in variables.items()), self.url]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode or "aborted" in done.stderr:
            sys.exit(f"pgbench: {done.stderr}")
        count = int(re.search(r"transactions actually processed: (\d+)", done.stdout)[1])
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        rate = re.search(r"tps = (\d[\d.]*)", done.stdout)
        if not count or not rate:
            sys.exit(f"pgbench has finished nothing in its time: {done.stdout}")
        return float(rate[1]), cpu * 1e6 / count


class Saver:
    """LangGraph's saver in one Python process; with its lock as it is, or removed."""

    def __init__(self, options, process, locked):
        self.options, self.process, self.locked = options, process, locked
        self.name = "saver" if locked else "unlocked"

    def measure(self, operation, concurrency):
        answer = ask(
            self.process, operation=operation, concurrency=concurrency, seconds=self.options.seconds, locked=self.locked)
        return answer["calls"] / answer["seconds"], answer["cpu"] * 1e6 / answer["calls"]


@contextlib.contextmanager
def saver_process(options, url):
    command = [options.saver_python, str(ROOT / "Benchmarks/postgres/saver.py"), url, str(THREADS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


def ask(process, **request):
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        sys.exit("The saver's process has ended.")
    return json.loads(line)


def compare(options, contenders, operation, concurrency):
    """The medians of each contender's calls a second and CPU, and of each round's ratios to it."""
    rounds = []
    for number in range(options.rounds):
        turn = number % len(contenders)
        rounds.append({
            contender.name: contender.measure(operation, concurrency)
            for contender in contenders[turn:] + contenders[:turn]
        })
    own = [one["turnledger"] for one in rounds]
    figures = {"calls/s": statistics.median(rate for rate, _ in own), "us": statistics.median(cpu for _, cpu in own)}
    for contender in contenders[1:]:
        others = [one[contender.name] for one in rounds]
        figures[contender.name] = statistics.median(mine[0] / other[0] for mine, other in zip(own, others))
        figures[contender.name + " CPU"] = statistics.median(other[1] / mine[1] for mine, other in zip(own, others))
    return figures


COLUMNS = [
    ("calls/s", "{:9.0f}"), ("us", "{:7.0f}"), ("pgbench", "{:8.2f}"), ("saver", "{:8.2f}"), ("unlocked", "{:9.2f}"),
    ("pgbench CPU", "{:12.2f}"), ("saver CPU", "{:10.2f}"), ("unlocked CPU", "{:13.2f}"),
]


def heading():
    widths = [len(form.format(0)) for _, form in COLUMNS]
    names = " ".join(name.rjust(width) for (name, _), width in zip(COLUMNS, widths))
    return f"{'operation':<11}{'at once':>8} {names}"


def wal(options, url, admin):
    """Bytes of WAL for each turn of an agent: two model calls and one tool call, ten turns a thread."""
    def position():
        return int(query(admin, "SELECT pg_current_wal_insert_lsn() - '0/0'"))

    turnledger = Turnledger(options, url)
    begun = position()
    turnledger.run("turns", "--store", url, "--turns", str(options.turns), "--concurrency", "8")
    # Four turns more warm it up.
    own = (position() - begun) / (options.turns + 4)
    with saver_process(options, url) as process:
        for durability in ["sync", "async"]:
            begun = position()
            ask(process, operation="turns", count=options.turns, durability=durability)
            saver = (position() - begun) / options.turns
            print(f"WAL a turn: turnledger {own:,.0f} bytes, saver ({durability}) {saver:,.0f} bytes: "
                  f"{own / saver:.2f} of it", flush=True)


def main():
    options = arguments()
    for setting in options.settings.split(","):
        fsync, _, delay = setting.partition("+")
        delay = float(delay.removesuffix("ms") or 0)
        with server(fsync) as variables, tempfile.TemporaryDirectory() as folder:
            direct = variables["TURNLEDGER_TEST_POSTGRES"]
            folder = pathlib.Path(folder)
            Turnledger(options, direct).run("store", "--store", direct, "--fill", "--threads", str(THREADS))
            # pgbench's fence has one epoch for all.
            query(direct, "UPDATE turnledger_threads SET epoch = 1")
            for operation in options.operations.split(","):
                Turnledger(options, direct).run(
                    "store", "--store", direct, "--operation", operation, "--threads", str(THREADS), "--pgbench",
                    str(folder))
            prove_pgbench_writes(options, Pgbench(options, direct, folder), direct)
            print(f"\nfsync {fsync}, {delay:g} ms added to the round trip, {options.rounds} rounds of "
                  f"{options.seconds:g} s", flush=True)
            print(heading(), flush=True)
            with delayed(direct, delay) as url, saver_process(options, url) as process:
                contenders = [
                    Turnledger(options, url), Pgbench(options, url, folder), Saver(options, process, True),
                    Saver(options, process, False)]
                for operation in options.operations.split(","):
                    for concurrency in map(int, options.concurrency.split(",")):
                        figures = compare(options, contenders, operation, concurrency)
                        row = " ".join(form.format(figures[name]) for name, form in COLUMNS)
                        print(f"{operation:<11}{concurrency:>8} {row}", flush=True)
            if options.turns and not delay:
                wal(options, direct, variables["TURNLEDGER_TEST_POSTGRES_ADMIN"])


main()
