"""11 kill -9 with a data directory: nothing acknowledged is lost, groups go on."""
import time

from ..agent import ClientError
from ..part import expect, expect_equal, part
from .records import row


@part(11, "kill", "what was acknowledged before kill -9 is there afterwards; producer and group go on by themselves",
      seconds=180, phase="kill")
def kill(run):
    topic, group = run.topic(), run.prefix
    producer = run.producer(delivery_timeout_ms=60000)
    run.sent(producer.send([row(topic, i) for i in range(100)]))
    acknowledged = [b"v%d" % i for i in range(100)]
    consumer = None
    if run.client.can("11.group"):
        # A client that is closed while it looks for its coordinator does not say that it leaves: the
        # next member waits for the end of its session.
        consumer = run.consumer(group=group, topics=[topic], session_timeout_ms=10000)
        consumer.wait_records(100)
        consumer.commit([(topic, 0, 60, None)])
    else:
        run.note = f"without a group: {run.client.reason('11.group')}"
    number = 100
    run.world.arrive()
    while not run.world.killed.is_set():       # keeps on sending until, and while, the broker dies
        number = burst(run, producer, topic, number, acknowledged)
    expect(run.world.restarted.wait(120), "the broker did not come back")
    end, before = time.monotonic() + 60, len(acknowledged)
    while len(acknowledged) < before + 20:
        expect(time.monotonic() < end, "the producer did not recover")
        number = burst(run, producer, topic, number, acknowledged)
    got = run.reader(topic).wait(lambda c: {r.value for r in c.records} >= set(acknowledged), "all acknowledged", 40)
    expect_equal([r.offset for r in got.records], list(range(len(got.records))), "offsets")
    if consumer:
        run.close(consumer)
        again = run.consumer(group=group, topics=[topic])
        again.wait_records(len(got.records) - 60, 40)
        expect_equal(again.records[0].offset, 60, "first record after the commit")
        again.commit([(topic, 0, 90, None)])
        expect_equal(run.admin("committed", group=group, topic=topic, partition=0)["offset"], 90, "new commit")


def burst(run, producer, topic, number, acknowledged):
    """Sends ten records and notes which of them were acknowledged."""
    values = [b"v%d" % i for i in range(number, number + 10)]
    try:
        results = producer.send([row(topic, i) for i in range(number, number + 10)], seconds=90)
    except ClientError:
        time.sleep(0.1)
        return number + 10
    acknowledged += [v for v, r in zip(values, results) if "code" not in r]
    if any("code" in r for r in results):
        time.sleep(0.1)
    return number + 10
