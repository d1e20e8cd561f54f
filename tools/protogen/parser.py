"""Reads .def files into the model. The language is described in protocol/README.md."""

from __future__ import annotations

import json
import os
import re
from typing import Optional

from model import (ALL_VERSIONS, Field, Message, NO_VERSIONS, OPEN_END, PRIMITIVES, Struct,
                   Versions)

SECTION_KINDS = {
    'api': {'request': 'request', 'response': 'response'},
    'record': {'key': 'record-key', 'value': 'record-value'},
    'data': {'fields': 'data'},
    'header': {'fields': 'header'},
}
SECTION_SUFFIX = {'request': 'Request', 'response': 'Response', 'key': 'Key', 'value': 'Value',
                  'fields': ''}


class DefinitionError(Exception):
    """A .def file that says something wrong; the text starts with file:line."""


def load_folder(folder: str) -> list[Message]:
    """Every message of every .def file below `folder`, by file name; not errors.def."""
    paths = []
    for where, _, names in os.walk(folder):
        paths += [os.path.join(where, n) for n in names if n.endswith('.def') and n != 'errors.def']
    messages: list[Message] = []
    for path in sorted(paths):
        messages += parse_file(path)
    names = [m.name for m in messages]
    for name in names:
        if names.count(name) > 1:
            raise DefinitionError(f'{folder}: {name} is defined twice')
    return messages


def parse_file(path: str) -> list[Message]:
    with open(path, encoding='utf-8') as file:
        return parse(file.read(), path)


def parse(text: str, path: str = '<text>') -> list[Message]:
    return _Parser(path).run(text)


