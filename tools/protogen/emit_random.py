"""Writes Randomize(): random valid messages, for tests alone."""

from __future__ import annotations

import cpp_types
from cpp_types import CppField, SCALARS, cpp_fields, struct_type
from model import Message, Struct

BANNER = '// Generated from protocol/defs{} by tools/protogen. Do not edit.'


def emit_header(messages: list[Message]) -> str:
    lines = [BANNER.format(''),
             '// Fills every field that `version` has; defined in odradek_protocol_testing.',
             '#pragma once', '', '#include <cstdint>', '', 'namespace odradek {', '',
             'class MessageRandom;', '']
    for message in messages:
        lines += [f'struct {message.name};',
                  f'void Randomize(MessageRandom& random, int16_t version, {message.name}* out);']
    return '\n'.join(lines + ['', '}  // namespace odradek']) + '\n'


def emit_source(messages: list[Message], header: str, source: str) -> str:
    lines = [BANNER.format('/' + source), f'#include "protocol/message/{header}"',
             '#include "protocol/testing/message_random.h"', '', 'namespace odradek {', '']
    for message in messages:
        for struct in message.inner_first():
            lines += _randomize(message, struct) + ['']
    lines.append('}  // namespace odradek')
    return '\n'.join(lines) + '\n'


def _randomize(message: Message, struct: Struct) -> list[str]:
    lines = ['void Randomize([[maybe_unused]] MessageRandom& random, '
             '[[maybe_unused]] int16_t version,',
             f'               [[maybe_unused]] {struct_type(message, struct)}* out) {{',
             '  ' + cpp_types.flexible_declaration(message, struct)]
    for field in cpp_fields(message, struct):
        body = _fill(field)
        condition = field.condition()
        lines.append(f'  if ({condition}) {{' if condition else '  {')
        lines += [f'    {line}' for line in body] + ['  }']
    if cpp_types.has_tags(message, struct):
        tags = [f.tag for f in struct.fields if f.tag is not None]
        first_free = max(tags, default=-1) + 1
        lines.append('  if (flexible) out->unknown_tagged_fields = '
                     f'random.UnknownTags({first_free});')
    return lines + ['}']


def _fill(field: CppField) -> list[str]:
    target, nullable = f'out->{field.name}', field.nullable_expression()
    wire_type = field.field.type
    if field.field.is_array:
        element = 'Randomize(random, version, &element);' if field.field.is_struct \
            else f'element = {_value(field)};'
        return [f'{target} = random.NewArray<{field.element_type}>({nullable});',
                f'for (auto& element : {target}) {element}']
    if field.field.is_struct:
        if not field.is_optional:
            return [f'Randomize(random, version, &{target});']
        return [f'{target}.reset();', 'if (!random.PickNull()) '
                f'Randomize(random, version, &{target}.emplace());']
    if field.is_record_set:
        return [f'{target} = random.Records({nullable});']
    if field.is_optional:
        return [f'{target} = random.Nullable({_value(field)}, {nullable});']
    return [f'{target} = {_value(field)};']


def _value(field: CppField) -> str:
    wire_type = field.field.type
    if wire_type in SCALARS:
        return f'random.{SCALARS[wire_type][1]}()'
    return 'random.String()' if wire_type == 'string' else 'random.Bytes()'
