"""Writes the lists over all messages: tables as X-macros, read by api_info.cc and by the tests."""

from __future__ import annotations

from cpp_types import NEVER_FLEXIBLE
from model import Message

BANNER = '// Generated from protocol/defs by tools/protogen. Do not edit.'


def emit(units: list[tuple[str, list[Message]]]) -> dict[str, str]:
    return {'protocol/message/api_list.inc': _apis(units),
            'protocol/message/message_list.inc': _messages(units),
            'protocol/message/all_messages.h': _all_headers(units)}


def _apis(units: list[tuple[str, list[Message]]]) -> str:
    lines = [BANNER,
             '// ODRADEK_API(name, key, min, max, flexible_from, accepted_min, accepted_max,',
             '//             on_broker, on_controller, unstable_last, releases): see api_info.h.']
    requests = [unit[0] for _, unit in units if unit[0].kind == 'request']
    for request in sorted(requests, key=lambda m: m.api_key):
        accepted = request.accepted if request.accepted is not None else request.versions
        words = [request.base_name, request.api_key, request.versions.low, request.versions.high,
                 _flexible(request), accepted.low, accepted.high,
                 _bool('broker' in request.listeners), _bool('controller' in request.listeners),
                 _bool(request.unstable_last),
                 '"' + ' '.join(f'{r}:{v}' for r, v in request.releases) + '"']
        lines.append(f'ODRADEK_API({", ".join(str(w) for w in words)})')
    return '\n'.join(lines) + '\n'


def _messages(units: list[tuple[str, list[Message]]]) -> str:
    lines = [BANNER, '// ODRADEK_MESSAGE(type): every message with a definition.']
    lines += [f'ODRADEK_MESSAGE({message.name})' for _, unit in units for message in unit]
    return '\n'.join(lines) + '\n'


def _all_headers(units: list[tuple[str, list[Message]]]) -> str:
    lines = [BANNER, '// For tests and tools that go over all messages; slow to compile.',
             '#pragma once', '']
    lines += sorted(f'#include "protocol/message/{name}.h"' for name, _ in units)
    return '\n'.join(lines) + '\n'


def _flexible(message: Message) -> int:
    return NEVER_FLEXIBLE if message.flexible.empty else message.flexible.low


def _bool(value: bool) -> str:
    return 'true' if value else 'false'
