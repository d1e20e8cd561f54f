"""Reads a .talk file into steps."""

import re
from dataclasses import dataclass, field

from .values import TalkError, parse_entries

SETUP = ("broker", "nodes", "names", "topic", "restart", "connect")
DEEDS = ("answers", "parked", "closes", "close", "raw", "silent")


@dataclass
class Step:
    line: int  # of its first line, from 1
    verb: str  # one of SETUP, one of DEEDS, or "request"
    connection: str = ""
    api: str = ""
    version: int = 0
    entries: list = field(default_factory=list)
    expected: list = None  # None: nothing is expected of the answer
    until: bool = False  # ask again until the expectation holds
    later: str = ""  # "" | "sent" | "parked"
    outcome: str = "answer"  # answer | none | closes
    expect_lines: list = field(default_factory=list)  # their line numbers, for pinning


@dataclass
class Script:
    path: str
    title: str
    settings: dict
    nodes: int
    fresh: bool
    steps: list
    restarts: bool = False


def load(path):
    with open(path, encoding="utf-8") as file:
        return parse(file.read().split("\n"), str(path))


def parse(lines, path="talk"):
    steps = []
    title = ""
    for number, raw in enumerate(lines, 1):
        if raw.startswith("#") and not title and not steps:
            title = raw.lstrip("# ").strip()
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        try:
            if raw[0] in " \t":
                _continue(steps, raw.strip(), number)
            else:
                steps.append(_start(raw.strip(), number))
        except TalkError as error:
            raise TalkError(f"{path}:{number}: {error}") from None
    if not title:
        raise TalkError(f"{path}: the first line says in a comment what the conversation shows")
    return _script(path, title, steps)


def _script(path, title, steps):
    settings = {}
    nodes, fresh = 1, False
    for step in steps:
        if step.verb == "broker":
            for entry in step.entries:
                if entry.value is None and entry.name == "fresh":
                    fresh = True
                elif entry.value is None:
                    raise TalkError(f"{path}:{step.line}: a broker setting is name=value")
                else:
                    settings[entry.name] = entry.value.text
        elif step.verb == "nodes":
            nodes = int(step.entries[0].name)
    steps = [step for step in steps if step.verb not in ("broker", "nodes")]
    restarts = any(step.verb == "restart" for step in steps)
    return Script(path, title, settings, nodes, fresh or restarts, steps, restarts)


def _start(text, number):
    words = text.split(None, 2)
    if words[0] in SETUP:
        return Step(number, words[0], entries=parse_entries(text[len(words[0]):]))
    if len(words) < 2:
        raise TalkError(f"nothing said after {words[0]}")
    connection, deed = words[:2]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", connection):
        raise TalkError(f"{connection!r} is no name of a connection")
    rest = words[2] if len(words) > 2 else ""
    if deed in DEEDS:
        return Step(number, deed, connection, entries=_raw_entries(deed, rest))
    version = re.match(r"v(\d+)\b", rest)
    if not version:
        raise TalkError(f"{deed} needs its version, such as v3")
    step = Step(number, "request", connection, deed, int(version.group(1)))
    _take_fields(step, rest[version.end():])
    return step


def _raw_entries(deed, rest):
    return parse_entries("bytes=" + rest) if deed == "raw" else parse_entries(rest)


def _take_fields(step, text):
    parked = re.search(r"(^|\s)&(\s+parked)?\s*(#.*)?$", text)
    if parked:
        step.later = "parked" if parked.group(2) else "sent"
        text = text[:parked.start()]
    step.entries += parse_entries(text)


def _continue(steps, text, number):
    if not steps:
        raise TalkError("a continued line without a statement above it")
    step = steps[-1]
    if text[0] not in "=~":
        _take_fields(step, text)
        return
    step.until = step.until or text[0] == "~"
    step.expect_lines.append(number)
    text = text[1:].strip()
    if text in ("closes", "none"):
        step.outcome = text
        return
    entries = parse_entries(text)
    for entry in entries:
        entry.line = number
    step.expected = (step.expected or []) + entries
