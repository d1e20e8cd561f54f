import os
import sys
import tempfile
import types
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "conversations"))
sys.path.insert(0, HERE)
from compare import Comparison, Excuse, load_excuses  # noqa: E402
from runner.context import Context  # noqa: E402


def player(suffix, answer, **known):
    context = Context(None, suffix)
    context.vars.update(known)
    step = types.SimpleNamespace(line=3, api="Fetch", version=12)
    return types.SimpleNamespace(context=context, exchanges=[types.SimpleNamespace(step=step, answer=answer)])


def differences(kafka, ours, *excuses):
    comparison = Comparison(list(excuses))
    comparison.scripts("tests/conversations/area/file.talk", player("--aaaaaa", kafka), player("--bbbbbb", ours))
    return [f"{d.path} {d.kafka} {d.ours}" for d in comparison.differences]


class Comparing(unittest.TestCase):
    def test_names_of_the_run_do_not_differ(self):
        self.assertEqual(differences({"name": "t--aaaaaa"}, {"name": "t--bbbbbb"}), [])

    def test_every_field_counts(self):
        self.assertEqual(differences({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 3}}), ["Fetch.b.c 2 3"])
        self.assertEqual(differences({"a": 1}, {}), ["Fetch.a 1 (nothing)"])
        self.assertEqual(len(differences({"a": [1, 2]}, {"a": [1]})), 1)
        self.assertEqual(len(differences({"a": None}, {"a": []})), 1)

    def test_named_elements_have_no_order_but_records_have(self):
        one = [{"name": "x", "v": 1}, {"name": "y", "v": 2}]
        self.assertEqual(differences({"l": one}, {"l": one[::-1]}), [])
        records = [{"offset": 0, "value": b"a", "key": b"k"}, {"offset": 1, "value": b"b", "key": b"j"}]
        self.assertNotEqual(differences({"l": records}, {"l": records[::-1]}), [])

    def test_what_other_files_made_is_left_out(self):
        more = {"l": [{"name": "t--aaaaaa"}, {"name": "u--cccccc"}]}
        self.assertEqual(differences(more, {"l": [{"name": "t--bbbbbb"}]}), [])

    def test_captured_values_are_the_same_thing(self):
        comparison = Comparison([])
        comparison.scripts("f", player("--aaaaaa", {"leader": "x-1"}, a="x-1"),
                           player("--bbbbbb", {"leader": "x-2"}, a="x-2"))
        self.assertEqual(comparison.differences, [])

    def test_excuses(self):
        ignore = Excuse("ignore", "Fetch.host", "*", "r")
        self.assertEqual(differences({"host": "a"}, {"host": "b"}, ignore), [])
        self.assertEqual(len(differences({"port": 1}, {"port": 2}, ignore)), 1)
        kind = Excuse("kind", "*.session_id", "*", "r")
        self.assertEqual(differences({"session_id": 5}, {"session_id": 6}, kind), [])
        self.assertEqual(len(differences({"session_id": 5}, {"session_id": 0}, kind)), 1)
        elsewhere = Excuse("ignore", "*", "other/*", "r")
        self.assertEqual(len(differences({"a": 1}, {"a": 2}, elsewhere)), 1)

    def test_reads_the_list(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("# c\nignore *.host: differs\nkind A.b in x/y: drawn\n")
            file.flush()
            found = load_excuses(file.name)
        self.assertEqual([(e.how, e.pattern, e.files, e.reason) for e in found],
                         [("ignore", "*.host", "*", "differs"), ("kind", "A.b", "x/y", "drawn")])
        self.assertTrue(load_excuses(os.path.join(HERE, "excuses.txt")))


if __name__ == "__main__":
    unittest.main()
