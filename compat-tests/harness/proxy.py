"""A TCP proxy that understands just enough of Kafka's framing to cut, hold and record.

A scenario names its client by a prefix of the client id, so that many scenarios share one proxy. What the proxy does:
  trace   who asked what and when it was answered, in the order in which frames passed
  cut     let the n-th next request of an API reach the broker, wait for the answer, drop it, close the connection
  hold    keep back a connection from the next request of an API on, until released
Runs on an event loop in a thread of its own.
"""
import asyncio
import collections
import struct
import threading

PRODUCE, FETCH, OFFSET_COMMIT, JOIN_GROUP, HEARTBEAT = 0, 1, 8, 11, 12

Frame = collections.namedtuple("Frame", "kind connection api version correlation client data")


class Rule:
    """Waits for one request; `reached` tells the scenario, `release` lets a held connection go on."""

    def __init__(self, kind, client, api, nth):
        self.kind, self.client, self.api, self.left = kind, client, api, nth
        self.reached, self._go = threading.Event(), threading.Event()

    def matches(self, frame):
        if self.left and frame.api == self.api and frame.client.startswith(self.client):
            self.left -= 1
            return self.left == 0
        return False

    def release(self):
        self._go.set()

    async def released(self):
        while not self._go.is_set():
            await asyncio.sleep(0.01)


class Proxy:
    def __init__(self, port, target):
        self.port, self.target = port, target
        self.frames, self.rules, self.disorder = [], [], []
        self.loop, self.count = asyncio.new_event_loop(), 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        started = threading.Event()
        self.loop.call_soon(started.set)
        self.thread.start()
        started.wait()

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.create_task(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self.loop.run_forever()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def cut(self, client, api, nth=1):
        return self._rule("cut", client, api, nth)

    def hold(self, client, api):
        return self._rule("hold", client, api, 1)

    def _rule(self, *parts):
        rule = Rule(*parts)
        self.rules.append(rule)
        return rule

    def trace(self, client):
        return [f for f in list(self.frames) if f.client.startswith(client)]

    async def _serve(self, client, client_out):
        self.count += 1
        connection, waiting = self.count, collections.deque()
        try:
            broker, broker_out = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            client_out.close()
            return
        pumps = [asyncio.ensure_future(self._requests(connection, client, broker_out, waiting)),
                 asyncio.ensure_future(self._answers(connection, broker, client_out, waiting))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        client_out.close()
        broker_out.close()

    async def _requests(self, connection, source, sink, waiting):
        while True:
            data = await read_frame(source)
            if data is None:
                return
            api, version, correlation, size = struct.unpack_from(">hhih", data, 4)
            client = data[14:14 + max(size, 0)].decode(errors="replace")
            frame = Frame("request", connection, api, version, correlation, client, b"")
            rule = next((r for r in self.rules if r.matches(frame)), None)
            if rule and rule.kind == "hold":
                rule.reached.set()
                await rule.released()
            self.frames.append(frame)
            if not (api == PRODUCE and acks(version, data) == 0):
                waiting.append((frame, rule if rule and rule.kind == "cut" else None))
            sink.write(data)
            await sink.drain()

    async def _answers(self, connection, source, sink, waiting):
        while True:
            data = await read_frame(source)
            if data is None:
                return
            frame, rule = waiting.popleft()
            correlation = struct.unpack_from(">i", data, 4)[0]
            if correlation != frame.correlation:
                self.disorder.append((frame.client, frame.api, frame.correlation, correlation))
            if rule:
                rule.reached.set()
                return
            kept = data if frame.api == OFFSET_COMMIT else b""
            self.frames.append(frame._replace(kind="answer", correlation=correlation, data=kept))
            sink.write(data)
            await sink.drain()


async def read_frame(source):
    try:
        head = await source.readexactly(4)
        return head + await source.readexactly(struct.unpack(">i", head)[0])
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def acks(version, data):
    """The acks field of a Produce request, which decides whether there is an answer at all."""
    at = 14 + max(struct.unpack_from(">h", data, 12)[0], 0)
    if version >= 9:                       # flexible: header tags, then a compact transactional id
        at += 1
        at += max(data[at], 1)
    elif version >= 3:
        at += 2 + max(struct.unpack_from(">h", data, at)[0], 0)
    return struct.unpack_from(">h", data, at)[0]


def commit_errors(frame):
    """The error codes of an OffsetCommit answer with topics of short names and few partitions."""
    data, at, flexible = frame.data, 8, frame.version >= 8
    at += 1 if flexible else 0             # header tags
    at += 4 if frame.version >= 3 else 0   # throttle time

    def count():
        nonlocal at
        if flexible:
            at += 1
            return data[at - 1] - 1
        at += 4
        return struct.unpack_from(">i", data, at - 4)[0]

    errors = []
    for _ in range(count()):
        if frame.version >= 10:
            at += 16
        elif flexible:
            at += data[at]
        else:
            at += 2 + struct.unpack_from(">h", data, at)[0]
        for _ in range(count()):
            errors.append(struct.unpack_from(">ih", data, at)[1])
            at += 7 if flexible else 6
        at += 1 if flexible else 0
    return errors
