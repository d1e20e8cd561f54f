"""1 records as they were sent; 2 one key, one partition; 10 sizes."""
from ..part import expect, expect_equal, part
from ..wire import crc_partition, java_partition, varint

BATCH_HEADER = 61
LIMIT = 20000


def row(topic, i, **more):
    return dict({"topic": topic, "partition": 0, "key": b"k%d" % i, "value": b"v%d" % i}, **more)


@part(1, "records", "keys, headers, nulls, bytes that are no text; order and offsets")
def exact(run):
    topic = run.topic()
    cases = [row(topic, i) for i in range(200)]
    cases[3]["key"] = None
    cases[4]["value"] = None
    cases[6]["key"] = b"\x00\xff\xfe"
    cases[7]["value"] = bytes(range(256))
    if run.client.can("1.headers"):
        cases[8]["headers"] = [("a", b"1"), ("a", b"2"), ("b", b"\xff\x00")]
    placed = run.sent(run.producer().send(cases))
    if run.client.can("1.offsets"):
        expect_equal(placed, [(0, i) for i in range(200)], "offsets told to the producer")
    got = run.reader(topic).wait_records(200)
    expect_equal([r.offset for r in got], list(range(200)), "offsets")
    for want, r in zip(cases, got):
        expect_equal((r.key, r.value), (want["key"], want["value"]), f"record {r.offset}")
        expect_equal(r.headers, want.get("headers", []), f"headers of record {r.offset}")


@part(1, "headers", "header names may repeat, values may be any bytes")
def headers(run):
    topic = run.topic()
    want = [("a", b"1"), ("a", b"2"), ("ü", b"\xff\x00")]
    run.sent(run.producer().send([row(topic, 0, headers=want)]))
    expect_equal(run.reader(topic).wait_records(1)[0].headers, want, "headers")


@part(1, "empty", "an empty value is not a null value")
def empty(run):
    topic = run.topic()
    values = [b"", None, b"x"]
    run.sent(run.producer().send([row(topic, i, value=v) for i, v in enumerate(values)]))
    expect_equal([r.value for r in run.reader(topic).wait_records(3)], values, "values")


@part(1, "offsets", "the producer is told partition and offset of each record")
def told(run):
    topic = run.topic(partitions=2)
    producer = run.producer()
    for offset in range(3):
        for partition in (0, 1):
            got = run.sent(producer.send([row(topic, offset, partition=partition)]))
            expect_equal(got, [(partition, offset)], "told")


def codec(name):
    def check(run):
        topic = run.topic()
        cases = [row(topic, i, value=b"%d " % i * 100) for i in range(100)]
        run.sent(run.producer(compression=name).send(cases))
        got = run.reader(topic).wait_records(100)
        expect_equal([(r.key, r.value) for r in got], [(c["key"], c["value"]) for c in cases], "records")
    part(1, name, f"batches compressed with {name}")(check)


for _name in ("gzip", "snappy", "lz4", "zstd"):
    codec(_name)


def partitioner(name, place, text):
    def check(run):
        topic = run.topic(partitions=6)
        keys = [b"key-%d" % i for i in range(60)]
        rows = [{"topic": topic, "partition": None, "key": k, "value": k} for k in keys]
        run.sent(run.producer(partitioner=name).send(rows))
        got = run.reader(topic, 6).wait_records(60)
        expect_equal({r.key: r.partition for r in got}, {k: place(k, 6) for k in keys}, "partition of each key")
    part(2, name, text)(check)


partitioner("murmur2", java_partition, "Kafka's own hash: the partition that every client with murmur2 chooses")
partitioner("crc32", crc_partition, "librdkafka's hash: the partition that every client with CRC-32 chooses")


def value_size(batch):
    """Size of the value that makes a batch of one record, without key and headers, exactly that large."""
    for size in range(batch - BATCH_HEADER, 0, -1):
        body = 3 + len(varint(-1)) + len(varint(size)) + size + 1
        if BATCH_HEADER + len(varint(body)) + body == batch:
            return size
    raise ValueError(batch)


@part(10, "largest", "a batch of max.message.bytes is taken, one byte more is refused with MESSAGE_TOO_LARGE")
def largest(run):
    topic = run.topic(max_message_bytes=LIMIT)
    producer, size = run.producer(compression="none", idempotent=False), value_size(LIMIT)
    rows = {"topic": topic, "partition": 0, "key": None}
    run.sent(producer.send([dict(rows, size=size)]))
    refused = producer.send([dict(rows, size=size + 1)])[0]
    expect("code" in refused, f"one byte more was taken: {refused}")
    expect(refused["code"] in (10, None), f"one byte more was refused with {refused}, want code 10")
    run.sent(producer.send([dict(rows, size=size)]))
    expect_equal([r.size for r in run.reader(topic).wait_records(2)], [size, size], "sizes")


@part(10, "fetch", "a batch larger than every fetch limit still arrives, and so does what follows")
def fetch_limit(run):
    topic = run.topic()
    producer = run.producer(compression="none")
    for size in (300000, 10, 200000, 20):
        run.sent(producer.send([{"topic": topic, "partition": 0, "key": None, "size": size}]))
    got = run.reader(topic, partition_max_bytes=1024, fetch_max_bytes=1024).wait_records(4)
    expect_equal([r.size for r in got], [300000, 10, 200000, 20], "sizes")
