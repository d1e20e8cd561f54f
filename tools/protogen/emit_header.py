"""Writes the header of a message: its structs and the declarations of its codec."""

from __future__ import annotations

import textwrap

import cpp_types
from cpp_types import CppField, cpp_fields, struct_type
from model import Message, Struct, Versions

INCLUDES = [
    '<cstdint>', '<optional>', '<string_view>', '"base/arena.h"', '"base/uuid.h"',
    '"protocol/errors.h"', '"protocol/print/printer.h"', '"protocol/wire/reader.h"',
    '"protocol/wire/record_set.h"', '"protocol/wire/sink.h"', '"protocol/wire/tagged_fields.h"',
]


def emit(messages: list[Message], source: str) -> str:
    lines = [f'// Generated from protocol/defs/{source} by tools/protogen. Do not edit.',
             '#pragma once', '']
    system = [i for i in INCLUDES if i.startswith('<')]
    lines += [f'#include {i}' for i in system] + ['']
    lines += [f'#include {i}' for i in INCLUDES if i not in system]
    lines += ['', 'namespace odradek::wire {', 'class Writer;', '}  // namespace odradek::wire', '',
              'namespace odradek {', '']
    if len(messages) == 2:
        lines += [f'struct {messages[1].name};', '']
    for message in messages:
        if message.comment:
            lines += _comment(message.comment, '')
        for struct in message.inner_first():
            lines += _struct(message, struct, messages) + ['']
        for struct in message.inner_first():
            lines += _declarations(struct_type(message, struct))
        lines.append('')
    lines.append('}  // namespace odradek')
    return '\n'.join(lines) + '\n'


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, 98, initial_indent=indent + '// ', subsequent_indent=indent + '// ')


def _struct(message: Message, struct: Struct, messages: list[Message]) -> list[str]:
    lines = [f'struct {struct_type(message, struct)} {{']
    if struct is message.root:
        lines += _constants(message, messages)
    for field in cpp_fields(message, struct):
        lines += _member(field, struct)
    if cpp_types.has_tags(message, struct):
        lines.append('  TaggedFields unknown_tagged_fields;')
    name = struct_type(message, struct)
    lines += ['', f'  friend bool operator==(const {name}&, const {name}&) = default;', '};']
    return lines


def _constants(message: Message, messages: list[Message]) -> list[str]:
    lines = [f'  static constexpr std::string_view kName = "{message.name}";']
    if message.api_key is not None:
        lines.append(f'  static constexpr int16_t kApiKey = {message.api_key};')
    if message.record_type is not None:
        lines.append(f'  static constexpr int16_t kRecordType = {message.record_type};')
    flexible = cpp_types.NEVER_FLEXIBLE if message.flexible.empty else message.flexible.low
    for name, value in (('kMinVersion', message.versions.low),
                        ('kMaxVersion', message.versions.high), ('kFlexibleFrom', flexible)):
        lines.append(f'  static constexpr int16_t {name} = {value};')
    if message.kind == 'request':
        lines.append(f'  using Response = {messages[1].name};')
    elif message.kind == 'response':
        lines.append(f'  using Request = {messages[0].name};')
    return lines + ['']


def _member(field: CppField, struct: Struct) -> list[str]:
    text = f'  {field.type} {field.name}'
    text += f' = {field.default};' if field.default else ';'
    notes = []
    if field.present != struct.versions:
        notes.append(f'v{_open(field.present, struct.versions)}')
    if field.is_nullable and field.nullable != field.present:
        notes.append(f'null in v{_open(field.nullable, struct.versions)}')
    elif field.is_nullable and not field.is_optional:
        notes.append('may be null')
    if field.field.tag is not None:
        notes.append(f'tag {field.field.tag}')
    if not notes and not field.field.comment:
        return [text]
    if field.field.comment:
        note = ', '.join(notes)
        return _comment((f'{note}: ' if note else '') + field.field.comment, '  ') + [text]
    return [f'{text}  // {", ".join(notes)}']


def _open(versions: Versions, within: Versions) -> str:
    if versions.high >= within.high:
        return f'{versions.low}+'
    return str(versions)


def _declarations(name: str) -> list[str]:
    return [f'bool Decode(wire::Reader& reader, int16_t version, {name}* out);',
            f'void Encode(wire::Writer& writer, int16_t version, const {name}& message);',
            f'void Encode(wire::Sizer& sizer, int16_t version, const {name}& message);',
            f'void PrintFields(print::Printer& printer, int16_t version, const {name}& message);']


