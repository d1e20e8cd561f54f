"""Encodes and decodes any message of the model as plain dicts, independently of the broker's own codec."""

import base64
import struct

from .model import within


class DecodeError(Exception):
    pass


def uvarint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return uvarint(value << 1 if value >= 0 else (-value << 1) - 1)


def uuid_text(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def uuid_bytes(text):
    raw = base64.urlsafe_b64decode(text + "==")
    if len(raw) != 16:
        raise ValueError(f"not a uuid: {text}")
    return raw


NUMBERS = {"int8": ">b", "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "int64": ">q", "float64": ">d"}


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count < 0 or self.at + count > len(self.data):
            raise DecodeError(f"{count} bytes wanted at {self.at} of {len(self.data)}")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, type_name):
        form = NUMBERS[type_name]
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def uvarint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise DecodeError("varint too long")

    def zigzag(self):
        value = self.uvarint()
        return (value >> 1) ^ -(value & 1)

    def left(self):
        return len(self.data) - self.at


def encode(message, version, value):
    flexible = within(message.flexible, version)
    return _encode_struct(message.fields, version, flexible, value, message.name)


def decode(message, version, data, exact=True):
    reader = data if isinstance(data, Reader) else Reader(data)
    value = _decode_struct(message.fields, version, within(message.flexible, version), reader)
    if exact and reader.left():
        raise DecodeError(f"{reader.left()} bytes too many after {message.name} v{version}")
    return value


def _encode_struct(fields, version, flexible, value, where):
    known = {f.name for f in fields}
    value = dict(value)
    tags = value.pop("unknown_tags", [])
    for name in value:
        if name not in known:
            raise ValueError(f"{where} has no field {name}; it has {', '.join(sorted(known))}")
    out = bytearray()
    tags = list(tags)
    for f in fields:
        present = within(f.versions, version)
        if not present:
            if f.name in value:
                raise ValueError(f"{where}: {f.name} does not exist in version {version}")
            continue
        item = value.get(f.name, f.default_value(version))
        if within(f.tagged, version):
            if f.name in value and item != f.default_value(version):
                tags.append((f.tag, _encode_field(f, version, flexible, item, where, True)))
            continue
        out += _encode_field(f, version, flexible, item, where, False)
    if flexible:
        out += uvarint(len(tags))
        for tag, payload in sorted(tags):
            out += uvarint(tag) + uvarint(len(payload)) + payload
    return bytes(out)


def _encode_field(f, version, flexible, value, where, tagged):
    where = f"{where}.{f.name}"
    if f.is_array:
        if value is None:
            return b"\x00" if flexible else b"\xff\xff\xff\xff"
        count = uvarint(len(value) + 1) if flexible else struct.pack(">i", len(value))
        return count + b"".join(_encode_one(f, version, flexible, item, where, False) for item in value)
    if f.type == "struct" and f.nullable[0] <= f.nullable[1]:
        if tagged:
            mark = b"\x00" if value is None else b"\x01"
        else:
            mark = b"\xff" if value is None else b"\x01"
        if not within(f.nullable, version):
            mark = b""
        return mark if value is None else mark + _encode_one(f, version, flexible, value, where, tagged)
    return _encode_one(f, version, flexible, value, where, tagged)


def _encode_one(f, version, flexible, value, where, tagged):
    if f.type == "struct":
        return _encode_struct(f.fields, version, flexible, value, where)
    if f.type == "bool":
        return b"\x01" if value else b"\x00"
    if f.type == "uuid":
        return uuid_bytes(value)
    if f.type in NUMBERS:
        try:
            return struct.pack(NUMBERS[f.type], value)
        except struct.error as error:
            raise ValueError(f"{where}={value!r}: {error}") from None
    return _encode_blob(f, flexible, value, where)


def _encode_blob(f, flexible, value, where):
    compact = flexible and not f.int16_length
    if value is None:
        return b"\x00" if compact else (b"\xff\xff" if f.type == "string" else b"\xff\xff\xff\xff")
    raw = value.encode() if isinstance(value, str) else value
    if not isinstance(raw, (bytes, bytearray)):
        raise ValueError(f"{where}: {value!r} is neither text nor bytes")
    if compact:
        return uvarint(len(raw) + 1) + raw
    return struct.pack(">h" if f.type == "string" else ">i", len(raw)) + raw


def _decode_struct(fields, version, flexible, reader):
    value = {}
    tagged = {}
    for f in fields:
        if not within(f.versions, version):
            continue
        if within(f.tagged, version):
            tagged[f.tag] = f
            value[f.name] = f.default_value(version)
        else:
            value[f.name] = _decode_field(f, version, flexible, reader, False)
    if flexible:
        for _ in range(reader.uvarint()):
            tag, size = reader.uvarint(), reader.uvarint()
            payload = Reader(reader.take(size))
            if tag in tagged:
                value[tagged[tag].name] = _decode_field(tagged[tag], version, flexible, payload, True)
            else:
                value[f"tag_{tag}"] = payload.take(size)
    return value


def _decode_field(f, version, flexible, reader, tagged):
    if f.is_array:
        count = reader.uvarint() - 1 if flexible else reader.number("int32")
        if count < 0:
            return None
        return [_decode_one(f, version, flexible, reader) for _ in range(count)]
    if f.type == "struct" and within(f.nullable, version):
        present = reader.uvarint() if tagged else reader.number("int8")
        if present in (0, -1):
            return None
    return _decode_one(f, version, flexible, reader)


def _decode_one(f, version, flexible, reader):
    if f.type == "struct":
        return _decode_struct(f.fields, version, flexible, reader)
    if f.type == "bool":
        return reader.take(1) != b"\x00"
    if f.type == "uuid":
        return uuid_text(reader.take(16))
    if f.type in NUMBERS:
        return reader.number(f.type)
    if flexible and not f.int16_length:
        size = reader.uvarint() - 1
    else:
        size = reader.number("int16" if f.type == "string" else "int32")
    if size < 0:
        return None
    raw = bytes(reader.take(size))
    return raw.decode("utf-8", "backslashreplace") if f.type == "string" else raw
