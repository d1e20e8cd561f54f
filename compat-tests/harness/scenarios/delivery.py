"""9 an answer lost on the way; 12 topics made anew; 13 slow partitions; 14 many connections."""
import time

from .. import proxy as wire_proxy
from ..agent import ClientError, wait_all
from ..part import expect, expect_equal, part
from .records import row

MANY = 1000


@part(9, "idempotent", "the connection is cut between append and answer: the idempotent producer makes no duplicate")
def idempotent(run):
    topic = run.topic()
    producer = run.producer(proxied=True, idempotent=True, acks="all", max_in_flight=1)
    run.sent(producer.send([row(topic, i) for i in range(5)]))
    for start in (5, 15):
        cut = run.proxy.cut(producer.handle, wire_proxy.PRODUCE)
        run.sent(producer.send([row(topic, i) for i in range(start, start + 10)], seconds=50))
        expect(cut.reached.is_set(), "no answer was cut off")
    got = run.reader(topic).wait_records(25)
    expect_equal([r.value for r in got], [b"v%d" % i for i in range(25)], "records")
    expect_equal(run.cluster.end_offset(topic, 0), 25, "end of the partition")


@part(9, "pipelined", "the same with several requests under way")
def pipelined(run):
    topic = run.topic()
    producer = run.producer(proxied=True, idempotent=True, acks="all", max_in_flight=5, linger_ms=0)
    run.sent(producer.send([row(topic, i) for i in range(5)]))
    cut = run.proxy.cut(producer.handle, wire_proxy.PRODUCE)
    run.sent(producer.send([row(topic, i) for i in range(5, 205)], seconds=50))
    expect(cut.reached.is_set(), "no answer was cut off")
    got = run.reader(topic).wait_records(205)
    expect_equal([r.value for r in got], [b"v%d" % i for i in range(205)], "records")
    expect_equal(run.cluster.end_offset(topic, 0), 205, "end of the partition")


def until_sent(run, producer, record, seconds=40):
    """An application's own retry: clients may report the change once."""
    end = time.monotonic() + seconds
    while True:
        try:
            result = producer.send([record])[0]
        except ClientError as error:
            result = {"code": error.code, "message": str(error)}
        if "code" not in result:
            return result
        expect(time.monotonic() < end, f"still failing after {seconds} s: {result}")
        time.sleep(0.2)


@part(12, "producer", "a topic is deleted and made again under a running producer, which recovers", seconds=90)
def recreated_producer(run):
    topic = run.topic()
    producer = run.producer(metadata_max_age_ms=1000)
    run.sent(producer.send([row(topic, i) for i in range(10)]))
    run.cluster.delete_topic(topic)
    run.cluster.create_topic(topic)
    until_sent(run, producer, row(topic, 100))
    run.sent(producer.send([row(topic, 101)]))
    got = run.reader(topic).wait_records(2)
    expect_equal([r.value for r in got][-1], b"v101", "last record")
    expect(all(r.value in (b"v100", b"v101") for r in got), "a record of the old topic came back")


@part(12, "consumer", "a topic is deleted and made again under a running consumer, which recovers", seconds=90)
def recreated_consumer(run):
    topic = run.topic()
    consumer = run.reader(topic, metadata_max_age_ms=1000, fetch_max_wait_ms=200)
    run.cluster.produce(topic, 0, [(None, b"k", b"old-%d" % i) for i in range(10)])
    consumer.wait_records(10)
    run.cluster.delete_topic(topic)
    run.cluster.create_topic(topic)

    def new():
        return [r for r in consumer.records if r.value.startswith(b"new")]
    # where the client goes on is its own affair (reset policy, or the end of the shorter log), so go on until it does
    end = time.monotonic() + 60
    while len(new()) < 3:
        expect(time.monotonic() < end, f"no records of the new topic; errors: {consumer.errors[-2:]}")
        offset = run.cluster.produce(topic, 0, [(None, b"k", b"new")])
        consumer.drain()
        time.sleep(0.1)
    offsets = [r.offset for r in new()]
    expect_equal(offsets, list(range(offsets[0], offsets[0] + len(offsets))), "offsets of the new records")
    expect(offsets[-1] <= offset, "an offset beyond the end")


@part(13, "idle", "a partition without data does not hold up one with data")
def idle(run):
    topic = run.topic(partitions=3)
    for partition in range(3):
        run.cluster.produce(topic, partition, [(None, b"k", b"first")])
    consumer = run.reader(topic, 3, fetch_max_wait_ms=25000, fetch_min_bytes=1)
    # A client that has sent a fetch for the first partition alone waits it out before it asks for all.
    consumer.wait_records(3, 60)
    for i in range(5):
        for partition in (2, 1):
            run.cluster.produce(topic, partition, [(None, b"k", b"%d" % i)])
            consumer.wait_records(len(consumer.records) + 1, 15)


@part(13, "paused", "a partition that the consumer does not read for a while does not hold up the others")
def paused(run):
    topic = run.topic(partitions=2)
    consumer = run.reader(topic, 2, fetch_max_wait_ms=200)
    run.cluster.produce(topic, 0, [(None, b"k", b"first")])
    consumer.wait_records(1)
    consumer.do("pause", partitions=[{"topic": topic, "partition": 0}])
    for i in range(20):
        run.cluster.produce(topic, 0, [(None, b"k", b"slow-%d" % i)])
        run.cluster.produce(topic, 1, [(None, b"k", b"quick-%d" % i)])
    consumer.wait(lambda c: sum(r.partition == 1 for r in c.records) >= 20, "records of the other partition")
    # a fetch may have been under way when the partition was paused, so its records may still come
    expect(sum(r.partition == 0 for r in consumer.records) < 21, "the paused partition was read")
    consumer.do("resume", partitions=[{"topic": topic, "partition": 0}])
    consumer.wait_records(41)
    expect_equal(sorted(r.offset for r in consumer.records if r.partition == 0), list(range(21)), "slow partition")


@part(13, "large", "large records in one partition, small ones in another: both arrive")
def large(run):
    topic = run.topic(partitions=2)
    for i in range(12):
        run.cluster.produce(topic, 0, [(None, None, b"x" * 60000)])
        run.cluster.produce(topic, 1, [(None, None, b"%d" % i)])
    consumer = run.reader(topic, 2, fetch_max_bytes=70000, partition_max_bytes=70000)
    consumer.wait_records(24)
    expect_equal([r.offset for r in consumer.records if r.partition == 1], list(range(12)), "small records")


@part(14, "connections", "beside 1,000 open connections the client works, and every connection still answers",
      seconds=120)
def many(run):
    topic = run.topic()
    with run.world.crowd(MANY) as others:
        run.sent(run.producer().send([row(topic, i) for i in range(50)]))
        consumers = [run.reader(topic) for _ in range(3)]
        wait_all(consumers, lambda: all(len(c.records) == 50 for c in consumers), "50 records each")
        for other in others:
            expect_equal(other.call(18, 0, b"").take("h"), 0, "answer on an old connection")
