#!/usr/bin/env python3
"""Prints what the recorders are to record: name, golden file, first and last version, API key or -."""

import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
sys.path.insert(0, os.path.join(ROOT, 'tools', 'protogen'))

import parser as def_parser  # noqa: E402  (found through the line above)
from model import snake_case  # noqa: E402


def main() -> None:
    for message in def_parser.load_folder(os.path.join(ROOT, 'protocol', 'defs')):
        key = '-' if message.api_key is None else message.api_key
        print(message.name, snake_case(message.name), message.versions.low,
              message.versions.high, key)


if __name__ == '__main__':
    main()
