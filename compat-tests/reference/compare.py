"""Compares the complete answers of two brokers to the same conversations, field by field."""

import fnmatch
import os
import re
from dataclasses import dataclass

from runner.codec import uuid_bytes
from runner.shapes import INDEXES, KEYS

SORT_KEYS = KEYS + INDEXES + ("node_id", "broker_id", "api_key", "group_id", "topic_id", "batch_index",
                             "resource_type", "pattern_type", "mechanism")


@dataclass
class Excuse:
    how: str  # ignore | kind | sign | subset
    pattern: str  # Api.path.to.field, with * and ?
    files: str  # pattern of conversation names
    reason: str
    used: int = 0


@dataclass
class Difference:
    place: str  # file:line Api vN
    path: str
    kafka: object
    ours: object

    def __str__(self):
        return f"{self.place} {self.path}: kafka {short(self.kafka)}, ours {short(self.ours)}"


class Missing:
    def __repr__(self):
        return "(nothing)"


NOTHING = Missing()


def short(value):
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "..."


def load_excuses(path):
    """Lines `ignore|kind|sign|subset Api.path [in file-pattern]: reason`."""
    excuses = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            found = re.fullmatch(r"(ignore|kind|sign|subset)\s+(\S+?)(?:\s+in\s+(\S+?))?:\s+(\S.*)", line.strip())
            if not found:
                raise ValueError(f"{path}:{number}: ignore|kind|sign|subset Api.path [in files]: reason")
            excuses.append(Excuse(found[1], found[2], found[3] or "*", found[4]))
    return excuses


def kind(value):
    """What must still agree where the value itself cannot: nothing, negative, zero or something."""
    if value is None or value is NOTHING:
        return repr(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "negative" if value < 0 else "zero" if value == 0 else "positive"
    return "empty" if not value else "some " + type(value).__name__


def sign(value):
    return value < 0 if isinstance(value, int) else value


JUDGES = {
    "ignore": lambda kafka, ours: True,
    "kind": lambda kafka, ours: kind(kafka) == kind(ours),
    "sign": lambda kafka, ours: sign(kafka) == sign(ours),
    "subset": lambda kafka, ours: all(item in kafka for item in ours),
}
ANOTHER_FILES_NAME = re.compile(r"--[a-z0-9]{6}$")


def normal(value, context):
    """Names without the run's suffix, captured values as their variables, ids of known topics by name; what other files
    made on the same broker is left out."""
    telling = {v: "$" + k for k, v in context.vars.items()
               if isinstance(v, str) and v or isinstance(v, int) and abs(v) > 1000}
    return _with_variables(context.plain(value), telling)


def _is_foreign(item):
    return isinstance(item, dict) and any(ANOTHER_FILES_NAME.search(str(item.get(key))) for key in KEYS)


def _with_variables(value, names):
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return names.get(value, value)
    if isinstance(value, list):
        return _sorted([_with_variables(item, names) for item in value if not _is_foreign(item)])
    if isinstance(value, dict):
        return {name: _with_variables(item, names) for name, item in value.items()}
    return value


def _sorted(items):
    if not items or not isinstance(items[0], dict):
        return items
    is_batch, is_record = "last_offset" in items[0], "value" in items[0] and "offset" in items[0]
    if is_batch or is_record:
        return items  # they keep their order
    keys = [key for key in SORT_KEYS if key in items[0]]
    return sorted(items, key=lambda item: [str(item.get(key)) for key in keys]) if keys else items


class Comparison:
    def __init__(self, excuses):
        self.excuses = excuses
        self.differences = []
        self.answers = 0
        self.fields = 0
        self.excused = 0

    def scripts(self, name, kafka, ours):
        """kafka, ours: players that have played the same script."""
        if len(kafka.exchanges) != len(ours.exchanges):
            self.differences.append(Difference(name, "answers", len(kafka.exchanges), len(ours.exchanges)))
        for one, other in zip(kafka.exchanges, ours.exchanges):
            step = one.step
            self.answers += 1
            place = f"{name}:{step.line} {step.api} v{step.version}"
            self._value(place, name, step.api, normal(one.answer, kafka.context), normal(other.answer, ours.context))

    def _value(self, place, name, path, kafka, ours):
        if isinstance(kafka, dict) and isinstance(ours, dict):
            for field in {**kafka, **ours}:
                self._value(place, name, f"{path}.{field}", kafka.get(field, NOTHING), ours.get(field, NOTHING))
            return
        self.fields += 1
        if kafka == ours:
            return
        excuse = self._excuse(name, path)
        if excuse and JUDGES[excuse.how](kafka, ours):
            excuse.used += 1
            self.excused += 1
        elif isinstance(kafka, list) and isinstance(ours, list) and len(kafka) == len(ours):
            for one, other in zip(kafka, ours):
                self._value(place, name, path + _config_name(one, path), one, other)
        elif not self._both_ids(kafka, ours):
            self.differences.append(Difference(place, path, kafka, ours))

    def _both_ids(self, kafka, ours):
        """Two topic ids that no file knows by name are as good as each other."""
        try:
            return len(kafka) == len(ours) == 22 and uuid_bytes(kafka).strip(b"\0") and uuid_bytes(ours).strip(b"\0")
        except (TypeError, ValueError):
            return False

    def _excuse(self, name, path):
        for excuse in self.excuses:
            if fnmatch.fnmatchcase(path, excuse.pattern) and fnmatch.fnmatchcase(_short_name(name), excuse.files):
                return excuse
        return None


def _config_name(item, path):
    """Configs are excused by name: Api.configs.min.insync.replicas.config_source."""
    return "." + item["name"] if path.endswith(".configs") and isinstance(item, dict) and "name" in item else ""


def _short_name(path):
    folder, file = os.path.split(path)
    return os.path.basename(folder) + "/" + file.removesuffix(".talk")
