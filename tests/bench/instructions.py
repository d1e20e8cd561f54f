"""How many instructions of the broker a request costs: python3 tests/bench/instructions.py BROKER [--write]

Runs the broker under callgrind, for each kind of request of syscalls.py once with few requests and
once with many; the difference, divided, is what one costs, whatever else the machine does. Ends with
1 if a kind takes 3 % more or less than instructions.json says, which --write makes anew: less is to
be written down, too. Only what the same compiler made can be compared.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import syscalls
import wire

EXPECTED = pathlib.Path(__file__).with_name("instructions.json")
FEW, MANY, TOLERANCE = 20, 120, 0.03


def compiler_of(broker):
    text = subprocess.run(["readelf", "-p", ".comment", broker], capture_output=True, text=True,
                          check=True).stdout
    return re.search(r"GCC: (.*)", text)[1]


def instructions(broker, kind, count):
    port = syscalls.free_port()
    with tempfile.NamedTemporaryFile("r") as log:
        process = subprocess.Popen(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
             f"--log-file={log.name}", broker, "--threads", "1", "--port", str(port)],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            syscalls.prepare(syscalls.connect(port, process))
            connection = wire.Connection(port)
            for _ in range(count):
                syscalls.KINDS[kind](connection)
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait(120)
        return int(re.search(r"Collected : (\d+)", log.read())[1])


def main():
    broker = sys.argv[1]
    compiler = compiler_of(broker)
    seen = {}
    for kind in syscalls.KINDS:
        few, many = (instructions(broker, kind, count) for count in (FEW, MANY))
        seen[kind] = round((many - few) / (MANY - FEW))
    if "--write" in sys.argv:
        EXPECTED.write_text(json.dumps({"compiler": compiler, "instructions": seen}, indent=1) + "\n")
        return 0
    expected = json.loads(EXPECTED.read_text())
    if expected["compiler"] != compiler:
        print(f"skipped: made by {compiler}, and the figures are for {expected['compiler']}")
        return 0
    failed = 0
    for kind, count in seen.items():
        wanted = expected["instructions"][kind]
        fine = abs(count - wanted) <= wanted * TOLERANCE
        failed += not fine
        print(f"{'ok    ' if fine else 'FAILED'} {kind}: {count} instructions, {wanted} expected")
    if failed:
        print(f"if that is right: python3 tests/bench/instructions.py {broker} --write")
    print(f"{len(seen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
