#!/usr/bin/env python3
"""Compares the definitions with messages.json: every version of every message has the same layout.

  check.py --facts .../messages.json --defs protocol/defs [--stamp FILE]
Exit status 1 and one line per difference if they do not agree.
"""

from __future__ import annotations

import argparse
import sys

import facts
import parser as def_parser
from model import Field, Message, Struct


def main(argv: list[str]) -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument('--facts', required=True)
    arguments.add_argument('--errors', help='errors.json')
    arguments.add_argument('--defs', required=True)
    arguments.add_argument('--stamp', help='written when everything agrees')
    args = arguments.parse_args(argv)
    ours = def_parser.load_folder(args.defs)
    found = compare(facts.load_messages(args.facts), ours)
    if args.errors:
        import errors_def
        found += errors_def.compare(facts.load_errors(args.errors),
                                    errors_def.parse_file(f'{args.defs}/errors.def'))
    for line in found:
        print(line, file=sys.stderr)
    if found:
        return 1
    print(f'{len(ours)} definitions agree with the facts')
    if args.stamp:
        with open(args.stamp, 'w', encoding='utf-8') as file:
            file.write('ok\n')
    return 0


def compare(theirs: list[Message], ours: list[Message]) -> list[str]:
    """Differences, one line each. A definition without facts is ours alone and is not compared."""
    found = []
    by_name = {m.name: m for m in ours}
    for expected in theirs:
        actual = by_name.get(expected.name)
        if actual is None:
            found.append(f'{expected.name}: no definition')
            continue
        found += _compare_message(expected, actual)
    return found


def _compare_message(expected: Message, actual: Message) -> list[str]:
    found = []
    kinds = ['kind', 'api_key', 'record_type', 'log', 'versions']
    if expected.kind == 'request':
        kinds += ['listeners', 'unstable_last', 'releases']
        if (actual.accepted or actual.versions) != expected.accepted:
            found.append(f'{expected.name}: accepted {actual.accepted}, facts {expected.accepted}')
    for name in kinds:
        if getattr(expected, name) != getattr(actual, name):
            found.append(f'{expected.name}: {name} {getattr(actual, name)}, '
                         f'facts {getattr(expected, name)}')
    for version in range(expected.versions.low, expected.versions.high + 1):
        if (version in expected.flexible) != (version in actual.flexible):
            found.append(f'{expected.name} v{version}: flexible differs')
        left = layout(expected, expected.root, version)
        right = layout(actual, actual.root, version)
        if left != right:
            found.append(f'{expected.name} v{version}: {_first_difference(left, right)}')
    return found


def layout(message: Message, struct: Struct, version: int, path: str = '') -> list[tuple]:
    """The wire layout of one version, flat: everything that decides bytes, defaults or meaning."""
    rows = []
    for field in struct.fields:
        if version not in field.versions:
            continue
        name = f'{path}{field.name}'
        rows.append((name, 'struct' if field.is_struct else field.type, field.is_array,
                     version in field.nullable, field.tag, _default(field), field.ignorable,
                     field.map_key, field.entity, field.fixed_length))
        if field.is_struct:
            rows += layout(message, message.struct(field.type), version, name + '.')
    return rows


def _default(field: Field) -> object:
    if field.has_default:
        return field.default
    if field.is_array or field.is_struct or field.type in ('string', 'bytes', 'uuid'):
        return 'empty' if field.type != 'string' or field.is_array else ''
    if field.type == 'records':
        return None
    return False if field.type == 'bool' else 0


def _first_difference(expected: list[tuple], actual: list[tuple]) -> str:
    for left, right in zip(expected, actual):
        if left != right:
            return f'{right}, facts {left}'
    if len(expected) > len(actual):
        return f'{expected[len(actual)][0]} is missing'
    return f'{actual[len(expected)][0]} is not in the facts'


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
