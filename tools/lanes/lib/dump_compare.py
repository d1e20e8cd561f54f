"""Says what `odradek dump-log --json` found in the words of Kafka's DumpLogSegments, line by line, so that
the two can be compared as they stand."""

import collections
import json
import subprocess

JAVA_BOOL = {True: "true", False: "false"}


def optional_long(value):
    return "OptionalLong.empty" if value is None else f"OptionalLong[{value}]"


def batch(row):
    return (f"baseOffset: {row['baseOffset']} lastOffset: {row['lastOffset']} count: {row['count']} "
            f"baseSequence: {row['baseSequence']} lastSequence: {row['lastSequence']} "
            f"producerId: {row['producerId']} producerEpoch: {row['producerEpoch']} "
            f"partitionLeaderEpoch: {row['partitionLeaderEpoch']} "
            f"isTransactional: {JAVA_BOOL[row['isTransactional']]} isControl: {JAVA_BOOL[row['isControl']]} "
            f"deleteHorizonMs: {optional_long(row['deleteHorizonMs'])} position: {row['position']} "
            f"{row['timestampType']}: {row['maxTimestamp']} size: {row['size']} magic: {row['magic']} "
            f"compresscodec: {row['codec']} crc: {row['crc']} isvalid: {JAVA_BOOL[row['isValid']]}")


def record(row):
    keys = ",".join(header[0] for header in row.get("headers", []))
    line = (f"| offset: {row['offset']} {row['timestampType']}: {row['timestamp']} keySize: {row['keySize']} "
            f"valueSize: {row['valueSize']} sequence: {row['sequence']} headerKeys: [{keys}]")
    if "controlType" in row:
        return f"{line} endTxnMarker: {row['controlType']} coordinatorEpoch: {row['coordinatorEpoch']}"
    line += "" if row["key"] is None else f" key: {row['key']}"
    return line + ("" if row["payload"] is None else f" payload: {row['payload']}")


def aborted(row):
    return (f"version: 0 producerId: {row['producerId']} firstOffset: {row['firstOffset']} "
            f"lastOffset: {row['lastOffset']} lastStableOffset: {row['lastStableOffset']}")


def producer(row):
    open_at = None if row["currentTxnFirstOffset"] < 0 else row["currentTxnFirstOffset"]
    line = (f"producerId: {row['producerId']} producerEpoch: {row['producerEpoch']} "
            f"coordinatorEpoch: {row['coordinatorEpoch']} currentTxnFirstOffset: {optional_long(open_at)} "
            f"lastTimestamp: {row['lastTimestamp']} ")
    if row["lastOffset"] < 0:
        return line.rstrip()
    return line + (f"firstSequence: {row['lastSequence'] - row['offsetDelta']} lastSequence: {row['lastSequence']} "
                   f"lastOffset: {row['lastOffset']} offsetDelta: {row['offsetDelta']} "
                   f"timestamp: {row['lastTimestamp']}")


WORDS = {
    "batch": batch, "record": record, "aborted": aborted, "producer": producer,
    "offset": lambda row: f"offset: {row['offset']} position: {row['position']}",
    "timestamp": lambda row: f"timestamp: {row['timestamp']} offset: {row['offset']}",
}
OURS_ALONE = {"padding", "olderBatch"}


def in_kafkas_words(odradek, files, *options):
    """{file: lines} of our own tool; whatever Kafka's has no words for is kept as it is."""
    done = subprocess.run([odradek, "dump-log", "--json", *options, *map(str, files)], capture_output=True,
                          text=True, check=False)
    found = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if row["kind"] not in OURS_ALONE:
            found[row["file"]].append(WORDS.get(row["kind"], json.dumps)(row))
    if done.returncode:
        found["exit status"] = [str(done.returncode), done.stderr]
    return found


def kafkas_words(text):
    """{file: lines} of the output of Kafka's tool."""
    found, lines = {}, []
    for line in text.splitlines():
        if line.startswith("Dumping "):
            lines = found.setdefault(line.removeprefix("Dumping "), [])
        elif not line.startswith("Log starting offset: ") and line.strip():
            lines.append(line)
    return found


def differences(odradek, files, kafkas_text, *options):
    """What the two tools do not say alike about `files`; at most a few lines a file."""
    ours, theirs, found = in_kafkas_words(odradek, files, *options), kafkas_words(kafkas_text), []
    found += ours.pop("exit status", [])
    for name in map(str, files):
        mine, kafka = ours.get(name, []), theirs.get(name, [])
        if not mine and kafka == [f"{name} is empty."]:
            continue
        pairs = [(a, b) for a, b in zip(mine, kafka) if a != b]
        found += [f"{name}: we say\n    {a}\n  Kafka says\n    {b}" for a, b in pairs[:2]]
        if len(mine) != len(kafka):
            found.append(f"{name}: we print {len(mine)} lines, Kafka {len(kafka)}")
    return found
