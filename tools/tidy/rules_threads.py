"""docs/THREADS.md names every mutex in a row of its table, which is the order of locks."""
import re

import cpp_text

_PAGE = "docs/THREADS.md"
_ROW = re.compile(r"^\| \d+ \| .* \|$", re.MULTILINE)
_NAME = re.compile(r"`(\w+(?:::\w+)?)`")
_MEMBER = re.compile(r"^\s*(?:mutable\s+)?Mutex\s+(\w+)\s*;", re.MULTILINE)


def check_mutexes(tree):
    """A class with one mutex is named by itself, one of several mutexes as Class::member_."""
    page = tree.files.get(_PAGE)
    text = page.text if page else ""
    named = set(_NAME.findall(text))
    placed = set(_NAME.findall("\n".join(_ROW.findall(text))))
    members = {}
    for file in tree.cpp():
        if file.is_test:
            continue
        for match in _MEMBER.finditer(file.code):
            owner = cpp_text.class_around(file.code, match.start())
            line = file.code.count("\n", 0, match.start(1)) + 1
            members.setdefault(owner, []).append((file.path, line, match[1]))
    for owner, found in members.items():
        for path, line, member in found:
            names = {f"{owner}::{member}"} | ({owner} if len(found) == 1 else set())
            if not names & placed:
                yield "threads", path, line, f"{owner}::{member} is in no row of {_PAGE}"
    for name in named:
        owner, _, member = name.partition("::")
        if member.endswith("mutex_") and member not in [known[2] for known in members.get(owner, [])]:
            yield "threads", _PAGE, 1, f"there is no {name}"
