"""Tests of the definition language: what it says, and what it refuses."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import parser as def_parser  # noqa: E402
from model import NO_VERSIONS, OPEN_END, Versions  # noqa: E402

HEARTBEAT = '''
# Keeps a member alive.
api Heartbeat 12
listeners broker controller
versions 0-4  flexible 4  accepted 1-4
unstable last
shipped 0.9.0:0 trunk:4

request
  group_id           string            # of the member
  group_instance_id  string?  3+  =null
  topics             []Topic?2+
    name        string  0-2  key @topicName
    partitions  []int32
  others             []Topic   1+

response
  throttle_time_ms  int32  1+  ignorable
  error_code        error
  secret_bytes      bytes  4+  tag 0 secret
'''


def only(text: str):
    return def_parser.parse(text)[0]


class Language(unittest.TestCase):
    def setUp(self):
        self.request, self.response = def_parser.parse(HEARTBEAT)

    def test_settings_of_an_api(self):
        request = self.request
        self.assertEqual((request.name, request.kind, request.api_key),
                         ('HeartbeatRequest', 'request', 12))
        self.assertEqual(request.versions, Versions(0, 4))
        self.assertEqual(request.flexible, Versions(4, OPEN_END))
        self.assertEqual(request.accepted, Versions(1, 4))
        self.assertEqual(request.listeners, ['broker', 'controller'])
        self.assertEqual(request.releases, [('0.9.0', 0), ('trunk', 4)])
        self.assertTrue(request.unstable_last)
        self.assertFalse(self.response.unstable_last)
        self.assertEqual(request.comment, 'Keeps a member alive.')

    def test_fields(self):
        group, instance, topics, others = self.request.root.fields
        self.assertEqual(group.comment, 'of the member')
        self.assertTrue(group.nullable.empty)
        self.assertEqual((instance.versions, instance.has_default, instance.default),
                         (Versions(3, OPEN_END), True, None))
        self.assertTrue(topics.is_array and topics.is_struct)
        self.assertEqual(topics.nullable, Versions(2, OPEN_END))
        self.assertEqual(others.type, 'Topic')
        secret = self.response.root.fields[2]
        self.assertEqual((secret.tag, secret.secret), (0, True))

    def test_structs_are_used_where_any_field_uses_them(self):
        topic = self.request.struct('Topic')
        self.assertEqual(topic.versions, Versions(0, 4))
        self.assertEqual([f.name for f in topic.fields], ['name', 'partitions'])
        self.assertEqual((topic.fields[0].entity, topic.fields[0].map_key), ('topicName', True))

    def test_names_in_json(self):
        self.assertEqual(self.request.root.fields[1].json_name, 'groupInstanceId')

    def test_inner_structs_come_first(self):
        self.assertEqual([s.name for s in self.request.inner_first()], ['Topic', ''])

    def test_records_and_plain_messages(self):
        key, value = def_parser.parse('record OffsetCommit 1\nlog __consumer_offsets\n'
                                      'key versions 0\n  group string\n'
                                      'value versions 0-4 flexible 4\n  offset int64\n')
        self.assertEqual((key.name, key.record_type, key.log, key.flexible),
                         ('OffsetCommitKey', 1, '__consumer_offsets', NO_VERSIONS))
        self.assertEqual((value.kind, value.versions), ('record-value', Versions(0, 4)))
        data = only('data Thing\nversions 0\nfields\n  text string fixed\n')
        self.assertTrue(data.root.fields[0].fixed_length)

    def test_defaults_are_typed(self):
        fields = only('data T\nversions 0\nfields\n  a int64 =-1\n  b bool =true\n'
                      '  c string =""\n').root.fields
        self.assertEqual([f.default for f in fields], [-1, True, ''])


class Refusals(unittest.TestCase):
    def refuse(self, body: str, what: str, head: str = 'data T\nversions 0-3 flexible 2\nfields\n'):
        with self.assertRaises(def_parser.DefinitionError) as caught:
            def_parser.parse(head + body, 'x.def')
        self.assertIn(what, str(caught.exception))
        self.assertIn('x.def', str(caught.exception))

    def test_the_line_is_named(self):
        self.refuse('  a int32\n  b int99\n', 'x.def:5')

    def test_field_lines(self):
        self.refuse('  a\n', 'a field is')
        self.refuse('  A int32\n', 'a field is')
        self.refuse('  a int33\n', 'unknown type')
        self.refuse('  a int32 sometimes\n', 'unknown word')
        self.refuse('  a int32 3-\n', 'bad version range')
        self.refuse('  a int32 =x\n', 'bad default')
        self.refuse('  a string =null\n', 'not nullable')
        self.refuse('  a []int32 =3\n', 'no default but null')
        self.refuse('\ta int32\n', 'tabs')

    def test_structs(self):
        self.refuse('  a int32\n    b int32\n', 'only a struct')
        self.refuse('  a []S\n    b int32\n  c []S\n    b int32\n', 'defined twice')
        self.refuse('  a []S\n', 'no struct S')
        self.refuse('  a S\n    b []S\n', 'contains itself')
        self.refuse('  a int32\n b int32\n', 'indentation')

    def test_what_cannot_be_on_the_wire(self):
        self.refuse('  a int32 4+\n', 'in no version')
        self.refuse('  a int32 0+ tag 0\n', 'without tags')
        self.refuse('  a int32 2+ tag 0\n  b int32 2+ tag 0\n', 'a tag twice')
        self.refuse('  a int32\n  a int32\n', 'names a field twice')

    def test_blocks(self):
        self.refuse('', 'starts with', head='versions 0\n')
        self.refuse('  a int32\n', 'outside a section', head='data T\nversions 0\n')
        self.refuse('', 'takes a name', head='api T\n')
        self.refuse('', 'unknown line', head='data T\nversion 0\n')
        self.refuse('', 'end somewhere', head='data T\nversions 0+\n')
        self.refuse('', 'no versions', head='data T\nfields\n')


if __name__ == '__main__':
    unittest.main()
