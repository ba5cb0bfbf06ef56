# Turnledger. SPDX-License-Identifier: Apache-2.0
"""The classes that `serde-golden.jsonl` names: a user's own, as far as LangGraph can tell."""

import dataclasses
import enum
import typing

import pydantic


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 3


class StrE(str, enum.Enum):
    A = "a"


@dataclasses.dataclass
class Point:
    x: int
    y: float
    tag: str = "t"


@dataclasses.dataclass
class Nested:
    p: Point
    items: list


class NT(typing.NamedTuple):
    a: int
    b: str


class Person(pydantic.BaseModel):
    name: str
    age: int
    tags: list = []


class Team(pydantic.BaseModel):
    lead: Person
    members: list = []
    meta: typing.Any = None
