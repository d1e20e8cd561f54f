"""Each rule of tidy, shown failing on a small tree and passing on its mended twin."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import cpp_text  # noqa: E402
import tidy  # noqa: E402
from tree import Tree  # noqa: E402

BASE = {
    "CMakeLists.txt": "project(odradek VERSION 0.1.0 LANGUAGES CXX)\n",
    "base/a.h": "#pragma once\n",
    "storage/s.cc": '#include "base/a.h"\n',
}


class RuleTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.top = pathlib.Path(self.dir.name) / "tree"
        self.rules = pathlib.Path(self.dir.name) / "rules"
        self.rules.mkdir()
        for name in ("layers.txt", "limits.txt", "banned.txt", "exceptions.txt"):
            shutil.copy(HERE / name, self.rules / name)

    def tearDown(self):
        self.dir.cleanup()

    def findings(self, files, databases=()):
        for path, text in {**BASE, **files}.items():
            full = self.top / path
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_text(text)
        return [(rule, path, line) for rule, path, line, _ in
                tidy.findings(Tree(self.top), self.rules, list(databases))]

    def assert_only(self, files, *expected):
        self.assertEqual(sorted(self.findings(files)), sorted(expected))


class Includes(RuleTest):
    def test_a_tree_that_keeps_the_rules_has_no_finding(self):
        self.assert_only({})

    def test_includes_point_down(self):
        self.assert_only({"base/b.cc": '\n#include "storage/s.h"\n',
                          "storage/s.h": "#pragma once\n"}, ("layer", "base/b.cc", 2))

    def test_a_lower_layer_must_be_in_the_list(self):
        self.assert_only({"src/runtime/r.cc": '#include "protocol/p.h"\n',
                          "protocol/p.h": "#pragma once\n"}, ("layer", "src/runtime/r.cc", 1))

    def test_a_list_may_name_a_single_file_of_a_folder(self):
        files = {"src/net/n.cc": '#include "protocol/wire/frame_sink.h"\n',
                 "protocol/wire/frame_sink.h": "#pragma once\n"}
        self.assert_only(files)
        files["src/net/n.cc"] += '#include "protocol/wire/reader.h"\n'
        files["protocol/wire/reader.h"] = "#pragma once\n"
        self.assert_only(files, ("layer", "src/net/n.cc", 2))

    def test_siblings_are_blind_to_each_other(self):
        self.assert_only({"src/group/g.cc": '#include "txn/t.h"\n',
                          "src/txn/t.h": "#pragma once\n"}, ("layer", "src/group/g.cc", 1))

    def test_a_folder_that_no_layer_names_is_a_finding(self):
        self.assert_only({"src/misc/m.cc": "\n"}, ("layer", "src/misc/m.cc", 1))

    def test_testing_headers_are_for_tests(self):
        files = {"base/testing/fake.h": "#pragma once\n",
                 "storage/s_test.cc": '#include "base/testing/fake.h"\n'}
        self.assert_only(files)
        files["storage/t.cc"] = files["storage/s_test.cc"]
        self.assert_only(files, ("layer", "storage/t.cc", 1))

    def test_quoted_includes_start_at_a_root(self):
        self.assert_only({"storage/t.cc": '#include "s.h"\n', "storage/s.h": "#pragma once\n",
                          "storage/u.cc": '#include "storage/s.h"\n'},
                         ("include-path", "storage/t.cc", 1))

    def test_generated_headers_count_as_there(self):
        self.assert_only({"protocol/p.cc": '#include "protocol/message/fetch.h"\n'})

    def test_libraries_stay_behind_their_seam(self):
        self.assert_only({"src/runtime/loop.cc": "#include <uv.h>\n",
                          "src/broker/b.cc": "#include <uv.h>\n",
                          "storage/t.cc": "#include <spdlog/spdlog.h>\n",
                          "base/l.cc": "#include <mutex>\n"},
                         ("library", "src/broker/b.cc", 1), ("library", "storage/t.cc", 1),
                         ("library", "base/l.cc", 1))

    def test_include_cycles(self):
        self.assert_only({"base/x.h": '#pragma once\n#include "base/y.h"\n',
                          "base/y.h": '#pragma once\n#include "base/z.h"\n',
                          "base/z.h": '#pragma once\n#include "base/x.h"\n'},
                         ("include-cycle", "base/x.h", 1))

    def test_an_inl_header_may_include_its_owner(self):
        self.assert_only({"base/x.h": '#pragma once\n#include "base/x_inl.h"\n',
                          "base/x_inl.h": '#pragma once\n#include "base/x.h"\n'})


class Limits(RuleTest):
    def test_length_of_each_kind_of_file(self):
        line = "int x;\n"
        self.assert_only({"base/h.h": "#pragma once\n" + line * 250, "base/c.cc": line * 801,
                          "base/t_test.cc": line * 1001, "tools/t.py": "x = 1\n" * 801,
                          "storage/s.cc": '#include "base/a.h"\n#include "base/h.h"\n'},
                         ("file-length", "base/h.h", 1), ("file-length", "base/c.cc", 1),
                         ("file-length", "base/t_test.cc", 1), ("file-length", "tools/t.py", 1))

    def test_the_longest_files_allowed_pass(self):
        self.assert_only({"base/c.cc": "int x;\n" * 800, "base/t_test.cc": "int x;\n" * 1000})

    def test_length_of_functions_over_the_whole_range(self):
        for body, fails in ((68, False), (69, True), (71, True), (400, True)):
            text = "void Long() {\n" + "  x();\n" * body + "}\n"
            expected = [("function-length", "base/f.cc:Long", 1)] if fails else []
            self.assert_only({"base/f.cc": text}, *expected)

    def test_columns(self):
        self.assert_only({"base/c.cc": "//" + "x" * 98 + "\n//" + "x" * 99 + "\n",
                          "tools/t.py": "#" + "x" * 119 + "\n#" + "x" * 120 + "\n"},
                         ("columns", "base/c.cc", 2), ("columns", "tools/t.py", 2))

    def test_pragma_once(self):
        self.assert_only({"base/g.h": "#ifndef G\n#endif\n", "base/g.cc": '#include "base/g.h"\n'},
                         ("pragma-once", "base/g.h", 1))

    def test_entries_at_the_top_level(self):
        many = {f"file{number}.txt": "\n" for number in range(20)}
        self.assert_only(many, ("top-level", ".", 1))


class Banned(RuleTest):
    PRODUCTION = {
        "clock": "auto t = std::chrono::steady_clock::now();",
        "random": "std::mt19937 engine;",
        "file": "int fd = open(path, 0);",
        "libuv": "uv_run(loop, mode);",
        "log": 'spdlog::info("x");',
        "lock": "std::mutex m;",
        "thread": "std::thread t;",
        "throw": "throw 1;",
        "rtti": "auto* b = dynamic_cast<B*>(a);",
        "assert": "assert(x);",
        "regex": "std::regex r;",
        "print": "std::cout << 1;",
        "c string": "strcpy(a, b);",
        "environment": 'getenv("X");',
        "namespace": "using namespace std;",
        "sleep": "std::this_thread::sl" + "eep_for(x);",
    }

    def test_each_ban_fails_in_production_code(self):
        for what, line in self.PRODUCTION.items():
            with self.subTest(what):
                self.assert_only({"src/broker/b.cc": f"\n{line}\n"},
                                 ("banned", "src/broker/b.cc", 2))

    def test_bans_are_lifted_where_the_seam_is(self):
        self.assert_only({"base/env/c.cc": self.PRODUCTION["clock"] + self.PRODUCTION["file"],
                          "src/net/n.cc": self.PRODUCTION["libuv"],
                          "src/runtime/r.cc": self.PRODUCTION["thread"]})

    def test_comments_strings_and_methods_are_no_calls(self):
        self.assert_only({"src/broker/b.cc": '// throw open(x)\nf("std::mutex m;");\n'
                                             "file.open(path); store->rename(a);\n"})

    def test_text_bans_look_into_comments_and_every_file(self):
        left = "// TO" + "DO: later\n"
        self.assert_only({"base/b.cc": left, "README.md": "cd /wo" + "rk/x\n",
                          "docs/x.md": "echo >/t" + "mp/x\n",
                          "pip.txt": "https://py" + "pi.org/\n"},
                         ("banned", "base/b.cc", 1), ("banned", "README.md", 1),
                         ("banned", "docs/x.md", 1), ("banned", "pip.txt", 1))

    def test_lock_files_of_cargo_name_its_registry(self):
        line = 'source = "registry+https://github.com/rust-lang/crates.io' + '-index"\n'
        self.assert_only({"compat-tests/x/Cargo.lock": line, "compat-tests/x/Cargo.toml": line,
                          "compat-tests/x/My-Cargo.lock": line},
                         ("banned", "compat-tests/x/Cargo.toml", 1),
                         ("banned", "compat-tests/x/My-Cargo.lock", 1))

    def test_no_test_sleeps(self):
        self.assert_only({"base/b_test.cc": "std::this_thread::sl" + "eep_for(x);\n",
                          "tools/x_test.py": "time.sle" + "ep(1)\n"},
                         ("banned", "base/b_test.cc", 1), ("banned", "tools/x_test.py", 1))


class Unused(RuleTest):
    def test_headers_that_nothing_includes(self):
        self.assert_only({"base/lonely.h": "#pragma once\n"}, ("unused", "base/lonely.h", 1))

    def test_sources_that_no_target_compiles(self):
        database = pathlib.Path(self.dir.name) / "compile_commands.json"
        listed = [{"file": str(self.top / path)} for path in ("storage/s.cc",)]
        database.write_text(json.dumps(listed))
        found = self.findings({"base/b.cc": "\n", "base/c_fuzz.cc": "\n"}, [database])
        self.assertEqual(found, [("unused", "base/b.cc", 1)])


class Foreign(RuleTest):
    CLIENT = '#include <mutex>\n#include "agent.h"\nvoid F() { throw std::mutex(); }\n'

    def client(self, folder, more=""):
        return {f"compat-tests/{folder}/agent.cc": self.CLIENT + more,
                f"compat-tests/{folder}/agent.h": "#pragma once\n"}

    def test_a_program_of_its_own_is_free_of_seams_and_targets(self):
        database = pathlib.Path(self.dir.name) / "compile_commands.json"
        database.write_text(json.dumps([{"file": str(self.top / "storage/s.cc")}]))
        self.assertEqual(self.findings(self.client("librdkafka"), [database]), [])

    def test_only_the_listed_folders_are(self):
        found = self.findings(self.client("librdkafka2"))
        path = "compat-tests/librdkafka2/agent"
        self.assertEqual(sorted(found), [
            ("banned", path + ".cc", 3), ("banned", path + ".cc", 3),
            ("include-path", path + ".cc", 2), ("library", path + ".cc", 1),
            ("unused", path + ".h", 1)])

    def test_lengths_and_words_are_judged_there_too(self):
        more = "// TO" + "DO\nvoid Long() {\n" + "  x();\n" * 69 + "}\n"
        self.assert_only(self.client("librdkafka", more),
                         ("banned", "compat-tests/librdkafka/agent.cc", 4),
                         ("function-length", "compat-tests/librdkafka/agent.cc:Long", 5))


class Api(RuleTest):
    REGISTRY = "API(ListGroups, 0, 5, group::ListGroups)\n"
    HANDLER = ("// ListGroups (16) v0-5. Groups of this broker.\n"
               "// Deviations from Apache Kafka: none.\n")

    def tree(self, **changes):
        files = {"src/api/registry.inc": self.REGISTRY,
                 "src/api/group/list_groups.cc": self.HANDLER,
                 "src/api/group/list_groups_test.cc": "\n"}
        return {**files, **changes.get("files", {})}

    def test_row_handler_and_test_together_pass(self):
        self.assert_only(self.tree())

    def test_a_row_needs_a_handler_that_opens_with_its_contract(self):
        self.assert_only(self.tree(files={"src/api/group/list_groups.cc": "// Lists.\n"}),
                         ("api", "src/api/registry.inc", 1))

    def test_the_contract_names_the_versions_of_the_row(self):
        changed = {"src/api/group/list_groups.cc": self.HANDLER.replace("v0-5", "v0-4")}
        self.assert_only(self.tree(files=changed), ("api", "src/api/group/list_groups.cc", 1))

    def test_the_contract_lists_deviations(self):
        changed = {"src/api/group/list_groups.cc": self.HANDLER.splitlines()[0] + "\n"}
        self.assert_only(self.tree(files=changed), ("api", "src/api/group/list_groups.cc", 1))

    def test_a_handler_needs_a_row_and_a_test(self):
        files = self.tree(files={"src/api/registry.inc": "\n"})
        self.assert_only(files, ("api", "src/api/group/list_groups.cc", 1))
        (self.top / "src/api/group/list_groups_test.cc").unlink()
        files = self.tree()
        del files["src/api/group/list_groups_test.cc"]
        self.assert_only(files, ("api", "src/api/group/list_groups.cc", 1))


class Threads(RuleTest):
    ONE = ("#pragma once\nenum class Kind : int { kA };\nclass X(\"m\") One final : public B<int> {\n"
           "  struct Part { int i; };\n  Mutex mutex_;  // leaf\n};\n").replace("X(", "CAPABILITY(")
    TWO = "class Two {\n  Mutex a_mutex_;\n  mutable Mutex b_mutex_;\n};\n"

    def tree(self, page, two=TWO):
        return {"base/a.h": self.ONE, "base/two.cc": two, "docs/THREADS.md": page}

    def test_every_mutex_is_named(self):
        page = "| 1 | `One` | a |\n| 2 | `Two::a_mutex_`, `Two::b_mutex_` | b |\n"
        self.assert_only(self.tree(page))
        self.assert_only(self.tree(page.replace("`One`", "One")), ("threads", "base/a.h", 5))

    def test_a_mutex_that_no_row_names_has_no_place_in_the_order(self):
        page = "`One` is a leaf.\n| 2 | `Two::a_mutex_`, `Two::b_mutex_` |;\n  b |\n"
        self.assert_only(self.tree(page), ("threads", "base/a.h", 5), ("threads", "base/two.cc", 2),
                         ("threads", "base/two.cc", 3))

    def test_mutexes_of_one_class_are_named_one_by_one(self):
        self.assert_only(self.tree("| 1 | `One` `Two` `Two::a_mutex_` |\n"), ("threads", "base/two.cc", 3))

    def test_what_is_named_exists(self):
        page = "| 1 | `One::mutex_` `Two::a_mutex_` `Two::b_mutex_` `Two::c_mutex_` `Two::Post` |\n"
        self.assert_only(self.tree(page), ("threads", "docs/THREADS.md", 1))

    def test_mutexes_of_tests_are_nobodys_business(self):
        self.assert_only({"base/a_test.cc": self.TWO})


class ExceptionList(RuleTest):
    LONG = {"base/c.cc": "int x;\n" * 801}

    def let_off(self, line):
        (self.rules / "exceptions.txt").write_text(line + "\n")

    def test_lets_one_finding_pass_with_a_reason_and_an_end(self):
        self.let_off("file-length base/c.cc until 0.2 is being split")
        self.assert_only(self.LONG)

    def test_a_missing_reason_is_a_finding(self):
        self.let_off("file-length base/c.cc until 0.2")
        self.assert_only(self.LONG, ("file-length", "base/c.cc", 1),
                         ("exception", "tools/tidy/exceptions.txt", 1))

    def test_runs_out_with_a_version(self):
        self.let_off("file-length base/c.cc until 0.1.0 is being split")
        self.assert_only(self.LONG, ("file-length", "base/c.cc", 1),
                         ("exception", "tools/tidy/exceptions.txt", 1))

    def test_is_itself_a_finding_when_nothing_needs_it(self):
        self.let_off("file-length base/gone.cc until 0.2 is being split")
        self.assert_only({}, ("exception", "tools/tidy/exceptions.txt", 1))


class FunctionFinder(unittest.TestCase):
    CODE = '''
namespace odradek {
class CAPABILITY("x") A final : public B<int> {
 public:
  A() : a_{1}, b_(2), c_{{3}} {
    Body();
  }
  int Get() const noexcept override { return 1; }
  A& operator=(const A& other) {
    return *this;
  }
 private:
  int a_ = 0;
  std::vector<int> v_{1, 2};
};
enum class E { kA, kB };
constexpr int kTable[] = {1, 2};
const auto kLambda = [](int x) { return x; };
template <typename T, typename = std::enable_if_t<true>>
std::vector<T> Make(T value, char c = '{')
    REQUIRES(mutex) {
  auto call = [&] { return "}"; };
  if (value) {
    return {};
  }
  return R"({{{)";
}
}  // namespace odradek
extern "C" int Entry(const char* data) {
  return 0;
}
TEST(Suite, Name) {
  int big = 1'000'000;
}
'''

    def test_finds_every_body_with_its_length(self):
        found = [(name, length) for name, _, length in cpp_text.functions(self.CODE)]
        self.assertEqual(found, [("A", 3), ("Get", 1), ("operator=", 3), ("Make", 9), ("Entry", 3),
                                 ("TEST(Suite, Name)", 3)])


class CommandLine(RuleTest):
    def test_prints_findings_and_ends_with_one(self):
        self.findings({"base/lonely.h": "#pragma once\n"})
        done = subprocess.run([sys.executable, HERE / "tidy.py", self.top], text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("base/lonely.h:1: no file includes this header [unused]", done.stdout)


if __name__ == "__main__":
    unittest.main()
