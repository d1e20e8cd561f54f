"""A very small Kafka client of the driver's own, for what a scenario prepares or checks beside the client under test.

Only old, fixed-layout request versions are used, so that encoding stays a matter of struct.pack. It talks to one
cluster by its bootstrap address, finds leaders and coordinators itself, and raises KafkaError with Kafka's code.
"""
import socket
import struct
import time
import zlib

UNKNOWN_TOPIC = 3
RETRIABLE = {5, 6, 7, 14, 15, 16, 41}
_CASTAGNOLI = []
for _n in range(256):
    for _ in range(8):
        _n = (_n >> 1) ^ (0x82F63B78 if _n & 1 else 0)
    _CASTAGNOLI.append(_n)


class KafkaError(Exception):
    """An error code in an answer."""

    def __init__(self, code, what):
        super().__init__(f"{what}: error code {code}")
        self.code = code


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CASTAGNOLI[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def murmur2(data):
    """Kafka's hash of a key (its Java client's default partitioner), as an unsigned 32-bit number."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) & ~3
    for (k,) in struct.iter_unpack("<I", data[:whole]):
        k = k * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    for i, byte in enumerate(data[whole:]):
        h ^= byte << 8 * i
    if len(data) > whole:
        h = h * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def java_partition(key, count):
    return (murmur2(key) & 0x7FFFFFFF) % count


def crc_partition(key, count):
    """librdkafka's "consistent" partitioner."""
    return zlib.crc32(key) % count


def string(text):
    if text is None:
        return struct.pack(">h", -1)
    raw = text.encode()
    return struct.pack(">h", len(raw)) + raw


def array(items):
    items = list(items)
    return struct.pack(">i", len(items)) + b"".join(items)


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def _field(data):
    return varint(-1) if data is None else varint(len(data)) + data


def record_batch(records):
    """One uncompressed batch from [(timestamp_ms, key, value)]; without a timestamp it is now."""
    now = int(time.time() * 1000)
    records = [(now if t is None else t, key, value) for t, key, value in records]
    first = records[0][0]
    body = b""
    for i, (timestamp, key, value) in enumerate(records):
        record = b"\0" + varint(timestamp - first) + varint(i) + _field(key) + _field(value) + varint(0)
        body += varint(len(record)) + record
    tail = struct.pack(">hiqqqhii", 0, len(records) - 1, first, max(r[0] for r in records), -1, -1, -1, len(records))
    tail += body
    return struct.pack(">qiibI", 0, len(tail) + 9, -1, 2, crc32c(tail)) + tail


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, fmt):
        size = struct.calcsize(">" + fmt)
        out = struct.unpack_from(">" + fmt, self.data, self.at)
        self.at += size
        return out[0] if len(out) == 1 else out

    def string(self):
        size = self.take("h")
        return None if size < 0 else self.raw(size).decode()

    def bytes(self):
        size = self.take("i")
        return None if size < 0 else self.raw(size)

    def raw(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def array(self, item):
        return [item() for _ in range(self.take("i"))]


class Connection:
    """One connection; requests are answered before the next is sent."""

    def __init__(self, host, port, client_id="driver", timeout=20):
        self.socket = socket.create_connection((host, port), timeout)
        self.client_id, self.correlation = client_id, 0

    def call(self, key, version, body):
        self.correlation += 1
        head = struct.pack(">hhi", key, version, self.correlation) + string(self.client_id)
        self.socket.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
        answer = Reader(self._read(struct.unpack(">i", self._read(4))[0]))
        if answer.take("i") != self.correlation:
            raise ValueError("answer out of order")
        return answer

    def _read(self, size):
        data = bytearray()
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise ConnectionError("closed by the broker")
            data += part
        return bytes(data)

    def close(self):
        self.socket.close()


class Cluster:
    """The few administrative calls the driver needs."""

    def __init__(self, bootstrap):
        self.seeds = [(a.rsplit(":", 1)[0], int(a.rsplit(":", 1)[1])) for a in bootstrap.split(",")]

    def _at(self, address, *call):
        connection = Connection(*address)
        try:
            return connection.call(*call)
        finally:
            connection.close()

    def metadata(self, topics):
        """({node: address}, controller, {topic: (error, {partition: leader})}); topics None means all.

        Creates nothing.
        """
        wanted = struct.pack(">i", -1) if topics is None else array(map(string, topics))
        r = self._at(self.seeds[0], 3, 5, wanted + b"\0")
        r.take("i")
        nodes = {}
        for _ in range(r.take("i")):
            node, host, port = r.take("i"), r.string(), r.take("i")
            nodes[node] = (host, port)
            r.string()
        r.string()
        controller = r.take("i")
        found = {}
        for _ in range(r.take("i")):
            error, name, _internal = r.take("h"), r.string(), r.take("b")
            leaders = {}
            for _ in range(r.take("i")):
                _, partition, leader = r.take("hii")
                for _ in range(3):
                    r.array(lambda: r.take("i"))
                leaders[partition] = leader
            found[name] = (error, leaders)
        return nodes, controller, found

    def wait_topic(self, name, partitions, seconds=30):
        """Until every partition has a leader (Apache Kafka creates topics before its brokers know them)."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            error, leaders = self.metadata([name])[2][name]
            if error == 0 and len(leaders) == partitions and min(leaders.values()) >= 0:
                return
            time.sleep(0.02)
        raise TimeoutError(f"topic {name} has no leaders")

    def wait_gone(self, name, seconds=30):
        end = time.monotonic() + seconds
        while self.metadata([name])[2][name][0] != UNKNOWN_TOPIC:
            if time.monotonic() > end:
                raise TimeoutError(f"topic {name} is still there")
            time.sleep(0.02)

    def _controller(self):
        nodes, controller, _ = self.metadata([])
        return nodes[controller]

    def create_topic(self, name, partitions=1, configs=None, replicas=1):
        pairs = array(string(k) + string(str(v)) for k, v in (configs or {}).items())
        topic = string(name) + struct.pack(">ihi", partitions, replicas, 0) + pairs
        r = self._at(self._controller(), 19, 2, array([topic]) + struct.pack(">ib", 15000, 0))
        r.take("i")
        for _ in range(r.take("i")):
            r.string()
            error = r.take("h")
            r.string()
            if error:
                raise KafkaError(error, f"create topic {name}")
        self.wait_topic(name, partitions)

    def delete_topic(self, name):
        r = self._at(self._controller(), 20, 1, array([string(name)]) + struct.pack(">i", 15000))
        r.take("i")
        for _ in range(r.take("i")):
            r.string()
            error = r.take("h")
            if error:
                raise KafkaError(error, f"delete topic {name}")
        self.wait_gone(name)

    def _leader(self, topic, partition):
        nodes, _, found = self.metadata([topic])
        return nodes[found[topic][1][partition]]

    def produce(self, topic, partition, records):
        """Appends [(timestamp_ms, key, value)] as one batch; returns the base offset."""
        end = time.monotonic() + 20
        while True:  # a new partition's leader may not know of it yet
            try:
                return self._produce_once(topic, partition, records)
            except (KafkaError, KeyError) as error:
                if getattr(error, "code", UNKNOWN_TOPIC) not in RETRIABLE | {UNKNOWN_TOPIC} or time.monotonic() > end:
                    raise
            time.sleep(0.02)

    def _produce_once(self, topic, partition, records):
        batch = record_batch(records)
        body = string(None) + struct.pack(">hi", -1, 15000)
        body += array([string(topic) + array([struct.pack(">ii", partition, len(batch)) + batch])])
        r = self._at(self._leader(topic, partition), 0, 3, body)
        r.take("i")
        r.string()
        r.take("i")
        _, error, offset, _ = r.take("ihqq")
        if error:
            raise KafkaError(error, f"produce to {topic}/{partition}")
        return offset

    def end_offset(self, topic, partition, timestamp=-1):
        body = struct.pack(">i", -1) + array([string(topic) + array([struct.pack(">iq", partition, timestamp)])])
        r = self._at(self._leader(topic, partition), 2, 1, body)
        r.take("i")
        r.string()
        r.take("i")
        _, error, _, offset = r.take("ihqq")
        if error:
            raise KafkaError(error, f"offsets of {topic}/{partition}")
        return offset

    def coordinator(self, group):
        while True:
            r = self._at(self.seeds[0], 10, 1, string(group) + b"\0")
            r.take("i")
            error = r.take("h")
            r.string()
            _, host, port = r.take("i"), r.string(), r.take("i")
            if not error:
                return host, port
            if error not in RETRIABLE:
                raise KafkaError(error, f"coordinator of {group}")
            time.sleep(0.05)

    def group(self, group):
        """(state, [(member id, client id)]) of a group."""
        r = self._at(self.coordinator(group), 15, 0, array([string(group)]))
        r.take("i")
        error, _, state, _, _ = r.take("h"), r.string(), r.string(), r.string(), r.string()
        if error:
            raise KafkaError(error, f"describe group {group}")
        members = []
        for _ in range(r.take("i")):
            member, client, _ = r.string(), r.string(), r.string()
            r.bytes(), r.bytes()
            members.append((member, client))
        return state, members

    def remove_member(self, group, member):
        """What an administrator's tool does: the member is not asked."""
        body = string(group) + array([string(member) + string(None)])
        r = self._at(self.coordinator(group), 13, 3, body)
        r.take("i")
        error = r.take("h")
        if error:
            raise KafkaError(error, f"remove {member} from {group}")
