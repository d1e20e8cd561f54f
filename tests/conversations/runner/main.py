"""Command line of the runner."""

import argparse
import glob
import importlib.util
import os
import sys

from . import load_model
from .broker import CommandBroker
from .pin import Pins
from .pool import LOCK, play_all
from .script import load
from .show import show_value
from .values import TalkError

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(FOLDER))


def kafka_module():
    path = os.path.join(ROOT, "compat-tests", "reference", "kafka.py")
    spec = importlib.util.spec_from_file_location("reference_kafka", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_files(names):
    """Files, folders or parts of a name; all files when nothing is named."""
    everything = sorted(glob.glob(os.path.join(FOLDER, "**", "*.talk"), recursive=True))
    if not names:
        return everything
    found = []
    for name in names:
        path = os.path.abspath(name)
        matching = [path] if os.path.isfile(path) else [f for f in everything if f.startswith(path + os.sep)]
        matching = matching or [f for f in everything if name in os.path.relpath(f, FOLDER)]
        if not matching:
            raise TalkError(f"no conversation is called {name}")
        found += [f for f in matching if f not in found]
    return found


def load_scripts(names):
    scripts = []
    for path in find_files(names):
        script = load(path)
        script.path = os.path.relpath(path, os.getcwd())
        scripts.append(script)
    return scripts


def show_answer(step, answer, player):
    with LOCK:
        print(f"{player.script.path}:{step.line} {step.connection} {step.api} v{step.version}\n"
              f"    {show_value(player.context, answer)}")


def arguments(argv):
    parser = argparse.ArgumentParser(prog="tests/conversations/run", description="Plays the wire conversations.")
    side = parser.add_mutually_exclusive_group(required=True)
    side.add_argument("--broker", metavar="CMD", help='command line of the broker, with {port}')
    side.add_argument("--kafka", action="store_true", help="play against Apache Kafka instead")
    parser.add_argument("--show", action="store_true", help="print every answer")
    parser.add_argument("--pin", action="store_true", help="replace ? in expectations by the answers")
    parser.add_argument("--at-once", type=int, default=16, help="how many conversations run at a time")
    parser.add_argument("files", nargs="*", help="files, folders or parts of names; default all")
    return parser.parse_args(argv)


def main(argv=None):
    options = arguments(argv)
    try:
        scripts = load_scripts(options.files)
    except TalkError as error:
        print(error, file=sys.stderr)
        return 2
    pins = {}

    def watch(step, answer, player):
        if options.show:
            show_answer(step, answer, player)
        if options.pin:
            pins.setdefault(player.script.path, Pins()).watch(step, answer, player)

    if options.kafka:
        make = kafka_module().KafkaBroker
    else:
        def make(**wanted):
            return CommandBroker(options.broker, **wanted)
    results = play_all(load_model(), scripts, make, watch, options.at_once)
    for path, pin in pins.items():
        pin.rewrite(path)
    failed = [result for result in results if result.error]
    for result in failed:
        print(result.error)
    print(f"conversations: {len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0
