"""kcat: every operation is a kcat command line, a consumer is a kcat process whose output is read along."""
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
import agent  # noqa: E402

KEY, END = "<:key:>", "<:end:>"
FORMAT = "%t\\t%p\\t%o\\t%T\\t%K\\t%S\\t%h\\n%k%s\\n"
CODES = {"Message size too large": 10, "Unknown topic or partition": 3, "Offset out of range": 1}
PARTITIONERS = {"murmur2": "murmur2_random", "crc32": "consistent_random"}
PROPERTIES = {"client_id": "client.id", "metadata_max_age_ms": "topic.metadata.refresh.interval.ms",
              "session_timeout_ms": "session.timeout.ms", "heartbeat_ms": "heartbeat.interval.ms",
              "fetch_max_wait_ms": "fetch.wait.max.ms", "fetch_min_bytes": "fetch.min.bytes",
              "partition_max_bytes": "fetch.message.max.bytes", "instance_id": "group.instance.id", "acks": "acks",
              "linger_ms": "linger.ms", "idempotent": "enable.idempotence", "compression": "compression.codec",
              "max_in_flight": "max.in.flight.requests.per.connection", "delivery_timeout_ms": "delivery.timeout.ms"}
REBALANCE = re.compile(r"rebalanced.*?(assign|revo)[a-z]+.*?: (\S+ \[\d+\].*)")
PLACE = re.compile(r"(\S+) \[(\d+)\]")


def code_of(error):
    return getattr(error, "code", None)


def failure(text):
    return agent.Failure(next((c for t, c in CODES.items() if t in text), None), text.strip()[-300:])


def command(options, *more, **properties):
    properties.update({PROPERTIES[k]: v for k, v in options.items() if k in PROPERTIES})
    out = ["kcat", "-b", options["bootstrap"], *more]
    for name, value in properties.items():
        out += ["-X", f"{name.replace('_', '.')}={str(value).lower() if isinstance(value, bool) else value}"]
    return out


def run(words, data=None):
    done = subprocess.run(words, input=data, capture_output=True, timeout=60)
    if done.returncode:
        raise failure(done.stderr.decode(errors="replace"))
    return done.stdout.decode(errors="replace")


class KcatProducer:
    def __init__(self, options, _code_of):
        self.options = options

    def send(self, rows):
        """Rows that share partition, headers and kind of value go through one kcat."""
        results, start = [], 0
        while start < len(rows):
            end = start
            while end < len(rows) and self.kind(rows[end]) == self.kind(rows[start]):
                end += 1
            results += self.send_alike(rows[start:end])
            start = end
        return results

    @staticmethod
    def kind(row):
        return row["topic"], row["partition"], str(row["headers"]), agent.payload(row) is None, row["key"] is None

    def send_alike(self, rows):
        first, data = rows[0], b""
        words = ["-P", "-E", "-t", first["topic"], "-D", END]
        if first["partition"] is not None:
            words += ["-p", str(first["partition"])]
        if first["key"] is not None:
            words += ["-K", KEY]
        if agent.payload(first) is None:
            words += ["-Z"]
        for name, value in agent.headers(first):
            words += ["-H", name.encode() + b"=" + value]
        for row in rows:
            key = b"" if row["key"] is None else agent.decode(row["key"]) + KEY.encode()
            data += key + (agent.payload(row) or b"") + END.encode()
        kind = PARTITIONERS.get(self.options.get("partitioner"), "consistent_random")
        try:
            run(command(self.options, *words, message_max_bytes=10_000_000, partitioner=kind), data)
        except agent.Failure as error:
            return [{"code": error.code, "message": str(error)} for _ in rows]
        return [{"partition": row["partition"], "offset": None} for row in rows]

    def close(self):
        pass


class KcatConsumer(agent.ConsumerBase):
    def start(self, options):
        more = {}
        if "fetch_max_bytes" in options:
            limit = options["fetch_max_bytes"]
            more = {"message_max_bytes": min(limit, 1000000), "fetch_max_bytes": limit}
        if options.get("assignor") == "cooperative":
            more["partition.assignment.strategy"] = "cooperative-sticky"
        if options["group"]:
            words = ["-G", options["group"], *options["topics"]]
            more["auto_offset_reset"] = {"none": "error"}.get(options["reset"], options["reset"])
            lines = command(options, "-E", "-u", "-f", FORMAT, **more) + words
        else:
            first, places = options["assign"][0], len(options["assign"])
            words = ["-C", "-t", first["topic"], "-o", str(first["offset"])]
            words += ["-p", str(first["partition"])] if places == 1 else []  # without it, every partition
            lines = command(options, *words, "-E", "-u", "-f", FORMAT, auto_offset_reset=options["reset"], **more)
        self.process = subprocess.Popen(lines, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for reader in (self.read_records, self.read_messages):
            threading.Thread(target=reader, daemon=True).start()

    def read_records(self):
        out = self.process.stdout
        for line in out:
            topic, partition, offset, when, key_size, size, rest = line[:-1].split(b"\t", 6)
            key_size, size = int(key_size), int(size)
            key = None if key_size < 0 else out.read(key_size)
            value = None if size < 0 else out.read(size)
            out.read(1)
            pairs = [h.split(b"=", 1) for h in rest.split(b",")] if rest else []
            self.took(agent.record(topic.decode(), int(partition), int(offset), key, value,
                                   [(n.decode(), v) for n, v in pairs], int(when)))

    def read_messages(self):
        for line in self.process.stderr:
            text = line.decode(errors="replace")
            print(text, end="", file=sys.stderr, flush=True)
            found = REBALANCE.search(text)
            if found:
                places = [(t, int(p)) for t, p in PLACE.findall(found.group(2))]
                (self.assigned if found.group(1) == "assign" else self.revoked)(places)
            elif "ERROR" in text:
                self.failed(code_of(failure(text)), text.strip())

    def work(self):
        time.sleep(0.02)

    def stop(self, leave):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class KcatAdmin:
    def __init__(self, bootstrap):
        self.options = {"bootstrap": bootstrap, "client_id": "admin"}

    def describe_topic(self, topic):
        text = run(command(self.options, "-L", "-t", topic))
        found = re.search(r'topic "[^"]*" with (\d+) partitions:(.*)', text)
        if not found or found.group(2).strip():
            raise failure(text)
        return {"partitions": [int(p) for p in re.findall(r"partition (\d+), leader", text)]}

    def offset(self, topic, partition, at):
        when = {"beginning": -2, "end": -1}.get(at, at)
        text = run(command(self.options, "-Q", "-t", f"{topic}:{partition}:{when}"))
        return {"offset": int(re.search(r"offset (-?\d+)", text).group(1))}

    def close(self):
        pass


if __name__ == "__main__":
    agent.main(KcatProducer, KcatConsumer, KcatAdmin, code_of)
