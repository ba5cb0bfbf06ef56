#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Checks one AI SDK UI message stream (SSE) as strictly as the strictest client of a version does, and then some.

    curl -sN … | check-ui-stream.py [--client 5.0.92] [--known-call ID …] [--continues MESSAGE_ID] [--print]

--client X.Y.Z      the oldest client that must accept it: only fields and types known to that version (strict schema).
                    Default 5.0.92, the conservative profile.
--known-call ID     a tool call of an earlier request whose output or denial may appear here (continuations).
--continues ID      the id that `start` must carry because an assistant message goes on.
--print             print the message that a client ends up with, as JSON.
Exit 0 if it holds; 1 and one line per violation otherwise. Facts: reference/ai-sdk-chat.md, sections 0 to 1.4.
"""
import argparse, json, sys

S, B, O, A = "string", "boolean", "object", "any"
META = {"providerMetadata": (O, None)}
# type -> (since, {field: (kind, since or None, required?)})
def f(kind, since=None, required=False): return (kind, since, required)
PM = {"providerMetadata": f(O)}
CHUNKS = {
    "start": (None, {"messageId": f(S), "messageMetadata": f(A)}),
    "start-step": (None, {}), "finish-step": (None, {}), "reset-step": ("7.0.70", {}),
    "text-start": (None, {"id": f(S, None, True), **PM}),
    "text-delta": (None, {"id": f(S, None, True), "delta": f(S, None, True), **PM}),
    "text-end": (None, {"id": f(S, None, True), **PM}),
    "reasoning-start": (None, {"id": f(S, None, True), **PM}),
    "reasoning-delta": (None, {"id": f(S, None, True), "delta": f(S, None, True), **PM}),
    "reasoning-end": (None, {"id": f(S, None, True), **PM}),
    "tool-input-start": (None, {"toolCallId": f(S, None, True), "toolName": f(S, None, True), "providerExecuted": f(B), "dynamic": f(B),
                                "title": f(S, "6.0.0"), "providerMetadata": f(O, "6.0.39"), "toolMetadata": f(O, "6.0.176")}),
    "tool-input-delta": (None, {"toolCallId": f(S, None, True), "inputTextDelta": f(S, None, True)}),
    "tool-input-available": (None, {"toolCallId": f(S, None, True), "toolName": f(S, None, True), "input": f(A, None, True), "providerExecuted": f(B),
                                    **PM, "dynamic": f(B), "title": f(S, "6.0.0"), "toolMetadata": f(O, "6.0.176")}),
    "tool-input-error": ("5.0.7", {"toolCallId": f(S, None, True), "toolName": f(S, None, True), "input": f(A, None, True), "errorText": f(S, None, True),
                                   "providerExecuted": f(B), **PM, "dynamic": f(B), "title": f(S, "6.0.0"), "toolMetadata": f(O, "6.0.176")}),
    "tool-approval-request": ("6.0.0", {"approvalId": f(S, None, True), "toolCallId": f(S, None, True), "signature": f(S, "6.0.202"), "isAutomatic": f(B, "7.0.0")}),
    "tool-approval-response": ("7.0.0", {"approvalId": f(S, None, True), "approved": f(B, None, True), "reason": f(S), "providerExecuted": f(B), **PM}),
    "tool-output-available": (None, {"toolCallId": f(S, None, True), "output": f(A, None, True), "providerExecuted": f(B), "dynamic": f(B),
                                     "preliminary": f(B, "5.0.11"), "providerMetadata": f(O, "6.0.120"), "toolMetadata": f(O, "6.0.176")}),
    "tool-output-error": (None, {"toolCallId": f(S, None, True), "errorText": f(S, None, True), "providerExecuted": f(B), "dynamic": f(B),
                                 "providerMetadata": f(O, "6.0.120"), "toolMetadata": f(O, "6.0.176")}),
    "tool-output-denied": ("6.0.0", {"toolCallId": f(S, None, True)}),
    "source-url": (None, {"sourceId": f(S, None, True), "url": f(S, None, True), "title": f(S), **PM}),
    "source-document": (None, {"sourceId": f(S, None, True), "mediaType": f(S, None, True), "title": f(S, None, True), "filename": f(S), **PM}),
    "file": (None, {"url": f(S, None, True), "mediaType": f(S, None, True), **PM}),
    "reasoning-file": ("7.0.0", {"url": f(S, None, True), "mediaType": f(S, None, True), **PM}),
    "custom": ("7.0.0", {"kind": f(S, None, True), **PM}),
    "message-metadata": (None, {"messageMetadata": f(A, None, True)}),
    "finish": (None, {"finishReason": f(S, "5.0.92"), "messageMetadata": f(A)}),
    "abort": (None, {"reason": f(S, "6.0.15")}),
    "error": (None, {"errorText": f(S, None, True)}),
}
REASONS = {"stop", "length", "content-filter", "tool-calls", "error", "other"}
NULL_OK = {"input", "output", "data", "messageMetadata"}

def version(text): return tuple(int(x) for x in text.split("."))

class Checker:
    def __init__(self, client, known_calls, continues):
        self.client, self.continues = version(client), continues
        self.wrong, self.calls = [], {c: "input-available" for c in known_calls}
        self.known = set(known_calls); self.approvals = {}
        self.text, self.reasoning = {}, {}
        self.started = self.in_step = self.ended = False
        self.message = {"role": "assistant", "parts": []}; self.steps = 0

    def say(self, n, what): self.wrong.append(f"chunk {n}: {what}")
    def has(self, since): return since is None or self.client >= version(since)

    def keys(self, n, value, path="$"):
        if isinstance(value, dict):
            for k, v in value.items():
                if k == "__proto__" or (k == "constructor" and isinstance(v, dict) and "prototype" in v):
                    self.say(n, f"{path}.{k}: clients refuse this key")
                self.keys(n, v, f"{path}.{k}")
        elif isinstance(value, list):
            for i, v in enumerate(value): self.keys(n, v, f"{path}[{i}]")

    def shape(self, n, c):
        t = c["type"]
        if t.startswith("data-"):
            allowed = {"type", "id", "data", "transient"}
            for k in set(c) - allowed: self.say(n, f"{t}: unknown field {k}")
            if "id" in c and not isinstance(c["id"], str): self.say(n, f"{t}.id is not a string")
            if "transient" in c and not isinstance(c["transient"], bool): self.say(n, f"{t}.transient is not a boolean")
            return True
        if t not in CHUNKS: self.say(n, f"unknown type {t!r}"); return False
        since, fields = CHUNKS[t]
        if not self.has(since): self.say(n, f"{t} is known to clients from {since} only")
        for k, v in c.items():
            if k == "type": continue
            if k not in fields or not self.has(fields[k][1]): self.say(n, f"{t}.{k}: unknown to this client's strict schema"); continue
            kind = fields[k][0]
            if v is None:
                if k not in NULL_OK: self.say(n, f"{t}.{k} is null: leave it out")
                continue
            ok = {S: isinstance(v, str), B: isinstance(v, bool), O: isinstance(v, dict), A: True}[kind]
            if not ok: self.say(n, f"{t}.{k} is not a {kind}")
            if k == "providerMetadata" and isinstance(v, dict) and not all(isinstance(x, dict) for x in v.values()):
                self.say(n, f"{t}.providerMetadata must be an object of objects")
        for k, (_, _, required) in fields.items():
            if required and k not in c: self.say(n, f"{t} without {k}")
        return True

    def order(self, n, c):
        t = c["type"]; parts = self.message["parts"]
        if self.ended: self.say(n, f"{t} after the end"); return
        if not self.started and t not in ("start", "error", "abort") and not t.startswith("data-"): self.say(n, f"{t} before start")
        if t == "start":
            if self.started: self.say(n, "a second start")
            self.started = True
            if "messageId" in c: self.message["id"] = c["messageId"]
            if self.continues and c.get("messageId", self.continues) != self.continues: self.say(n, f"start.messageId is {c.get('messageId')!r}, the message that goes on is {self.continues!r}")
        elif t == "start-step":
            if self.in_step: self.say(n, "start-step inside a step")
            self.in_step = True; self.steps += 1; parts.append({"type": "step-start"})
        elif t == "finish-step":
            if not self.in_step: self.say(n, "finish-step outside a step")
            for kind, opened in (("text", self.text), ("reasoning", self.reasoning)):
                for i in opened: self.say(n, f"finish-step while {kind} {i!r} is open")
                opened.clear()
            self.in_step = False
        elif t in ("text-start", "reasoning-start"):
            opened = self.text if t[0] == "t" else self.reasoning
            if not self.in_step: self.say(n, f"{t} outside a step")
            if c.get("id") in opened: self.say(n, f"{t}: {c.get('id')!r} is already open")
            part = {"type": t.split("-")[0], "text": ""}; parts.append(part); opened[c.get("id")] = part
        elif t in ("text-delta", "reasoning-delta", "text-end", "reasoning-end"):
            opened = self.text if t[0] == "t" else self.reasoning
            if c.get("id") not in opened: self.say(n, f"{t} for {c.get('id')!r}, which is not open")
            elif t.endswith("delta"):
                opened[c["id"]]["text"] += c.get("delta") or ""
                if c.get("delta") == "": self.say(n, f"{t} with an empty delta")
            else: del opened[c["id"]]
        elif t == "tool-input-start":
            if not self.in_step: self.say(n, "tool-input-start outside a step")
            if c.get("toolCallId") in self.calls: self.say(n, f"tool call id {c.get('toolCallId')!r} used twice")
            self.calls[c.get("toolCallId")] = "input-streaming"
        elif t == "tool-input-delta":
            if self.calls.get(c.get("toolCallId")) != "input-streaming": self.say(n, f"tool-input-delta for {c.get('toolCallId')!r}, which has not begun")
        elif t in ("tool-input-available", "tool-input-error"):
            state = self.calls.get(c.get("toolCallId"))
            if state not in (None, "input-streaming"): self.say(n, f"{t}: {c.get('toolCallId')!r} is already {state}")
            if not self.in_step: self.say(n, f"{t} outside a step")
            self.calls[c.get("toolCallId")] = "input-available" if t.endswith("available") else "output-error"
            parts.append({"type": "tool-" + str(c.get("toolName")), "toolCallId": c.get("toolCallId"), "input": c.get("input")})
        elif t == "tool-approval-request":
            if self.calls.get(c.get("toolCallId")) != "input-available": self.say(n, "tool-approval-request for a call whose input is not available")
            self.approvals[c.get("approvalId")] = c.get("toolCallId")
            self.calls[c.get("toolCallId")] = "approval-requested"
        elif t in ("tool-output-available", "tool-output-error", "tool-output-denied"):
            call, state = c.get("toolCallId"), self.calls.get(c.get("toolCallId"))
            if state is None: self.say(n, f"{t} for the unknown call {call!r}")
            elif state.startswith("output"): self.say(n, f"{t}: {call!r} already has its {state}")
            elif state == "input-streaming": self.say(n, f"{t} before the input of {call!r} is available")
            if not c.get("preliminary"): self.calls[call] = t[5:]
            for p in parts:
                if p.get("toolCallId") == call:
                    if "output" in c: p["output"] = c["output"]
                    if "errorText" in c: p["errorText"] = c["errorText"]
        elif t == "finish":
            if self.in_step: self.say(n, "finish inside a step")
            if "finishReason" in c and c["finishReason"] not in REASONS: self.say(n, f"finishReason {c['finishReason']!r}")
            if c.get("finishReason") not in (None, "tool-calls"):
                for call, state in self.calls.items():
                    if call not in self.known and state in ("input-streaming", "input-available", "approval-requested"):
                        self.say(n, f"finish while the call {call!r} is {state}")
            self.ended = True
        elif t in ("error", "abort"): self.ended = True
        elif t in ("source-url", "source-document", "file", "reasoning-file", "custom") or t.startswith("data-"):
            parts.append({k: v for k, v in c.items()})

    def stream(self, raw):
        if "\r" in raw.replace("\r\n", ""): self.wrong.append("a lone carriage return in the stream")
        lines = raw.replace("\r\n", "\n").split("\n"); n = 0; done = False; pending = False
        if lines and lines[-1] != "": self.wrong.append("the stream does not end with an empty line")
        for line in lines:
            if line == "": pending = False; continue
            if line.startswith(":"): continue
            if done: self.wrong.append(f"after [DONE]: {line[:60]!r}"); continue
            if not line.startswith("data:"): self.wrong.append(f"neither data nor comment: {line[:60]!r}"); continue
            if pending: self.wrong.append("two data lines in one event")
            pending = True; payload = line[5:].lstrip(" ")
            if payload == "[DONE]": done = True; continue
            n += 1
            try: c = json.loads(payload)
            except ValueError as e: self.say(n, f"no JSON: {e}"); continue
            if not isinstance(c, dict) or not isinstance(c.get("type"), str): self.say(n, "no object with a type"); continue
            self.keys(n, c)
            if self.shape(n, c): self.order(n, c)
        if not done: self.wrong.append("no [DONE]")
        if not self.ended: self.wrong.append("no finish, error or abort: a client takes this for a success")
        return n

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("file", nargs="?"); p.add_argument("--client", default="5.0.92"); p.add_argument("--known-call", action="append", default=[])
    p.add_argument("--continues"); p.add_argument("--print", action="store_true")
    a = p.parse_args()
    raw = open(a.file, newline="").read() if a.file else sys.stdin.buffer.read().decode("utf-8")
    checker = Checker(a.client, a.known_call, a.continues); n = checker.stream(raw)
    if a.print: print(json.dumps(checker.message, ensure_ascii=False, indent=1))
    for w in checker.wrong: print(w)
    if not checker.wrong: print(f"{n} chunks, {checker.steps} steps: holds for clients from {a.client}")
    sys.exit(bool(checker.wrong))

if __name__ == "__main__":
    main()
