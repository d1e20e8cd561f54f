"""3 groups of several members; 7 answers beside a parked fetch; 8 late committers and storms."""
import random
import time

from .. import proxy as wire_proxy
from ..agent import ClientError, wait_all
from ..part import Failed, expect, expect_equal, part
from .offsets import fill
from .records import row


def covers(members, topic, count):
    """Do the members own every partition once?"""
    owned = sorted(p for m in members for p in m.owned)
    return owned == [(topic, p) for p in range(count)]


@part(3, "groups", "two groups of three members share a topic; members leave and join; each group sees every record",
      seconds=90)
def groups(run):
    topic, size = run.topic(partitions=6), 6
    teams = {}
    for g in "ab":
        options = {"group": f"{run.prefix}-{g}", "topics": [topic], "heartbeat_ms": 300}
        teams[g] = [run.consumer(**options) for _ in range(3)]
    for team in teams.values():
        wait_all(team, lambda t=team: covers(t, topic, size) and all(len(m.owned) == 2 for m in t), "even split")
    for p in range(size):
        run.cluster.produce(topic, p, [(None, b"k", b"%d-%d" % (p, i)) for i in range(10)])
    for team in teams.values():
        wait_all(team, lambda t=team: sum(len(m.records) for m in t) >= 60, "every record")
        seen = sorted((r.partition, r.offset) for m in team for r in m.records)
        expect_equal(seen, [(p, i) for p in range(size) for i in range(10)], "records of the group")
    team = teams["a"]
    run.close(team.pop(0))
    wait_all(team, lambda: covers(team, topic, size) and all(len(m.owned) == 3 for m in team), "split among two")
    team.append(run.consumer(group=f"{run.prefix}-a", topics=[topic], heartbeat_ms=300))
    wait_all(team, lambda: covers(team, topic, size) and all(len(m.owned) == 2 for m in team), "split among three")


@part(3, "static", "a static member that goes and comes back finds its partitions; the other member notices nothing")
def static(run):
    topic = run.topic(partitions=4)
    options = {"group": run.prefix, "topics": [topic], "session_timeout_ms": 30000, "heartbeat_ms": 300}
    one = run.consumer(instance_id="one", **options)
    two = run.consumer(instance_id="two", **options)
    wait_all([one, two], lambda: covers([one, two], topic, 4) and len(one.owned) == 2, "split")
    before, events = set(one.owned), len(two.events)
    run.close(one, leave=False)
    one = run.consumer(instance_id="one", **options)
    wait_all([one, two], lambda: len(one.owned) == 2, "assignment after the return")
    expect_equal(one.owned, before, "partitions after the return")
    fill(run, topic, 5)
    wait_all([one, two], lambda: len(one.records) + len(two.records) >= 5, "records")
    expect_equal(two.events[events:], [], "what the other member saw")


@part(3, "cooperative", "with the cooperative protocol a member keeps consuming what it does not give away")
def cooperative(run):
    topic = run.topic(partitions=6)
    options = {"group": run.prefix, "topics": [topic], "assignor": "cooperative", "heartbeat_ms": 300}
    one = run.consumer(**options)
    one.wait(lambda c: len(c.owned) == 6, "all partitions")
    two = run.consumer(**options)
    wait_all([one, two], lambda: covers([one, two], topic, 6) and len(one.owned) == 3, "even split")
    taken = {p for _, kind, partitions in one.events if kind == "revoked" for p in partitions}
    expect_equal(len(taken), 3, f"number of partitions taken from the first member ({sorted(taken)})")
    run.close(two)
    one.wait(lambda c: len(c.owned) == 6, "all partitions again")


@part(7, "parked", "commit and heartbeat are answered while the same client's fetch is parked")
def parked(run):
    topic, client = run.topic(), run.prefix
    fill(run, topic, 1)
    consumer = run.consumer(group=run.prefix, topics=[topic], proxied=True, client_id=client, heartbeat_ms=300,
                            fetch_max_wait_ms=12000, fetch_min_bytes=1, session_timeout_ms=10000)
    consumer.wait_records(1)

    def trace():
        return run.proxy.trace(client)

    def open_fetch():
        """Index of a fetch that went out and is not answered."""
        frames = trace()
        answered = {(f.connection, f.correlation) for f in frames if f.kind == "answer"}
        return next((i for i, f in enumerate(frames) if f.kind == "request" and f.api == wire_proxy.FETCH
                     and (f.connection, f.correlation) not in answered), None)
    run.until(lambda: open_fetch() is not None, "fetch under way")
    start = open_fetch()
    fetch = trace()[start]
    consumer.commit([(topic, 0, 1, None)])

    def answers(api):
        return [f for f in trace()[start:] if f.kind == "answer" and f.api == api]
    run.until(lambda: answers(wire_proxy.HEARTBEAT), "heartbeat answered")
    late = [f for f in answers(wire_proxy.FETCH)
            if (f.connection, f.correlation) == (fetch.connection, fetch.correlation)]
    frames = trace()
    if late:
        place = frames.index(late[0])
        for api in (wire_proxy.OFFSET_COMMIT, wire_proxy.HEARTBEAT):
            expect(frames.index(answers(api)[0]) < place, f"API {api} was answered only after the parked fetch")
    expect_equal(run.proxy.disorder, [], "answers out of order")


