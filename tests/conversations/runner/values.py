"""The grammar of fields and values (tests/conversations/README.md, "Values"): text to a small syntax tree."""

import re
from dataclasses import dataclass, field


class TalkError(Exception):
    """The file is wrong; says where."""


@dataclass
class Word:
    text: str
    quoted: bool = False


@dataclass
class Var:
    name: str


@dataclass
class Any:
    pass


@dataclass
class Not:
    value: object


@dataclass
class Call:
    name: str
    args: list  # of values, Pair and Entry


@dataclass
class Pair:
    key: object
    value: object


@dataclass
class Array:
    items: list


@dataclass
class Struct:
    entries: list


@dataclass
class Entry:
    name: str
    value: object = None  # None: only the name was given
    line: int = field(default=0, compare=False)


TOKEN = re.compile(r"""\s*(?:
    (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<var>\$[a-z0-9_]+)
  | (?P<call>@[a-z0-9_]+\()
  | (?P<mark>[\[\]{}(),=:!])
  | (?P<word>[^\s\[\]{}(),=:!"$@\#]+)
)""", re.X)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


def tokens(text):
    """[(kind, text, tight)]; tight: no space in front of it."""
    result = []
    at = 0
    while at < len(text):
        if re.match(r"\s*(#.*)?$", text[at:]):
            break
        found = TOKEN.match(text, at)
        if not found:
            raise TalkError(f"cannot read {text[at:at + 20]!r}")
        kind = found.lastgroup
        result.append((kind, found.group(kind), found.start(kind) == at))
        at = found.end()
    return result


class Parser:
    def __init__(self, text):
        self.tokens = tokens(text)
        self.at = 0

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead][:2] if self.at + ahead < len(self.tokens) else (None, None)

    def tight(self):
        return self.at < len(self.tokens) and self.tokens[self.at][2]

    def next(self):
        token = self.peek()
        if token[0] is None:
            raise TalkError("ends too early")
        self.at += 1
        return token

    def accept(self, mark):
        if self.peek() == ("mark", mark):
            self.at += 1
            return True
        return False

    def expect(self, mark):
        if not self.accept(mark):
            raise TalkError(f"{mark!r} expected, found {self.peek()[1]!r}")

    def entries(self, end=None):
        result = []
        while self.peek()[0] is not None and self.peek() != ("mark", end):
            if not self.accept(","):
                result.append(self.entry())
        if end:
            self.expect(end)
        return result

    def entry(self):
        kind, text = self.next()
        if kind == "string":
            text = unquote(text)
        elif kind == "var":
            pass
        elif kind != "word":
            raise TalkError(f"a field name expected, found {text!r}")
        if self.accept("="):
            return Entry(text, self.value())
        if self.peek() == ("mark", "{") and self.tight():
            return Entry(text, self.value())
        return Entry(text)

    def value(self):
        kind, text = self.next()
        if kind == "string":
            return Word(unquote(text), True)
        if kind == "var":
            return Var(text[1:])
        if kind == "word":
            return Any() if text == "*" else Word(text)
        if kind == "call":
            return Call(text[1:-1], self.items(")"))
        if text == "[":
            return Array(self.items("]"))
        if text == "{":
            return Struct(self.entries("}"))
        if text == "!":
            return Not(self.value())
        raise TalkError(f"a value expected, found {text!r}")

    def items(self, end):
        """Values, pairs `a:b`, and (in calls) `name=value`."""
        result = []
        while not self.accept(end):
            if self.accept(","):
                continue
            value = self.value()
            if self.accept(":"):
                value = Pair(value, self.value())
            elif end == ")" and isinstance(value, Word) and self.accept("="):
                value = Entry(value.text, self.value())
            result.append(value)
        return result


def unquote(text):
    def escape(found):
        return ESCAPES.get(found.group(1), found.group(1))
    return re.sub(r"\\(.)", escape, text[1:-1])


def parse_entries(text):
    return Parser(text).entries()
