"""The table of the results, and what the clients say of themselves."""
import pathlib
import re
import unittest

from . import clients, report
from . import scenarios  # noqa: F401  registers the parts
from .part import PARTS

TOP = pathlib.Path(__file__).resolve().parents[2]
KNOWN = {p.id for p in PARTS} | {str(p.scenario) for p in PARTS} | {"11.group"}  # the last: half of 11.kill


def row(**parts):
    return {"title": "c", "version": "1", "parts": {name.replace("_", ".", 1): v for name, v in parts.items()}}


PASS, FAIL = {"verdict": "pass"}, {"verdict": "fail", "reason": "broke"}
NA = {"verdict": "na", "reason": "cannot"}


class Cell(unittest.TestCase):
    def cell(self, **parts):
        self.notes = []
        return report.cell(row(**parts), 13, self.notes)

    def test_all_parts_pass(self):
        self.assertEqual(self.cell(**{"13_idle": PASS, "13_large": PASS, "9_idempotent": FAIL}), "yes")
        self.assertEqual(self.notes, [])

    def test_one_failure_is_the_verdict_and_gives_its_reason(self):
        self.assertEqual(self.cell(**{"13_idle": PASS, "13_large": FAIL, "13_paused": NA}), "**fails**")
        self.assertIn(("c 1", "13.large", "failed", "broke"), self.notes)

    def test_what_a_client_cannot_do_is_counted_and_explained(self):
        self.assertEqual(self.cell(**{"13_idle": PASS, "13_large": PASS, "13_paused": NA}), "2/3")
        self.assertEqual(self.notes, [("c 1", "13.paused", "not applicable", "cannot")])

    def test_a_pass_may_have_left_something_out(self):
        self.assertEqual(self.cell(**{"13_idle": dict(PASS, reason="without x")}), "yes")
        self.assertEqual(self.notes, [("c 1", "13.idle", "passes in part", "without x")])

    def test_nothing_applicable_and_nothing_run(self):
        self.assertEqual(self.cell(**{"13_idle": NA}), "n/a")
        self.assertEqual(self.cell(**{"9_idempotent": PASS}), "·")


class Clients(unittest.TestCase):
    def test_exceptions_name_parts_that_exist(self):
        for client in clients.load():
            for name in [*client.not_applicable, *client.own_checks]:
                self.assertIn(name, KNOWN, client.name)

    def test_every_exception_has_a_reason(self):
        for client in clients.load():
            self.assertTrue(all(len(reason) > 10 for reason in client.not_applicable.values()), client.name)

    def test_the_scenarios_are_described(self):
        described = re.findall(r"^\| (\d+) \|", (TOP / "compat-tests/scenarios.md").read_text(), re.M)
        self.assertEqual([int(n) for n in described], sorted({p.scenario for p in PARTS}))


class Results(unittest.TestCase):
    """The files that `compat-tests/run --write` wrote last."""

    @classmethod
    def setUpClass(cls):
        cls.data = report.read(False, TOP)[1]

    def test_the_table_is_made_of_the_results(self):
        self.assertEqual((TOP / "docs/COMPATIBILITY.md").read_text(), report.table(self.data),
                         "run `compat-tests/run --write`")

    def test_the_order_of_a_run_does_not_matter(self):
        turned = dict(self.data, tools=dict(reversed(self.data["tools"].items())),
                      clients=dict(reversed(self.data["clients"].items())))
        self.assertEqual(report.table(turned), report.table(self.data))

    def test_every_client_has_a_verdict_on_every_part(self):
        ours = {c.name: c for c in clients.load()}
        self.assertEqual(sorted(self.data["clients"]), sorted(ours))
        for name, found in self.data["clients"].items():
            self.assertEqual(found["version"], ours[name].version)
            self.assertEqual(sorted(found["parts"]), sorted(p.id for p in PARTS), name)

    def test_reasons_are_those_of_the_clients(self):
        for client in clients.load():
            parts = self.data["clients"][client.name]["parts"]
            told = {name: v["reason"] for name, v in parts.items() if v["verdict"] == "na"}
            self.assertEqual(told, {p.id: client.reason(p.id) for p in PARTS if client.reason(p.id)})

    def test_nothing_fails(self):
        failing = [f"{name} {part}" for name, found in self.data["clients"].items()
                   for part, verdict in found["parts"].items() if verdict["verdict"] == "fail"]
        failing += [name for name, verdict in self.data["tools"].items() if verdict != "passes"]
        self.assertEqual(failing, [])


if __name__ == "__main__":
    unittest.main()
