"""docs/THREADS.md names every mutex and says where it stands in the order of locks."""
import re

import cpp_text

_PAGE = "docs/THREADS.md"
_MEMBER = re.compile(r"^\s*(?:mutable\s+)?Mutex\s+(\w+)\s*;", re.MULTILINE)


def check_mutexes(tree):
    """A class with one mutex is named by itself, one of several mutexes as Class::member_."""
    page = tree.files.get(_PAGE)
    named = set(re.findall(r"`(\w+(?:::\w+)?)`", page.text)) if page else set()
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
            if not names & named:
                yield "threads", path, line, f"{owner}::{member} is not in {_PAGE}"
    for name in named:
        owner, _, member = name.partition("::")
        if member.endswith("mutex_") and member not in [known[2] for known in members.get(owner, [])]:
            yield "threads", _PAGE, 1, f"there is no {name}"
