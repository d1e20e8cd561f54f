"""The few requests that measuring needs, written by hand over one plain socket."""
import socket
import struct

COORDINATOR_NOT_READY = (14, 15, 16)  # loading, not available, not the coordinator (yet)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def varint(number):
    number = number * 2 if number >= 0 else -number * 2 - 1
    out = []
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + [number])


def string(text):
    return struct.pack(">h", len(text)) + text.encode()


def blob(data):
    return struct.pack(">i", len(data)) + data


def one_record_batch(value):
    record = b"\0" + varint(0) + varint(0) + varint(-1) + varint(len(value)) + value + varint(0)
    checked = struct.pack(">hiqqqhii", 0, 0, 0, 0, -1, -1, -1, 1) + varint(len(record)) + record
    return struct.pack(">qiibI", 0, 9 + len(checked), -1, 2, crc32c(checked)) + checked


class Cursor:
    """Reads an answer from front to back."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        value = struct.unpack_from(">" + form, self.data, self.at)[0]
        self.at += struct.calcsize(">" + form)
        return value

    def string(self):
        length = self.take("h")
        self.at += max(length, 0)
        return self.data[self.at - max(length, 0):self.at].decode()


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 1)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(20)
        self.sent = 0

    def call(self, api, version, body):
        self.sent += 1
        frame = struct.pack(">hhi", api, version, self.sent) + string("measure") + body
        self.socket.sendall(blob(frame))
        answer = Cursor(self._read(struct.unpack(">i", self._read(4))[0]))
        if answer.take("i") != self.sent:
            raise RuntimeError("an answer came out of order")
        return answer

    def _read(self, length):
        data = b""
        while len(data) < length:
            part = self.socket.recv(length - len(data))
            if not part:
                raise RuntimeError("the broker closed the connection")
            data += part
        return data

    def stays_silent(self, seconds):
        """Waits; raises if the broker sends anything or closes."""
        self.socket.settimeout(seconds)
        try:
            got = self.socket.recv(1)
        except socket.timeout:
            self.socket.settimeout(20)
            return
        raise RuntimeError(f"an idle connection got {got!r}")


def api_versions(connection):
    return connection.call(18, 0, b"").take("h")


def create_by_metadata(connection, topic):
    """Asks for a topic, which auto-creation then makes; answers its error code."""
    answer = connection.call(3, 4, struct.pack(">i", 1) + string(topic) + b"\1")
    answer.take("i")
    for _ in range(answer.take("i")):
        answer.take("i")
        answer.string()
        answer.take("i")
        answer.string()
    answer.string()
    answer.take("i")
    answer.take("i")
    return answer.take("h")


def produce(connection, topic, value):
    answer = connection.call(0, 7, struct.pack(">hhii", -1, -1, 10000, 1) + string(topic)
                             + struct.pack(">ii", 1, 0) + blob(one_record_batch(value)))
    answer.take("i")
    answer.string()
    answer.take("i")
    answer.take("i")
    return answer.take("h")


def fetch(connection, topic):
    """The bytes of the answer to a fetch of partition 0 from its start."""
    return connection.call(1, 11, struct.pack(">iiiibiii", -1, 5000, 1, 1 << 20, 0, 0, -1, 1)
                           + string(topic) + struct.pack(">iiiqqi", 1, 0, -1, 0, -1, 1 << 20)
                           + struct.pack(">i", 0) + string("")).data


def join_and_fetch(connection, group, topic):
    """A new member's way from finding its coordinator to its first record, and out again; answers
    None while the coordinator is not ready."""
    connection.call(10, 1, string(group) + b"\0")
    subscription = struct.pack(">hi", 0, 1) + string(topic) + struct.pack(">i", -1)
    member, error = "", 79
    while error == 79:
        answer = connection.call(
            11, 5, string(group) + struct.pack(">ii", 10000, 10000) + string(member)
            + struct.pack(">h", -1) + string("consumer") + struct.pack(">i", 1) + string("range")
            + blob(subscription))
        answer.take("i")
        error, generation = answer.take("h"), answer.take("i")
        answer.string()
        answer.string()
        member = answer.string()
    if error in COORDINATOR_NOT_READY:
        return None
    if error:
        raise RuntimeError(f"JoinGroup answered error {error}")
    assignment = struct.pack(">hi", 0, 1) + string(topic) + struct.pack(">iii", 1, 0, -1)
    answer = connection.call(14, 3, string(group) + struct.pack(">i", generation) + string(member)
                             + struct.pack(">hi", -1, 1) + string(member) + blob(assignment))
    answer.take("i")
    if answer.take("h"):
        raise RuntimeError("SyncGroup failed")
    connection.call(9, 5, string(group) + struct.pack(">i", 1) + string(topic)
                    + struct.pack(">ii", 1, 0))
    data = fetch(connection, topic)
    connection.call(13, 3, string(group) + struct.pack(">i", 1) + string(member)
                    + struct.pack(">h", -1))
    return data
