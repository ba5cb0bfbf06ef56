#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Checks `turnledger payload` against LangGraph's own serializers on random values.

    python check_payloads.py TURNLEDGER [COUNT] [SEED]

Needs langgraph, langchain-core, pycryptodome and numpy. Every value that Python writes must come out of Turnledger with
the same bytes; sealed ones must open in Python again, and be refused with a byte changed.
"""

import collections
import dataclasses
import datetime
import decimal
import enum
import ipaddress
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import uuid
import zoneinfo

import numpy
import pydantic
from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage, AIMessageChunk, ChatMessage, FunctionMessage, HumanMessage, RemoveMessage, SystemMessage, ToolMessage)
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.store.base import Item
from langgraph.types import Command, Interrupt, Overwrite, Send

KEY = "0123456789abcdef0123456789abcdef"


class Colour(enum.Enum):
    RED = "red"
    BLUE = 2


@dataclasses.dataclass
class Point:
    x: int
    tags: list


class Person(pydantic.BaseModel):
    name: str
    scores: dict


Pair = collections.namedtuple("Pair", "left right")


class Samples:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        alphabet = "abc \n\"\\\0é世🎉" + chr(0x10FFFF)
        length = self.random.choice([0, 1, 5, 31, 32, 33, 255, 256, 300])
        return "".join(self.random.choice(alphabet) for _ in range(length))

    def integer(self):
        bits = self.random.choice([3, 5, 7, 8, 15, 16, 31, 32, 63, 64])
        value = self.random.getrandbits(bits)
        return value if bits == 64 else self.random.choice([value, -value, -value - 1])

    def time(self):
        zone = self.random.choice([None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(minutes=330))])
        return datetime.datetime(
            self.random.randint(1, 9999), 5, 6, 7, 8, 9, self.random.choice([0, 7, 999999]), tzinfo=zone)

    def plain(self):
        return self.random.choice([
            lambda: None, lambda: self.random.random() < 0.5, self.integer, self.text,
            lambda: self.random.choice([0.0, -0.0, 1.5, 1e300, float("nan"), float("inf"), float("-inf")]),
            lambda: self.random.gauss(0, 1e6), lambda: self.random.randbytes(self.random.choice([0, 1, 16, 255, 256])),
            lambda: bytearray(b"ab"), self.time, lambda: self.time().date(), lambda: self.time().timetz(),
            lambda: datetime.timedelta(self.random.randint(-9, 9), self.random.randint(-99999, 99999), 5),
            lambda: datetime.timezone(datetime.timedelta(hours=self.random.randint(-12, 12)), "X"),
            lambda: zoneinfo.ZoneInfo("UTC"), lambda: uuid.UUID(int=self.random.getrandbits(128)),
            lambda: decimal.Decimal(self.random.randint(-999, 999)).scaleb(self.random.randint(-9, 9)),
            lambda: ipaddress.ip_address(self.random.getrandbits(32)),
            lambda: ipaddress.ip_address(self.random.getrandbits(128) | 1 << 127),
            lambda: ipaddress.ip_network("10.0.0.0/8"), lambda: ipaddress.ip_interface("::1/64"),
            lambda: pathlib.PurePosixPath and pathlib.Path("/a") / "b", lambda: re.compile("a.*", re.I),
            lambda: pydantic.SecretStr("x"), lambda: self.random.choice(list(Colour)), lambda: ValueError("boom"),
            lambda: numpy.arange(6, dtype=self.random.choice(["<i4", "<f8", "|u1"])).reshape(2, 3),
            lambda: numpy.asfortranarray(numpy.ones((2, 3)))])()

    def call(self):
        return {"name": "add", "args": {"a": self.integer(), "b": self.text()}, "id": self.text(), "type": "tool_call"}

    def message(self):
        extra = self.random.choice([{}, {"note": self.text()}])
        content = self.random.choice([self.text(), [{"type": "text", "text": self.text()}]])
        return self.random.choice([
            lambda: HumanMessage(content, id=self.text(), **extra), lambda: SystemMessage(content, name="n"),
            lambda: AIMessage(
                content, tool_calls=[self.call()], id="a", response_metadata={"m": self.text()},
                usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}),
            lambda: AIMessageChunk(content, id="c"), lambda: ChatMessage(content, role="critic"),
            lambda: ToolMessage(content, tool_call_id="c", artifact={"raw": [1]}, status="error"),
            lambda: FunctionMessage(self.text(), name="f"), lambda: RemoveMessage(id="__remove_all__")])()

    def value(self, depth=0):
        if depth > 4 or self.random.random() < 0.3:
            return self.plain()
        below = lambda: self.value(depth + 1)
        count = self.random.choice([0, 1, 2, 3, 15, 16, 17]) if depth < 2 else self.random.randint(0, 2)
        return self.random.choice([
            lambda: [below() for _ in range(count)], lambda: tuple(below() for _ in range(count)),
            lambda: {self.text(): below() for _ in range(count)},
            lambda: {k: below() for k in [None, True, 5, 1.5, b"k", "s", (1, "t"), uuid.UUID(int=5)]},
            lambda: {self.integer() for _ in range(count)}, lambda: frozenset([self.text()]),
            lambda: collections.deque([below()]), self.message, lambda: [self.message() for _ in range(count)],
            lambda: Point(self.integer(), [below()]), lambda: Pair(below(), self.text()),
            lambda: Person(name=self.text(), scores={"a": 1}), lambda: Send("tools", below()),
            lambda: Interrupt(below(), id="0123456789abcdef0123456789abcdef"), lambda: Command(update={"a": below()}),
            lambda: Command(goto=[Send("a", 1)]), lambda: Overwrite(below()),
            lambda: Document(page_content=self.text(), metadata={"k": self.text()}),
            lambda: _DeltaSnapshot(below()),
            lambda: Item(namespace=("a",), key="k", value={"v": self.text()}, created_at=self.time(),
                         updated_at=self.time())])()


def main():
    binary, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    samples = Samples(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    plain, sealed = JsonPlusSerializer(), EncryptedSerializer.from_pycryptodome_aes(key=KEY.encode())
    written = []
    while len(written) < count:
        value = samples.value()
        try:
            written.append((sealed if len(written) % 4 == 0 else plain).dumps_typed(value))
        except TypeError as error:
            if "64-bit" not in str(error):
                print("not written by Python:", type(value), error)
    changed = []
    for kind, data in written:
        if kind.endswith("+aes"):
            place = samples.random.randrange(len(data))
            changed.append((kind, data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]))
    lines = [json.dumps({"type": kind, "hex": bytes(data).hex()}) for kind, data in written + changed]
    run = subprocess.run(
        [binary, "payload"], input="\n".join(lines) + "\n", capture_output=True, text=True,
        env=dict(os.environ, LANGGRAPH_AES_KEY=KEY))
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if len(answers) != len(lines):
        sys.exit(f"{len(answers)} answers to {len(lines)} lines: {run.stderr[-500:]}")
    failures = 0
    for (kind, data), answer in zip(written, answers):
        if answer.get("type") != kind or answer.get("hex") != bytes(data).hex() or "value" not in answer:
            failures += 1
            print("differs:", kind, bytes(data).hex()[:200], json.dumps(answer)[:300])
    for answer in answers[len(written):]:
        if "error" not in answer:
            failures += 1
            print("a changed sealed value was taken:", answer)
    print(f"{len(written)} values, {len(changed)} of them sealed and refused when changed, {failures} failures")
    sys.exit(1 if failures else 0)


main()
