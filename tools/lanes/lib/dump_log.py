"""Fills a data directory with write-sample-logs and lets Apache Kafka's DumpLogSegments judge it.

    dump_log.py PATH/TO/write-sample-logs PATH/TO/odradek

Kafka's tool prints its findings instead of failing, so what it prints is checked: every batch
valid, no mismatch between the index files and the log, every sidecar understood. What
`odradek dump-log` says of the same files must be the same in every field.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TOP / "compat-tests" / "reference"))
from dump_compare import differences  # noqa: E402
from kafka import QUIET, class_path  # noqa: E402

COMPLAINTS = re.compile(
    r"mismatch|invalid bytes|non-consecutive|non-secutive|out of order|not found|corrupt|crc|"
    r"exception|error|isvalid: false|wrote? .* bytes of zeroes", re.IGNORECASE)
FINE = re.compile(r"isvalid: true")


def dump(files, *options):
    """Output of the tool over `files`."""
    command = ["java", *QUIET, "-cp", class_path(), "org.apache.kafka.tools.DumpLogSegments",
               "--files", ",".join(str(f) for f in files), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"DumpLogSegments failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout, done.stderr


def without_first_offsets(text):
    """The tool reports the first offset of every segment but 0 as a gap behind -1; that is none."""
    return re.sub(r"^Non-consecutive offsets in \S*?0*(\d+)\.log\n +-1 is followed by \1$", "", text,
                  flags=re.MULTILINE)


def complaints(out, err):
    """Lines that speak of something wrong. `crc` in the line of a valid batch is no complaint."""
    lines = [line for line in without_first_offsets(err).splitlines() if line.strip()]
    for line in out.splitlines():
        rest = re.sub(r"\bcrc: \d+ isvalid: true", "", line) if FINE.search(line) else line
        if COMPLAINTS.search(re.sub(r"payload:.*|key:.*|Dumping .*", "", rest)):
            lines.append(line)
    return lines


def main(writer, odradek):
    with tempfile.TemporaryDirectory() as data:
        subprocess.run([writer, data], check=True)
        found = {suffix: sorted(pathlib.Path(data).glob(f"*/*/*{suffix}"))
                 for suffix in (".log", ".index", ".timeindex", ".txnindex", ".snapshot")}
        problems = [f"no {suffix} file was written" for suffix, files in found.items() if not files]
        out, err = dump(found[".log"], "--deep-iteration", "--print-data-log")
        problems += complaints(out, err)
        problems += differences(odradek, found[".log"], out, "--records")
        batches = len(re.findall(r"isvalid: true", out))
        records = len(re.findall(r"^\| offset:", out, re.MULTILINE))
        indexes = found[".index"] + found[".timeindex"]
        entries = 0
        for options in ([], ["--verify-index-only"], ["--index-sanity-check"]):
            out, err = dump(indexes, *options)
            problems += complaints(out, err)
            problems += [] if options else differences(odradek, indexes, out)
            entries = max(entries, len(re.findall(r"^(?:offset|timestamp): ", out, re.MULTILINE)))
        others = found[".txnindex"] + found[".snapshot"]
        out, err = dump(others)
        problems += complaints(out, err)
        problems += differences(odradek, others, out)
        aborted = len(re.findall(r"lastStableOffset: \d+", out))
        producers = len(re.findall(r"producerEpoch: \d+", out))
        counts = {"batches": batches, "records": records, "index entries": entries,
                  "aborted transactions": aborted, "producer states": producers}
        problems += [f"the tool saw no {what}" for what, count in counts.items() if count == 0]
        files = sum(len(f) for f in found.values())
        print(f"{files} files: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    for problem in problems[:40]:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: dump_log.py PATH/TO/write-sample-logs PATH/TO/odradek")
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    sys.exit(main(*sys.argv[1:]))
