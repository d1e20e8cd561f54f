"""Turns the entries of a request into the dict that the codec encodes."""

import re
import time

from . import records
from .codec import encode
from .model import within
from .shapes import INDEXES, PARTITIONS, VALUES, container_of, field_of, first_of, key_of
from .values import Array, Call, Entry, Pair, Struct, TalkError, Var, Word


class Builder:
    def __init__(self, context, usual=None):
        self.context = context
        self.usual = usual or {}

    def message(self, message, version, entries):
        return self.struct(message.fields, version, entries)

    def struct(self, fields, version, entries):
        result = {}
        for f in fields:
            if f.name in self.usual and within(f.versions, version):
                result[f.name] = self.usual[f.name]
        for entry in entries:
            if entry.name == "unknown_tags":
                result["unknown_tags"] = [(int(p.key.text), self.bytes(p.value)) for p in entry.value.items]
            elif field_of(fields, entry.name, version) and not (isinstance(entry.value, Struct) and "/" in entry.name):
                result[entry.name] = self.field(field_of(fields, entry.name, version), version, entry.value)
            else:
                self._short_form(fields, version, entry, result)
        return result

    def _short_form(self, fields, version, entry, result):
        name, slash, index = entry.name.rpartition("/")
        container = container_of(fields, version)
        if not container or not container.fields or (not slash and not isinstance(entry.value, Struct)):
            raise TalkError(f"no field {entry.name} in version {version}; there are "
                            f"{', '.join(f.name for f in fields if within(f.versions, version))}")
        elements = result.setdefault(container.name, [])
        if not slash:
            element = self._element(container.fields, version, entry.name, elements)
            element.update(self.struct(container.fields, version, entry.value.entries))
            return
        element = self._element(container.fields, version, name, elements)
        partitions = first_of(container.fields, PARTITIONS, version)
        if partitions is None:
            raise TalkError(f"{entry.name}: {container.name} has no partitions in version {version}")
        element.setdefault(partitions.name, []).append(self._partition(partitions, version, int(index), entry.value))

    def _element(self, fields, version, name, elements):
        key = key_of(fields, version)
        value = self.topic_id(name) if key.name == "topic_id" else self.text(self._word(name))
        for element in elements:
            if element.get(key.name) == value:
                return element
        elements.append(dict({f.name: self.usual[f.name] for f in fields if f.name in self.usual}, **{key.name: value}))
        return elements[-1]

    def _word(self, name):
        return Var(name[1:]) if name.startswith("$") else Word(name)

    def _partition(self, partitions, version, index, value):
        if partitions.type != "struct":
            return index
        fields = partitions.fields
        result = {first_of(fields, INDEXES, version).name: index}
        if isinstance(value, Struct):
            given = self.struct(fields, version, value.entries)
        elif value is not None:
            target = first_of(fields, VALUES, version)
            given = self.struct(fields, version, [Entry(target.name, value)])
        else:
            given = self.struct(fields, version, [])
        return {**result, **given}

    def field(self, f, version, value):
        if _is_null(value):
            return None
        if f.is_array and not (isinstance(value, (Var, Call))):
            if not isinstance(value, Array):
                raise TalkError(f"{f.name} is a list: [..]")
            return [self.one(f, version, item) for item in value.items]
        return self.one(f, version, value)

    def one(self, f, version, value):
        if f.type == "struct":
            return self.struct(f.fields, version, self._entries_of(f, version, value))
        if f.type == "string":
            return self.text(value)
        if f.type in ("bytes", "records"):
            return self.bytes(value)
        if f.type == "uuid":
            return self.uuid(value)
        if f.type == "bool":
            return self._bool(value)
        return self.number(value)

    def _bool(self, value):
        if not isinstance(value, Word) or value.text not in ("true", "false"):
            raise TalkError("true or false expected")
        return value.text == "true"

    def _entries_of(self, f, version, value):
        """`{..}`, `first:second`, or the first field alone."""
        if isinstance(value, Struct):
            return value.entries
        names = [x.name for x in f.fields if within(x.versions, version) and not within(x.tagged, version)]
        key = key_of(f.fields, version)
        if key and names[0] == "topic_id" and key.name != "topic_id":
            names.remove("topic_id")
        if isinstance(value, Pair):
            return [Entry(names[0], value.key), Entry(names[1], value.value)]
        return [Entry(names[0], value)]

    def text(self, value):
        if _is_null(value):
            return None
        if isinstance(value, Word):
            return self.context.real(value.text)
        if isinstance(value, Call) and value.name == "cat":
            return "".join(str(self.text(item)) for item in value.args)
        if isinstance(value, Call) and value.name == "repeat":
            return value.args[0].text * int(value.args[1].text)
        result = self.plain_value(value)
        return result if isinstance(result, (bytes, type(None))) else str(result)

    def number(self, value):
        if isinstance(value, Word):
            if value.text in self.context.model.error_codes:
                return self.context.model.error_codes[value.text]
            try:
                return float(value.text) if "." in value.text else int(value.text, 0)
            except ValueError:
                raise TalkError(f"{value.text!r} is no number") from None
        return self.plain_value(value)

    def uuid(self, value):
        if isinstance(value, Word):
            return value.text if len(value.text) == 22 else self.topic_id(value.text)
        return self.plain_value(value)

    def topic_id(self, alias):
        if alias not in self.context.ids:
            raise TalkError(f"the id of topic {alias} is not known yet")
        return self.context.ids[alias]

    def bytes(self, value):
        if _is_null(value):
            return None
        if isinstance(value, Word):
            return bytes.fromhex(value.text[2:]) if _is_hex(value) else self.context.real(value.text).encode()
        result = self.plain_value(value)
        return result.encode() if isinstance(result, str) else result

    def plain_value(self, value):
        if isinstance(value, Var):
            if value.name not in self.context.vars:
                raise TalkError(f"${value.name} has no value yet")
            return self.context.vars[value.name]
        if isinstance(value, Call):
            call = getattr(self, "call_" + value.name, None)
            if call is None:
                raise TalkError(f"no function @{value.name}")
            return call(value.args)
        raise TalkError(f"not expected here: {value}")

    # Functions of the language, one method each; README.md lists them.
    def call_id(self, args):
        return self.topic_id(args[0].text)

    def call_now(self, args):
        return int(time.time() * 1000) + (int(args[0].text) if args else 0)

    def call_add(self, args):
        return sum(self.number(arg) for arg in args)

    def call_repeat(self, args):
        return args[0].text.encode() * int(args[1].text)

    def call_cat(self, args):
        return b"".join(self.bytes(arg) for arg in args)

    def call_hex(self, args):
        return bytes.fromhex("".join(arg.text for arg in args))

    def call_cut(self, args):
        """@cut(bytes n): the first n bytes; a negative n drops bytes at the end."""
        return self.bytes(args[0])[:int(args[1].text)]

    def call_tail(self, args):
        """@tail(bytes n): what is behind the first n bytes."""
        return self.bytes(args[0])[int(args[1].text):]

    def call_batch(self, args):
        changes, content = {}, []
        for arg in args:
            if not isinstance(arg, Entry):
                content.append(self._record(arg))
            elif isinstance(arg.value, Array):
                changes[arg.name] = [self.number(item) for item in arg.value.items]
            elif arg.name in ("payload", "junk"):
                changes[arg.name] = self.bytes(arg.value)
            elif isinstance(arg.value, Word) and not re.fullmatch(r"-?(0x[0-9a-f]+|[0-9]+)", arg.value.text):
                changes[arg.name] = {"true": True, "false": False}.get(arg.value.text, arg.value.text)
            else:
                changes[arg.name] = self.number(arg.value)
        try:
            return records.batch(content, **changes)
        except (ValueError, TypeError) as error:
            raise TalkError(f"@batch: {error}") from None

    def call_many(self, args):
        """@many(n size): n records of size bytes, one batch; more arguments as for @batch."""
        count, size = int(args[0].text), int(args[1].text)
        return self.call_batch([Word("x" * size)] * count + args[2:])

    def _record(self, arg):
        """value, key:value, or key:value:[name:content ...] given as {key= value= headers=[..]}."""
        if isinstance(arg, Pair):
            return self.bytes(arg.key), self.bytes(arg.value), ()
        if isinstance(arg, Struct):
            given = {entry.name: entry.value for entry in arg.entries}
            headers = [(self.bytes(p.key), self.bytes(p.value)) for p in given.get("headers", Array([])).items]
            return (self.bytes(given["key"]) if "key" in given else None,
                    self.bytes(given["value"]) if "value" in given else None, headers)
        return None, self.bytes(arg), ()

    def call_sub(self, args):
        """@sub(t u version=1 owned=[t/0] generation=3 rack=r data=0x..)"""
        options = {arg.name: arg.value for arg in args if isinstance(arg, Entry)}
        version = int(options["version"].text) if "version" in options else 1
        value = {"topics": [self.context.real(arg.text) for arg in args if isinstance(arg, Word)]}
        if "data" in options:
            value["user_data"] = self.bytes(options["data"])
        if "owned" in options:
            value["owned_partitions"] = self._topic_partitions(options["owned"].items)
        if "generation" in options:
            value["generation_id"] = self.number(options["generation"])
        if "rack" in options:
            value["rack_id"] = self.text(options["rack"])
        return self._versioned("ConsumerProtocolSubscription", version, value)

    def call_assign(self, args):
        """@assign(t/0 t/1 u/0 version=1)"""
        options = {arg.name: arg.value for arg in args if isinstance(arg, Entry)}
        version = int(options["version"].text) if "version" in options else 1
        words = [arg for arg in args if isinstance(arg, Word)]
        return self._versioned("ConsumerProtocolAssignment", version,
                               {"assigned_partitions": self._topic_partitions(words)})

    def _versioned(self, name, version, value):
        return version.to_bytes(2, "big") + encode(self.context.model.messages[name], version, value)

    def _topic_partitions(self, words):
        topics = {}
        for word in words:
            name, _, index = word.text.rpartition("/")
            topics.setdefault(self.context.real(name), []).append(int(index))
        return [{"topic": name, "partitions": indexes} for name, indexes in topics.items()]

    def call_frame(self, args):
        """@frame(api=18 version=3 correlation=7 client=a body=0x..): header v1, length in front; size= overrides it."""
        given = {arg.name: arg.value for arg in args}
        header = {"request_api_key": self.number(given["api"]), "request_api_version": self.number(given["version"]),
                  "correlation_id": self.number(given.get("correlation", Word("1"))),
                  "client_id": self.text(given.get("client", Word("talk")))}
        flexible = 2 if "flexible" in given else 1
        data = encode(self.context.model.messages["RequestHeader"], flexible, header)
        data += self.bytes(given["body"]) if "body" in given else b""
        size = self.number(given["size"]) if "size" in given else len(data)
        return (size & 0xFFFFFFFF).to_bytes(4, "big") + data


def _is_null(value):
    return isinstance(value, Word) and value.text == "null" and not value.quoted


def _is_hex(value):
    return not value.quoted and re.fullmatch(r"0x([0-9a-fA-F]{2})*", value.text)
