#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Gives the binary what it must refuse, as a user would: stores, configurations, imports and requests that are wrong.

Each refusal must be one clear sentence that names the thing, with the right exit code or status, without a statement of
SQL, a stack or a secret; and what was there before must be there unchanged afterwards.

    bad_input_drill.py --binary .build/debug/turnledger
"""

import argparse
import http.client
import json
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

SECRET = "hunter2-do-not-show"
LEAKS = re.compile(r"SELECT |INSERT |COMMIT|Traceback|Fatal error|\.swift:\d|" + SECRET)
failures = []
checks = 0


def check(name, good, said=""):
    global checks
    checks += 1
    if not good:
        failures.append(name)
        print(f"FAILED {name}: {repr(said)[:400]}")


class Machine:
    """A folder, and commands that run in it."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def run(self, *arguments, before=None):
        done = subprocess.run(
            [self.binary, *arguments], cwd=self.folder, capture_output=True, timeout=60, preexec_fn=before,
            env={**os.environ, "DRILL_SECRET": SECRET})
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace").strip()

    def refuses(self, name, *arguments, says, code=1, before=None, keeps=None):
        kept = open(self.path(keeps), "rb").read() if keeps else None
        status, said = self.run(*arguments, before=before)
        good = status == code and says in said and not LEAKS.search(said) and said.count("Error:") == 1 and (
            code != 1 or said.splitlines()[-1].startswith("Error:"))
        check(name, good, f"{status}: {said}")
        if keeps:
            check(name + ", unchanged", open(self.path(keeps), "rb").read() == kept)


