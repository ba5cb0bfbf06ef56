#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Checks AI SDK bytes with an independent implementation: the models of pydantic-ai (see scripts/python.sh).

    check_with_pydantic_ai.py stream FILE…     each chunk of an SSE stream against its response types
    check_with_pydantic_ai.py history FILE…    {"messages": [UIMessage, …]} against its request types
    check_with_pydantic_ai.py serve            answers one line after another with {"wrong": […]}: {"kind", "text"} and,
                                               of streams, {"client", "known", "continues"} as check-ui-stream.py has
                                               them, which they go through, too; kinds "data" and "text" go through
                                               check_v4_stream.py. A test run starts one process

Its models refuse unknown fields. Exit 0 if all holds; 1 and one line per violation otherwise.
"""
import importlib.util
import json
import pathlib
import sys

from pydantic import TypeAdapter, ValidationError
from pydantic_ai.ui.vercel_ai import request_types, response_types

CHUNKS = {}
for name in dir(response_types):
    kind = getattr(response_types, name)
    if isinstance(kind, type) and issubclass(kind, response_types.BaseChunk) and "type" in kind.model_fields:
        default = kind.model_fields["type"].default
        if isinstance(default, str):
            CHUNKS[default] = kind


def reasons(error):
    return "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())


def check_stream(text):
    """One sentence for each chunk that does not fit."""
    wrong, count = [], 0
    for line in text.splitlines():
        if not line.startswith("data:") or line[5:].strip() == "[DONE]":
            continue
        count += 1
        chunk = json.loads(line[5:])
        kind = CHUNKS.get(chunk.get("type"))
        if kind is None:
            wrong.append(f"chunk {count}: unknown type {chunk.get('type')!r}")
            continue
        # The models take None for what is left out; on the wire it must be left out.
        wrong += [f"chunk {count}: {key} is null" for key, value in chunk.items()
                  if value is None and key not in ("input", "output", "data", "messageMetadata")]
        try:
            kind.model_validate(chunk)
        except ValidationError as error:
            wrong.append(f"chunk {count}, {chunk['type']}: {reasons(error)}")
    if count == 0:
        wrong.append("no chunks")
    return wrong, f"{count} chunks"


def check_history(text):
    """One sentence for each message that does not fit."""
    messages = json.loads(text)["messages"]
    adapter = TypeAdapter(request_types.UIMessage)
    wrong = []
    for number, message in enumerate(messages, 1):
        try:
            adapter.validate_python(message)
        except ValidationError as error:
            wrong.append(f"message {number}: {reasons(error)}")
        if message.get("role") != "assistant" and not message.get("parts"):
            wrong.append(f"message {number}: no parts")
    return wrong, f"{len(messages)} messages"


def beside(name):
    """The checker of another file in this folder."""
    path = pathlib.Path(__file__).with_name(name)
    spec = importlib.util.spec_from_file_location(path.stem.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def serve():
    """Answers requests on standard input, one line each, until it ends."""
    rules, version4 = beside("check-ui-stream.py"), beside("check_v4_stream.py")
    for line in sys.stdin:
        request = json.loads(line)
        if request["kind"] == "stream":
            checker = rules.Checker(
                request.get("client", "5.0.92"), request.get("known", []), request.get("continues"))
            checker.stream(request["text"])
            wrong = checker.wrong + check_stream(request["text"])[0]
        elif request["kind"] in ("data", "text"):
            wrong = getattr(version4, "check_" + request["kind"])(request["text"])[0]
        else:
            wrong = check_history(request["text"])[0]
        print(json.dumps({"wrong": wrong}), flush=True)


def main():
    if sys.argv[1:] == ["serve"]:
        serve()
        return
    if len(sys.argv) < 3 or sys.argv[1] not in ("stream", "history"):
        sys.exit(__doc__)
    check = check_stream if sys.argv[1] == "stream" else check_history
    failed = False
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            wrong, count = check(file.read())
        for sentence in wrong:
            print(f"{path}: {sentence}")
        failed = failed or bool(wrong)
        if not wrong:
            print(f"{path}: {count} hold")
    sys.exit(failed)


if __name__ == "__main__":
    main()
