"""The part that the Python programs share: operations come as lines of JSON, each handle works on a thread of its own.

A client gives a Producer, a Consumer and an Admin class (see confluent.py). A consumer polls all the time, commands are
done between two polls, and what arrived is handed over by "drain".
"""
import base64
import json
import queue
import sys
import threading
import time
import traceback

KEEP = 5000  # larger values are reported by their size only


def decode(text):
    return None if text is None else base64.b64decode(text)


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def payload(row):
    return b"x" * row["size"] if "size" in row else decode(row["value"])


def headers(row):
    return [(name, decode(value)) for name, value in row["headers"]]


def record(topic, partition, offset, key, value, headers, timestamp):
    row = {"topic": topic, "partition": partition, "offset": offset, "key": encode(key), "timestamp": timestamp,
           "headers": [[name, encode(v)] for name, v in headers or []], "value": None}
    if value is not None and len(value) > KEEP:
        row["size"] = len(value)
    else:
        row["value"] = encode(value)
    return row


class Failure(Exception):
    """An operation that failed with Kafka's code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Output:
    def __init__(self):
        self.lock = threading.Lock()

    def answer(self, number, function, *arguments, code_of):
        try:
            row = {"id": number, "ok": function(*arguments) or {}}
        except BaseException as error:  # whatever the client throws is its answer, asyncio's cancellation too
            print(traceback.format_exc(), file=sys.stderr, flush=True)
            code = error.code if isinstance(error, Failure) else code_of(error)
            row = {"id": number, "error": {"code": code, "message": f"{type(error).__name__}: {error}"}}
        with self.lock:
            print(json.dumps(row), flush=True)


class ConsumerBase:
    """What has arrived and not been drained. Subclasses: start, poll, commit, pause, resume, stop(leave)."""

    def __init__(self, options, code_of):
        self.options, self.code_of, self.closing = options, code_of, False
        self.lock, self.records, self.events, self.errors, self.owned = threading.Lock(), [], [], [], set()
        self.start(options)

    def took(self, row):
        with self.lock:
            self.records.append(row)

    def failed(self, code, message):
        with self.lock:
            self.errors.append({"code": code, "message": str(message)})

    def assigned(self, partitions):
        if self.closing:  # a rebalance that ends meanwhile: nothing is read any more
            return
        new = set(partitions) - self.owned
        self._event("assigned", new)
        self.owned |= new

    def revoked(self, partitions):
        old = set(partitions) & self.owned
        self._event("revoked", old)
        self.owned -= old

    def _event(self, kind, partitions):
        if partitions:
            with self.lock:
                self.events.append((time.monotonic_ns(), kind, sorted(partitions)))

    def drain(self):
        with self.lock:
            out = {"records": self.records, "events": self.events, "errors": self.errors}
            self.records, self.events, self.errors = [], [], []
        return out

    def work(self):
        try:
            self.poll()
        except Exception as error:  # shown by the next drain
            print(traceback.format_exc(), file=sys.stderr, flush=True)
            self.failed(self.code_of(error), f"{type(error).__name__}: {error}")
            time.sleep(0.05)

    def close(self, leave=True):
        self.closing = True
        self.revoked(self.owned)
        self.stop(leave)
        return self.drain()


class Worker(threading.Thread):
    """One handle: opened, used and closed on the same thread."""

    def __init__(self, output, code_of):
        super().__init__(daemon=True)
        self.output, self.code_of, self.commands, self.handle = output, code_of, queue.Queue(), None

    def run(self):
        while True:
            consumer = isinstance(self.handle, ConsumerBase)
            try:
                number, function, last = self.commands.get(block=not consumer)
            except queue.Empty:
                self.handle.work()
                continue
            self.output.answer(number, function, code_of=self.code_of)
            if last:
                return

    def open(self, factory):
        self.handle = factory()


def main(producer, consumer, admin, code_of):
    output, workers = Output(), {}
    for line in sys.stdin:
        request = json.loads(line)
        number, op, name = request.pop("id"), request.pop("op"), request.pop("h", None)
        if op in ("open_producer", "open_consumer"):
            worker = workers[name] = Worker(output, code_of)
            make = producer if op == "open_producer" else consumer
            worker.commands.put((number, lambda w=worker, m=make, r=request: w.open(lambda: m(r, code_of)), False))
            worker.start()
        elif op == "drain":
            output.answer(number, workers[name].handle.drain, code_of=code_of)
        elif name:
            worker = workers[name]
            worker.commands.put((number, lambda w=worker, o=op, r=request: use(w.handle, o, r), op == "close"))
        else:
            threading.Thread(target=output.answer, args=(number, once, admin, op, request), kwargs={"code_of": code_of},
                             daemon=True).start()


def use(handle, op, request):
    if op == "send":
        return {"results": handle.send(request["records"])}
    if op == "close":
        return handle.close(**({"leave": request.get("leave", True)} if isinstance(handle, ConsumerBase) else {}))
    return getattr(handle, op)(**request)


def once(admin, op, request):
    """An operation without a handle, on a client of its own."""
    one = admin(request.pop("bootstrap"))
    try:
        return getattr(one, op)(**request)
    finally:
        one.close()
