# SPDX-License-Identifier: Apache-2.0
"""The packet codec: golden bytes, round trips, cuts at every byte."""

import unittest

from stratalab import packet

GOLDEN = bytes.fromhex(
    "020000000101020000000102" "8847"
    "00ffc040" "026ac13f"
    "45000021000000004001f689c0a80101c0a80201" "0800" "a1f2" "1234" "0007" "68656c6c6f")


def golden_frame():
    """The frame whose bytes are GOLDEN."""
    echo = packet.encode_echo(0x1234, 7, b"hello")
    ip = packet.Ipv4("192.168.1.1", "192.168.2.1", packet.PROTO_ICMP, 64, echo)
    return packet.Frame(bytes.fromhex("020000000101"), bytes.fromhex("020000000102"),
                        labels=[packet.Label(4092, 64), packet.Label(9900, 63)], ip=ip)


class PacketTest(unittest.TestCase):
    """encode, decode and damage"""

    def test_golden_bytes(self):
        self.assertEqual(packet.encode_frame(golden_frame()), GOLDEN)

    def test_checksums_are_right(self):
        data = packet.encode_frame(golden_frame())
        self.assertEqual(packet.checksum(data[22:42]), 0)
        self.assertEqual(packet.checksum(data[42:]), 0)

    def test_round_trip(self):
        frame = packet.decode_frame(packet.encode_frame(golden_frame()))
        self.assertEqual([label.value for label in frame.labels], [4092, 9900])
        self.assertEqual([label.ttl for label in frame.labels], [64, 63])
        self.assertEqual((frame.ip.source, frame.ip.destination), ("192.168.1.1", "192.168.2.1"))
        self.assertEqual(packet.decode_echo(frame.ip.payload), (False, 0x1234, 7, b"hello"))

    def test_cut_at_every_byte(self):
        data = packet.encode_frame(golden_frame())
        for length in range(len(data)):
            frame = packet.decode_frame(data[:length])
            if length < 14:
                self.assertIsNone(frame)
            elif length < 42:
                self.assertIsNone(frame.ip)

    def test_stack_without_bottom(self):
        labels, rest = packet.decode_labels(bytes.fromhex("00ffc040" "00ffc040"))
        self.assertEqual(len(labels), 2)
        self.assertIsNone(rest)

    def test_traffic_class_and_bottom(self):
        data = packet.encode_labels([packet.Label(16, 1, 5), packet.Label(1048575, 255, 7)])
        self.assertEqual(data.hex(), "00010a01" "ffffffff")
        labels, _ = packet.decode_labels(data)
        self.assertEqual(labels, [packet.Label(16, 1, 5), packet.Label(1048575, 255, 7)])

    def test_udp(self):
        data = packet.encode_udp("10.0.0.1", "10.0.0.2", 1000, 2000, b"abc")
        pseudo = packet.pseudo_header("10.0.0.1", "10.0.0.2", packet.PROTO_UDP, len(data))
        self.assertEqual(packet.checksum(pseudo + data), 0)
        self.assertEqual(packet.decode_udp(data), (1000, 2000, b"abc"))
        self.assertIsNone(packet.decode_udp(data[:7]))

    def test_tcp(self):
        data = bytes.fromhex("0050c350000000010000000250180400000000006869")
        self.assertEqual(packet.decode_tcp(data), (80, 50000, 1, 2, 0x18, b"hi"))
        self.assertIsNone(packet.decode_tcp(data[:19]))

    def test_dont_fragment(self):
        ip = packet.Ipv4("10.0.0.1", "10.0.0.2", 17, dont_fragment=True)
        self.assertTrue(packet.decode_ipv4(packet.encode_ipv4(ip)).dont_fragment)
