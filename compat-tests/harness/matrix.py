"""Runs parts for clients against a broker and collects the verdicts."""
import collections
import concurrent.futures
import contextlib
import threading
import time
import traceback

from . import agent as agents
from . import part as parts
from .proxy import Proxy
from .wire import Cluster, Connection

Result = collections.namedtuple("Result", "client part verdict reason seconds")


class World:
    """A running broker with its proxy, shared by the clients; for the kill phase also the rendezvous."""

    def __init__(self, broker):
        self.broker = broker
        self.cluster = Cluster(broker.bootstrap)
        self.proxy = Proxy(broker.proxy_port, broker.behind_proxy)
        self.killed, self.restarted = threading.Event(), threading.Event()
        self.arrived, self.lock = 0, threading.Lock()
        self.connections, self.crowd_lock = [], threading.Lock()

    def arrive(self):
        with self.lock:
            self.arrived += 1

    @contextlib.contextmanager
    def crowd(self, count):
        """That many open connections, which the clients use in turn and which stay open in between."""
        with self.crowd_lock:
            while len(self.connections) < count:
                self.connections.append(Connection(*self.cluster.seeds[0]))
            yield self.connections

    def close(self):
        for connection in self.connections:
            connection.close()
        self.proxy.stop()


class Lane:
    """One client's turn through its parts, with one program for as long as it behaves."""

    def __init__(self, client, world, options, show):
        self.client, self.world, self.options, self.show = client, world, options, show
        self.agent = None

    def run(self, chosen):
        results = []
        for part in chosen:
            result = self._part(part)
            self.show(result)
            results.append(result)
        if self.agent:
            self.agent.stop()
        return results

    def _part(self, part):
        reason = self.client.reason(part.id)
        if reason:
            return Result(self.client.name, part, "na", reason, 0)
        start = time.monotonic()
        if self.agent is None:
            log = self.options.logs / f"{self.client.name}.log"
            self.agent = agents.Agent(self.client.argv(), self.client.folder, log)
        run = parts.Run(part, self.client, self.agent, self.world, self.options)
        watchdog = threading.Timer(part.seconds, self.agent.stop)
        watchdog.start()
        healthy, reason = True, None
        try:
            part.function(run)
        except (parts.Failed, agents.ClientError) as error:
            reason = str(error)
        except (TimeoutError, agents.AgentGone, OSError) as error:
            healthy, reason = False, f"{type(error).__name__}: {error}"
        except Exception as error:  # a mistake in the scenario itself must fail its part, not the whole run
            reason = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
        finally:
            watchdog.cancel()
        if healthy:
            run.finish()
        else:
            self.agent.stop()
            self.agent = None
        seconds = time.monotonic() - start
        return Result(self.client.name, part, "fail" if reason else "pass", reason or run.note, seconds)


def run_shared(clients, world, chosen, options, show):
    """Some clients at a time, each with one part after the other."""
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        turns = [pool.submit(Lane(c, world, options, show).run, chosen) for c in clients]
        return [r for turn in turns for r in turn.result()]


def run_kill(clients, world, chosen, options, show):
    """All clients at once: when each is at its waiting point (or has ended), the broker is killed and restarted."""
    results = []
    for part in chosen:
        able = [c for c in clients if c.can(part.id)]
        with concurrent.futures.ThreadPoolExecutor(max(len(clients), 1)) as pool:
            turns = [pool.submit(Lane(c, world, options, show).run, [part]) for c in clients]
            while world.arrived < len(able) and not all(t.done() for t in turns):
                ended = sum(t.done() for c, t in zip(clients, turns) if c in able)
                if world.arrived + ended >= len(able):
                    break
                time.sleep(0.05)
            world.broker.kill()
            world.killed.set()
            world.broker.start()
            world.restarted.set()
            results += [r for turn in turns for r in turn.result()]
    return results
