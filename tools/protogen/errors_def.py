"""Error codes: reads errors.def, compares it with errors.json, writes errors.h and errors.cc."""

from __future__ import annotations

import dataclasses
import re

from model import camel_case

KINDS = ('fatal', 'retriable', 'invalid-metadata', 'refresh', 'abortable', 'app-recoverable',
         'invalid-config')

BANNER = '// Generated from protocol/defs/errors.def by tools/protogen. Do not edit.'
LINE = re.compile(r'(-?\d+)\s+([A-Z0-9_]+)\s+([a-z-]+)\s+(\S+)(?:\s\s+(\S.*))?')


@dataclasses.dataclass
class Error:
    code: int
    name: str
    kind: str
    since: str
    message: str


def parse_file(path: str) -> list[Error]:
    with open(path, encoding='utf-8') as file:
        return parse(file.read(), path)


def parse(text: str, path: str = '<text>') -> list[Error]:
    errors: list[Error] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        match = LINE.fullmatch(line.strip())
        if not match or match[3] not in KINDS:
            raise ValueError(f'{path}:{number}: expected: code NAME kind since  message')
        errors.append(Error(int(match[1]), match[2], match[3], match[4], match[5] or ''))
    codes = [e.code for e in errors]
    if codes != sorted(set(codes)):
        raise ValueError(f'{path}: codes must rise')
    return errors


def kind_of_fact(fact: dict) -> str:
    return fact.get('group') or ('retriable' if fact['retriable'] else 'fatal')


def compare(facts: list[dict], errors: list[Error]) -> list[str]:
    ours = {e.code: (e.name, e.kind, e.since) for e in errors}
    found = []
    for fact in facts:
        expected = (fact['name'], kind_of_fact(fact), fact['since'])
        if ours.get(fact['code']) != expected:
            found.append(f'error {fact["code"]}: {ours.get(fact["code"])}, facts {expected}')
    known = {fact['code'] for fact in facts}
    return found + [f'error {code}: not in the facts' for code in ours if code not in known]


def constant(name: str) -> str:
    return 'k' + camel_case(name.lower())


def emit_header(errors: list[Error]) -> str:
    lines = [BANNER, '#pragma once', '',
             '#include <cstdint>', '#include <optional>', '#include <string_view>', '',
             'namespace odradek {', '',
             '// The int16 that answers carry. A value that is not listed here may come '
             'from the wire.',
             'enum class ErrorCode : int16_t {']
    lines += [f'  {constant(e.name)} = {e.code},' for e in errors]
    lines += ['};', '',
              '// What clients do with an error; the groups of the Java client.',
              'enum class ErrorKind : uint8_t {']
    lines += [f'  {constant(kind.replace("-", "_"))},' for kind in KINDS]
    lines += ['};', '',
              '// "UNKNOWN_TOPIC_OR_PARTITION"; "UNKNOWN_ERROR_CODE" for a code '
              'that is not listed.',
              'std::string_view ErrorName(ErrorCode code);',
              '// One sentence for people, for the error_message fields of answers.',
              'std::string_view ErrorMessage(ErrorCode code);',
              'ErrorKind KindOf(ErrorCode code);',
              '// Retrying the same request may help: retriable, invalid metadata or refresh.',
              'bool IsRetriable(ErrorCode code);',
              'std::optional<ErrorCode> ErrorFromName(std::string_view name);', '',
              '}  // namespace odradek']
    return '\n'.join(lines) + '\n'


def emit_source(errors: list[Error]) -> str:
    lines = [BANNER, '#include "protocol/errors.h"', '', 'namespace odradek {', 'namespace {', '',
             'struct Row {', '  ErrorCode code;', '  std::string_view name;', '  ErrorKind kind;',
             '  std::string_view message;', '};', '', 'constexpr Row kRows[] = {']
    for e in errors:
        kind = constant(e.kind.replace('-', '_'))
        lines.append(f'    {{ErrorCode::{constant(e.name)}, "{e.name}", ErrorKind::{kind},')
        lines.append(f'     "{e.message}"}},')
    lines += ['};',
              'constexpr Row kUnlisted = {ErrorCode::kUnknownServerError, "UNKNOWN_ERROR_CODE",',
              '                           ErrorKind::kFatal, "The error code is not known."};', '',
              '// Codes rise from -1 without a gap, as the check below proves.',
              'const Row& Find(ErrorCode code) {',
              '  const int index = static_cast<int>(code) + 1;',
              f'  return index >= 0 && index < {len(errors)} ? kRows[index] : kUnlisted;',
              '}', '',
              'constexpr bool IsDense() {', '  int16_t expected = -1;',
              '  for (const Row& row : kRows) {',
              '    if (static_cast<int16_t>(row.code) != expected++) return false;', '  }',
              '  return true;', '}', 'static_assert(IsDense());', '', '}  // namespace', '',
              'std::string_view ErrorName(ErrorCode code) { return Find(code).name; }',
              'std::string_view ErrorMessage(ErrorCode code) { return Find(code).message; }',
              'ErrorKind KindOf(ErrorCode code) { return Find(code).kind; }', '',
              'bool IsRetriable(ErrorCode code) {', '  const ErrorKind kind = KindOf(code);',
              '  return kind == ErrorKind::kRetriable || kind == ErrorKind::kInvalidMetadata ||',
              '         kind == ErrorKind::kRefresh;', '}', '',
              'std::optional<ErrorCode> ErrorFromName(std::string_view name) {',
              '  for (const Row& row : kRows) {',
              '    if (row.name == name) return row.code;', '  }',
              '  return std::nullopt;', '}', '', '}  // namespace odradek']
    return '\n'.join(lines) + '\n'
