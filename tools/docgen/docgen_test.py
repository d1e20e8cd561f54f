"""The generated pages over a small made-up tree."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import docgen  # noqa: E402

TREE = {
    "protocol/defs/016_list_groups.def": "api ListGroups 16\nlisteners broker\nversions 0-5\n",
    "protocol/defs/000_produce.def": "api Produce 0\nversions 3-13  flexible 9\n",
    "src/api/registry.inc": "// names\nAPI(ListGroups, 0, 5, 0)\nAPI(Produce,    3, 13, 0)\n",
    "src/api/group/list_groups.cc":
        "// ListGroups (16) v0-5. Names the groups of\n// this broker. More.\n//   v3 flexible\n"
        "// Deviations from Apache Kafka: none.\n#include <x>\n",
    "src/api/data/produce.cc":
        "// Produce (0) v3-13. Appends.\n// Deviations from Apache Kafka: answers in\n// verse.\n"
        "\n// Not part of it.\n",
    "src/config/configs.def":
        '// all\nCONFIG(Topic, "a.list", List, "x", ListOf("x,y"), ClusterWide, Acts,\n'
        '       "log.a", "Takes (one, or \\"two\\") "\n       "words.")\n'
        'CONFIG(Broker, "b.int", Int, nullptr, BetweenOrMinusOne(1, 9), ReadOnly, Stored, "", "")\n',
    "src/config/config_table.cc":
        'constexpr DefaultDeviation kDefaultDeviations[] = {\n    {"a.list", "y",\n'
        '     "x is {fine},"\n     " y is not"},\n};\n',
    "src/config/kept_configs.cc":
        'constexpr std::string_view kWhy =\n    "it is "\n    "so";\nconstexpr KeptConfig k[] = {\n'
        '    {"b.int", kWhy},\n    {"c.int",\n     "it "\n     "rests"},\n};\n',
    "storage/log.h": "// Deviations from Apache Kafka: none. All is well.\n", "base/a.h": "\n",
    "storage/queue.h": "// Q.\n// Deviations from Apache Kafka, flush.ms: waits\n// for nobody.\n",
    "protocol/b.h": "\n",
    "src/cli/main.cc":
        'app.add_option("--port", serve.port,\n  "Port; 0 (none) is free")\n  ->check(x(1, 2));\n'
        'health\n  ->add_option("--to", a, "host:port");\ndump_log->add_flag("--json", b,\n  "JSON");\n',
    "src/cli/exit_codes.h": "  kSuccess = 0,  // done\n  kLast = 9  // the end\n",
}


class Pages(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.top = pathlib.Path(self.dir.name)
        for path, text in TREE.items():
            (self.top / path).parent.mkdir(parents=True, exist_ok=True)
            (self.top / path).write_text(text)

    def tearDown(self):
        self.dir.cleanup()

    def test_apis_are_listed_by_key_with_range_and_purpose(self):
        lines = docgen.apis(self.top).splitlines()
        self.assertEqual(lines[-2:], [
            "| 0 | Produce | 3-13 | 13 | Appends | [produce.cc](../src/api/data/produce.cc) |",
            "| 16 | ListGroups | 0-5 | 5 | Names the groups of this broker | "
            "[list_groups.cc](../src/api/group/list_groups.cc) |"])

    def test_configs_are_listed_by_scope(self):
        page = docgen.configs(self.top)
        self.assertIn('| `a.list` | list | `x` | list of x, y | any time | yes | '
                      'Takes (one, or "two") words. Default from `log.a`. |', page)
        self.assertIn("## Brokers", page)
        self.assertIn("| `b.int` | int | *(unset)* | 1 to 9, or -1 | at start | kept only |  |",
                      page)

    def test_deviations_are_collected_with_their_place(self):
        page = docgen.deviations(self.top)
        self.assertIn("### Produce\n\nAnswers in verse. "
                      "([produce.cc](../src/api/data/produce.cc))\n", page)
        self.assertIn("### flush.ms\n\nWaits for nobody. "
                      "([queue.h](../storage/queue.h))\n", page)
        self.assertNotIn("ListGroups", page)
        self.assertNotIn("All is well", page)
        self.assertNotIn("Not part of it", page)

    def test_changed_defaults_give_both_values_and_the_reason(self):
        self.assertIn("| `a.list` | `y` | `x` | x is {fine}, y is not |",
                      docgen.deviations(self.top))

    def test_configs_without_an_effect_have_their_reason(self):
        self.assertIn("| `b.int` | it is so |\n| `c.int` | it rests |\n",
                      docgen.deviations(self.top))

    def test_options_and_exit_statuses_are_listed(self):
        page = docgen.command_line(self.top)
        self.assertIn("| serve | `--port` | Port; 0 (none) is free |\n| health | `--to` | host:port |\n"
                      "| dump-log | `--json` | JSON |\n", page)
        self.assertIn("| 0 | done |\n| 9 | the end |\n", page)

    def test_an_api_of_no_definition_is_an_error(self):
        (self.top / "src/api/registry.inc").write_text("API(Nothing, 0, 1, 0)\n")
        with self.assertRaises(KeyError):
            docgen.apis(self.top)


if __name__ == "__main__":
    unittest.main()
