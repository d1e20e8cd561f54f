"""Lets Apache Kafka write a log directory, takes it in with `odradek import` and compares what both brokers say.

    kafka_import.py PATH/TO/odradek

Kafka is stopped and started once in between, so that there are several leader epochs. Every record, offset,
timestamp, producer state, topic config and committed offset must be the same; so must what DumpLogSegments and
`odradek dump-log` say of Kafka's own files.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TOP / "compat-tests" / "reference"))
sys.path.insert(0, str(TOP / "tests" / "conversations"))
from dump_compare import differences  # noqa: E402
from dump_log import dump  # noqa: E402
from kafka import QUIET, KafkaBroker, class_path  # noqa: E402
from runner.broker import CommandBroker  # noqa: E402
from runner.settings import FIRST_NODE  # noqa: E402

SETTINGS = {"log.cleaner.backoff.ms": "100", "log.initial.task.delay.ms": "100",
            "offsets.topic.num.partitions": "5", "transaction.state.log.num.partitions": "5",
            "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
            "offsets.topic.replication.factor": "1", "log.retention.check.interval.ms": "1000"}


def kafka_logs(command, address):
    """Output lines of KafkaLogs.java."""
    done = subprocess.run(["java", *QUIET, "-cp", class_path(), str(TOP / "tools/lanes/lib/KafkaLogs.java"), command,
                           "{}:{}".format(*address)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"KafkaLogs {command} failed:\n{done.stderr[-4000:]}")
    return done.stdout.splitlines()


def not_alike(ours, theirs):
    """A few of the lines that one has and the other has not."""
    found = []
    for what, lines in (("only Kafka says", set(theirs) - set(ours)), ("only we say", set(ours) - set(theirs))):
        found += [f"{what}: {line[:300]}" for line in sorted(lines)[:8]]
    if sorted(ours) != sorted(theirs) and not found:
        found.append("a line is there twice")
    return found


def compare_dumps(odradek, data):
    """What the two dump tools say differently of the files that Kafka wrote."""
    files = {suffix: sorted(path for path in data.glob(f"*/*{suffix}") if "__cluster_metadata" not in str(path))
             for suffix in (".log", ".index", ".timeindex", ".txnindex", ".snapshot")}
    plain = [path for path in files[".log"] if not path.parent.name.startswith("__")]
    out, _ = dump(plain, "--deep-iteration", "--print-data-log")
    found = differences(odradek, plain, out, "--records")
    internal = [path for path in files[".log"] if path.parent.name.startswith("__")]
    out, _ = dump(internal)
    found += differences(odradek, internal, out)
    others = [path for suffix in (".index", ".timeindex", ".txnindex", ".snapshot") for path in files[suffix]]
    out, _ = dump(others)
    return found + differences(odradek, others, out), len(plain), len(internal) + len(others)


def fill_kafka():
    kafka = KafkaBroker(settings=SETTINGS)
    try:
        kafka.start()
        address = next(iter(kafka.nodes.values()))
        kafka_logs("fill-before", address)
        kafka.restart(kill=False)
        kafka_logs("fill-after", address)
        # What a restart does to producers and epochs is Kafka's business: it is asked afterwards.
        kafka.restart(kill=False)
        theirs = kafka_logs("tell", address)
        kafka._end(signal.SIGTERM)
    except BaseException:
        kafka.stop()
        raise
    return kafka, theirs


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def check_import(odradek, source, target, theirs):
    problems = []
    command = (odradek, "import", "--partitions", "--data-dir", target, "--set", f"node.id={FIRST_NODE}", source)
    status, out, err = run(*command)
    if status:
        return [f"import ended with {status}: {err}"]
    status, _, err = run(*command)
    if status != 2 or "already exists" not in err:
        problems.append(f"a second import: {status} {err}")
    for folder in (source, target):
        status, found, err = run(odradek, "verify", folder)
        if status:
            problems.append(f"verify of {folder} ended with {status}: {found}{err}")
    broker = CommandBroker(f"{odradek} --port {{port}} --data-dir {target}")
    try:
        broker.start()
        address = next(iter(broker.nodes.values()))
        problems += not_alike(kafka_logs("tell", address), theirs)
        ends = {line.split(":")[0]: re.search(r"to (\d+),", line)[1] for line in out.splitlines()}
        for line in kafka_logs("append", address):
            partition, offset = line.split()
            if ends[partition] != offset:
                problems.append(f"a new record of {partition} got offset {offset}, the log ended at {ends[partition]}")
    finally:
        broker.stop()
    return problems


def main(odradek):
    kafka, theirs = fill_kafka()
    try:
        source = os.path.join(kafka.folder, "data1")
        problems, plain, others = compare_dumps(odradek, pathlib.Path(source))
        with tempfile.TemporaryDirectory() as folder:
            problems += check_import(odradek, source, os.path.join(folder, "data"), theirs)
        print(f"{plain} segments and {others} other files of Kafka dumped alike; {len(theirs)} lines compared")
    finally:
        kafka.stop()
    for problem in problems[:40]:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: kafka_import.py PATH/TO/odradek")
    sys.exit(main(os.path.abspath(sys.argv[1])))
