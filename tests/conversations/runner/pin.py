"""--pin: replaces each `?` of an expectation by what the broker answered."""

from .model import within
from .show import Pinner

WIDTH = 116


class Pins:
    """Collects answers while a script plays, then rewrites its file."""

    def __init__(self):
        self.new_lines = {}  # line number -> text

    def watch(self, step, answer, player):
        for entry in step.expected or []:
            if entry.name == "?":
                given = {e.name for e in step.expected}
                _, response = player.model.api(step.api)
                pinner = Pinner(player.context, _defaults(response.fields, step.version))
                self.new_lines[entry.line] = pinner.entries(answer, given)

    def rewrite(self, path):
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        result = []
        for number, line in enumerate(lines, 1):
            if number in self.new_lines:
                result += wrapped(line, self.new_lines[number])
            else:
                result.append(line)
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(result))


def wrapped(line, entries):
    indent = line[:len(line) - len(line.lstrip())]
    mark = line.strip()[0]
    words = line.strip()[1:].split()
    words.remove("?")
    result = []
    current = f"{indent}{mark}" + "".join(" " + word for word in words)
    for entry in entries:
        if len(current) + 1 + len(entry) > WIDTH and current.strip() not in "=~":
            result.append(current)
            current = f"{indent}{mark}"
        current += " " + entry
    return result + ([current] if current.strip() not in "=~" else [])


def _defaults(fields, version):
    result = {}
    for f in fields:
        if within(f.versions, version):
            result.setdefault(f.name, f.default_value(version))
            if f.fields:
                for name, value in _defaults(f.fields, version).items():
                    result.setdefault(name, value)
    return result