@part(7, "order", "records sent without waiting keep their order; answers of a connection keep the order of requests")
def order(run):
    topic = run.topic()
    producer = run.producer(proxied=True, max_in_flight=5, linger_ms=0)
    placed = run.sent(producer.send([row(topic, i) for i in range(300)]))
    if run.client.can("1.offsets"):
        expect_equal([o for _, o in placed], list(range(300)), "offsets in the order of sending")
    values = [r.value for r in run.reader(topic, proxied=True).wait_records(300)]
    expect_equal(values, [b"v%d" % i for i in range(300)], "order")
    expect_equal(run.proxy.disorder, [], "answers out of order")


@part(8, "late", "a member removed while its commit is on the way is told UNKNOWN_MEMBER_ID, joins again and commits",
      seconds=90)
def late(run):
    topic, client = run.topic(), run.prefix
    fill(run, topic, 3)
    consumer = run.consumer(group=run.prefix, topics=[topic], proxied=True, client_id=client, heartbeat_ms=500,
                            fetch_max_wait_ms=200)
    consumer.wait_records(3)
    gate = run.proxy.hold(client, wire_proxy.OFFSET_COMMIT)
    rows = [{"topic": topic, "partition": 0, "offset": 2, "metadata": None}]
    commit = run.agent.start("commit", h=consumer.handle, offsets=rows)
    try:
        expect(gate.reached.wait(20), "the client sent no commit")
        state, members = run.cluster.group(run.prefix)
        expect_equal((state, len(members)), ("Stable", 1), "the group")
        run.cluster.remove_member(run.prefix, members[0][0])
    finally:
        gate.release()

    def codes():
        return [c for f in run.proxy.trace(client) if f.kind == "answer" and f.api == wire_proxy.OFFSET_COMMIT
                for c in wire_proxy.commit_errors(f)]
    run.until(codes, "answer to the late commit")
    expect_equal(codes()[0], 25, "error code of the late commit")
    commit.result(40)

    def recovered():
        consumer.drain()
        state, now = run.cluster.group(run.prefix)
        return state == "Stable" and len(now) == 1 and now[0][0] != members[0][0]
    run.until(recovered, "new member id in a stable group", 40)
    commit_again(run, consumer, topic)
    expect_equal(run.admin("committed", group=run.prefix, topic=topic, partition=0)["offset"], 3, "committed offset")


def commit_again(run, consumer, topic, seconds=20):
    """The client may still be on its way back, so a refusal is tried again for a while."""
    end = time.monotonic() + seconds
    while True:
        try:
            consumer.drain()
            return consumer.commit([(topic, 0, 3, None)])
        except ClientError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


@part(8, "storm", "many members join and leave: at last every partition has one owner and records flow", seconds=150)
def storm(run):
    shuffle(run)


@part(8, "owners", "while members join and leave, no partition has two owners at a time", seconds=150)
def owners(run):
    single_owner(shuffle(run))


def shuffle(run):
    """Members come and go for a while; answers all that ever were."""
    topic, size = run.topic(partitions=8), 8
    choose = random.Random(run.prefix)
    options = {"group": run.prefix, "topics": [topic], "heartbeat_ms": 300}
    members, gone = [run.consumer(**options) for _ in range(3)], []
    end = time.monotonic() + run.options.storm_seconds
    while time.monotonic() < end:
        if len(members) < 2 or (len(members) < 6 and choose.random() < 0.5):
            members.append(run.consumer(**options))
        else:
            gone.append(run.close(members.pop(choose.randrange(len(members)))))
        for member in members:
            member.drain()
        time.sleep(choose.random() * 0.5)
    wait_all(members, lambda: covers(members, topic, size), "every partition owned once", 60)
    fill(run, topic, 5)
    wait_all(members, lambda: sum(len(m.records) for m in members) >= 5, "records")
    return members + gone


def last_of(events, partition, end):
    """What the members said of a partition in the second before `end`, with milliseconds before it."""
    told = [f"{(at - end) / 1e6:.0f} {handle} {'+' if assigned else '-'}" for at, assigned, handle, partitions in events
            if partition in partitions and end - 1e9 < at <= end]
    return "its last events: " + ", ".join(told)


def single_owner(members):
    """Replays the events of all members in time order."""
    owner = {}
    events = sorted((at, kind == "assigned", m.handle, partitions)
                    for m in members for at, kind, partitions in m.events)
    for at, assigned, handle, partitions in events:
        for p in partitions:
            if assigned:
                if owner.setdefault(p, handle) != handle:
                    raise Failed(f"{p} was given to {handle} while {owner[p]} had it; {last_of(events, p, at)}")
            elif owner.get(p) == handle:
                del owner[p]
