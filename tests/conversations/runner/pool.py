"""Runs many scripts: those with equal settings share one broker, several at a time; `fresh` ones get their own."""

import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

from .play import Failed, Player
from .values import TalkError

AT_ONCE = 8


class Result:
    def __init__(self, script):
        self.script = script
        self.error = None  # text, None when passed
        self.player = None


def groups_of(scripts):
    """[(nodes, settings, scripts)], the biggest first."""
    groups = {}
    for script in scripts:
        own = script.path if script.fresh else ""
        key = (own, script.nodes, tuple(sorted(script.settings.items())))
        groups.setdefault(key, []).append(script)
    return [(key[1], dict(key[2]), members) for key, members in sorted(groups.items(), key=lambda g: -len(g[1]))]


def play_all(model, scripts, make_broker, watch=None, at_once=AT_ONCE):
    """Results in the order of the scripts. make_broker(nodes, settings) gives a broker that is not started."""
    results = {}
    for nodes, settings, members in groups_of(scripts):
        broker = make_broker(nodes, settings)
        try:
            _start(model, broker, members)
            with ThreadPoolExecutor(at_once) as threads:
                for result in threads.map(lambda s: play(model, broker, s, watch), members):
                    results[result.script.path] = result
        except Exception as error:  # the broker itself: every file of the group fails with its reason
            for script in members:
                if script.path not in results:
                    results[script.path] = Result(script)
                    results[script.path].error = f"broker: {error}"
        finally:
            broker.stop()
    return [results[script.path] for script in scripts]


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
