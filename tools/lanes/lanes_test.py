"""tools/test over a folder of made-up lanes: what it counts, skips, stops and prints."""
import fnmatch
import importlib.util
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COUNT = load(TOP / "tools/lanes/lib/count_tests.py")


class Page(unittest.TestCase):
    """docs/HACKING.md says of every lane what its failure means, and of no other."""

    def test_names_every_lane(self):
        page = (TOP / "docs/HACKING.md").read_text()
        rows = page.split("| lane | a failure means |\n|---|---|\n")[1].split("\n\n")[0]
        named = re.findall(r"`([a-z*N-]+)`", "".join(row.split("|")[1] for row in rows.splitlines()))
        patterns = [name.replace("N", "[0-9]*") for name in named]
        lanes = [path.name for path in (TOP / "tools/lanes").iterdir()
                 if path.is_file() and os.access(path, os.X_OK)]
        self.assertEqual([lane for lane in lanes
                          if not any(fnmatch.fnmatch(lane, pattern) for pattern in patterns)], [])
        self.assertEqual([pattern for pattern in patterns
                          if not fnmatch.filter(lanes, pattern)], [])


class Lanes(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.lanes = pathlib.Path(self.dir.name) / "lanes"
        self.lanes.mkdir()

    def tearDown(self):
        self.dir.cleanup()

    def lane(self, name, body, head=""):
        path = self.lanes / name
        path.write_text(f"#!/usr/bin/env bash\n{head}\n{body}\n")
        path.chmod(0o755)

    def run_test(self, *arguments, **environment):
        env = {k: v for k, v in os.environ.items() if k != "CI"}
        env.update(ODRADEK_LANES=str(self.lanes), ODRADEK_LOGS=self.dir.name + "/logs",
                   **environment)
        done = subprocess.run([TOP / "tools/test", *arguments], env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.splitlines()

    def test_adds_up_what_lanes_count_and_takes_others_as_one(self):
        self.lane("counted", "echo '12 passed, 0 failed, 3 skipped'")
        self.lane("plain", "echo fine")
        status, lines = self.run_test()
        self.assertEqual(lines[-1], "13 passed, 0 failed, 3 skipped")
        self.assertEqual(status, 0)

    def test_a_failing_lane_fails_the_run_and_shows_its_output(self):
        self.lane("bad", "echo the reason; exit 3")
        self.lane("good", "true")
        status, lines = self.run_test()
        self.assertIn("    the reason", lines)
        self.assertEqual(lines[-1], "1 passed, 1 failed, 0 skipped")
        self.assertEqual(status, 1)

    def test_counted_failures_fail_even_if_the_lane_forgot_its_status(self):
        self.lane("forgetful", "echo '4 passed, 2 failed'")
        status, lines = self.run_test()
        self.assertEqual(lines[-1], "4 passed, 2 failed, 0 skipped")
        self.assertEqual(status, 1)

    def test_skips_by_name_unless_in_ci(self):
        self.lane("optional", "echo no tool chain here; exit 77")
        status, lines = self.run_test()
        self.assertRegex(lines[0], r"^skipped +optional +\d+s +no tool chain here$")
        self.assertEqual((status, lines[-1]), (0, "0 passed, 0 failed, 1 skipped"))
        status, lines = self.run_test(CI="true")
        self.assertEqual((status, lines[-1]), (1, "0 passed, 1 failed, 0 skipped"))

    def test_a_needed_program_that_is_missing_skips_without_running(self):
        self.lane("exotic", "echo ran; exit 1", head="# needs: bash no-such-program-anywhere")
        status, lines = self.run_test()
        self.assertRegex(lines[0], "^skipped +exotic .*no-such-program-anywhere")
        self.assertEqual(status, 0)

    def test_stops_a_lane_that_hangs_together_with_its_children(self):
        pid_file = self.dir.name + "/child"
        self.lane("hangs", f"sleep 600 & echo $! >{pid_file}; wait", head="# timeout: 1")
        status, lines = self.run_test()
        self.assertEqual(status, 1)
        self.assertIn("stopped after 1 s", lines[-2])
        child = pathlib.Path(pid_file).read_text().strip()
        state = pathlib.Path(f"/proc/{child}/stat")
        self.assertTrue(not state.exists() or ") Z " in state.read_text())

    def test_quick_runs_only_the_quick_lanes_in_their_order(self):
        self.lane("a", "true", head="# quick: yes\n# order: 20")
        self.lane("b", "true", head="# quick: yes\n# order: 10")
        self.lane("slow", "true")
        _, lines = self.run_test("--quick")
        self.assertEqual([line.split()[1] for line in lines[:-1]], ["b", "a"])

    def test_an_unknown_lane_is_refused(self):
        status, lines = self.run_test("nothing")
        self.assertEqual((status, lines), (2, ["tools/test: no lane 'nothing'"]))


class Counting(unittest.TestCase):
    LOG = """1: [  PASSED  ] 3 tests.
1/3 Test #1: base .............   Passed    0.01 sec
2: [  PASSED  ] 1 test.
2: [  FAILED  ] 2 tests, listed below:
2: [  FAILED  ] A.B
2/3 Test #2: wire .............***Failed    0.01 sec
3: half a li
3/3 Test #3: log ..............***Exception: SegFault  0.1 sec
""".splitlines()

    def test_sums_binaries_and_counts_a_crash_as_a_failure(self):
        self.assertEqual(COUNT.count(*COUNT.read(self.LOG)), (4, 3, 0))


if __name__ == "__main__":
    unittest.main()
