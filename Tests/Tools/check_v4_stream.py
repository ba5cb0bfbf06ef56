#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Checks a data stream as clients of AI SDK 4 read it, or a text stream.

    check_v4_stream.py data FILE…     lines CODE:JSON: codes, shapes, order
    check_v4_stream.py text FILE…     UTF-8 text, and no other protocol by mistake

Exit 0 if all holds; 1 and one line per violation otherwise.
"""
import json
import sys

REASONS = {"stop", "length", "content-filter", "tool-calls", "error", "other", "unknown"}
# code -> fields of its object and their types; None: a string
SHAPES = {
    "f": {"messageId": str}, "0": None, "g": None, "3": None, "j": {"signature": str}, "i": {"data": str},
    "h": {"sourceType": str, "id": str, "url": str}, "k": {"data": str, "mimeType": str},
    "2": list, "8": list,
    "b": {"toolCallId": str, "toolName": str}, "c": {"toolCallId": str, "argsTextDelta": str},
    "9": {"toolCallId": str, "toolName": str, "args": dict}, "a": {"toolCallId": str, "result": object},
    "e": {"finishReason": str, "usage": dict, "isContinued": bool}, "d": {"finishReason": str, "usage": dict},
}
INSIDE = set("0gjihkbc9a")


def shape(code, value):
    wanted = SHAPES[code]
    if wanted is None:
        return [] if isinstance(value, str) else [f"{code}: not a string"]
    if wanted is list:
        return [] if isinstance(value, list) else [f"{code}: not a list"]
    if not isinstance(value, dict):
        return [f"{code}: not an object"]
    wrong = [f"{code} without {name}" for name in wanted if name not in value]
    wrong += [f"{code}.{name} is no {kind.__name__}" for name, kind in wanted.items()
              if name in value and not isinstance(value[name], kind)]
    if "finishReason" in wanted and value.get("finishReason") not in REASONS:
        wrong.append(f"{code}: finish reason {value.get('finishReason')!r} is not known")
    if "usage" in wanted:
        usage = value.get("usage") or {}
        wrong += [f"{code}.usage.{name} is no number" for name in ("promptTokens", "completionTokens")
                  if not isinstance(usage.get(name), (int, float)) or isinstance(usage.get(name), bool)]
    return wrong


def keys(value):
    if isinstance(value, dict):
        if "__proto__" in value or (isinstance(value.get("constructor"), dict) and "prototype" in value["constructor"]):
            yield "a key that clients refuse"
        for inner in value.values():
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def check_data(text):
    """One sentence for each thing that a client of version 4 would not take, or not understand."""
    wrong, begun, called, answered = [], set(), set(), set()
    in_step = ended = False
    steps = 0
    if text and not text.endswith("\n"):
        wrong.append("the last line has no end: the client waits for it")
    for number, line in enumerate(text.split("\n"), 1):
        if not line:
            continue
        code, colon, rest = line.partition(":")
        if not colon or code not in SHAPES:
            wrong.append(f"line {number}: unknown code in {line[:30]!r}")
            continue
        try:
            value = json.loads(rest)
        except ValueError:
            wrong.append(f"line {number}: no JSON")
            continue
        wrong += [f"line {number}: {what}" for what in shape(code, value) + list(keys(value))]
        if ended:
            wrong.append(f"line {number}: {code} behind the end")
        call = value.get("toolCallId") if isinstance(value, dict) else None
        if code in INSIDE and not in_step and code != "a":
            wrong.append(f"line {number}: {code} outside a step")
        if code == "f":
            if in_step:
                wrong.append(f"line {number}: a step inside a step")
            in_step, steps = True, steps + 1
        elif code == "e":
            if not in_step:
                wrong.append(f"line {number}: the end of no step")
            in_step = False
        elif code == "b":
            begun.add(call)
        elif code == "c" and call not in begun:
            wrong.append(f"line {number}: arguments of a call that has not begun")
        elif code == "9":
            if call in called:
                wrong.append(f"line {number}: call {call!r} comes twice")
            called.add(call)
        elif code == "a":
            if call not in called:
                wrong.append(f"line {number}: the result of a call that was not made")
            if call in answered:
                wrong.append(f"line {number}: a second result of {call!r}")
            answered.add(call)
        elif code == "d":
            if in_step:
                wrong.append(f"line {number}: the end inside a step")
            ended = True
        elif code == "3":
            ended = True
    if not ended:
        wrong.append("neither d nor 3 at the end")
    return wrong, f"{steps} steps"


def check_text(text):
    """One sentence for each sign that this is no plain text."""
    wrong = []
    if not text:
        wrong.append("nothing")
    if text.startswith("data:") or "\ndata: {" in text:
        wrong.append("server-sent events")
    if any(line[:2] in ("0:", "f:", "d:", "e:") and line[2:3] in ('"', "{") for line in text.split("\n")):
        wrong.append("lines of the data stream")
    if "\ufffd" in text:
        wrong.append("bytes that are no UTF-8")
    return wrong, f"{len(text)} characters"


def main():
    checks = {"data": check_data, "text": check_text}
    if len(sys.argv) < 3 or sys.argv[1] not in checks:
        sys.exit(__doc__)
    failed = False
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            wrong, count = checks[sys.argv[1]](file.read())
        for sentence in wrong:
            print(f"{path}: {sentence}")
        failed = failed or bool(wrong)
        if not wrong:
            print(f"{path}: {count} hold")
    sys.exit(failed)


if __name__ == "__main__":
    main()
