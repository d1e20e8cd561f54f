"""What a scenario is made of: parts, each a function of one Run, each judged on its own."""
import dataclasses
import itertools
import time

from . import agent as agents

PARTS = []


@dataclasses.dataclass
class Part:
    scenario: int
    name: str
    text: str
    function: object
    seconds: int
    phase: str

    @property
    def id(self):
        return f"{self.scenario}.{self.name}"


def part(scenario, name, text, seconds=60, phase="shared"):
    """phase: "shared" parts run against one broker for all clients, "kill" parts against one that is killed once."""
    def register(function):
        PARTS.append(Part(scenario, name, text, function, seconds, phase))
        return function
    return register


class Failed(Exception):
    """The part's expectation does not hold."""


def expect(condition, text):
    if not condition:
        raise Failed(text)


def expect_equal(got, want, what):
    if got != want:
        raise Failed(f"{what}: got {shorten(got)}, want {shorten(want)}")


def shorten(value):
    text = repr(value)
    return text if len(text) < 400 else text[:400] + "…"


class Run:
    """One part for one client: unique names, the client's program, and the driver's own view of the cluster."""

    numbers = itertools.count(1)

    def __init__(self, part, client, agent, world, options):
        self.part, self.client, self.agent, self.world, self.options = part, client, agent, world, options
        self.cluster, self.proxy = world.cluster, world.proxy
        self.prefix = f"{client.name}-{next(self.numbers)}"
        self.handles = itertools.count(1)
        self.open, self.note = [], ""  # note: what a part that passes left out

    def topic(self, suffix="t", partitions=1, **configs):
        name = f"{self.prefix}-{suffix}"
        self.cluster.create_topic(name, partitions, {k.replace("_", "."): v for k, v in configs.items()})
        return name

    def _options(self, options, handle):
        address = self.world.broker.proxied if options.pop("proxied", False) else self.world.broker.bootstrap
        return dict(options, bootstrap=address, client_id=options.get("client_id", handle))

    def producer(self, **options):
        handle = f"{self.prefix}-p{next(self.handles)}"
        producer = agents.Producer(self.agent, handle, **self._options(options, handle))
        self.open.append(producer)
        return producer

    def consumer(self, **options):
        handle = f"{self.prefix}-c{next(self.handles)}"
        options.setdefault("reset", "earliest")
        for name in ("group", "topics", "assign"):
            options.setdefault(name, None)
        consumer = agents.Consumer(self.agent, handle, **self._options(options, handle))
        self.open.append(consumer)
        return consumer

    def reader(self, topic, partitions=1, **options):
        """A consumer without a group, from the beginning of every partition."""
        rows = [{"topic": topic, "partition": p, "offset": "beginning"} for p in range(partitions)]
        return self.consumer(assign=rows, **options)

    def close(self, handle, **options):
        self.open.remove(handle)
        return handle.close(**options)

    def admin(self, op, seconds=30, **arguments):
        return self.agent.call(op, seconds, bootstrap=self.world.broker.bootstrap, **arguments)

    def refused(self, code, op, **arguments):
        """Expects Kafka's error; a client that judges such a request by itself must at least report a failure."""
        try:
            answer = self.admin(op, **arguments)
        except agents.ClientError as error:
            fine = error.code == code or (error.code is None and self.part.id in self.client.own_checks)
            expect(fine, f"{op} {arguments} failed with {error}, want code {code}")
            return
        raise Failed(f"{op} {arguments} was answered {answer}, want code {code}")

    def sent(self, results):
        """(partition, offset) of every result, none of which may be an error."""
        bad = [r for r in results if "code" in r]
        expect(not bad, f"{len(bad)} records were not delivered, the first: {bad[:1]}")
        return [(r["partition"], r["offset"]) for r in results]

    def finish(self):
        for handle in self.open:
            try:
                handle.agent.call("close", 10, h=handle.handle, leave=True)
            except (agents.ClientError, agents.AgentGone, TimeoutError):
                pass  # the part has its verdict already; the program is replaced when it hangs

    def until(self, condition, what, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"no {what} in {seconds} s")
            time.sleep(0.03)
