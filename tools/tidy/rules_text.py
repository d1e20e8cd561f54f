"""Limits on lengths, banned words, and files that nothing uses."""
import json
import re

import cpp_text


def read_limits(text):
    """{kind: (soft, hard)}"""
    limits = {}
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words:
            limits[words[0]] = (int(words[1]), int(words[2]))
    return limits


def _kind(file):
    if file.is_cpp and file.is_test:
        return "test"
    if file.is_header:
        return "header"
    if file.suffix == ".cc":
        return "source"
    return "script" if file.is_script or file.suffix in (".go", ".rs", ".java", ".js") else None


def check_files(tree, limits):
    """Yields findings for hard limits; soft ones are only counted, see soft_counts."""
    for file in tree.files.values():
        kind = _kind(file)
        if kind is None:
            continue
        lines = file.text.splitlines()
        hard = limits[kind][1]
        if len(lines) > hard:
            yield "file-length", file.path, 1, f"{len(lines)} lines, a {kind} may have {hard}"
        columns = limits["columns" if file.is_cpp else "script-columns"][1]
        for number, line in enumerate(lines, 1):
            if len(line) > columns and not re.search(r"https?://\S{40}|^#include", line):
                yield "columns", file.path, number, f"{len(line)} columns, {columns} are allowed"
        if file.is_header and "#pragma once" not in file.text:
            yield "pragma-once", file.path, 1, "a header starts with #pragma once"


def check_functions(tree, limits):
    hard = limits["function"][1]
    for file in tree.cpp(foreign=True):
        for name, line, length in cpp_text.functions(file.text):
            if length > hard:
                yield ("function-length", f"{file.path}:{name}", line,
                       f"{length} lines, a function may have {hard}")


def check_top_level(tree, limits):
    entries = {path.split("/")[0] for path in tree.files}
    hard = limits["top-level-entries"][1]
    if len(entries) > hard:
        yield "top-level", ".", 1, f"{len(entries)} entries at the top level, {hard} are allowed"


def soft_counts(tree, limits):
    """How many files and functions are above their soft limit: a number that should fall."""
    files = functions = 0
    lengths = []
    for file in tree.files.values():
        kind = _kind(file)
        if kind and len(file.text.splitlines()) > limits[kind][0]:
            files += 1
    for file in tree.cpp():
        for _, _, length in cpp_text.functions(file.text):
            lengths.append(length)
            functions += length > limits["function"][0]
    lengths.sort()
    p95 = lengths[len(lengths) * 95 // 100] if lengths else 0
    return files, functions, len(lengths), p95


class Ban:
    def __init__(self):
        self.pattern, self.use, self.where, self.scope = None, "", [], "production"

    def covers(self, file):
        if any(file.path.endswith(place[1:]) if place.startswith("*") else file.path.startswith(place)
               for place in self.where):
            return False
        if self.scope == "text":
            return file.is_text
        if file.is_foreign:
            return False
        if self.scope == "tests":
            return file.is_test and (file.is_cpp or file.suffix == ".py")
        return file.is_cpp and (self.scope == "code" or not file.is_test)


def read_bans(text):
    bans = []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word == "ban":
            bans.append(Ban())
            bans[-1].pattern = re.compile(rest)
        elif word == "use":
            bans[-1].use = rest
        elif word == "where":
            bans[-1].where = rest.split()
        elif word == "in":
            bans[-1].scope = rest
    return bans


def check_banned(tree, bans):
    for file in tree.files.values():
        if not file.is_text:
            continue
        for ban in bans:
            if not ban.covers(file):
                continue
            text = file.text if ban.scope == "text" or not file.is_cpp else file.code
            if not ban.pattern.search(text):
                continue
            for number, line in enumerate(text.splitlines(), 1):
                match = ban.pattern.search(line)
                if match:
                    yield "banned", file.path, number, f"`{match[0].strip()}`: use {ban.use}"


def check_unused(tree, edges, databases):
    """Sources that no target compiles, and headers that nothing includes."""
    included = {target for includes in edges.values() for _, target, _ in includes}
    for file in tree.cpp():
        if file.is_header and file.path not in included:
            yield "unused", file.path, 1, "no file includes this header"
    if not databases:
        return
    compiled, with_fuzzers = set(), False
    for database in databases:
        for entry in json.loads(database.read_text()):
            compiled.add(entry["file"])
            with_fuzzers |= entry["file"].endswith("_fuzz.cc")
    for file in tree.cpp():
        if file.suffix != ".cc" or (file.name.endswith("_fuzz.cc") and not with_fuzzers):
            continue
        if str(tree.top / file.path) not in compiled:
            yield "unused", file.path, 1, "no target compiles this source"
