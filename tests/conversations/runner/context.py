"""What one run of one file knows: real names behind the file's names, captured values, topic ids."""

import random
import string

from .shapes import CONTAINERS

ZERO_ID = "AAAAAAAAAAAAAAAAAAAAAA"


class Context:
    def __init__(self, model, suffix=None):
        self.model = model
        self.suffix = suffix or "--" + "".join(random.choices(string.ascii_lowercase + string.digits, k=6))
        self.aliases = set()
        self.vars = {}
        self.ids = {}  # alias -> newest topic id
        self.alias_of_id = {}

    def declare(self, alias):
        self.aliases.add(alias)

    def real(self, text):
        return text + self.suffix if text in self.aliases else text

    def plain(self, value):
        """The value as the file would write it: suffix gone, ids replaced."""
        if isinstance(value, str):
            if value in self.alias_of_id:
                return f"@id({self.alias_of_id[value]})"
            return value.replace(self.suffix, "")
        if isinstance(value, (bytes, bytearray)):
            return bytes(value).replace(self.suffix.encode(), b"")
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if isinstance(value, dict):
            return {name: self.plain(item) for name, item in value.items()}
        return value

    def learn_ids(self, answer):
        """Any answer that carries a topic's name beside its id teaches the id."""
        for container in CONTAINERS:
            for element in answer.get(container) or []:
                if isinstance(element, dict) and element.get("topic_id", ZERO_ID) != ZERO_ID:
                    name = element.get("name") or element.get("topic_name")
                    if name:
                        self.learn_id(name.replace(self.suffix, ""), element["topic_id"])

    def learn_id(self, alias, topic_id):
        self.ids[alias] = topic_id
        self.alias_of_id[topic_id] = alias
