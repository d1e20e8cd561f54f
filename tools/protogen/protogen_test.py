"""Tests of the tools over the language: facts, seed, check, and the shape of what is generated."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import check  # noqa: E402
import errors_def  # noqa: E402
import facts  # noqa: E402
import parser as def_parser  # noqa: E402
import protogen  # noqa: E402
import seed  # noqa: E402

DEFS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'protocol', 'defs')


def field(name, wire_type, versions='0+', **more):
    return {'name': name, 'type': wire_type, 'versions': versions, **more}


def example_facts() -> dict:
    partitions = {'name': 'ThingPartition', 'fields': [
        field('Index', 'int32', mapKey=True), field('Epoch', 'int32', '2+', default=-1),
        field('Gone', 'int32', '9+')]}
    common = {'apiKey': 99, 'validVersions': '0-3', 'flexibleVersions': '2+',
              'kafkaVersions': '1-3', 'source': 's'}
    request = {'name': 'ThingRequest', 'type': 'request', 'listeners': ['broker'],
               'maxVersionByRelease': [['3.0', 2], ['4.0', 3]], **common,
               'fields': [field('Name', 'string', nullableVersions='1+'),
                          field('Partitions', '[]ThingPartition', '0-2'),
                          field('Note', 'string', '2+', nullableVersions='2+', default=None,
                                taggedVersions='2+', tag=0)],
               'structs': [partitions]}
    response = {'name': 'ThingResponse', 'type': 'response', **common,
                'fields': [field('ErrorCode', 'int16'), field('Records', 'records',
                                                              nullableVersions='0+')]}
    return {'messages': [request, response]}


class Folder(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.path = self._folder.name
        self.facts = os.path.join(self.path, 'messages.json')
        self.defs = os.path.join(self.path, 'defs')
        os.mkdir(self.defs)
        self.write_facts(example_facts())
        self.write('errors.def', '-1 UNKNOWN_SERVER_ERROR fatal <=0.9.0\n0 NONE fatal <=0.9.0\n')

    def write_facts(self, content):
        with open(self.facts, 'w', encoding='utf-8') as file:
            json.dump(content, file)

    def write(self, name, text):
        with open(os.path.join(self.defs, name), 'w', encoding='utf-8') as file:
            file.write(text)

    def run_quietly(self, main, *arguments):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = main(list(arguments))
        return status, out.getvalue()

    def seed(self):
        return self.run_quietly(seed.main, '--facts', self.facts, '--defs', self.defs)

    def check(self):
        return self.run_quietly(check.main, '--facts', self.facts, '--defs', self.defs)


class SeedAndCheck(Folder):
    def read(self, name):
        with open(os.path.join(self.defs, name), encoding='utf-8') as file:
            return file.read()

    def setUp(self):
        super().setUp()
        self.add_headers()

    def add_headers(self):
        content = example_facts()
        content['messages'].append({'name': 'RequestHeader', 'type': 'header',
                                    'validVersions': '0-1', 'flexibleVersions': 'none',
                                    'source': 's', 'fields': [field('ApiKey', 'int16')]})
        self.write_facts(content)

    def test_what_is_seeded_agrees(self):
        self.assertEqual(self.seed()[0], 0)
        status, out = self.check()
        self.assertEqual(status, 0, out)
        self.assertIn('partitions  []Partition', self.read('099_thing.def'))
        self.assertNotIn('gone', self.read('099_thing.def'))

    def test_seed_leaves_existing_files_alone(self):
        self.write('099_thing.def', 'mine')
        self.seed()
        self.assertEqual(self.read('099_thing.def'), 'mine')

    def test_every_kind_of_difference_is_found(self):
        self.seed()
        text = self.read('099_thing.def')
        for old, new, said in [
                ('versions 0-3', 'versions 0-4', 'versions 0-4'),
                ('flexible 2', 'flexible 1', 'flexible differs'),
                ('accepted 1-3', 'accepted 0-3', 'accepted 0-3'),
                ('3.0:2', '3.1:2', 'releases'),
                ('listeners broker', 'listeners controller', 'listeners'),
                ('string?1+', 'string?', 'name'),
                ('=null tag 0', '=null tag 1', 'note'),
                ('=-1', '=-2', 'partitions.epoch'),
                ('index  int32', 'index  int64', 'partitions.index'),
                ('error_code  error', 'error_code  int16', 'error_code'),
                ('records?', 'bytes?', 'records')]:
            with self.subTest(old=old):
                self.assertIn(old, text)
                self.write('099_thing.def', text.replace(old, new, 1))
                status, out = self.check()
                self.assertEqual(status, 1)
                self.assertIn(said, out)

    def test_a_missing_message_and_a_missing_field_are_found(self):
        self.seed()
        text = self.read('099_thing.def')
        self.write('099_thing.def', text.replace('  error_code  error\n', '', 1))
        self.assertIn('error_code', self.check()[1])
        os.remove(os.path.join(self.defs, '099_thing.def'))
        self.assertIn('ThingRequest: no definition', self.check()[1])


class Generation(Folder):
    def setUp(self):
        super().setUp()
        self.seed_thing()
        self.out = os.path.join(self.path, 'out')

    def seed_thing(self):
        messages = facts.load_messages(self.facts)
        self.write('099_thing.def', seed.texts(messages)['099_thing.def'])

    def generate(self):
        return self.run_quietly(protogen.main, '--defs', self.defs, '--out', self.out)

    def read(self, name):
        with open(os.path.join(self.out, name), encoding='utf-8') as file:
            return file.read()

    def test_structs_are_named_after_their_message(self):
        self.generate()
        header = self.read('protocol/message/thing.h')
        self.assertIn('struct ThingRequestPartition {', header)
        self.assertIn('Array<ThingRequestPartition> partitions;  // v0-2', header)
        self.assertIn('int32_t epoch = -1;  // v2+', header)
        self.assertIn('using Response = ThingResponse;', header)
        self.assertIn('std::optional<std::string_view> note;  // v2+, tag 0', header)

    def test_records_are_views_in_requests_and_sets_in_responses(self):
        self.generate()
        self.assertIn('RecordSet records;', self.read('protocol/message/thing.h'))
        self.write('099_thing.def', 'api Thing 99\nversions 0\nrequest\n  r records?\n'
                                    'response\n  x int8\n')
        self.generate()
        self.assertIn('std::optional<std::string_view> r;',
                      self.read('protocol/message/thing.h'))

    def test_nullable_fields_start_as_kafkas_do(self):
        self.generate()
        # Kafka gives name no default, so it starts empty and not null.
        self.assertIn('std::optional<std::string_view> name = "";',
                      self.read('protocol/message/thing.h'))

    def test_the_list_names_what_is_written(self):
        _, listed = self.run_quietly(protogen.main, '--defs', self.defs, '--out', self.out,
                                     '--list')
        self.assertFalse(os.path.exists(self.out))
        self.generate()
        for path in listed.split():
            self.assertTrue(os.path.exists(path), path)

    def test_files_without_change_keep_their_time(self):
        self.generate()
        path = os.path.join(self.out, 'protocol/message/thing.cc')
        os.utime(path, (1, 1))
        self.assertIn('0 of', self.generate()[1])
        self.assertEqual(os.path.getmtime(path), 1)

    def test_a_bad_definition_ends_with_its_place(self):
        self.write('099_thing.def', 'api Thing 99\nversions 0\nrequest\n  a int33\n')
        status, out = self.generate()
        self.assertEqual(status, 1)
        self.assertIn('099_thing.def:4', out)

    def test_two_structs_of_one_name_are_refused(self):
        self.write('098_other.def', 'data ThingRequestPartition\nversions 0\nfields\n  a int8\n')
        status, out = self.generate()
        self.assertEqual(status, 1)
        self.assertIn('ThingRequestPartition', out)


class Errors(unittest.TestCase):
    def test_reads_code_name_kind_release_and_sentence(self):
        error = errors_def.parse('3  UNKNOWN_TOPIC  invalid-metadata  <=0.9.0  No such topic.')[0]
        self.assertEqual((error.code, error.name, error.kind, error.message),
                         (3, 'UNKNOWN_TOPIC', 'invalid-metadata', 'No such topic.'))

    def test_refuses_unknown_kinds_and_falling_codes(self):
        with self.assertRaises(ValueError):
            errors_def.parse('3 X sometimes 1.0')
        with self.assertRaises(ValueError):
            errors_def.parse('3 X fatal 1.0\n2 Y fatal 1.0')

    def test_finds_differences_to_the_facts(self):
        ours = errors_def.parse('0 NONE fatal 1.0\n1 A retriable 1.0\n2 B fatal 1.0')
        fact = {'code': 0, 'name': 'NONE', 'retriable': False, 'since': '1.0'}
        self.assertEqual(len(errors_def.compare([fact], ours)), 2)
        changed = dict(fact, code=1, name='A', retriable=False)
        self.assertIn('error 1', errors_def.compare([fact, changed], ours)[0])


class Repository(unittest.TestCase):
    def test_all_definitions_generate(self):
        files = protogen.generate(DEFS)
        self.assertIn('protocol/message/fetch.h', files)
        self.assertIn('protocol/message/group_metadata_value.h', files)

    def test_no_definition_is_outside_a_file_of_its_name(self):
        for path in protogen.definition_paths(DEFS):
            messages = def_parser.parse_file(os.path.join(DEFS, path))
            if messages[0].kind == 'request':
                unit = protogen.unit_name(messages)
                self.assertEqual(path, f'{messages[0].api_key:03}_{unit}.def')


if __name__ == '__main__':
    unittest.main()
