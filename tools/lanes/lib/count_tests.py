"""count_tests.py CTEST_LOG STATUS: sums what the gtest binaries in a `ctest -V` log say.

Prints the output of the test programs that failed, then the closing line of the lane. Exits 0 only
if ctest did, at least one test ran, and no test failed.
"""
import re
import sys

LINE = re.compile(r"^(\d+): ?(.*)$")
DONE = re.compile(r"^\s*\d+/\d+ Test +#(\d+): (\S+) \.+ *(.*)$")


def read(log):
    """Returns ({ctest number: lines}, {ctest number: (name, verdict)})."""
    lines, verdicts = {}, {}
    for line in log:
        line = line.rstrip("\n")
        match = LINE.match(line)
        if match:
            lines.setdefault(match[1], []).append(match[2])
        match = DONE.match(line)
        if match:
            verdicts[match[1]] = (match[2], match[3])
    return lines, verdicts


def tally(lines, kind):
    total = 0
    for line in lines:
        match = re.match(rf"\[  {kind}  \] (\d+) tests?[,.]", line)
        if match:
            total += int(match[1])
    return total


def count(lines, verdicts):
    """Sums (passed, failed, skipped); a program that died counts as one failed test."""
    passed = failed = skipped = 0
    for number, (_, verdict) in verdicts.items():
        own = lines.get(number, [])
        own_failed = tally(own, "FAILED")
        passed += tally(own, "PASSED")
        skipped += tally(own, "SKIPPED")
        if not verdict.startswith("Passed"):
            own_failed = max(own_failed, 1)
        failed += own_failed
    return passed, failed, skipped


def main():
    with open(sys.argv[1], errors="replace") as log:
        lines, verdicts = read(log)
    status = int(sys.argv[2])
    for number, (name, verdict) in verdicts.items():
        if not verdict.startswith("Passed"):
            print(f"--- {name}: {verdict}")
            print("\n".join(lines.get(number, [])[-120:]))
    passed, failed, skipped = count(lines, verdicts)
    if passed + failed == 0:
        print("no test ran")
        failed = 1
    if status != 0 and failed == 0:
        print(f"ctest ended with {status}")
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
