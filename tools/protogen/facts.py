"""Reads the facts about Kafka's messages (messages.json, errors.json) into the model."""

from __future__ import annotations

import json
import re

from model import (Field, Message, NO_VERSIONS, PRIMITIVES, Struct, Versions, snake_case,
                   strip_prefix)


def load_messages(path: str) -> list[Message]:
    with open(path, encoding='utf-8') as file:
        return [_message(entry) for entry in json.load(file)['messages']]


def load_errors(path: str) -> list[dict]:
    with open(path, encoding='utf-8') as file:
        return json.load(file)['errors']


def _message(entry: dict) -> Message:
    message = Message(
        name=entry['name'], kind=entry['type'], versions=Versions.parse(entry['validVersions']),
        flexible=Versions.parse(entry['flexibleVersions']), api_key=entry.get('apiKey'),
        record_type=entry.get('recordType'), log=entry.get('log'),
        listeners=entry.get('listeners', []),
        unstable_last=entry.get('latestVersionUnstable', False),
        releases=[tuple(pair) for pair in entry.get('maxVersionByRelease', [])])
    if 'kafkaVersions' in entry:
        message.accepted = Versions.parse(entry['kafkaVersions'])
    names = {}
    for struct in entry.get('structs', []):
        names[struct['name']] = strip_prefix(struct['name'], [message.name, message.base_name])
    if len(set(names.values())) != len(names):
        raise ValueError(f'{message.name}: two structs get one name')
    message.root = Struct('', [_field(f, names) for f in entry['fields']])
    message.structs = [Struct(names[s['name']], [_field(f, names) for f in s['fields']])
                       for s in entry.get('structs', [])]
    _drop_unreachable(message)
    message.resolve()
    return message


def _drop_unreachable(message: Message) -> None:
    """Removes fields that are in none of the message's versions, and structs only they used."""
    for struct in message.all_structs():
        struct.fields = [f for f in struct.fields
                         if not f.versions.intersect(message.versions).empty]
    reachable = message.inner_first()
    message.structs = [s for s in message.structs if s in reachable]


def _field(entry: dict, names: dict[str, str]) -> Field:
    wire_type = entry['type']
    is_array = wire_type.startswith('[]')
    element = wire_type[2:] if is_array else wire_type
    if element not in PRIMITIVES:
        element = names[element]
    if element == 'int16' and not is_array and re.search(r'ErrorCode$', entry['name']):
        element = 'error'
    if entry.get('taggedVersions', entry['versions']) != entry['versions']:
        raise ValueError(f'{entry["name"]}: tagged in some versions only')
    return Field(
        name=snake_case(entry['name']), type=element, is_array=is_array,
        versions=Versions.parse(entry['versions']),
        nullable=Versions.parse(entry.get('nullableVersions', 'none')),
        tag=entry.get('tag'), default=entry.get('default'), has_default='default' in entry,
        ignorable=entry.get('ignorable', False), map_key=entry.get('mapKey', False),
        entity=entry.get('entityType'),
        fixed_length=entry.get('flexibleVersions') == 'none')


__all__ = ['load_messages', 'load_errors', 'NO_VERSIONS']
