"""What static_link lets through: python3 tools/link/static_link_test.py"""

import pathlib
import subprocess
import unittest

SCRIPT = pathlib.Path(__file__).with_name("static_link")
KNOWN = """/usr/bin/ld: libuv_a.a(core.c.o): in function `uv__getpwuid_r':
(.text+0x1730): warning: Using '{0}' in statically linked applications requires at runtime the shared libraries
"""


def link(said, status=0):
    ran = subprocess.run([SCRIPT, "sh", "-c", 'printf %s "$0" >&2; echo out; exit "$1"', said, str(status)],
                         capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout, ran.stderr


class StaticLink(unittest.TestCase):
    def test_passes_over_what_is_known(self):
        self.assertEqual(link(KNOWN.format("getpwuid_r") + KNOWN.format("getaddrinfo")), (0, "out\n", ""))

    def test_tells_of_every_other_function_with_its_place(self):
        other = KNOWN.format("dlopen")
        self.assertEqual(link(other), (0, "out\n", other))
        self.assertEqual(link(KNOWN.format("getaddrinfo") + other), (0, "out\n", other))
        place, warning = other.splitlines(True)
        known = KNOWN.format("getaddrinfo").splitlines(True)[1]
        self.assertEqual(link(place + known + warning), (0, "out\n", place + warning))

    def test_says_of_nothing_else_that_it_is_in_a_known_place(self):
        end = "collect2: error: ld returned 1\n"
        self.assertEqual(link(KNOWN.format("getaddrinfo") + end, 1), (1, "out\n", end))

    def test_keeps_errors_and_the_status(self):
        error = "x.o: in function `f':\nx.cc:1: undefined reference to `g'\ncollect2: error: ld returned 1\n"
        self.assertEqual(link(error, 7), (7, "out\n", error))


if __name__ == "__main__":
    unittest.main()