class _Parser:
    def __init__(self, path: str):
        self._path = path
        self._line = 0
        self._messages: list[Message] = []
        self._block: list[str] = []             # words of the line that opened the block
        self._block_comment = ''
        self._versions = NO_VERSIONS
        self._flexible = NO_VERSIONS
        self._settings: dict = {}
        self._message: Optional[Message] = None
        # Indent, struct, and the last field of the struct: it may be given fields of its own.
        self._stack: list[tuple[int, Struct, Optional[Field]]] = []

    def run(self, text: str) -> list[Message]:
        pending = ''
        for self._line, raw in enumerate(text.splitlines(), 1):
            code, comment = _split_comment(raw)
            if not code.strip():
                pending = f'{pending} {comment}'.strip() if comment else ''
                continue
            if '\t' in code:
                self._fail('tabs are not allowed')
            if code[0] == ' ':
                self._field_line(code, comment)
            else:
                self._directive(code.split(), comment or pending)
            pending = ''
        for message in self._messages:
            try:
                message.resolve()
            except (ValueError, KeyError) as error:
                raise DefinitionError(f'{self._path}: {error}') from error
        return self._messages

    def _fail(self, why: str):
        raise DefinitionError(f'{self._path}:{self._line}: {why}')

    def _directive(self, words: list[str], comment: str) -> None:
        if words[0] in SECTION_KINDS:
            numbered = words[0] in ('api', 'record')
            if len(words) != (3 if numbered else 2):
                self._fail(f'{words[0]} takes a name' + (' and a number' if numbered else ''))
            self._block, self._block_comment = words, comment
            self._versions = self._flexible = NO_VERSIONS
            self._settings = {}
            self._message = None
        elif not self._block:
            self._fail('a file starts with api, record, data or header')
        elif words[0] in SECTION_KINDS[self._block[0]]:
            self._open_section(words)
        else:
            self._setting(words)

    def _setting(self, words: list[str]) -> None:
        if words[0] == 'versions':
            self._versions, self._flexible = self._parse_versions(words)
            rest = words[4:] if 'flexible' in words else words[2:]
            if rest[:1] == ['accepted'] and len(rest) == 2:
                self._settings['accepted'] = self._range(rest[1])
            elif rest:
                self._fail(f'unknown words {rest}')
        elif words[0] == 'listeners':
            self._settings['listeners'] = words[1:]
        elif words[0] == 'log' and len(words) == 2:
            self._settings['log'] = words[1]
        elif words == ['unstable', 'last']:
            self._settings['unstable_last'] = True
        elif words[0] == 'shipped':
            pairs = [word.split(':') for word in words[1:]]
            self._settings['releases'] = [(release, int(version)) for release, version in pairs]
        else:
            self._fail(f'unknown line {" ".join(words)!r}')

    def _parse_versions(self, words: list[str]) -> tuple[Versions, Versions]:
        if len(words) < 2:
            self._fail('versions takes a range')
        versions = self._range(words[1])
        if versions.high == OPEN_END:
            self._fail('the versions of a message end somewhere')
        flexible = NO_VERSIONS
        if words[2:3] == ['flexible']:
            if len(words) < 4 or not words[3].isdigit():
                self._fail('flexible takes the first flexible version')
            flexible = Versions(int(words[3]), OPEN_END)
        return versions, flexible

    def _open_section(self, words: list[str]) -> None:
        versions, flexible = self._versions, self._flexible
        if len(words) > 1:
            versions, flexible = self._parse_versions(words[1:])
        if versions.empty:
            self._fail('no versions given')
        message = Message(name=self._block[1] + SECTION_SUFFIX[words[0]],
                          kind=SECTION_KINDS[self._block[0]][words[0]],
                          versions=versions, flexible=flexible, comment=self._block_comment)
        if self._block[0] == 'api':
            message.api_key = int(self._block[2])
        elif self._block[0] == 'record':
            message.record_type = int(self._block[2])
        for name, value in self._settings.items():
            if name not in ('listeners', 'releases', 'unstable_last') or message.kind == 'request':
                setattr(message, name, value)
        self._message = message
        self._messages.append(message)
        self._stack = [(-1, message.root, None)]

    def _field_line(self, code: str, comment: str) -> None:
        if self._message is None:
            self._fail('a field outside a section')
        indent = len(code) - len(code.lstrip())
        field = self._parse_field(code.split(), comment)
        while len(self._stack) > 1 and self._stack[-1][0] > indent:
            self._stack.pop()
        level, struct, last = self._stack[-1]
        if level == -1:                          # the first field of the section sets its indent
            self._stack[-1] = (indent, struct, last)
        elif indent > level:
            if last is None or not last.is_struct:
                self._fail('only a struct has fields below it')
            if any(s.name == last.type for s in self._message.structs):
                self._fail(f'struct {last.type} is defined twice')
            struct = Struct(last.type)
            self._message.structs.append(struct)
            self._stack.append((indent, struct, None))
        elif indent < level:
            self._fail('indentation matches no open struct')
        level, struct, _ = self._stack[-1]
        struct.fields.append(field)
        self._stack[-1] = (level, struct, field)

    def _parse_field(self, words: list[str], comment: str) -> Field:
        if len(words) < 2 or not re.fullmatch(r'[a-z][a-z0-9_]*', words[0]):
            self._fail('a field is: name type [versions] [=default] [words]')
        match = re.fullmatch(r'(\[\])?(\w+)(\?)?(\S+)?', words[1])
        if not match or (match[4] and not match[3]):
            self._fail(f'bad type {words[1]!r}')
        field = Field(name=words[0], type=match[2], is_array=bool(match[1]), comment=comment)
        if field.type not in PRIMITIVES and not field.type[0].isupper():
            self._fail(f'unknown type {field.type}')
        rest = words[2:]
        if rest and rest[0][0].isdigit():
            field.versions = self._range(rest.pop(0))
        if match[3]:
            field.nullable = self._range(match[4]) if match[4] else ALL_VERSIONS
        while rest:
            self._attribute(field, rest)
        return field

    def _attribute(self, field: Field, rest: list[str]) -> None:
        word = rest.pop(0)
        if word.startswith('='):
            field.default, field.has_default = self._default(field, word[1:]), True
        elif word == 'tag' and rest and rest[0].isdigit():
            field.tag = int(rest.pop(0))
        elif word == 'ignorable':
            field.ignorable = True
        elif word == 'key':
            field.map_key = True
        elif word == 'fixed':
            field.fixed_length = True
        elif word == 'secret':
            field.secret = True
        elif word.startswith('@') and len(word) > 1:
            field.entity = word[1:]
        else:
            self._fail(f'unknown word {word!r}')

    def _default(self, field: Field, text: str) -> object:
        try:
            value = json.loads(text)
        except ValueError:
            self._fail(f'bad default {text!r}')
        if value is None:
            if field.nullable.empty:
                self._fail(f'{field.name} is not nullable')
        elif field.is_array or field.is_struct:
            self._fail('arrays and structs have no default but null')
        return value

    def _range(self, text: str) -> Versions:
        try:
            return Versions.parse(text)
        except ValueError as error:
            self._fail(str(error))


def _split_comment(line: str) -> tuple[str, str]:
    """`#` starts a comment at the start of a line or after a space."""
    match = re.search(r'(?:^|\s)#', line)
    if not match:
        return line.rstrip(), ''
    return line[:match.start()].rstrip(), line[match.end():].strip()
