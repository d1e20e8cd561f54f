import unittest

from runner import load_model, script
from runner.build import Builder
from runner.context import Context
from runner.match import Matcher, Mismatch
from runner.pin import wrapped
from runner.pool import groups_of
from runner.show import Pinner, show_value
from runner.values import Array, Call, Entry, Pair, Struct, TalkError, Var, Word, parse_entries

MODEL = load_model()


def context(*names):
    result = Context(MODEL, "--000000")
    for name in names:
        result.declare(name)
    return result


class Grammar(unittest.TestCase):
    def test_values_of_all_kinds(self):
        entries = parse_entries('a=1 b="x y" c=[1 2] d={e=f} g=$h i=@j(k l=m) t/0=5 ... n')
        self.assertEqual([e.name for e in entries], ["a", "b", "c", "d", "g", "i", "t/0", "...", "n"])
        self.assertEqual(entries[1].value, Word("x y", True))
        self.assertEqual(entries[2].value, Array([Word("1"), Word("2")]))
        self.assertEqual(entries[3].value, Struct([Entry("e", Word("f"))]))
        self.assertEqual(entries[4].value, Var("h"))
        self.assertEqual(entries[5].value, Call("j", [Word("k"), Entry("l", Word("m"))]))

    def test_pairs_and_comments(self):
        entries = parse_entries("a=[x:@f() $y:z] # said")
        self.assertEqual(entries[0].value.items, [Pair(Word("x"), Call("f", [])), Pair(Var("y"), Word("z"))])

    def test_mistakes_are_named(self):
        for text in ("a=", "a=[1", "=5", "a={b=1"):
            with self.assertRaises(TalkError, msg=text):
                parse_entries(text)


class Scripts(unittest.TestCase):
    def test_statements(self):
        found = script.parse(["# what", "broker a.b=1", "nodes 3", "topic t x=1", "a Fetch v12 t/0=0 & parked",
                              "a answers", "  = error_code=NONE", "b Heartbeat v3", "  group_id=g",
                              "  ~ error_code=NONE"])
        self.assertEqual((found.title, found.settings, found.nodes), ("what", {"a.b": "1"}, 3))
        topic, fetch, answers, beat = found.steps
        self.assertEqual((fetch.api, fetch.version, fetch.later), ("Fetch", 12, "parked"))
        self.assertEqual(answers.expected[0].name, "error_code")
        self.assertTrue(beat.until)
        self.assertEqual([e.name for e in beat.entries], ["group_id"])

    def test_outcomes(self):
        found = script.parse(["# what", "a Fetch v3", "  = closes", "a Produce v9 acks=0", "  = none"])
        self.assertEqual([s.outcome for s in found.steps], ["closes", "none"])

    def test_restarting_files_get_their_own_durable_broker(self):
        restarting = script.parse(["# one", "restart kill"], "one")
        plain, other = script.parse(["# two", "names g"], "two"), script.parse(["# three", "names g"], "three")
        groups = groups_of([restarting, plain, other])
        self.assertEqual([len(members) for _, members in groups], [2, 1])
        self.assertEqual([wanted["durable"] for wanted, _ in groups], [False, True])

    def test_mistakes_name_their_line(self):
        for lines in (["# t", "a Fetch"], ["  = x"], ["# t", "A Fetch v1"], ["a Fetch v1"]):
            with self.assertRaises(TalkError, msg=lines):
                script.parse(lines)


class Building(unittest.TestCase):
    def build(self, api, version, text, known=None):
        known = known or context("t", "g")
        return Builder(known).message(MODEL.api(api)[0], version, parse_entries(text))

    def test_partitions_by_name_and_by_id(self):
        body = self.build("ListOffsets", 5, "t/0=-1 t/1{timestamp=5}")
        self.assertEqual(body["topics"], [{"name": "t--000000", "partitions": [
            {"partition_index": 0, "timestamp": -1}, {"partition_index": 1, "timestamp": 5}]}])
        known = context("t")
        known.learn_id("t", "3mGFnlXjRpyA2xLL7Vg5sA")
        body = self.build("Fetch", 13, "t/0=7", known)
        self.assertEqual(body["topics"], [{"topic_id": "3mGFnlXjRpyA2xLL7Vg5sA",
                                           "partitions": [{"partition": 0, "fetch_offset": 7}]}])

    def test_pairs_fill_the_first_two_fields(self):
        body = self.build("JoinGroup", 5, "group_id=g protocols=[range:x]")
        self.assertEqual(body["group_id"], "g--000000")
        self.assertEqual(body["protocols"], [{"name": "range", "metadata": b"x"}])

    def test_subscriptions_carry_real_names(self):
        body = self.build("JoinGroup", 5, "protocols=[range:@sub(t version=1 owned=[t/3])]")
        self.assertEqual(body["protocols"][0]["metadata"].count(b"t--000000"), 2)

    def test_unknown_fields_and_variables(self):
        for text in ("nonsense=1", "group_id=$unbound", "session_timeout_ms=soon", "t/0=1"):
            with self.assertRaises(TalkError, msg=text):
                self.build("JoinGroup", 5, text)


