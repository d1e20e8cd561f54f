"""One connection to a broker: frames out, frames in, in order."""

import select
import socket
import struct
import time

from .codec import DecodeError, Reader, decode, encode
from .model import within
from . import records

PATIENCE_S = 30.0  # how long an answer may take; nothing ever waits for this long when all is well


class Closed(Exception):
    """The other side closed the connection."""


class NoAnswer(Exception):
    pass


class Client:
    def __init__(self, model, address, client_id):
        self.model = model
        self.client_id = client_id
        self.socket = socket.create_connection(address, timeout=PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.correlation = 0

    def close(self):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            raise Closed() from None

    def request(self, message, version, body, header_version=None):
        """Sends one request, returns its correlation id."""
        self.correlation += 1
        flexible = within(message.flexible, version)
        header_version = (2 if flexible else 1) if header_version is None else header_version
        header = encode(self.model.messages["RequestHeader"], header_version, {
            "request_api_key": message.api_key, "request_api_version": version,
            "correlation_id": self.correlation, "client_id": self.client_id})
        self.send(struct.pack(">i", len(header) + len(body)) + header + body)
        return self.correlation

    def frame(self):
        """The next answer's bytes without the length in front."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            if len(self.buffer) >= 4:
                size = struct.unpack(">i", self.buffer[:4])[0]
                if len(self.buffer) >= 4 + size:
                    data, self.buffer = self.buffer[4:4 + size], self.buffer[4 + size:]
                    return data
            self._more(deadline)

    def _more(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.socket], [], [], left)[0]:
            raise NoAnswer()
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed()
        self.buffer += data

    def answer(self, message, version, correlation):
        """The next answer, which must be the one to `correlation`."""
        reader = Reader(self.frame())
        got = reader.number("int32")
        if got != correlation:
            raise DecodeError(f"the answer has correlation id {got}, {correlation} was due")
        if within(message.flexible, version) and message.name != "ApiVersionsResponse":
            for _ in range(reader.uvarint()):
                reader.uvarint()
                reader.take(reader.uvarint())
        answer = decode(message, version, reader)
        if message.name in ("FetchResponse", "ShareFetchResponse"):
            _open_records(answer)
        return answer

    def has_answer(self):
        """Whether an answer, or a close, lies ready to be read."""
        return bool(self.buffer) or bool(select.select([self.socket], [], [], 0)[0])

    def closes(self):
        """Waits for the other side to close; returns the bytes that came instead, None when it closed."""
        deadline = time.monotonic() + PATIENCE_S
        try:
            while not self.buffer:
                self._more(deadline)
        except Closed:
            return None
        return self.buffer


def _open_records(answer):
    for topic in answer["responses"]:
        for partition in topic["partitions"]:
            if partition.get("records") is not None:
                partition["records"] = records.parse(partition["records"])
