"""How many system calls a request costs: python3 tests/bench/syscalls.py BROKER [--show]

Runs the broker under strace and gives each kind of request a connection of its own, twice: with few
requests and with many. The difference, divided, is what one costs, whatever surrounds them. Ends
with 1 if a kind takes more calls than the limits below, or others.
"""
import collections
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/measure"))
import wire  # noqa: E402

TOPIC, FEW, MANY = "calls", 10, 60
SLACK = 0.05  # what grows with the log, such as reserving space, happens now and then
TURN = {"epoll_wait": 1, "recvfrom": 1, "sendmsg": 1}
# What one turn of the loop may cost, for each kind of request.
LIMITS = {
    "heartbeat": TURN,
    "produce": TURN | {"pwritev": 1},
    "produce, 16 at once": TURN | {"pwritev": 16},
    "fetch": TURN | {"pread64": 2},  # the batch's header, then the batch
    "fetch of 64 KiB": TURN | {"sendfile": 1, "pread64": 1},
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def produce_frame(connection, value):
    """A whole Produce request, with its length."""
    connection.sent += 1
    body = (struct.pack(">hhii", -1, 1, 10000, 1) + wire.string(TOPIC) + struct.pack(">ii", 1, 0)
            + wire.blob(wire.one_record_batch(value)))
    return wire.blob(struct.pack(">hhi", 0, 7, connection.sent) + wire.string("calls") + body)


def produce(connection, value=b"v"):
    connection.socket.sendall(produce_frame(connection, value))
    receive(connection)


def receive(connection):
    return connection._read(struct.unpack(">i", connection._read(4))[0])


def produce_many(connection):
    connection.socket.sendall(b"".join(produce_frame(connection, b"v") for _ in range(16)))
    for _ in range(16):
        receive(connection)


def fetch(connection, offset, size):
    data = connection.call(1, 11, struct.pack(">iiiibiii", -1, 0, 1, 1 << 20, 0, 0, -1, 1)
                           + wire.string(TOPIC)
                           + struct.pack(">iiiqqi", 1, 0, -1, offset, -1, size)
                           + struct.pack(">i", 0) + wire.string("")).data
    if len(data) < size:
        raise RuntimeError("the fetch gave less than was asked for")


def heartbeat(connection):
    # Of a group that is not there: what it costs to be asked at all.
    connection.call(12, 3, wire.string("none") + struct.pack(">i", 1) + wire.string("m")
                    + struct.pack(">h", -1))


KINDS = {
    "heartbeat": heartbeat,
    "produce": produce,
    "produce, 16 at once": produce_many,
    "fetch": lambda connection: fetch(connection, 0, 1),
    "fetch of 64 KiB": lambda connection: fetch(connection, 1, 64 << 10),
}


def connect(port, process):
    """A connection to what `process` is about to serve."""
    for _ in range(600):
        try:
            return wire.Connection(port)
        except OSError:
            try:
                raise RuntimeError(f"the broker ended: {process.wait(0.05)}")
            except subprocess.TimeoutExpired:
                pass
    raise RuntimeError("the broker does not listen")


def prepare(connection):
    """A topic with a small record and a large one."""
    while wire.create_by_metadata(connection, TOPIC):
        pass
    produce(connection)
    produce(connection, b"v" * (100 << 10))


def drive(port, process):
    """A connection for each kind and count, in this order, behind one that makes the topic."""
    first = connect(port, process)
    prepare(first)
    for kind in KINDS.values():
        for count in (FEW, MANY):
            connection = wire.Connection(port)
            for _ in range(count):
                kind(connection)
            connection.socket.close()
            wire.api_versions(first)  # that one's end has been seen


def calls_of_connections(log):
    """[{call: count}] from each accept to the close of what was accepted."""
    found, open_fd, counts = [], None, None
    for line in log.splitlines():
        match = re.match(r"\d+ +(\w+)\((\d*).*?(?:= (-?\d+))?", line)
        if not match:
            continue
        name, first = match[1], match[2]
        if name.startswith("accept") and (got := re.search(r"= (\d+)$", line)):
            open_fd, counts = got[1], collections.Counter()
        elif counts is not None and name == "close" and first == open_fd:
            found.append(counts)
            counts = None
        elif counts is not None:
            counts[name] += 1
    return found


def main():
    port = free_port()
    with tempfile.NamedTemporaryFile("r") as log:
        tracer = subprocess.Popen(
            ["strace", "-f", "-o", log.name, sys.argv[1], "--threads", "1", "--port", str(port)],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            drive(port, tracer)
        finally:
            # strace itself blocks signals, and ends with the broker.
            children = pathlib.Path(f"/proc/{tracer.pid}/task/{tracer.pid}/children").read_text()
            for child in children.split():
                os.kill(int(child), signal.SIGTERM)
            tracer.wait(60)
        text = log.read()
    if "--show" in sys.argv:
        print(text)
    # The connection that made the topic is open all the time; each later accept begins a count.
    seen = calls_of_connections(text)[-2 * len(KINDS):]
    failed = 0
    for i, kind in enumerate(KINDS):
        few, many = seen[2 * i], seen[2 * i + 1]
        costs = {name: (many[name] - few[name]) / (MANY - FEW) for name in many}
        costs = {name: cost for name, cost in costs.items() if cost > SLACK}
        fine = all(cost <= LIMITS[kind].get(name, 0) + SLACK for name, cost in costs.items())
        failed += not fine
        listed = ", ".join(f"{cost:.2f} {name}" for name, cost in sorted(costs.items()))
        print(f"{'ok    ' if fine else 'FAILED'} {kind}: {listed}")
    print(f"{len(KINDS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
