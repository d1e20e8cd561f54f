"""Writes the source of a message: Decode, Encode and PrintFields of each of its structs."""

from __future__ import annotations

import cpp_types
from cpp_types import CppField, SCALARS, cpp_fields, struct_type
from model import Message, Struct


def emit(messages: list[Message], header: str, source: str) -> str:
    lines = [f'// Generated from protocol/defs/{source} by tools/protogen. Do not edit.',
             f'#include "protocol/message/{header}"', '', '#include "protocol/wire/writer.h"', '',
             'namespace odradek {', '']
    for message in messages:
        for struct in message.inner_first():
            lines += _decode(message, struct) + ['']
            lines += _encode(message, struct) + ['']
            lines += _print(message, struct) + ['']
    lines.append('}  // namespace odradek')
    return '\n'.join(lines) + '\n'


def _guarded(condition: str, body: list[str], indent: str = '  ') -> list[str]:
    if not condition:
        return [indent + line for line in body]
    if len(body) == 1 and not body[0].startswith(('if', 'for')):
        return [f'{indent}if ({condition}) {body[0]}']
    inner = [f'{indent}  {line}' for line in body]
    return [f'{indent}if ({condition}) {{'] + inner + [indent + '}']


def _fields(message: Message, struct: Struct) -> tuple[list[CppField], list[CppField]]:
    """The plain fields in order, and the tagged ones by tag."""
    fields = cpp_fields(message, struct)
    plain = [f for f in fields if f.field.tag is None]
    tagged = sorted((f for f in fields if f.field.tag is not None), key=lambda f: f.field.tag)
    return plain, tagged


def _decode(message: Message, struct: Struct) -> list[str]:
    name = struct_type(message, struct)
    lines = ['bool Decode(wire::Reader& reader, [[maybe_unused]] int16_t version,',
             f'            [[maybe_unused]] {name}* out) {{',
             '  ' + cpp_types.flexible_declaration(message, struct)]
    plain, tagged = _fields(message, struct)
    for field in plain:
        lines += _guarded(field.condition(), _read(field, tagged=False))
    if cpp_types.has_tags(message, struct):
        lines += _decode_tags(tagged)
    return lines + ['  return reader.ok();', '}']


def _decode_tags(tagged: list[CppField]) -> list[str]:
    unknown = 'tags.KeepUnknown(&out->unknown_tagged_fields);'
    if not tagged:
        return ['  if (flexible) {',
                '    for (wire::TagReader tags(reader); tags.Next();) ' + unknown, '  }']
    lines = ['  if (flexible) {', '    for (wire::TagReader tags(reader); tags.Next();) {']
    keyword = 'if'
    for field in tagged:
        test = f'tags.tag() == {field.field.tag}'
        if field.condition():
            test += f' && {field.condition()}'
        lines.append(f'      {keyword} ({test}) {{')
        lines += [f'        {line}' for line in _read(field, tagged=True)]
        keyword = '} else if'
    return lines + ['      } else {', f'        {unknown}', '      }', '    }', '  }']


def _read(field: CppField, tagged: bool) -> list[str]:
    flexible, nullable = field.flexible_expression(), field.nullable_expression()
    target = f'out->{field.name}'
    wire_type = field.field.type
    if field.field.is_array:
        if field.field.is_struct:
            return [f'wire::ReadStructs(reader, version, {flexible}, {nullable}, &{target});']
        if wire_type in SCALARS:
            element = f'[](wire::Reader& r) {{ return r.{SCALARS[wire_type][1]}(); }}'
        else:
            element = f'[](wire::Reader& r) {{ return r.{_text_method(wire_type)}(flexible); }}'
            element = element.replace('[]', '[=]', 1)
        return [f'wire::ReadValues(reader, {flexible}, {nullable}, &{target},',
                f'                 {element});']
    if field.field.is_struct:
        if field.is_optional:
            marker = 'true' if tagged else 'false'
            return [f'if (reader.StructMarker({marker})) {{',
                    f'  Decode(reader, version, &{target}.emplace());',
                    '} else {', f'  {target}.reset();', '}']
        return [f'Decode(reader, version, &{target});']
    if wire_type in SCALARS:
        return [f'{target} = reader.{SCALARS[wire_type][1]}();']
    if field.is_record_set:
        return [f'{target} = reader.Records({flexible}, {nullable});']
    method = _text_method(wire_type)
    if field.is_optional:
        return [f'{target} = reader.Nullable{method}({flexible}, {nullable});']
    return [f'{target} = reader.{method}({flexible});']


def _text_method(wire_type: str) -> str:
    return 'String' if wire_type == 'string' else 'Bytes'