def stores(machine):
    for command in (["serve"], ["threads", "list"], ["regulations", "list"], ["chat", "Hi"]):
        name = " ".join(command)
        machine.write("text.sqlite", "This is a letter, not a database. " * 40)
        machine.refuses(f"{name}: not a database", *command, "--store", "sqlite:text.sqlite",
                        says="is not an SQLite database", keeps="text.sqlite")
    machine.run("threads", "list", "--store", "sqlite:good.sqlite")
    connection = sqlite3.connect(machine.path("good.sqlite"), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    machine.refuses("serve: locked", "serve", "--port", "0", "--store", "sqlite:good.sqlite", says="Another process holds")
    machine.refuses("import: locked", "regulations", "import", machine.write("r.md", "# R\n\n1.1 A rule."), "--store",
                    "sqlite:good.sqlite", says="Another process holds")
    connection.execute("ROLLBACK")
    connection.execute("INSERT INTO turnledger_migrations SELECT 99, '9999-of-the-future', 'x'")
    connection.close()
    machine.refuses("newer schema", "serve", "--port", "0", "--store", "sqlite:good.sqlite", says="newer Turnledger")
    os.mkdir(machine.path("folder.sqlite"))
    machine.refuses("a folder", "serve", "--port", "0", "--store", "sqlite:folder.sqlite", says="Check that it is a file")
    os.mkdir(machine.path("closed"), 0o555)
    nobody = (lambda: os.setuid(65534)) if os.getuid() == 0 else None
    if nobody:
        os.chmod(machine.folder, 0o755)
    machine.refuses("unwritable folder", "serve", "--port", "0", "--store", "sqlite:closed/s.sqlite",
                    says="who may write it", before=nobody)
    machine.refuses("no room", "serve", "--port", "0", "--store", "sqlite:small.sqlite", says="small.sqlite",
                    before=small_files)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        machine.refuses("port in use", "serve", "--store", "memory:", "--port", port, says=f"Port {port} on 127.0.0.1 is in use")


def small_files():
    """A disk that is full after 16 KB."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 10, 16 << 10))


def configurations(machine):
    for name, text, says in [
        ("broken YAML", "store: a\n  bad: [1,\n", "is not valid YAML: line 2"),
        ("unknown key", "stroe: x\n", "Did you mean 'store'?"),
        ("unknown inner key", "server:\n  prot: 1\n", "Did you mean 'server.port'?"),
        ("wrong type", "server:\n  port: [1]\n", "'server.port' must be an integer"),
        ("a list", "- a\n", "must be a map of keys"),
        ("twice the same key", "server: {port: 1}\nserver: {port: 2}\n", "stands twice"),
        ("unset variable", "store: ${NOT_SET_ANYWHERE}\n", "NOT_SET_ANYWHERE"),
        ("secret in the wrong place", "server:\n  port: ${DRILL_SECRET}\n", "'server.port'"),
        ("not UTF-8", b"\xff\xfe\x00", "is not UTF-8 text"),
    ]:
        machine.refuses(name, "serve", "--config", machine.write("wrong.yaml", text), says=says)
    machine.refuses("no such file", "serve", "--config", "none.yaml", says="none.yaml cannot be read")
    machine.refuses("open without auth", "serve", "--host", "0.0.0.0", "--store", "memory:", says="without `auth`")


def imports(machine):
    store = ["--store", "sqlite:rules.sqlite"]
    machine.run("regulations", "import", machine.write("rule.md", "# Rule\n\n1.1 A boat has a bell."), *store)
    os.mkdir(machine.path("nothing"))
    for name, path, says in [
        ("no such path", "missing", "does not exist"), ("folder without documents", "nothing", "holds no regulation"),
        ("false PDF", machine.write("false.pdf", "%PDF-1.4 no"), "is no PDF"),
        ("not UTF-8", machine.write("bad.md", b"\xff\xfe# x"), "is no UTF-8 text"),
        ("empty file", machine.write("empty.md", ""), "no regulation"),
    ]:
        machine.refuses("import: " + name, "regulations", "import", path, *store, says=says)
    check("import: the rule stays", "1.1" in machine.run("regulations", "search", "bell", *store)[1])
    machine.refuses("no such clause", "regulations", "show", "nope#1", *store, says="There is no clause nope#1")
    machine.refuses("no such thread", "threads", "show", "nobody", *store, says="There is no thread 'nobody'")
    machine.refuses("a server that is away", "threads", "list", "--server", "http://127.0.0.1:9", says="cannot be reached")


class Server:
    def __init__(self, machine, store, before=None):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.log = open(machine.path("serve.log"), "wb")
        self.process = subprocess.Popen(
            [machine.binary, "serve", "--store", store, "--port", str(self.port)], cwd=machine.folder, stdout=self.log,
            stderr=self.log, preexec_fn=before)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if self.request("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("The server did not start: " + open(machine.path("serve.log")).read())

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def chat(self, body, kind="application/json", **headers):
        return self.request("POST", "/api/ai-sdk/chat", body, {"Content-Type": kind, **headers})

    def refuses(self, name, status, says, answer):
        good = answer[0] == status and says in answer[1] and not LEAKS.search(answer[1]) and len(answer[1]) < 400
        check("request: " + name, good, answer)

    def stop(self):
        self.process.terminate()
        check("the server stops when told", self.process.wait(timeout=30) == 0)
        self.log.close()


def message(text="Hi", thread="t", **changes):
    parts = [{"type": "text", "text": text}]
    return json.dumps({"id": thread, "messages": [{"id": "u1", "role": "user", "parts": parts, **changes}]})


def requests(machine):
    server = Server(machine, "sqlite:chat.sqlite")
    for name, status, says, body in [
        ("no body", 400, "no body", ""), ("cut off", 400, "not valid JSON", '{"id":'), ("an array", 400, "JSON object", "[]"),
        ("invalid UTF-8", 400, "not UTF-8", message().encode().replace(b"Hi", b"\xff\xfe")),
        ("200,000 levels", 400, "64 levels", '{"id":"t","messages":' + "[" * 200_000 + "]" * 200_000 + "}"),
        ("17 MB", 413, "16777216 bytes", message("a" * 17_000_000)), ("wrong role", 400, "'root'", message(role="root")),
        ("no parts", 400, "empty", message(parts=[])), ("blank text", 400, "empty", message(" \n")),
        ("part without a type", 400, "no 'type'", message(parts=[{"text": "x"}])),
        ("id of 10 KB", 400, "512", message(thread="x" * 10_240)), ("no id", 400, "'id' is missing", '{"messages":[]}'),
    ]:
        server.refuses(name, status, says, server.chat(body))
    server.refuses("a form", 415, "application/json", server.chat(message(), "application/x-www-form-urlencoded"))
    server.refuses("plain text", 415, "application/json", server.chat(message(), "text/plain"))
    for path, status, says in [
        ("/api/threads?limit=0", 400, "'limit'"), ("/api/threads?cursor=zzz", 400, "cursor"), ("/nope", 404, "Not Found"),
        ("/api/threads/none/messages", 404, "no such conversation"), ("/api/threads/%ff", 404, "no such conversation"),
    ]:
        server.refuses(path, status, says, server.request("GET", path))
    check("nothing of it was kept", json.loads(server.request("GET", "/api/threads")[1])["threads"] == [])
    status, said = server.chat(message(parts=[{"type": "weird", "x": 1}, {"type": "text", "text": "Hi"}]))
    check("an unknown part is answered", status == 200 and "[DONE]" in said, said)
    kept = json.loads(server.request("GET", "/api/threads/t/messages")[1])["messages"][0]["parts"]
    check("an unknown part is kept", {"type": "weird", "x": 1} in kept, kept)
    place = ["--server", f"http://127.0.0.1:{server.port}"]
    status, said = machine.run("threads", "list", "--json", *place)
    check("threads list --server", status == 0 and json.loads(said)["id"] == "t", said)
    status, said = machine.run("threads", "show", "t", *place)
    check("threads show --server", status == 0 and "you: Hi" in said and "assistant: " in said, said)
    machine.refuses("threads show --server of nobody's", "threads", "show", "nobody", *place, says="no such conversation")
    check("threads delete --server", machine.run("threads", "delete", "t", *place) == (0, "Deleted t."))
    check("the thread is gone", json.loads(server.request("GET", "/api/threads")[1])["threads"] == [])
    server.stop()


def full_disk(machine):
    """A server whose disk is full goes on answering, says so, and keeps all that it had acknowledged."""
    machine.run("threads", "list", "--store", "sqlite:full.sqlite")
    size = os.path.getsize(machine.path("full.sqlite"))

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + (1 << 20),) * 2)

    server = Server(machine, "sqlite:full.sqlite", before=limit)
    acknowledged, refused = [], None
    for number in range(400):
        status, said = server.chat(message(f"Fact {number} is {'x' * 3000}.", thread=f"t{number}"))
        if status == 200 and "[DONE]" in said and '"type":"error"' not in said:
            acknowledged.append(f"t{number}")
        elif status != 200:
            refused = (status, said)
            break
    check("full disk: a request is refused", refused is not None and refused[0] in (503, 507), refused)
    if refused:
        check("full disk: without its cause", not LEAKS.search(refused[1]) and len(refused[1]) < 300, refused)
    check("full disk: some went before", len(acknowledged) > 0)
    check("full disk: it goes on reading", server.request("GET", f"/api/threads/{acknowledged[0]}/messages")[0] == 200)
    server.stop()
    server = Server(machine, "sqlite:full.sqlite")
    for thread in acknowledged:
        status, said = server.request("GET", f"/api/threads/{thread}/messages")
        check(f"full disk: {thread} is kept", status == 200 and len(json.loads(said)["messages"]) == 2, said[:200])
    status, said = server.chat(message("Again.", thread="again"))
    check("full disk: with room again it answers", status == 200 and "[DONE]" in said, said)
    server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    binary = os.path.abspath(parser.parse_args().binary)
    with tempfile.TemporaryDirectory(prefix="turnledger-bad-") as folder:
        machine = Machine(binary, folder)
        for part in (stores, configurations, imports, requests, full_disk):
            part(machine)
    print(f"{checks} checks, {len(failures)} failed")
    raise SystemExit(1 if failures else 0)


main()
