"""Writes answers the way a conversation would: for failures, --show and --pin."""

import re

from .shapes import CONTAINERS, INDEXES, KEYS, PARTITIONS
from .context import ZERO_ID

# Never pinned: they differ from run to run or from host to host, or are prose.
NOISE = {"throttle_time_ms", "host", "port", "cluster_id", "topic_id", "error_message", "client_host", "rack",
         "client_id", "controller_id", "session_id", "producer_id", "brokers", "log_append_time_ms",
         "batch_index_error_message", "documentation"}
# Pinned even when they have the protocol's default.
TELLING = re.compile(r"error_code$|offset|^records$|generation_id|^high_watermark$|^members$|^leader$|^assignment$")


def show_scalar(context, value, name=""):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and name.endswith("error_code"):
        return context.model.error_names.get(value, str(value))
    if isinstance(value, (int, float)):
        return str(value)
    for variable, known in context.vars.items():
        if isinstance(value, str) and value and known == value:
            return "$" + variable
    plain = context.plain(value)
    if isinstance(plain, bytes):
        if not all(32 <= byte < 127 for byte in plain):
            return "0x" + plain.hex()
        plain = plain.decode()
    if plain.startswith("@id("):
        return plain
    bare = re.fullmatch(r"[A-Za-z0-9_./+;|-]+", plain) and plain not in ("null", "*") and not plain.startswith("0x")
    return plain if bare else '"' + plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def show_value(context, value, name=""):
    if name == "records" and isinstance(value, list) and value and isinstance(value[0], dict) and "codec" in value[0]:
        return show_value(context, shorter_batches(value))
    if isinstance(value, list):
        return "[" + " ".join(show_value(context, item, name) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + " ".join(f"{k}={show_value(context, v, k)}" for k, v in value.items()) + "}"
    return show_scalar(context, value, name)


# What a record batch and a record look like unless something is said about them.
PLAIN_BATCH = {"leader_epoch": 0, "codec": "none", "crc_ok": True, "log_append": False, "transactional": False,
               "control": False, "base_timestamp": 1000, "max_timestamp": 1000, "producer_id": -1,
               "producer_epoch": -1, "base_sequence": -1}
PLAIN_RECORD = {"timestamp": 1000, "key": None, "headers": []}


def shorter_batches(batches):
    """Without what goes without saying."""
    result = []
    for batch in batches:
        short = {k: v for k, v in batch.items() if k not in PLAIN_BATCH or v != PLAIN_BATCH[k]}
        if "records" in batch:
            short.pop("count")
            short["records"] = [{k: v for k, v in record.items() if k not in PLAIN_RECORD or v != PLAIN_RECORD[k]}
                                for record in batch["records"]]
        result.append(short)
    return result


class Pinner:
    """The entries that pin an answer; `given` names those the file already has."""

    def __init__(self, context, defaults):
        self.context = context
        self.defaults = defaults  # field name -> the protocol's default, anywhere in the answer

    def entries(self, answer, given=()):
        result = []
        for name, value in answer.items():
            if name in given or self._skip(name, value):
                continue
            result += self._container(name, value, given) if name in CONTAINERS else [self._entry(name, value)]
        return result

    def _skip(self, name, value):
        if name in NOISE or name.startswith("tag_"):
            return True
        if isinstance(value, bytes) and not all(32 <= byte < 127 for byte in value):
            return True  # better said by hand, as @sub(..) or @assign(..)
        if name in ("member_id", "leader") and value and value not in self.context.vars.values():
            return True  # an id that the file has not captured
        if name in CONTAINERS and value == []:
            return False
        return not TELLING.search(name) and name in self.defaults and value == self.defaults[name]

    def _entry(self, name, value):
        if name == "records" and isinstance(value, list):
            return f"{name}={show_value(self.context, shorter_batches(value))}"
        return f"{name}={self._value(value, name)}"

    def _value(self, value, name):
        if isinstance(value, list):
            return "[" + " ".join(self._value(item, name) for item in value) + "]"
        if isinstance(value, dict):
            return "{" + " ".join(self.entries(value)) + "}"
        return show_scalar(self.context, value, name)

    def _container(self, container, value, given):
        if not value or not all(isinstance(element, dict) and self._name(element) for element in value):
            return [self._entry(container, value)]
        result = []
        for element in value:
            result += self._element(element, given)
        return result

    def _name(self, element):
        for key in KEYS:
            if element.get(key):
                return self._label(element[key])
        topic_id = element.get("topic_id", ZERO_ID)
        return self.context.alias_of_id.get(topic_id)

    def _label(self, text):
        label = show_scalar(self.context, text)
        return label if re.fullmatch(r"\$?[A-Za-z0-9_.-]+", label) else None

    def _element(self, element, given):
        name = self._name(element)
        parts = next((p for p in PARTITIONS if element.get(p) and isinstance(element[p][0], dict)), None)
        rest = {k: v for k, v in element.items() if k not in KEYS and k != parts}
        result = []
        if parts:
            for partition in element[parts]:
                index = next(partition[k] for k in INDEXES if k in partition)
                inner = {k: v for k, v in partition.items() if k not in INDEXES}
                if f"{name}/{index}" not in given:
                    result.append(f"{name}/{index}{{{' '.join(self.entries(inner))}}}")
        text = " ".join(self.entries(rest))
        if (text or not parts) and name not in given:
            result.insert(0, f"{name}{{{text}}}")
        return result
