"""The parsed form of a message definition, shared by every tool in this folder."""

from __future__ import annotations

import dataclasses
import re
from typing import Iterator, Optional

OPEN_END = 32767

PRIMITIVES = frozenset([
    'bool', 'int8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'float64', 'uuid',
    'string', 'bytes', 'records', 'error',
])


@dataclasses.dataclass(frozen=True)
class Versions:
    """A closed range of versions; empty when low > high."""
    low: int
    high: int

    @staticmethod
    def parse(text: str) -> 'Versions':
        if text == 'none':
            return NO_VERSIONS
        match = re.fullmatch(r'(\d+)(?:(\+)|-(\d+))?', text)
        if not match:
            raise ValueError(f'bad version range {text!r}')
        low = int(match[1])
        if match[2]:
            return Versions(low, OPEN_END)
        return Versions(low, int(match[3]) if match[3] else low)

    def __str__(self) -> str:
        if self.empty:
            return 'none'
        if self.high == OPEN_END:
            return f'{self.low}+'
        return f'{self.low}-{self.high}'

    @property
    def empty(self) -> bool:
        return self.low > self.high

    def __contains__(self, version: int) -> bool:
        return self.low <= version <= self.high

    def intersect(self, other: 'Versions') -> 'Versions':
        result = Versions(max(self.low, other.low), min(self.high, other.high))
        return NO_VERSIONS if result.empty else result

    def hull(self, other: 'Versions') -> 'Versions':
        if self.empty:
            return other
        if other.empty:
            return self
        return Versions(min(self.low, other.low), max(self.high, other.high))

    def covers(self, other: 'Versions') -> bool:
        return other.empty or (self.low <= other.low and other.high <= self.high)


NO_VERSIONS = Versions(1, 0)
ALL_VERSIONS = Versions(0, OPEN_END)


@dataclasses.dataclass
class Field:
    """One field. `versions` and `nullable` are as written: its struct must be on the wire too."""
    name: str                                   # snake_case
    type: str                                   # a primitive or the name of a struct
    is_array: bool = False
    versions: Versions = ALL_VERSIONS
    nullable: Versions = NO_VERSIONS
    tag: Optional[int] = None
    default: object = None                      # a JSON value; meaningful when has_default
    has_default: bool = False
    ignorable: bool = False
    map_key: bool = False
    entity: Optional[str] = None
    fixed_length: bool = False                  # never compact, even in flexible versions
    secret: bool = False                        # not shown in logs
    comment: str = ''

    @property
    def is_struct(self) -> bool:
        return self.type not in PRIMITIVES

    @property
    def json_name(self) -> str:
        camel = camel_case(self.name)
        return camel[:1].lower() + camel[1:]


@dataclasses.dataclass
class Struct:
    name: str
    fields: list[Field] = dataclasses.field(default_factory=list)
    versions: Versions = NO_VERSIONS            # where a use of it is on the wire, by resolve()
    comment: str = ''


@dataclasses.dataclass
class Message:
    """One request, response, header, record key, record value or free-standing data message."""
    name: str                                   # with its suffix: HeartbeatRequest
    kind: str                                   # request, record-key and so on: see parser.py
    versions: Versions
    flexible: Versions = NO_VERSIONS
    api_key: Optional[int] = None
    record_type: Optional[int] = None
    log: Optional[str] = None
    listeners: list[str] = dataclasses.field(default_factory=list)
    accepted: Optional[Versions] = None         # by current Apache Kafka; NO_VERSIONS = removed
    unstable_last: bool = False
    releases: list[tuple[str, int]] = dataclasses.field(default_factory=list)
    root: Struct = dataclasses.field(default_factory=lambda: Struct(''))
    structs: list[Struct] = dataclasses.field(default_factory=list)   # definition order
    comment: str = ''

    @property
    def base_name(self) -> str:
        """The name without the suffix that its kind adds."""
        suffixes = {'request': 'Request', 'response': 'Response', 'record-key': 'Key',
                    'record-value': 'Value'}
        suffix = suffixes.get(self.kind, '')
        if not suffix or not self.name.endswith(suffix):
            return self.name
        return self.name[:-len(suffix)]

    def struct(self, name: str) -> Struct:
        for struct in self.structs:
            if struct.name == name:
                return struct
        raise KeyError(f'{self.name} has no struct {name}')

    def all_structs(self) -> Iterator[Struct]:
        yield self.root
        yield from self.structs

    def inner_first(self) -> list[Struct]:
        """Structs so that each comes after those it contains; the root is last."""
        done: list[Struct] = []
        active: list[str] = []

        def visit(struct: Struct) -> None:
            if struct in done:
                return
            if struct.name in active:
                raise ValueError(f'{self.name}: struct {struct.name} contains itself')
            active.append(struct.name)
            for field in struct.fields:
                if field.is_struct:
                    visit(self.struct(field.type))
            active.pop()
            done.append(struct)

        visit(self.root)
        return done

    def resolve(self) -> None:
        """Works out in which versions each struct is used; ValueError if it cannot be."""
        self.root.versions = self.versions
        order = self.inner_first()
        for struct in self.structs:
            struct.versions = NO_VERSIONS
        for struct in reversed(order):
            for field in struct.fields:
                present = field.versions.intersect(struct.versions)
                if present.empty:
                    raise ValueError(f'{self.name}: {struct.name}.{field.name} is in no version')
                if field.is_struct:
                    inner = self.struct(field.type)
                    inner.versions = inner.versions.hull(present)
        self._check()

    def _check(self) -> None:
        unused = [s.name for s in self.structs if s.versions.empty]
        if unused:
            raise ValueError(f'{self.name}: unused structs {unused}')
        for struct in self.all_structs():
            names = [field.name for field in struct.fields]
            if len(set(names)) != len(names):
                raise ValueError(f'{self.name}: {struct.name} names a field twice')
            tags = sorted(f.tag for f in struct.fields if f.tag is not None)
            if len(set(tags)) != len(tags):
                raise ValueError(f'{self.name}: {struct.name} uses a tag twice')
            for field in struct.fields:
                present = field.versions.intersect(struct.versions)
                if field.tag is not None and not self.flexible.covers(present):
                    raise ValueError(f'{self.name}: tagged {field.name} in a version without tags')


def snake_case(name: str) -> str:
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '_', name).lower()


def camel_case(name: str) -> str:
    return ''.join(part[:1].upper() + part[1:] for part in name.split('_'))


def strip_prefix(name: str, prefixes: list[str]) -> str:
    """Drops the first prefix after which a whole capitalised word remains."""
    for prefix in prefixes:
        rest = name[len(prefix):]
        if name.startswith(prefix) and rest and rest[0].isupper():
            return rest
    return name
