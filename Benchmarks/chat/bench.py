# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Measures the chat of a release build, beside the same chat in Python, on servers of its own.

    bench.py --binary .build/release/turnledger --python PYTHON [--only streams,followers,first,turns]
    bench.py --binary .build/release/turnledger --python PYTHON --only steady --stores Redis,PostgreSQL

PYTHON has what Benchmarks/chat/fastapi_service.py imports. Prints a table a part; fails where a chat failed.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "postgres"))
from server import server  # noqa: E402

problems = []


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def process(*arguments, **options):
    return subprocess.Popen([str(argument) for argument in arguments], text=True, **options)


@contextlib.contextmanager
def running(one):
    try:
        yield one
    finally:
        one.kill()
        one.wait()


class Usage:
    """CPU and memory of a process, by Linux's /proc."""

    def __init__(self, pid):
        self.pid = pid

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Resident bytes; 0 of a process that has ended."""
        found = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0

    @contextlib.contextmanager
    def peak(self):
        """Yields a function that returns the most memory seen since."""
        most, over = self.memory(), threading.Event()

        def watch():
            nonlocal most
            while not over.wait(0.2):
                most = max(most, self.memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield lambda: most
        finally:
            over.set()
            watcher.join()


class Bench:
    def __init__(self, options, model):
        self.options = options
        self.model = f"http://127.0.0.1:{model}/v1"

    @contextlib.contextmanager
    def turnledger(self, store):
        """Yields the chat's URL and the process's usage."""
        with tempfile.TemporaryDirectory(prefix="turnledger-chat-") as folder:
            port = free_port()
            store = f"sqlite:{folder}/chat.sqlite" if store == "sqlite" else store
            log = open(folder + "/log", "w+")
            # The soft limit that a login shell has: the server raises its own.
            _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
            service = process(
                self.options.binary, "serve", "--store", store, "--port", port, "--model", "openai", "--model-url",
                self.model, "--model-name", "scripted", stderr=log, cwd=folder,
                env=os.environ | {"TURNLEDGER_LOG_LEVEL": "warning"},
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, most), most)))
            with running(service):
                wait_for(f"http://127.0.0.1:{port}/health/live", service, log)
                yield f"http://127.0.0.1:{port}/api/ai-sdk/chat", Usage(service.pid)
            log.seek(0)
            for line in list(log)[:5]:
                print("    log:", line.rstrip()[:300])

    @contextlib.contextmanager
    def python(self, postgres, schema="python_chat"):
        port = free_port()
        subprocess.run(["psql", "-q", postgres, "-c", f"CREATE SCHEMA IF NOT EXISTS {schema}"], check=True)
        url = f"{postgres}&options=-csearch_path%3D{schema}"
        service = process(
            self.options.python, HERE / "fastapi_service.py", url, self.model, port, stderr=subprocess.DEVNULL)
        with running(service):
            wait_for(f"http://127.0.0.1:{port}/openapi.json", service)
            yield f"http://127.0.0.1:{port}/chat", Usage(service.pid)

    def load(self, *arguments):
        done = subprocess.run(
            [self.options.python, HERE / "load.py", *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True)
        result = json.loads(done.stdout)
        if result.get("failed") or result.get("missing tokens"):
            problems.append(f"{' '.join(map(str, arguments))}: {result}")
        return result

    # MARK: parts

    def streams(self, stores):
        """Many chats at once: what is added to a token on its way, and the memory of a stream."""
        options = self.options
        arguments = ["--count", options.chats, "--tokens", options.tokens, "--rate", 10]
        columns = [
            "failed", "token p50 ms", "token p99 ms", "together p50 ms", "together p99 ms", "model asked p50 ms",
            "model asked p99 ms"]
        header(f"{options.chats} chats at once, 10 tokens/s each", columns + ["KB a stream", "CPU % of a core"])
        row("the model alone", self.load("chats", f"{self.model}/chat/completions", "--model", *arguments), columns)

        def measure(name, url, usage):
            self.load("chats", url, "--count", 20, "--tokens", 5, "--rate", 10, "--ramp", 0)
            before, cpu, begun = usage.memory(), usage.cpu(), time.monotonic()
            with usage.peak() as peak:
                result = self.load("chats", url, *arguments)
                result["KB a stream"] = (peak() - before) / 1024 / options.chats
            result["CPU % of a core"] = (usage.cpu() - cpu) / (time.monotonic() - begun) * 100
            row(name, result, columns + ["KB a stream", "CPU % of a core"])

        for name, store in stores.items():
            with self.turnledger(store) as (url, usage):
                measure(f"Turnledger, {name}", url, usage)
        if "PostgreSQL" in stores and options.python_streams:
            with self.python(stores["PostgreSQL"]) as (url, usage):
                measure("FastAPI, PostgreSQL", url, usage)

    def followers(self, stores):
        """Many who follow runs that are silent, directly connected from a process of their own."""
        options = self.options
        columns = ["runs", "failed", "still there", "MB before", "MB after", "KB a follower", "CPU % idle"]
        header(f"{options.followers} idle followers", columns)

        def measure(name, source, url, usage):
            client = process(
                options.python, HERE / "load.py", "follow", url, "--from", source, "--runs", options.runs, "--count",
                options.followers, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            with running(client):
                def say():
                    client.stdin.write("\n")
                    client.stdin.flush()
                    return json.loads(client.stdout.readline())

                result = json.loads(client.stdout.readline())
                before = usage.memory()
                result |= say()
                cpu, begun = usage.cpu(), time.monotonic()
                time.sleep(options.idle)
                result["CPU % idle"] = (usage.cpu() - cpu) / (time.monotonic() - begun) * 100
                after = usage.memory()
                result |= say()
            result |= {
                "MB before": before / 1e6, "MB after": after / 1e6,
                "KB a follower": (after - before) / 1024 / options.followers}
            if result["failed"] or result["still there"] != options.followers or after > 300e6:
                problems.append(f"{name}: {result}")
            row(name, result, columns)

        for name, store in stores.items():
            with self.turnledger(store) as (url, usage):
                measure(f"{name}, where the runs are", url, url, usage)
        if "PostgreSQL" in stores:
            store = stores["PostgreSQL"]
            with self.turnledger(store) as (source, _), self.turnledger(store) as (url, usage):
                measure("PostgreSQL, on another server", source, url, usage)

    def first(self, stores):
        """The way to the first token, with nobody else there."""
        columns = ["model asked p50 ms", "model asked p99 ms", "first token p50 ms", "first token p99 ms"]
        rows = {
            "the model alone": self.load(
                "first", f"{self.model}/chat/completions", "--model", "--count", self.options.first)}

        def measure(name, url, *arguments):
            rows[name] = self.load("first", url, "--count", self.options.first, *arguments)
            return rows[name]["model asked p50 ms"]

        for name, store in stores.items():
            with self.turnledger(store) as (url, _):
                measure(f"Turnledger, {name}, new threads", url)
                measure(f"Turnledger, {name}, one thread", url, "--same-thread")
        if "PostgreSQL" in stores:
            postgres = stores["PostgreSQL"]
            trips = {}
            for name, service in (("Turnledger", self.turnledger), ("FastAPI", self.python)):
                if name == "FastAPI":
                    with service(postgres) as (url, _):
                        measure("FastAPI, PostgreSQL, new threads", url)
                for kind, arguments in (("new threads", []), ("one thread", ["--same-thread"])):
                    asked = {}
                    for delay in (2, 20):
                        with delayed(postgres, delay) as slow, service(slow) as (url, _):
                            asked[delay] = measure(
                                f"{name}, PostgreSQL + {delay} ms a round trip, {kind}", url, *arguments)
                    trips[f"{name}, {kind}"] = (asked[20] - asked[2]) / 18
        header("Until the first token, one turn at a time", columns)
        for name, result in rows.items():
            row(name, result, columns)
        if "PostgreSQL" in stores:
            header("Round trips to the database, one after another, before the model is asked", ["round trips"])
            for name, count in trips.items():
                row(name, {"round trips": count}, ["round trips"])

    def turns(self, stores):
        """Turns as fast as they go: 20 tokens at once, 32 clients, ten turns a thread."""
        options = self.options
        columns = ["failed", "turns/s", "turns/CPU s"]
        header(f"{options.turns} turns, {options.concurrency} clients", columns)

        def measure(name, url, usage):
            arguments = ["--concurrency", options.concurrency, "--tokens", 20]
            self.load("turns", url, "--count", 64, *arguments)
            cpu = usage.cpu()
            result = self.load("turns", url, "--count", options.turns, *arguments)
            result |= {
                "turns/s": options.turns / result["seconds"], "turns/CPU s": options.turns / (usage.cpu() - cpu)}
            row(name, result, columns)

        for name, store in stores.items():
            with self.turnledger(store) as (url, usage):
                measure(f"Turnledger, {name}", url, usage)
        if "PostgreSQL" in stores:
            with self.python(stores["PostgreSQL"]) as (url, usage):
                measure("FastAPI, PostgreSQL", url, usage)

    def steady(self, stores):
        """The same chats on each store, in turn, a few rounds of the turns above; how many times as many turns the second
        store takes as the first."""
        options = self.options
        arguments = ["--concurrency", options.concurrency, "--tokens", 20]
        rounds = {name: [] for name in stores}
        with contextlib.ExitStack() as stack:
            services = {name: stack.enter_context(self.turnledger(store)) for name, store in stores.items()}
            for url, _ in services.values():
                self.load("turns", url, "--count", 64, *arguments)
            for _ in range(options.rounds):
                for name, (url, usage) in services.items():
                    cpu, begun = usage.cpu(), time.monotonic()
                    with usage.peak() as peak:
                        result = self.load("turns", url, "--count", options.turns, *arguments)
                        result["MB at most"] = peak() / 1e6
                    spent = usage.cpu() - cpu
                    rounds[name].append(result | {
                        "turns/s": options.turns / result["seconds"], "CPU ms a turn": spent / options.turns * 1000,
                        "CPU % of a core": spent / (time.monotonic() - begun) * 100})
        columns = [
            "failed", "turns/s", "turn p50 ms", "turn p99 ms", "CPU ms a turn", "CPU % of a core", "MB at most"]
        header(f"{options.rounds} rounds of {options.turns} turns, {options.concurrency} clients", columns)
        for name, results in rounds.items():
            row(name, {column: statistics.median(result[column] for result in results) for column in columns}, columns)
        first, second = list(rounds)[:2]
        ratio = statistics.median(
            right["turns/s"] / left["turns/s"] for left, right in zip(rounds[first], rounds[second]))
        print(f"\n{second} takes {ratio:.2f} times the turns of {first}.")
        if ratio < options.ratio:
            problems.append(f"{second} takes {ratio:.2f} times the turns of {first}; it should be {options.ratio}")


@contextlib.contextmanager
def redis_server():
    """Yields the URL of a Redis of one's own that writes down what it is told, as one does that keeps conversations: its
    file is brought to the disk every second."""
    with tempfile.TemporaryDirectory(prefix="turnledger-redis-") as folder:
        script, place = str(HERE.parents[1] / "scripts/redis.sh"), folder + "/server"
        try:
            with open(folder + "/variables", "w+") as variables:
                subprocess.run([script, "start", place], check=True, stdout=variables)
                variables.seek(0)
                url = re.search(r"TURNLEDGER_TEST_REDIS=(\S+)", variables.read())[1]
            password, port = re.search(r":([^:@/]+)@[^:]+:(\d+)/", url).groups()
            with socket.create_connection(("127.0.0.1", int(port))) as connection:
                connection.sendall(f"AUTH {password}\r\nCONFIG SET appendonly yes\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    answer += connection.recv(100)
            if answer != b"+OK\r\n+OK\r\n":
                raise SystemExit(f"Redis refuses: {answer.decode()}")
            yield url
        finally:
            subprocess.run([script, "stop", place], check=True)


@contextlib.contextmanager
def delayed(url, milliseconds):
    """Yields the URL of a proxy that adds to each round trip."""
    host, port = re.search(r"@([^:/]+):(\d+)/", url).groups()
    proxy = process(
        sys.executable, HERE.parent / "postgres/delay_proxy.py", host, port, milliseconds, stdout=subprocess.PIPE)
    with running(proxy):
        yield url.replace(f"@{host}:{port}/", f"@127.0.0.1:{int(proxy.stdout.readline())}/")


def wait_for(url, service, log=None):
    deadline = time.monotonic() + 60
    while True:
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            if service.poll() is not None or time.monotonic() > deadline:
                if log:
                    log.seek(0)
                raise SystemExit(f"The service did not start: {log.read() if log else ''}")
            time.sleep(0.05)


def header(title, columns):
    print(f"\n| {title} | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}", flush=True)


def row(name, figures, columns):
    def text(column):
        value = figures.get(column)
        return "" if value is None else str(value) if isinstance(value, int) else f"{value:.3g}"

    print(f"| {name} | {' | '.join(map(text, columns))} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=".build/release/turnledger")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--only", default="first,streams,followers,turns")
    parser.add_argument("--stores", default="SQLite,PostgreSQL")
    parser.add_argument("--fsync", default="on", choices=["on", "off"])
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--followers", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--idle", type=float, default=10, help="seconds in which followers are left alone")
    parser.add_argument("--first", type=int, default=40)
    parser.add_argument("--turns", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5, help="of steady")
    parser.add_argument("--ratio", type=float, default=0.9, help="steady fails below it")
    parser.add_argument("--python-streams", action="store_true", help="the streams of FastAPI too")
    options = parser.parse_args()
    options.binary = pathlib.Path(options.binary).resolve()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    model = process(sys.executable, HERE / "model.py", stdout=subprocess.PIPE)
    with running(model), server(options.fsync) as variables:
        bench = Bench(options, int(model.stdout.readline()))
        known = {"SQLite": "sqlite", "PostgreSQL": variables["TURNLEDGER_TEST_POSTGRES"]}
        names = options.stores.split(",")
        with contextlib.ExitStack() as stack:
            if "Redis" in names:
                known["Redis"] = stack.enter_context(redis_server())
            stores = {name: known[name] for name in names}
            for part in options.only.split(","):
                getattr(bench, part)(stores)
    for problem in problems:
        print("FAILED:", problem, file=sys.stderr)
    sys.exit(bool(problems))


main()
