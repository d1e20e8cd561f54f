#!/usr/bin/env python3
"""Generates the C++ of all messages and errors from protocol/defs.

  protogen.py --defs protocol/defs --out build/dev/generated [--list]
--list names the files that a run would write, one a line, and writes nothing. Files whose text has
not changed are left alone, so that only what depends on a changed definition is compiled again.
"""

from __future__ import annotations

import argparse
import os
import sys

import emit_header
import emit_lists
import emit_random
import emit_source
import errors_def
import parser as def_parser
from model import Message, snake_case


def main(argv: list[str]) -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument('--defs', required=True)
    arguments.add_argument('--out', required=True)
    arguments.add_argument('--list', action='store_true')
    args = arguments.parse_args(argv)
    try:
        files = generate(args.defs)
    except (def_parser.DefinitionError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    if args.list:
        print('\n'.join(os.path.join(args.out, name) for name in files))
        return 0
    changed = sum(write_if_changed(os.path.join(args.out, name), text)
                  for name, text in files.items())
    print(f'protogen: {changed} of {len(files)} files changed')
    return 0


def generate(folder: str) -> dict[str, str]:
    """Path below the output folder -> text."""
    errors = errors_def.parse_file(os.path.join(folder, 'errors.def'))
    files = {'protocol/errors.h': errors_def.emit_header(errors),
             'protocol/errors.cc': errors_def.emit_source(errors)}
    units = []
    for path in sorted(definition_paths(folder)):
        for unit in split_units(def_parser.parse_file(os.path.join(folder, path))):
            name = unit_name(unit)
            units.append((name, unit))
            files[f'protocol/message/{name}.h'] = emit_header.emit(unit, path)
            files[f'protocol/message/{name}.cc'] = emit_source.emit(unit, f'{name}.h', path)
            files[f'protocol/message/random/{name}.cc'] = emit_random.emit_source(
                unit, f'{name}.h', path)
    messages = [m for _, unit in units for m in unit]
    check_names(messages)
    files['protocol/message/random_messages.h'] = emit_random.emit_header(messages)
    files.update(emit_lists.emit(units))
    return files


def definition_paths(folder: str) -> list[str]:
    paths = []
    for where, _, names in os.walk(folder):
        paths += [os.path.relpath(os.path.join(where, name), folder) for name in names
                  if name.endswith('.def') and name != 'errors.def']
    return paths


def split_units(messages: list[Message]) -> list[list[Message]]:
    """What shares a header: request and response of an API; every other message has its own."""
    if [m.kind for m in messages] == ['request', 'response']:
        return [messages]
    return [[message] for message in messages]


def unit_name(unit: list[Message]) -> str:
    return snake_case(unit[0].base_name if len(unit) == 2 else unit[0].name)


def check_names(messages: list[Message]) -> None:
    seen: dict[str, str] = {}
    for message in messages:
        for struct in message.all_structs():
            name = message.name + struct.name
            if name in seen:
                raise ValueError(f'{name} is both in {seen[name]} and in {message.name}')
            seen[name] = message.name


def write_if_changed(path: str, text: str) -> bool:
    try:
        with open(path, encoding='utf-8') as file:
            if file.read() == text:
                return False
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return True


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
