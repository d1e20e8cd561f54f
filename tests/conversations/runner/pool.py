"""Runs many scripts: those with equal settings share one broker, several at a time; `fresh` ones get their own."""

import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

from .play import Failed, Player
from .values import TalkError

AT_ONCE = 16
BROKERS_AT_ONCE = 2


class Result:
    def __init__(self, script):
        self.script = script
        self.error = None  # text, None when passed
        self.player = None


def groups_of(scripts):
    """[(what the broker must be, scripts)], the biggest first."""
    groups = {}
    for script in scripts:
        own = script.path if script.fresh else ""
        wanted = dict(nodes=script.nodes, settings=script.settings, durable=script.restarts)
        groups.setdefault((own, repr(wanted)), (wanted, []))[1].append(script)
    return sorted(groups.values(), key=lambda group: -len(group[1]))


def play_all(model, scripts, make_broker, watch=None, at_once=AT_ONCE):
    """Results in the order of the scripts. make_broker(nodes=, settings=, durable=) gives a broker, not started."""
    results = {}
    with ThreadPoolExecutor(BROKERS_AT_ONCE) as threads:
        for played in threads.map(lambda group: _play_group(model, group, make_broker, watch, at_once),
                                  groups_of(scripts)):
            results.update(played)
    return [results[script.path] for script in scripts]


def _play_group(model, group, make_broker, watch, at_once):
    wanted, members = group
    results = {}
    broker = make_broker(**wanted)
    try:
        _start(model, broker, members)
        with ThreadPoolExecutor(at_once) as threads:
            for result in threads.map(lambda s: play(model, broker, s, watch), members):
                results[result.script.path] = result
    except Exception as error:  # the broker itself: every file of the group fails with its reason
        for script in members:
            if script.path not in results:
                results[script.path] = Result(script)
                results[script.path].error = f"{script.path}: broker: {error}"
    finally:
        broker.stop()
    return results


def _start(model, broker, members):
    broker.start()
    warm = Player(model, broker, members[0])
    warm.setup.ready()
    warm.setup.close()


def play(model, broker, script, watch=None):
    result = Result(script)
    result.player = Player(model, broker, script, watch)
    try:
        result.player.run()
    except Failed as failed:
        result.error = f"{script.path}:{failed.step.line}: {failed}"
    except TalkError as error:
        result.error = f"{script.path}: {error}"
    except Exception:  # a mistake of the runner's own must not take the other files down
        result.error = f"{script.path}: {traceback.format_exc()}"
    return result


LOCK = threading.Lock()
