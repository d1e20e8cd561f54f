"""Turns messages of the model into .def text: how seed.py writes definitions."""

from __future__ import annotations

import json

from model import Field, Message, Struct, Versions


def write_api(request: Message, response: Message) -> str:
    lines = [f'api {request.base_name} {request.api_key}']
    if request.listeners:
        lines.append('listeners ' + ' '.join(request.listeners))
    line = 'versions ' + _versions_words(request)
    if request.accepted is not None and request.accepted != request.versions:
        line += f'  accepted {request.accepted}'
    lines.append(line)
    if request.unstable_last:
        lines.append('unstable last')
    if request.releases:
        lines.append('shipped ' + ' '.join(f'{r}:{v}' for r, v in request.releases))
    lines += ['', 'request'] + _fields(request)
    lines += ['', 'response'] + _fields(response)
    return '\n'.join(lines) + '\n'


def write_record(key: Message, value: Message) -> str:
    lines = [f'record {key.base_name} {key.record_type}', f'log {key.log}']
    for name, message in (('key', key), ('value', value)):
        lines += ['', f'{name}  versions {_versions_words(message)}'] + _fields(message)
    return '\n'.join(lines) + '\n'


def write_plain(message: Message) -> str:
    lines = [f'{message.kind} {message.name}', 'versions ' + _versions_words(message)]
    lines += ['', 'fields'] + _fields(message)
    return '\n'.join(lines) + '\n'


def _versions_words(message: Message) -> str:
    words = _exact(message.versions)
    if not message.flexible.empty:
        words += f'  flexible {message.flexible.low}'
    return words


def _exact(versions: Versions) -> str:
    return f'{versions.low}' if versions.low == versions.high else f'{versions.low}-{versions.high}'


def _fields(message: Message) -> list[str]:
    return _struct(message, message.root, 1, set())


def _struct(message: Message, struct: Struct, depth: int, written: set[str]) -> list[str]:
    rows = [_row(message, struct, field) for field in struct.fields]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
    lines = []
    for field, row in zip(struct.fields, rows):
        cells = [row[i].ljust(widths[i] + (2 if widths[i] else 0)) for i in range(3)]
        lines.append(('  ' * depth + ''.join(cells) + row[3]).rstrip())
        if field.is_struct and field.type not in written:
            written.add(field.type)
            lines += _struct(message, message.struct(field.type), depth + 1, written)
    return lines


def _row(message: Message, struct: Struct, field: Field) -> tuple[str, str, str, str]:
    present = field.versions.intersect(struct.versions)
    wire_type = ('[]' if field.is_array else '') + field.type
    nullable = field.nullable.intersect(message.versions)
    if not nullable.intersect(present).empty:
        wire_type += '?' if nullable.covers(present) else '?' + _range(message, nullable)
    versions = '' if present == struct.versions else _range(message, present)
    words = []
    if field.has_default:
        words.append('=' + json.dumps(field.default))
    if field.tag is not None:
        words.append(f'tag {field.tag}')
    for flag, word in ((field.map_key, 'key'), (field.ignorable, 'ignorable'),
                       (field.fixed_length, 'fixed')):
        if flag:
            words.append(word)
    if field.entity:
        words.append('@' + field.entity)
    return field.name, wire_type, versions, ' '.join(words)


def _range(message: Message, versions: Versions) -> str:
    """A range that reaches the newest version stays open: the next will have the field too."""
    if versions.high >= message.versions.high:
        return f'{versions.low}+'
    return str(versions)
