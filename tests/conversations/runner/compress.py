"""The four codecs of record batches. Compressing stores the bytes uncompressed inside a valid frame, which every
decoder must accept; decompressing reads gzip, raw and xerial snappy, and lz4 frames."""

import struct
import zlib

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def compress(codec, data):
    if codec == "gzip":
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        return packer.compress(data) + packer.flush()
    return {"none": bytes, "snappy": _snappy, "lz4": _lz4, "zstd": _zstd}[codec](data)


def decompress(codec, data):
    """The records, or None where this codec is not read here (zstd)."""
    if codec == "gzip":
        return zlib.decompress(data, 47)
    if codec == "snappy":
        return _unsnappy(data)
    if codec == "lz4":
        return _unlz4(data)
    return data if codec == "none" else None


def _length(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _snappy(data):
    out = bytearray(_length(len(data)))
    for at in range(0, len(data), 60):
        part = data[at:at + 60]
        out.append((len(part) - 1) << 2)
        out += part
    return bytes(out)


def _unsnappy(data):
    if data[:8] == b"\x82SNAPPY\x00":
        out, at = b"", 16
        while at < len(data):
            size = struct.unpack(">i", data[at:at + 4])[0]
            out += _unsnappy(data[at + 4:at + 4 + size])
            at += 4 + size
        return out
    at = 0
    while data[at] >= 0x80:
        at += 1
    at += 1
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            size = tag >> 2
            if size >= 60:
                extra = size - 59
                size = int.from_bytes(data[at:at + extra], "little")
                at += extra
            out += data[at:at + size + 1]
            at += size + 1
            continue
        if tag & 3 == 1:
            size, back = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | data[at]
            at += 1
        else:
            width = 2 if tag & 3 == 2 else 4
            size, back = (tag >> 2) + 1, int.from_bytes(data[at:at + width], "little")
            at += width
        _repeat(out, back, size)
    return bytes(out)


def _repeat(out, back, size):
    for _ in range(size):
        out.append(out[-back])


def xxh32(data, seed=0):
    """xxHash32; the lz4 frame header carries one byte of it."""
    primes = (2654435761, 2246822519, 3266489917, 668265263, 374761393)
    mask = 0xFFFFFFFF

    def rotate(value, bits):
        return (value << bits | value >> (32 - bits)) & mask

    at = 0
    if len(data) >= 16:
        lanes = [(seed + primes[0] + primes[1]) & mask, (seed + primes[1]) & mask, seed, (seed - primes[0]) & mask]
        while at + 16 <= len(data):
            for lane in range(4):
                word = int.from_bytes(data[at:at + 4], "little")
                lanes[lane] = rotate((lanes[lane] + word * primes[1]) & mask, 13) * primes[0] & mask
                at += 4
        value = sum(rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & mask
    else:
        value = (seed + primes[4]) & mask
    value = (value + len(data)) & mask
    while at + 4 <= len(data):
        word = int.from_bytes(data[at:at + 4], "little")
        value = rotate((value + word * primes[2]) & mask, 17) * primes[3] & mask
        at += 4
    for byte in data[at:]:
        value = rotate((value + byte * primes[4]) & mask, 11) * primes[0] & mask
    value = (value ^ value >> 15) * primes[1] & mask
    value = (value ^ value >> 13) * primes[2] & mask
    return value ^ value >> 16


def _lz4(data):
    header = b"\x60\x40"  # version 1, independent blocks; blocks of at most 64 KiB
    out = b"\x04\x22\x4d\x18" + header + bytes([xxh32(header) >> 8 & 0xFF])
    for at in range(0, len(data), 65536):
        part = data[at:at + 65536]
        out += struct.pack("<I", len(part) | 0x80000000) + part
    return out + b"\x00\x00\x00\x00"


def _unlz4(data):
    flags, at = data[4], 7 + (8 if data[4] & 8 else 0)
    out = bytearray()
    while True:
        size = struct.unpack("<I", data[at:at + 4])[0]
        at += 4
        if size == 0:
            return bytes(out)
        block = data[at:at + (size & 0x7FFFFFFF)]
        at += len(block) + (4 if flags & 16 else 0)
        if size & 0x80000000:
            out += block
        else:
            _lz4_block(block, out)


def _lz4_block(block, out):
    at = 0

    def more(value, at):
        if value == 15:
            while True:
                value += block[at]
                at += 1
                if block[at - 1] != 255:
                    break
        return value, at

    while at < len(block):
        token = block[at]
        literals, at = more(token >> 4, at + 1)
        out += block[at:at + literals]
        at += literals
        if at >= len(block):
            return
        back = int.from_bytes(block[at:at + 2], "little")
        size, at = more(token & 15, at + 2)
        _repeat(out, back, size + 4)


def _zstd(data):
    out = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(data))  # single segment, four bytes of content size
    parts = [data[at:at + 65536] for at in range(0, len(data), 65536)] or [b""]
    for index, part in enumerate(parts):
        last = 1 if index == len(parts) - 1 else 0
        out += (len(part) << 3 | last).to_bytes(3, "little") + part
    return out
