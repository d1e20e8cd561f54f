#!/usr/bin/env python3
"""Writes protocol/defs from messages.json, for messages that have no definition yet.

Definitions are edited by hand afterwards; no file is overwritten. check.py compares the two.
  seed.py --facts .../messages.json --defs protocol/defs
"""

from __future__ import annotations

import argparse
import os
import sys

import facts
import write_def
from model import Message, snake_case


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--facts', required=True)
    parser.add_argument('--defs', required=True)
    args = parser.parse_args(argv)
    files = texts(facts.load_messages(args.facts))
    written = 0
    for name, text in files.items():
        path = os.path.join(args.defs, name)
        if os.path.exists(path):
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        written += 1
    print(f'{written} definitions written, {len(files) - written} were there')
    return 0


def texts(messages: list[Message]) -> dict[str, str]:
    """File name below defs/ -> its text."""
    by_name = {m.name: m for m in messages}
    files: dict[str, str] = {}
    for message in messages:
        base = message.base_name
        if message.kind == 'request':
            files[f'{message.api_key:03}_{snake_case(base)}.def'] = write_def.write_api(
                message, by_name[base + 'Response'])
        elif message.kind == 'record-key':
            files[f'records/{snake_case(base)}.def'] = write_def.write_record(
                message, by_name[base + 'Value'])
        elif message.kind == 'data':
            files[f'records/{snake_case(base)}.def'] = write_def.write_plain(message)
    headers = [write_def.write_plain(m) for m in messages if m.kind == 'header']
    files['header.def'] = '\n'.join(headers)
    return files


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
