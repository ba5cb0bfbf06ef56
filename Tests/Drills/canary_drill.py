#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Puts a secret of its own into every place that must stay out of logs, metrics and exported spans, at log level trace,
and looks for it.

    canary_drill.py --binary .build/debug/turnledger

The places: what the user says, what the model says, arguments and results of tools, titles, the model's key and its
headers, tokens right and wrong, the database's password, bodies that are no JSON, errors of the model that repeat what
was said; on SQLite and on PostgreSQL, the latter also while the database is away, and with the commands that people type.
Each place is one that was reached: the secret is looked for in the answers too, where it belongs.

Exit code 1 and a line per leak otherwise.
"""
import argparse
import http.client
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.parse

from drilling import Database, check, failures, port_of

CANARIES = {place: f"canary-{place}-5f2c9e" for place in (
    "said", "answer", "arguments", "title", "key", "header", "token", "wrong-token", "password", "body", "query")}


class Upstream(http.server.BaseHTTPRequestHandler):
    """A model that calls a tool with a secret, answers with another, and fails as the last message asks."""
    protocol_version = "HTTP/1.1"
    seen = set()
    # What a collector of spans was sent.
    exported = []

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.reply(200, b'{"data":[]}', "application/json")

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.path == "/v1/traces":
            Upstream.exported.append(asked)
            return self.reply(200, b"{}", "application/json")
        for place, secret in CANARIES.items():
            if secret in asked or secret in str(self.headers):
                Upstream.seen.add(place)
        messages = json.loads(asked)["messages"]
        last = next((m["content"] for m in reversed(messages) if m["role"] == "user"), "")
        last = last if isinstance(last, str) else json.dumps(last)
        if "FAIL" in last:
            repeated = f"{last} with {CANARIES['key']} and {CANARIES['header']}"
            return self.reply(400, json.dumps({"error": {"message": repeated, "code": "bad"}}).encode(),
                              "application/json")
        if "BREAK" in last:
            return self.reply(200, f"data: {{{CANARIES['answer']} {last} no JSON\n\n".encode(), "text/event-stream")
        if messages[-1]["role"] == "user":
            delta = {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {
                "name": "search_regulations", "arguments": json.dumps({"query": CANARIES["arguments"]})}}]}
            reason = "tool_calls"
        else:
            delta, reason = {"content": "Here it is: " + CANARIES["answer"]}, "stop"
        chunks = [{"choices": [{"index": 0, "delta": delta}]},
                  {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}]
        text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
        self.reply(200, text.encode(), "text/event-stream")

    def reply(self, status, body, kind):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Service:
    def __init__(self, binary, folder, config, environment):
        self.log = open(folder / "log", "ab+")
        self.process = subprocess.Popen([binary, "serve", "--port", "0", "--config", config], cwd=folder,
                                        stdout=self.log, stderr=subprocess.STDOUT, env={**os.environ, **environment})
        for _ in range(600):
            lines = pathlib.Path(self.log.name).read_text(errors="replace").splitlines(keepends=True)
            if any("http://127.0.0.1:" in line for line in lines) or self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.port = port_of(lines)

    def request(self, method, path, body=None, token=CANARIES["token"], raw=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        data = raw if raw is not None else body and json.dumps(body)
        connection.request(method, path, data, {
            "content-type": "application/json", "authorization": f"Bearer {token}", **headers})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        connection.close()
        return response.status, text

    def say(self, thread, identifier, text):
        return self.request("POST", "/api/ai-sdk/chat", {"id": thread, "message": {
            "id": identifier, "role": "user", "parts": [{"type": "text", "text": text}]}})

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def talk(service, name):
    status, stream = service.say("one", "u1", CANARIES["said"])
    check(f"{name}: answers, and the secrets are where they belong", status == 200
          and all(CANARIES[place] in stream for place in ("answer", "arguments")), stream)
    service.say("two", "u2", "FAIL " + CANARIES["said"])
    service.say("three", "u3", "BREAK " + CANARIES["said"])
    check(f"{name}: titles", service.request("PATCH", "/api/threads/one", {"title": CANARIES["title"]})[0] == 200)
    check(f"{name}: a wrong token", service.request("GET", "/api/threads", token=CANARIES["wrong-token"])[0] == 401)
    check(f"{name}: no JSON", service.request("POST", "/api/ai-sdk/chat", raw="{" + CANARIES["body"])[0] == 400)
    check(f"{name}: a wrong body", service.request(
        "POST", "/api/ai-sdk/chat", {"id": "x", "messages": CANARIES["body"]})[0] == 400)
    service.request("GET", "/api/threads?query=" + urllib.parse.quote(CANARIES["query"]))
    service.request("POST", "/api/threads/import", {"version": CANARIES["body"]})
    status, export = service.request("GET", "/api/threads/one/export")
    check(f"{name}: export", status == 200 and CANARIES["title"] in export, export)
    for path in ("/api/threads/one/messages", "/api/threads/one/checkpoints", "/api/stats", "/health"):
        check(f"{name}: {path}", service.request("GET", path)[0] == 200)
    status, metrics = service.request("GET", "/metrics")
    check(f"{name}: no secret in metrics", status == 200 and not leaks(metrics), leaks(metrics))
    check(f"{name}: deleted", service.request("DELETE", "/api/threads/two")[0] == 204)


def leaks(text):
    return [f"{place}: {line[:300]}" for place, secret in CANARIES.items() for line in text.splitlines() if secret in line]


def drill(binary, folder, name, store, upstream, during=lambda service: None, password=None):
    folder.mkdir()
    config = folder / "config.yaml"
    config.write_text(json.dumps({
        **store, "log": {"level": "trace"}, "metrics": {"access": "open"},
        "tracing": {"endpoint": f"http://127.0.0.1:{upstream}", "headers": {"x-secret": CANARIES["header"]}},
        "auth": {"tokens": [{"token": CANARIES["token"], "owner": "alice"}]},
        "model": {"kind": "openai", "url": f"http://127.0.0.1:{upstream}/v1", "name": "m", "api_key": CANARIES["key"],
                  "headers": {"x-secret": CANARIES["header"]}}}))
    Upstream.exported.clear()
    service = Service(binary, folder, config, {})
    try:
        talk(service, name)
        during(service)
    finally:
        service.stop()
    spans = "\n".join(Upstream.exported)
    check(f"{name}: spans of requests, runs, supersteps, statements, the model and tools are exported", all(
        f'"{word}' in spans for word in ("POST /api/ai-sdk/chat", "invoke_agent", "superstep", "commit", "chat m",
                                         "execute_tool search_regulations", "error.type")), spans[:500])
    check(f"{name}: no secret in {spans.count('spanId')} exported spans", not leaks(spans), leaks(spans))
    said = b""
    for command in (["threads", "list"], ["doctor"], ["doctor", "--json"], ["config", "check"], ["stats"],
                    ["retention", "plan", "--ttl-days", "1"], ["audit", "verify"]):
        done = subprocess.run([binary, *command, "--config", config], cwd=folder, capture_output=True, timeout=120)
        # Titles are what a list shows.
        said += done.stderr + (b"" if command[0] == "threads" else done.stdout)
    log = (folder / "log").read_text(errors="replace")
    check(f"{name}: the log tells much", log.count("\n") > 50 and "trace" in log, log)
    check(f"{name}: no secret in {log.count(chr(10))} lines of log", not leaks(log), leaks(log))
    check(f"{name}: no secret in what commands print", not leaks(said.decode(errors="replace")),
          leaks(said.decode(errors="replace")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    binary = os.path.abspath(parser.parse_args().binary)
    folder = pathlib.Path(tempfile.mkdtemp())
    # PostgreSQL runs as another user.
    folder.chmod(0o755)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    database = None
    try:
        drill(binary, folder / "sqlite", "SQLite", {"store": "sqlite:a.sqlite"}, port)
        check("the model was told what it must be told", {"said", "arguments", "key", "header"} <= Upstream.seen,
              Upstream.seen)

        database = Database(str(folder / "database"))
        database.sql(f"ALTER ROLE turnledger PASSWORD '{CANARIES['password']}'")
        place = urllib.parse.urlsplit(database.url)

        def outage(service):
            database.script("kill")
            service.say("four", "u4", CANARIES["said"])
            service.request("GET", "/api/threads/one/messages")
            service.request("GET", "/health")
            database.script("resume")

        drill(binary, folder / "postgres", "PostgreSQL", {"postgresql": {
            "host": place.hostname, "port": place.port, "user": place.username, "password": CANARIES["password"],
            "database": place.path[1:], "sslmode": "disable"}}, port, outage)
    finally:
        if database:
            database.script("stop")
        server.shutdown()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(failures)} failed")
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
