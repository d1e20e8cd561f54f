"""Compares an answer with what a conversation expects of it, and captures values."""

import re

from .build import Builder
from .shapes import KEYS, find_element, find_partition
from .values import Any, Array, Call, Entry, Not, Pair, Struct, TalkError, Var, Word


class Mismatch(Exception):
    def __init__(self, path, expected, got):
        where = f"{path}: expected {expected}, got {got}"
        super().__init__(where if path else f"{expected}\n    answer: {got}")


class Matcher:
    def __init__(self, context):
        self.context = context
        self.builder = Builder(context)
        self.captured = {}

    def answer(self, entries, answer):
        """Raises Mismatch; on success the captures become visible to the rest of the file."""
        self.captured = {}
        self.struct(entries, answer, "")
        self.context.vars.update(self.captured)

    def struct(self, entries, actual, path):
        if not isinstance(actual, dict):
            raise Mismatch(path, "a struct", self.show(actual))
        for entry in entries:
            here = f"{path}.{entry.name}" if path else entry.name
            if entry.name in actual:
                self.value(entry.value, actual[entry.name], here, entry.name)
                continue
            target = self._short_form(entry.name, actual)
            if target is None:
                raise Mismatch(here, "to be there", self.show(actual))
            if entry.value is not None:
                self.value(entry.value, target, here, entry.name)

    def _short_form(self, name, actual):
        element_name, slash, index = name.rpartition("/")
        if slash:
            element = find_element(actual, element_name, self._names)
            return None if element is None else find_partition(element, int(index))
        return find_element(actual, name, self._names)

    def _names(self, name, element):
        text = self.context.real(name)
        if name.startswith("$"):
            text = str(self.captured.get(name[1:], self.context.vars.get(name[1:])))
        if any(element.get(key) == text for key in KEYS):
            return True
        return name in self.context.aliases and self.context.alias_of_id.get(element.get("topic_id")) == name

    def value(self, expected, actual, path, name):
        if isinstance(expected, Any):
            return
        if isinstance(expected, Not):
            self._unequal(expected.value, actual, path, name)
        elif isinstance(expected, Array):
            self._array(expected.items, actual, path, name)
        elif isinstance(expected, Struct):
            self.struct(expected.entries, actual, path)
        elif isinstance(expected, Var):
            self._variable(expected.name, actual, path)
        elif isinstance(expected, Call):
            self._call(expected, actual, path, name)
        elif isinstance(expected, Pair):
            self._pair(expected, actual, path)
        elif not self._same(expected, actual, name):
            raise Mismatch(path, expected.text if isinstance(expected, Word) else expected, self.show(actual, name))

    def _unequal(self, expected, actual, path, name):
        try:
            self.value(expected, actual, path, name)
        except Mismatch:
            return
        raise Mismatch(path, "anything else", self.show(actual, name))

    def _array(self, items, actual, path, name):
        if not isinstance(actual, list) or len(actual) != len(items):
            raise Mismatch(path, f"a list of {len(items)}", self.show(actual))
        for index, (item, value) in enumerate(zip(items, actual)):
            self._item(item, value, f"{path}[{index}]", name)

    def _item(self, item, value, path, name):
        if isinstance(value, dict) and isinstance(item, (Word, Var)):
            value = next(iter(value.values()))
        self.value(item, value, path, name)

    def _pair(self, pair, actual, path):
        names = list(actual)
        self.value(pair.key, actual[names[0]], f"{path}.{names[0]}", names[0])
        self.value(pair.value, actual[names[1]], f"{path}.{names[1]}", names[1])

    def _variable(self, name, actual, path):
        known = self.captured.get(name, self.context.vars.get(name))
        if known is None:
            self.captured[name] = actual
        elif known != actual:
            raise Mismatch(path, f"${name} = {self.show(known)}", self.show(actual))

    def _same(self, expected, actual, name):
        if not isinstance(expected, Word):
            return False
        text = expected.text
        if actual is None:
            return text == "null" and not expected.quoted
        if isinstance(actual, bool):
            return text == str(actual).lower()
        if isinstance(actual, int):
            if name.endswith("error_code"):
                return self.context.model.error_codes.get(text) == actual
            try:
                return int(text, 0) == actual
            except ValueError:
                raise TalkError(f"{name} is a number, not {text!r}") from None
        if isinstance(actual, float):
            return float(text) == actual
        if isinstance(actual, str):
            return self.context.real(text) == actual
        if isinstance(actual, bytes):
            return self.builder.bytes(expected) == actual
        return False

    def _call(self, call, actual, path, name):
        check = getattr(self, "call_" + call.name, None)
        if check:
            check(call.args, actual, path, name)
            return
        wanted = self.builder.plain_value(call)
        if isinstance(actual, str) and isinstance(wanted, bytes):
            actual = actual.encode()
        if wanted != actual:
            raise Mismatch(path, self.show(wanted), self.show(actual))

    # Comparisons of the language, one method each; README.md lists them.
    def call_set(self, args, actual, path, name):
        if not isinstance(actual, list) or len(actual) != len(args):
            raise Mismatch(path, f"{len(args)} in any order", self.show(actual))
        self.call_has(args, actual, path, name)

    def call_has(self, args, actual, path, name):
        left = list(actual or [])
        for arg in args:
            for index, value in enumerate(left):
                try:
                    self._item(arg, value, path, name)
                except Mismatch:
                    continue
                del left[index]
                break
            else:
                raise Mismatch(path, f"to contain {self.show_node(arg)}", self.show(actual))

    def call_lacks(self, args, actual, path, name):
        for arg in args:
            for value in actual or []:
                try:
                    self._item(arg, value, path, name)
                except Mismatch:
                    continue
                raise Mismatch(path, f"not to contain {self.show_node(arg)}", self.show(actual))

    def call_count(self, args, actual, path, name):
        self.value(args[0], len(actual), path + ".count", "count")

    def call_gt(self, args, actual, path, name):
        if not actual > self.builder.number(args[0]):
            raise Mismatch(path, f"more than {self.builder.number(args[0])}", actual)

    def call_lt(self, args, actual, path, name):
        if not actual < self.builder.number(args[0]):
            raise Mismatch(path, f"less than {self.builder.number(args[0])}", actual)

    def call_near(self, args, actual, path, name):
        """@near(now): within a minute."""
        if abs(actual - self.builder.call_now([])) > 60000:
            raise Mismatch(path, "about now", actual)

    def call_re(self, args, actual, path, name):
        text = self.context.plain(actual)
        if not isinstance(text, str) or not re.search(args[0].text, text):
            raise Mismatch(path, f"to match {args[0].text!r}", self.show(actual))

    def call_one_of(self, args, actual, path, name):
        for arg in args:
            try:
                self.value(arg, actual, path, name)
                return
            except Mismatch:
                continue
        raise Mismatch(path, "one of " + ", ".join(map(self.show_node, args)), self.show(actual, name))

    def show(self, value, name=""):
        from .show import show_value
        return show_value(self.context, value, name)

    def show_node(self, node):
        if isinstance(node, Word):
            return node.text
        if isinstance(node, Struct):
            return "{" + " ".join(self.show_node(e) for e in node.entries) + "}"
        if isinstance(node, Entry):
            return f"{node.name}={self.show_node(node.value)}"
        return f"${node.name}" if isinstance(node, Var) else str(node)

