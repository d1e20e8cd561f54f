"""docs/BENCHMARKS.md from docs/benchmarks.json, which kload --json wrote:

    python3 tests/bench/page.py [--check]

With --check nothing is written: a page that is not what the figures give is a finding.
"""
import json
import pathlib
import statistics
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
SOURCE, PAGE = TOP / "docs/benchmarks.json", TOP / "docs/BENCHMARKS.md"
HEAD = """# Benchmarks

<!-- Made by tests/bench/page.py of benchmarks.json; run kload again instead of changing this page. -->

One run of `kload`. A figure is the median of the rounds, with the lowest and the highest behind it.
What is measured and how: [PERFORMANCE.md](PERFORMANCE.md). Absolute figures are for this machine;
ratios, made within a round, travel.

*ratio* is the broker's rate divided by that of the bare loop of the same case and kind of storage,
*CPU ratio* the loop's processor time divided by the broker's: more is better in both, and 1 is as
good as the loop. They can exceed 1: the loop does the least work that the case needs, but is not
tuned (on disk the broker reserves blocks ahead, the loop does not), and the two run one after the
other on a machine that others may use. *FIGURE of PEER* is the figure divided by that peer's in the
same round.

"""
BUSY = """**The machine was busy with other work** (see the load before and after, on {cores} cores): times and
rates are far from what it can do, and ranges are wide. Processor times and ratios of them hold better.

"""


def short(value):
    """Three digits that count, whatever the size."""
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if size >= 100 or value == 0 else f"{value:.{1 if size >= 10 else 2 if size >= 1 else 3}f}"


def cell(values):
    if values is None:
        return ""
    median = short(statistics.median(values))
    if len(values) == 1:
        return median
    return f"{median} <sub>{short(min(values))}–{short(max(values))}</sub>"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def case_section(case):
    names = []
    for row in case["rows"]:
        names += [name for name in row.get("figures", {}) if name not in names]
    rows = []
    for row in case["rows"]:
        if "failure" in row:
            rows.append([row["who"], row["failure"]] + [""] * (len(names) - 1))
        else:
            rows.append([row["who"]] + [cell(row["figures"].get(name)) for name in names])
    return f"## {case['name']}\n\n{case['what'][0].upper() + case['what'][1:]}.\n\n" + table([""] + names, rows)


def is_busy(about):
    return float(about["load before"].split()[0]) > 1


def page(run):
    about = run["about"]
    text = HEAD
    if is_busy(about):
        text += BUSY.format(cores=about["cores"])
    text += table(["", ""], [[name, f"`{value}`" if name.startswith("broker") else value]
                             for name, value in about.items()])
    return text + "\n" + "\n".join(case_section(case) for case in run["cases"])


def main():
    wanted = page(json.loads(SOURCE.read_text()))
    if "--check" not in sys.argv:
        PAGE.write_text(wanted)
        return 0
    if not PAGE.exists() or PAGE.read_text() != wanted:
        print("docs/BENCHMARKS.md is not what docs/benchmarks.json gives: python3 tests/bench/page.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
