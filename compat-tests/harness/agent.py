"""The client program under test, spoken to in lines of JSON (the operations: ../README.md)."""
import base64
import concurrent.futures
import json
import os
import signal
import subprocess
import threading
import time


class ClientError(Exception):
    """The client reported a failure; code is Kafka's error code or None when the client shows none."""

    def __init__(self, op, error):
        super().__init__(f"{op}: {error.get('message')} (code {error.get('code')})")
        self.code = error.get("code")


class AgentGone(Exception):
    pass


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def decode(text):
    return None if text is None else base64.b64decode(text)


class Agent:
    """One process of one client. Calls may be made from several threads; each handle works on its own."""

    def __init__(self, command, folder, log):
        self.log_path = log
        env = dict(os.environ, PYTHONUNBUFFERED="1", PYTHONDONTWRITEBYTECODE="1")
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=open(log, "ab"), env=env, text=True, start_new_session=True)
        self.lock, self.next_id, self.pending = threading.Lock(), 0, {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            try:
                answer = json.loads(line)
            except ValueError:
                with open(self.log_path, "a") as log:
                    log.write("not an answer: " + line)
                continue
            with self.lock:
                future = self.pending.pop(answer["id"], None)
            if future:
                future.set_result(answer)
        with self.lock:
            left, self.pending = list(self.pending.values()), None
        for future in left:
            future.set_exception(AgentGone("the client program ended"))

    def start(self, op, **arguments):
        """Sends an operation; the future gives its raw answer."""
        future = concurrent.futures.Future()
        with self.lock:
            if self.pending is None:
                raise AgentGone("the client program ended")
            self.next_id += 1
            self.pending[self.next_id] = future
            request = dict(arguments, id=self.next_id, op=op)
            try:
                self.process.stdin.write(json.dumps(request) + "\n")
                self.process.stdin.flush()
            except OSError:
                raise AgentGone("the client program ended") from None
        return future

    def call(self, op, seconds=30, **arguments):
        try:
            answer = self.start(op, **arguments).result(seconds)
        except concurrent.futures.TimeoutError:
            raise TimeoutError(f"{op} was not answered in {seconds} s") from None
        if "error" in answer:
            raise ClientError(op, answer["error"])
        return answer.get("ok") or {}

    def stop(self):
        try:
            self.process.stdin.close()
            self.process.wait(1)
        except (OSError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Producer:
    def __init__(self, agent, handle, **options):
        self.agent, self.handle = agent, handle
        agent.call("open_producer", h=handle, **options)

    def send(self, records, seconds=30):
        """records: dicts with topic, partition, key, value, headers, timestamp, or size for a value of that many x.
        Answers (partition, offset) or the error code of each."""
        rows = []
        for record in records:
            row = {"topic": record["topic"], "partition": record.get("partition"), "key": encode(record.get("key")),
                   "value": encode(record.get("value")), "timestamp": record.get("timestamp"),
                   "headers": [[k, encode(v)] for k, v in record.get("headers", [])]}
            if "size" in record:
                row["size"] = record["size"]
            rows.append(row)
        return self.agent.call("send", seconds, h=self.handle, records=rows)["results"]

    def close(self):
        self.agent.call("close", h=self.handle)


class Record:
    def __init__(self, row):
        self.topic, self.partition, self.offset = row["topic"], row["partition"], row["offset"]
        self.key, self.value, self.timestamp = decode(row["key"]), decode(row["value"]), row["timestamp"]
        self.size = row.get("size", len(self.value or b""))
        self.headers = [(k, decode(v)) for k, v in row["headers"]]


class Consumer:
    """What one consumer has shown so far: records, events (time, kind, [(topic, partition)]), errors."""

    def __init__(self, agent, handle, **options):
        self.agent, self.handle = agent, handle
        self.records, self.events, self.errors, self.owned = [], [], [], set()
        agent.call("open_consumer", 60, h=handle, **options)

    def _take(self, answer):
        self.records += [Record(r) for r in answer.get("records", [])]
        self.errors += answer.get("errors", [])
        for at, kind, partitions in answer.get("events", []):
            partitions = [(t, p) for t, p in partitions]
            self.events.append((at, kind, partitions))
            self.owned = self.owned | set(partitions) if kind == "assigned" else self.owned - set(partitions)

    def drain(self):
        self._take(self.agent.call("drain", h=self.handle))
        return self

    def wait(self, condition, what, seconds=25):
        wait_all([self], lambda: condition(self), what, seconds)
        return self

    def wait_records(self, count, seconds=25):
        self.wait(lambda c: len(c.records) >= count, f"{count} records", seconds)
        return self.records

    def do(self, op, seconds=30, **arguments):
        return self.agent.call(op, seconds, h=self.handle, **arguments)

    def commit(self, offsets, seconds=30):
        """offsets: [(topic, partition, offset, metadata)]"""
        rows = [dict(zip(("topic", "partition", "offset", "metadata"), row)) for row in offsets]
        return self.do("commit", seconds, offsets=rows)

    def close(self, leave=True):
        self._take(self.do("close", leave=leave))
        return self


def wait_all(consumers, condition, what, seconds=25):
    """Drains the consumers until the condition holds."""
    end = time.monotonic() + seconds
    while True:
        for consumer in consumers:
            consumer.drain()
        if condition():
            return
        if time.monotonic() > end:
            seen = "; ".join(f"{c.handle}: {len(c.records)} records, owns {sorted(c.owned)}, errors {c.errors[-2:]}"
                             for c in consumers)
            raise TimeoutError(f"no {what} in {seconds} s ({seen})")
        time.sleep(0.03)
