import unittest

from runner.compress import CODECS, compress, decompress, xxh32
from runner.records import batch, crc32c, parse


class Checksums(unittest.TestCase):
    def test_known_values(self):
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)
        self.assertEqual(xxh32(b""), 0x02CC5D05)
        self.assertEqual(xxh32(b"Nobody inspects the spammish repetition"), 0xE2293B2F)


class Compression(unittest.TestCase):
    def test_each_codec_reads_what_it_wrote(self):
        for codec in ("none", "gzip", "snappy", "lz4"):
            for data in (b"", b"abc", b"x" * 200000):
                self.assertEqual(decompress(codec, compress(codec, data)), data, codec)

    def test_reads_snappy_copies_and_its_xerial_blocks(self):
        block = bytes([6, 0 << 2 | 0]) + b"a" + bytes([(5 - 4) << 2 | 1, 1])  # "a", then five bytes from one back
        self.assertEqual(decompress("snappy", block), b"aaaaaa")
        framed = b"\x82SNAPPY\x00" + b"\x00" * 8 + len(block).to_bytes(4, "big") + block
        self.assertEqual(decompress("snappy", framed), b"aaaaaa")

    def test_reads_lz4_copies(self):
        block = bytes([1 << 4 | 2]) + b"a" + b"\x01\x00" + bytes([1 << 4]) + b"b"
        frame = b"\x04\x22\x4d\x18\x60\x40\x82" + len(block).to_bytes(4, "little") + block + b"\x00" * 4
        self.assertEqual(decompress("lz4", frame), b"aaaaaaab")

    def test_zstd_begins_with_its_magic(self):
        self.assertEqual(compress("zstd", b"abc")[:4].hex(), "28b52ffd")


class Batches(unittest.TestCase):
    RECORDS = [(b"k", b"v", [(b"h", b"x")]), (None, None, ())]

    def test_reads_what_it_built(self):
        for codec in CODECS[:4]:
            found = parse(batch(self.RECORDS, codec, timestamps=[5, 7], producer_id=9))[0]
            self.assertTrue(found["crc_ok"])
            self.assertEqual((found["codec"], found["producer_id"], found["max_timestamp"]), (codec, 9, 7))
            self.assertEqual(found["records"][0]["headers"], [{"key": b"h", "value": b"x"}])
            self.assertEqual([r["offset"] for r in found["records"]], [0, 1])
            self.assertEqual([r["timestamp"] for r in found["records"]], [5, 7])
            self.assertIsNone(found["records"][1]["value"])

    def test_lies_on_demand(self):
        self.assertFalse(parse(batch(self.RECORDS, crc="bad"))[0]["crc_ok"])
        self.assertEqual(batch(self.RECORDS, magic=1)[16], 1)
        self.assertEqual(parse(batch(self.RECORDS, cut=3)), [{"cut_bytes": len(batch(self.RECORDS)) - 3}])

    def test_two_batches_and_a_cut_one(self):
        whole = batch(self.RECORDS)
        self.assertEqual(len(parse(whole + whole + whole[:70])), 3)

    def test_refuses_what_no_batch_has(self):
        with self.assertRaisesRegex(ValueError, "no colour"):
            batch(self.RECORDS, colour=1)


if __name__ == "__main__":
    unittest.main()