def _encode(message: Message, struct: Struct) -> list[str]:
    name = struct_type(message, struct)
    lines = ['template <class Sink>',
             f'static void EncodeTo([[maybe_unused]] Sink& sink, [[maybe_unused]] int16_t version,',
             f'                     [[maybe_unused]] const {name}& message) {{',
             '  ' + cpp_types.flexible_declaration(message, struct)]
    plain, tagged = _fields(message, struct)
    for field in plain:
        lines += _guarded(field.condition(), _write(field, 'sink', tagged=False))
    if cpp_types.has_tags(message, struct):
        lines += _encode_tags(tagged)
    lines += ['}', '']
    for sink, variable in (('Writer', 'writer'), ('Sizer', 'sizer')):
        lines += [f'void Encode(wire::{sink}& {variable}, int16_t version, '
                  f'const {name}& message) {{',
                  f'  EncodeTo({variable}, version, message);', '}']
    return lines


def _encode_tags(tagged: list[CppField]) -> list[str]:
    lines = ['  if (flexible) {',
             '    const TaggedFields& unknown = message.unknown_tagged_fields;']
    for field in tagged:
        condition = field.differs_from_default(f'message.{field.name}')
        if field.condition():
            condition = f'{field.condition()} && {condition}'
        lines.append(f'    const bool has_{field.name} = {condition};')
    count = ' + '.join(['static_cast<uint32_t>(unknown.size())']
                       + [f'has_{f.name}' for f in tagged])
    lines += [f'    sink.Uvarint({count});', '    size_t next = 0;']
    for field in tagged:
        tag = field.field.tag
        lines += [f'    if (has_{field.name}) {{',
                  f'      sink.UnknownTagsBelow(unknown, {tag}, &next);',
                  f'      sink.Tagged({tag}, [&](auto& value) {{']
        lines += [f'        {line}' for line in _write(field, 'value', tagged=True)]
        lines += ['      });', '    }']
    return lines + ['    sink.UnknownTagsBelow(unknown, Sink::kAfterAllTags, &next);', '  }']


def _write(field: CppField, sink: str, tagged: bool) -> list[str]:
    flexible, nullable = field.flexible_expression(), field.nullable_expression()
    value = f'message.{field.name}'
    wire_type = field.field.type
    if field.field.is_array:
        if field.field.is_struct:
            body = f'EncodeTo({sink}, version, element);'
        elif wire_type in SCALARS:
            body = f'{sink}.{SCALARS[wire_type][1]}(element);'
        else:
            body = f'{sink}.{_text_method(wire_type)}(element, {flexible});'
        return [f'{sink}.ArrayCount({value}, {flexible}, {nullable});',
                f'for (const auto& element : {value}) {body}']
    if field.field.is_struct:
        if not field.is_optional:
            return [f'EncodeTo({sink}, version, {value});']
        marker = 'true' if tagged else 'false'
        return [f'{sink}.StructMarker({value}.has_value(), {marker});',
                f'if ({value}) EncodeTo({sink}, version, *{value});']
    if wire_type in SCALARS:
        return [f'{sink}.{SCALARS[wire_type][1]}({value});']
    if field.is_record_set:
        return [f'{sink}.Records({value}, {flexible}, {nullable});']
    method = _text_method(wire_type)
    if field.is_optional:
        return [f'{sink}.Nullable{method}({value}, {flexible}, {nullable});']
    return [f'{sink}.{method}({value}, {flexible});']


def _print(message: Message, struct: Struct) -> list[str]:
    name = struct_type(message, struct)
    lines = [f'void PrintFields(print::Printer& printer, [[maybe_unused]] int16_t version,',
             f'                 [[maybe_unused]] const {name}& message) {{',
             '  printer.BeginObject();']
    for field in cpp_fields(message, struct):
        conditions = [field.condition()] if field.condition() else []
        if field.field.tag is not None:
            conditions.append(field.differs_from_default(f'message.{field.name}'))
        lines += _guarded(' && '.join(conditions), _print_field(field))
    return lines + ['  printer.EndObject();', '}']


def _print_field(field: CppField) -> list[str]:
    value = f'message.{field.name}'
    json_name = field.field.json_name
    if field.field.type == 'records':
        if field.is_optional:
            value = f'{value} ? RecordSet::Memory(*{value}) : RecordSet()'
        return [f'printer.Records("{json_name}", {value});']
    lines = [f'printer.Key("{json_name}");']
    if field.field.is_array:
        loop = ['printer.BeginArray();',
                f'for (const auto& element : {value}) {_print_value(field, "element")}',
                'printer.EndArray();']
        if not field.is_nullable:
            return lines + loop
        return lines + [f'if ({value}.is_null()) {{', '  printer.Null();', '} else {'] \
            + ['  ' + line for line in loop] + ['}']
    if field.is_optional:
        return lines + [f'if ({value}) {{', '  ' + _print_value(field, '*' + value), '} else {',
                        '  printer.Null();', '}']
    return lines + [_print_value(field, value)]


def _print_value(field: CppField, value: str) -> str:
    wire_type = field.field.type
    if field.field.is_struct:
        return f'PrintFields(printer, version, {value});'
    if wire_type in ('string', 'bytes'):
        secret = 'Secret' if field.field.secret else ''
        return f'printer.{secret}{_text_method(wire_type)}({value});'
    if wire_type in ('bool', 'float64', 'uuid', 'error'):
        return f'printer.{SCALARS[wire_type][1]}({value});'
    return f'printer.Int({value});'