class Matching(unittest.TestCase):
    ANSWER = {"error_code": 0, "topics": [{"name": "t--000000", "partitions": [
        {"partition_index": 0, "error_code": 3, "offset": 5}, {"partition_index": 1, "error_code": 0, "offset": 6}]}],
        "members": [{"member_id": "a-1"}, {"member_id": "b-2"}], "leader": "a-1"}

    def match(self, text, answer=None):
        known = context("t")
        Matcher(known).answer(parse_entries(text), self.ANSWER if answer is None else answer)
        return known

    def test_agreement(self):
        for text in ("error_code=NONE", "t/0{error_code=UNKNOWN_TOPIC_OR_PARTITION offset=5} t/1{offset=6}",
                     "t{name=*}",
                     "members=[{member_id=a-1} b-2]", "members=@set(b-2 a-1)", "members=@has({member_id=b-2})",
                     "members=@count(2)", "members=@lacks(c-3)", "error_code=!UNKNOWN_SERVER_ERROR",
                     "t/0{offset=@gt(4)}",
                     "leader=@re(\"^a\")", "leader=@one_of(x a-1)", "leader=$l members=[$l *]"):
            self.match(text)

    def test_disagreement(self):
        for text in ("error_code=REQUEST_TIMED_OUT", "t/0{offset=6}", "t/2{offset=6}", "u/0{offset=1}", "missing=1",
                     "members=[a-1]", "members=[b-2 a-1]", "members=@set(a-1)", "members=@has(c-3)",
                     "members=@lacks(a-1)",
                     "members=@count(3)", "leader=!a-1", "t/0{offset=@gt(5)}", "leader=@re(\"^b\")", "leader=null",
                     "leader=@one_of(x y)", "leader=$l members=[* $l]"):
            with self.assertRaises(Mismatch, msg=text):
                self.match(text)

    def test_captures_last(self):
        self.assertEqual(self.match("leader=$l").vars, {"l": "a-1"})

    def test_a_failed_answer_captures_nothing(self):
        known = context("t")
        with self.assertRaises(Mismatch):
            Matcher(known).answer(parse_entries("leader=$l error_code=REQUEST_TIMED_OUT"), self.ANSWER)
        self.assertEqual(known.vars, {})


class Showing(unittest.TestCase):
    def test_values_as_a_file_would_write_them(self):
        known = context("t")
        known.vars["m"] = "a-1"
        value = {"name": "t--000000", "error_code": 3, "member": "a-1", "b": b"\x00\x01", "n": None, "s": "x y"}
        self.assertEqual(show_value(known, value), '{name=t error_code=UNKNOWN_TOPIC_OR_PARTITION member=$m b=0x0001 '
                                                   'n=null s="x y"}')

    def test_pins_leave_out_noise_and_defaults(self):
        pins = Pinner(context("t"), {"leader_epoch": -1}).entries(
            {"throttle_time_ms": 0, "topics": [{"name": "t--000000", "partitions": [
                {"partition_index": 0, "error_code": 0, "offset": 5, "leader_epoch": -1}]}]})
        self.assertEqual(pins, ["t/0{error_code=NONE offset=5}"])

    def test_pins_take_the_place_of_the_question_mark(self):
        self.assertEqual(wrapped("  = ? leader=$l", ["a=1", "b=2"]), ["  = leader=$l a=1 b=2"])
        self.assertEqual(len(wrapped("  = ?", ["a=" + "x" * 70, "b=" + "y" * 70])), 2)


if __name__ == "__main__":
    unittest.main()
