"""The house rules as a test: python3 tools/tidy/tidy.py [--compile-commands FILE]... [TOP]

layers.txt says which folder may include what, limits.txt how long things may be, banned.txt what
must not be written, exceptions.txt what is let off for a while. Prints one line per finding and
ends with 1 if there is any.
"""
import argparse
import pathlib
import re
import sys

import rules_api
import rules_include
import rules_text
import rules_threads
from tree import Tree

HERE = pathlib.Path(__file__).resolve().parent
_EXCEPTION = re.compile(r"^(\S+)\s+(\S+)\s+until\s+(\d+(?:\.\d+)*)\s+(\S.*)$")


class Exceptions:
    """exceptions.txt: each line lets one finding pass until a version of the project."""

    def __init__(self, text, version):
        self.entries, self.used, self.broken = {}, set(), []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            match = _EXCEPTION.match(line)
            if not match:
                self.broken.append((number, "is not `RULE PATH until VERSION reason`"))
            elif _numbers(match[3]) <= _numbers(version):
                self.broken.append((number, f"has run out: the project is at {version}"))
            else:
                self.entries[match[1], match[2]] = number

    def allow(self, rule, path):
        if (rule, path) in self.entries:
            self.used.add((rule, path))
            return True
        return False

    def findings(self):
        for number, message in self.broken:
            yield "exception", "tools/tidy/exceptions.txt", number, message
        for key, number in self.entries.items():
            if key not in self.used:
                yield "exception", "tools/tidy/exceptions.txt", number, "is no longer needed"


def _numbers(version):
    return [int(part) for part in version.split(".")]


def project_version(tree):
    lists = tree.files.get("CMakeLists.txt")
    match = re.search(r"project\(\w+ VERSION ([\d.]+)", lists.text) if lists else None
    return match[1] if match else "0"


def findings(tree, rules_dir, databases):
    """All findings as (rule, path, line, message), exceptions taken out."""
    def read(name):
        return (rules_dir / name).read_text(encoding="utf-8")

    layers = rules_include.Layers(read("layers.txt"))
    tree.mark_foreign(layers.foreign)
    limits = rules_text.read_limits(read("limits.txt"))
    exceptions = Exceptions(read("exceptions.txt"), project_version(tree))
    edges = rules_include.graph(tree, layers)
    found = [
        *rules_include.check_layers(tree, layers, edges),
        *rules_include.check_libraries(tree, layers),
        *rules_include.check_cycles(edges),
        *rules_text.check_files(tree, limits),
        *rules_text.check_functions(tree, limits),
        *rules_text.check_top_level(tree, limits),
        *rules_text.check_banned(tree, rules_text.read_bans(read("banned.txt"))),
        *rules_text.check_unused(tree, edges, databases),
        *rules_api.check_registry(tree),
        *rules_threads.check_mutexes(tree),
    ]
    found = [finding for finding in found if not exceptions.allow(finding[0], finding[1])]
    return found + list(exceptions.findings())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compile-commands", action="append", default=[], type=pathlib.Path,
                        help="what a build compiles; sources in none of them are findings")
    parser.add_argument("top", nargs="?", default=HERE.parents[1], type=pathlib.Path)
    options = parser.parse_args()
    tree = Tree(options.top.resolve())
    found = findings(tree, HERE, options.compile_commands)
    for rule, path, line, message in sorted(found):
        print(f"{path}:{line}: {message} [{rule}]")
    limits = rules_text.read_limits((HERE / "limits.txt").read_text())
    files, functions, total, p95 = rules_text.soft_counts(tree, limits)
    print(f"above the soft limit: {files} files, {functions} of {total} functions; "
          f"95 of 100 functions have at most {p95} lines")
    print(f"{len(tree.files)} files looked at, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
