import unittest

from runner import load_model
from runner.codec import DecodeError, Reader, decode, encode, uvarint, zigzag

MODEL = load_model()


class Codec(unittest.TestCase):
    def test_encodes_a_request_of_known_bytes(self):
        heartbeat = MODEL.messages["HeartbeatRequest"]
        value = {"group_id": "g", "generation_id": 7, "member_id": "m", "group_instance_id": None}
        self.assertEqual(encode(heartbeat, 3, value).hex(), "000167" "00000007" "00016d" "ffff")
        self.assertEqual(encode(heartbeat, 4, value).hex(), "0267" "00000007" "026d" "00" "00")

    def test_reads_back_the_defaults_of_every_message(self):
        for message in MODEL.messages.values():
            for version in range(message.versions[0], message.versions[1] + 1):
                with self.subTest(message=message.name, version=version):
                    data = encode(message, version, {})
                    self.assertEqual(encode(message, version, decode(message, version, data)), data)

    def test_writes_tagged_fields_only_when_they_say_something(self):
        response = MODEL.messages["FetchResponse"]
        plain = encode(response, 16, {})
        told = encode(response, 16, {"node_endpoints": [{"node_id": 3, "host": "h", "port": 9}]})
        self.assertEqual(plain[-1], 0)
        self.assertEqual(decode(response, 16, told)["node_endpoints"][0]["node_id"], 3)
        self.assertEqual(decode(response, 16, plain)["node_endpoints"], [])

    def test_sends_and_reads_unknown_tags(self):
        request = MODEL.messages["FindCoordinatorRequest"]
        data = encode(request, 3, {"key": "g", "unknown_tags": [(7, b"\x01\x02")]})
        self.assertEqual(decode(request, 3, data)["tag_7"], b"\x01\x02")

    def test_refuses_fields_that_the_version_lacks(self):
        with self.assertRaisesRegex(ValueError, "does not exist in version 2"):
            encode(MODEL.messages["HeartbeatRequest"], 2, {"group_instance_id": "i"})
        with self.assertRaisesRegex(ValueError, "no field grup_id"):
            encode(MODEL.messages["HeartbeatRequest"], 2, {"grup_id": "i"})

    def test_says_when_bytes_are_too_few_or_too_many(self):
        heartbeat = MODEL.messages["HeartbeatResponse"]
        with self.assertRaises(DecodeError):
            decode(heartbeat, 0, b"\x00")
        with self.assertRaisesRegex(DecodeError, "too many"):
            decode(heartbeat, 0, b"\x00\x00\x00")

    def test_varints(self):
        for value in (0, 1, 127, 128, 300, 2**31, 2**63 - 1):
            self.assertEqual(Reader(uvarint(value)).uvarint(), value)
            self.assertEqual(Reader(zigzag(value)).zigzag(), value)
            self.assertEqual(Reader(zigzag(-value)).zigzag(), -value)
        self.assertEqual(zigzag(-1), b"\x01")


if __name__ == "__main__":
    unittest.main()
