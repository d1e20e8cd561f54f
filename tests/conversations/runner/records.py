"""Builds record batches, also deliberately wrong ones, and reads the batches of a Fetch answer."""

import struct

from .codec import Reader, DecodeError, zigzag
from .compress import CODECS, compress, decompress

HEADER = 61
HEADER_FORM = ">qiibIhiqqqhii"
HEADER_NAMES = ("base_offset", "batch_length", "leader_epoch", "magic", "crc", "attributes", "last_offset_delta",
                "base_timestamp", "max_timestamp", "producer_id", "producer_epoch", "base_sequence", "count")

_TABLE = []
for _byte in range(256):
    for _ in range(8):
        _byte = _byte >> 1 ^ (0x82F63B78 if _byte & 1 else 0)
    _TABLE.append(_byte)


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def blob(value):
    return zigzag(-1) if value is None else zigzag(len(value)) + value


def record(delta, key, value, headers=(), timestamp_delta=0, extra=b""):
    body = b"\x00" + zigzag(timestamp_delta) + zigzag(delta) + blob(key) + blob(value) + zigzag(len(headers))
    for name, content in headers:
        body += zigzag(len(name)) + name + blob(content)
    body += extra
    return zigzag(len(body)) + body


def batch(records, codec="none", **changes):
    """records: list of (key, value, headers, timestamp or None). `changes` set header fields by name (HEADER_NAMES) or:
    timestamp (of every record), timestamps, txn, control, log_append, payload (bytes instead of the records),
    deltas (offset deltas), junk (bytes inside each record), cut (drop that many last bytes), crc ("bad" flips it)."""
    timestamp = changes.pop("timestamp", 1000)
    timestamps = changes.pop("timestamps", None) or [timestamp] * len(records)
    base = timestamps[0] if timestamps else timestamp
    deltas = changes.pop("deltas", None) or range(len(records))
    junk = changes.pop("junk", b"")
    body = b"".join(record(delta, key, value, headers, stamp - base, junk)
                    for delta, stamp, (key, value, headers) in zip(deltas, timestamps, records))
    payload = changes.pop("payload", None)
    body = compress(codec, body) if payload is None else payload
    attributes = CODECS.index(codec)
    for name, bit in (("log_append", 8), ("txn", 16), ("control", 32)):
        attributes |= bit if changes.pop(name, False) else 0
    fields = dict(base_offset=0, batch_length=HEADER - 12 + len(body), leader_epoch=-1, magic=2, crc=None,
                  attributes=attributes, last_offset_delta=len(records) - 1, base_timestamp=base,
                  max_timestamp=max(timestamps, default=-1), producer_id=-1, producer_epoch=-1, base_sequence=-1,
                  count=len(records))
    cut = changes.pop("cut", 0)
    for name, value in changes.items():
        if name not in fields:
            raise ValueError(f"a batch has no {name}; it has {', '.join(fields)}")
        fields[name] = value
    given, fields["crc"] = fields["crc"], 0
    packed = struct.pack(HEADER_FORM, *(fields[name] for name in HEADER_NAMES)) + body
    crc = crc32c(packed[21:])
    crc = crc ^ 1 if given == "bad" else crc if given is None else given
    packed = packed[:17] + struct.pack(">I", crc) + packed[21:]
    return packed[:len(packed) - cut]


def parse(data):
    """The batches of a record set as dicts; a cut last batch is shown as {cut_bytes}."""
    batches = []
    at = 0
    while at < len(data):
        if len(data) - at < HEADER or len(data) - at < 12 + struct.unpack(">i", data[at + 8:at + 12])[0]:
            batches.append({"cut_bytes": len(data) - at})
            break
        size = 12 + struct.unpack(">i", data[at + 8:at + 12])[0]
        batches.append(_parse_batch(data[at:at + size]))
        at += size
    return batches


def _parse_batch(data):
    head = dict(zip(HEADER_NAMES, struct.unpack(HEADER_FORM, data[:HEADER])))
    codec = CODECS[head["attributes"] & 7]
    result = {"base_offset": head["base_offset"], "last_offset": head["base_offset"] + head["last_offset_delta"],
              "leader_epoch": head["leader_epoch"], "codec": codec, "crc_ok": crc32c(data[21:]) == head["crc"],
              "log_append": bool(head["attributes"] & 8), "transactional": bool(head["attributes"] & 16),
              "control": bool(head["attributes"] & 32), "base_timestamp": head["base_timestamp"],
              "max_timestamp": head["max_timestamp"], "producer_id": head["producer_id"],
              "producer_epoch": head["producer_epoch"], "base_sequence": head["base_sequence"], "count": head["count"]}
    payload = decompress(codec, data[HEADER:])
    if payload is not None:
        result["records"] = list(_records(Reader(payload), head))
    return result


def _records(reader, head):
    for _ in range(head["count"]):
        body = Reader(reader.take(reader.zigzag()))
        body.take(1)
        stamp = head["base_timestamp"] + body.zigzag()
        offset = head["base_offset"] + body.zigzag()
        key, value = _blob(body), _blob(body)
        headers = [{"key": body.take(body.zigzag()), "value": _blob(body)} for _ in range(body.zigzag())]
        if body.left():
            raise DecodeError("record longer than its content")
        yield {"offset": offset, "timestamp": stamp, "key": key, "value": value, "headers": headers}


def _blob(reader):
    size = reader.zigzag()
    return None if size < 0 else bytes(reader.take(size))
