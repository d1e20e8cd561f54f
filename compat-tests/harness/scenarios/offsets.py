"""4 commit, resume, reset; 5 offsets by time."""
import time

from ..agent import ClientError
from ..part import Failed, expect, expect_equal, part


def fill(run, topic, count, start=0):
    run.cluster.produce(topic, 0, [(None, b"k", b"%d" % i) for i in range(start, start + count)])


@part(4, "commit", "a group goes on where it committed; the metadata of the commit comes back")
def resume(run):
    topic, group = run.topic(), run.prefix
    fill(run, topic, 10)
    first = run.consumer(group=group, topics=[topic])
    first.wait_records(10)
    first.commit([(topic, 0, 4, "note" if run.client.can("4.metadata") else None)])
    run.close(first)
    again = run.consumer(group=group, topics=[topic])
    again.wait_records(6)
    expect_equal([r.offset for r in again.records], list(range(4, 10)), "offsets after the commit")
    again.commit([(topic, 0, 10, None)])
    got = run.admin("committed", group=group, topic=topic, partition=0)
    expect_equal(got["offset"], 10, "committed offset")


@part(4, "metadata", "the text committed with an offset is given back")
def metadata(run):
    topic, group = run.topic(), run.prefix
    fill(run, topic, 3)
    consumer = run.consumer(group=group, topics=[topic])
    consumer.wait_records(3)
    consumer.commit([(topic, 0, 2, "some note")])
    got = run.admin("committed", group=group, topic=topic, partition=0)
    expect_equal((got["offset"], got["metadata"]), (2, "some note"), "commit")


@part(4, "earliest", "without a commit a group starts at the beginning with reset policy earliest")
def earliest(run):
    topic = run.topic()
    fill(run, topic, 3)
    got = run.consumer(group=run.prefix, topics=[topic], reset="earliest").wait_records(3)
    expect_equal([r.offset for r in got], [0, 1, 2], "offsets")


@part(4, "latest", "without a commit a group starts at the end with reset policy latest")
def latest(run):
    topic = run.topic()
    fill(run, topic, 3)
    consumer = run.consumer(group=run.prefix, topics=[topic], reset="latest")
    consumer.wait(lambda c: c.owned, "assignment")
    for i in range(3, 200):  # the position is taken some time after the assignment, so go on until one arrives
        fill(run, topic, 1, i)
        if consumer.drain().records:
            break
        time.sleep(0.1)
    consumer.wait_records(1)
    expect(min(r.offset for r in consumer.records) >= 3, "an old record was delivered")


@part(4, "none", "without a commit and with reset policy none the client reports an error and delivers nothing")
def none(run):
    topic = run.topic()
    fill(run, topic, 3)
    consumer = run.consumer(group=run.prefix, topics=[topic], reset="none")
    consumer.wait(lambda c: c.errors, "error")
    expect_equal(consumer.records, [], "records")


@part(4, "range", "a commit beyond the end is out of range: the reset policy decides")
def out_of_range(run):
    topic, group = run.topic(), run.prefix
    fill(run, topic, 3)
    consumer = run.consumer(group=group, topics=[topic])
    consumer.wait_records(3)
    consumer.commit([(topic, 0, 100, None)])
    run.close(consumer)
    got = run.consumer(group=group, topics=[topic], reset="earliest").wait_records(3)
    expect_equal([r.offset for r in got], [0, 1, 2], "offsets")


BASE = int(time.time() - 3600) * 1000  # recent enough for retention


@part(5, "time", "the first record at or after a time; none after the last")
def by_time(run):
    topic = run.topic()
    for i in range(5):
        run.cluster.produce(topic, 0, [(BASE + 1000 * i, b"k", b"%d" % i)])

    def at(timestamp):
        return run.admin("offset", topic=topic, partition=0, at=timestamp)["offset"]
    expect_equal(at(BASE), 0, "exactly the first")
    expect_equal(at(BASE + 1), 1, "between first and second")
    expect_equal(at(BASE + 3000), 3, "exactly the fourth")
    expect_equal(at(1), 0, "before all")
    after = at(BASE + 10000)
    expect(after in (-1, 5), f"after all: {after}, want -1 or the end")


@part(5, "timestamps", "a producer's timestamps are kept and found")
def own_timestamps(run):
    topic = run.topic()
    producer = run.producer()
    for i in range(3):
        rows = [{"topic": topic, "partition": 0, "key": b"k", "value": b"v", "timestamp": BASE + 1000 * i}]
        run.sent(producer.send(rows))
    expect_equal([run.cluster.end_offset(topic, 0, BASE + 1000 * i) for i in range(3)], [0, 1, 2], "found")
    expect_equal([r.timestamp for r in run.reader(topic).wait_records(3)], [BASE, BASE + 1000, BASE + 2000], "times")


@part(5, "ends", "beginning and end, also after records were deleted")
def ends(run):
    topic = run.topic(partitions=2)
    fill(run, topic, 7)

    def both(partition):
        return [run.admin("offset", topic=topic, partition=partition, at=w)["offset"] for w in ("beginning", "end")]
    expect_equal(both(0), [0, 7], "filled partition")
    expect_equal(both(1), [0, 0], "empty partition")


@part(5, "seek", "reading from a chosen offset, and from the end")
def seek(run):
    topic = run.topic()
    fill(run, topic, 7)
    middle = run.consumer(assign=[{"topic": topic, "partition": 0, "offset": 5}])
    expect_equal([r.offset for r in middle.wait_records(2)], [5, 6], "offsets from 5")


@part(4, "fresh", "a group that never committed has no offset")
def fresh(run):
    topic = run.topic()
    got = run.admin("committed", group=run.prefix, topic=topic, partition=0)
    expect(got["offset"] in (-1, None), f"committed offset of a new group: {got}")


@part(4, "unknown", "committing for a topic that does not exist is refused")
def unknown(run):
    topic = run.topic()
    fill(run, topic, 1)
    consumer = run.consumer(group=run.prefix, topics=[topic], api_timeout_ms=5000)
    consumer.wait_records(1)
    try:
        consumer.commit([(run.prefix + "-absent", 0, 1, None)])
    except ClientError as error:
        # some clients try UNKNOWN_TOPIC_OR_PARTITION again until their time is up: REQUEST_TIMED_OUT, or no code
        expect(error.code in (3, 7, None), f"commit for an unknown topic failed with {error}, want code 3")
        return
    raise Failed("a commit for an unknown topic was taken")
