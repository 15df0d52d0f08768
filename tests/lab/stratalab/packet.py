# SPDX-License-Identifier: Apache-2.0
"""Packets as values: Ethernet, MPLS (RFC 3032), IPv4, ICMP, UDP, TCP. No sockets, no clock.

Decoders never raise on short or strange input: what cannot be read stays None.
"""

import dataclasses
import ipaddress
import struct

ETH_IPV4 = 0x0800
ETH_ARP = 0x0806
ETH_IPV6 = 0x86DD
ETH_MPLS = 0x8847
PRIORITY_TAG = b"\x81\0\0\0"    # 802.1Q with VLAN id 0
PROTO_ICMP = 1
PROTO_TCP = 6
PROTO_UDP = 17
ICMP_ECHO_REPLY = 0
ICMP_UNREACHABLE = 3
ICMP_ECHO = 8
ICMP_FRAG_NEEDED = 4


@dataclasses.dataclass
class Label:
    """One label stack entry."""
    value: int
    ttl: int = 64
    tc: int = 0


@dataclasses.dataclass
class Ipv4:
    """The header fields we care for; `payload` is what follows the header."""
    source: str
    destination: str
    protocol: int
    ttl: int = 64
    payload: bytes = b""
    ident: int = 0
    dont_fragment: bool = False
    length: int = 0


@dataclasses.dataclass
class Frame:
    """An Ethernet frame; labels is empty and ip None where there are none."""
    destination: bytes = b"\0" * 6
    source: bytes = b"\0" * 6
    ethertype: int = ETH_IPV4
    labels: list = dataclasses.field(default_factory=list)
    ip: Ipv4 | None = None
    payload: bytes = b""


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def encode_labels(labels):
    """A label stack, bottom bit on the last entry."""
    words = []
    for place, label in enumerate(labels):
        bottom = 1 if place == len(labels) - 1 else 0
        words.append(struct.pack("!I", label.value << 12 | label.tc << 9 | bottom << 8 | label.ttl))
    return b"".join(words)


def decode_labels(data):
    """(labels, rest after the bottom of the stack); rest None when the stack has no bottom."""
    labels = []
    at = 0
    while at + 4 <= len(data):
        word, = struct.unpack_from("!I", data, at)
        at += 4
        labels.append(Label(word >> 12, word & 0xFF, word >> 9 & 7))
        if word >> 8 & 1:
            return labels, data[at:]
    return labels, None


def encode_ipv4(packet):
    """An IPv4 packet without options."""
    flags = 0x4000 if packet.dont_fragment else 0
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(packet.payload), packet.ident, flags,
                         packet.ttl, packet.protocol, 0,
                         ipaddress.IPv4Address(packet.source).packed,
                         ipaddress.IPv4Address(packet.destination).packed)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return header + packet.payload


def decode_ipv4(data):
    """An Ipv4, or None if these bytes are not one (a cut packet keeps what payload is there)."""
    if len(data) < 20 or data[0] >> 4 != 4:
        return None
    (first, _, length, ident, flags, ttl, protocol, _, source,
     destination) = struct.unpack_from("!BBHHHBBH4s4s", data)
    header = (first & 15) * 4
    if header < 20 or len(data) < header or length < header:
        return None
    return Ipv4(str(ipaddress.IPv4Address(source)), str(ipaddress.IPv4Address(destination)),
                protocol, ttl, data[header:length], ident, bool(flags & 0x4000), length)


def encode_frame(frame):
    """The frame's bytes; the ethertype follows from labels and ip if ip is set."""
    inner = encode_ipv4(frame.ip) if frame.ip else frame.payload
    ethertype = ETH_MPLS if frame.labels else frame.ethertype
    return (frame.destination + frame.source + struct.pack("!H", ethertype)
            + encode_labels(frame.labels) + inner)


def decode_frame(data):
    """A Frame, or None if shorter than an Ethernet header."""
    if len(data) < 14:
        return None
    ethertype, = struct.unpack_from("!H", data, 12)
    frame = Frame(data[:6], data[6:12], ethertype, payload=data[14:])
    if ethertype == ETH_MPLS:
        frame.labels, rest = decode_labels(data[14:])
        frame.payload = rest or b""
    if ethertype in (ETH_MPLS, ETH_IPV4):
        frame.ip = decode_ipv4(frame.payload)
    return frame


def encode_icmp(kind, code, rest, payload):
    """An ICMP message; `rest` are the four bytes after the checksum."""
    head = struct.pack("!BBH", kind, code, 0) + rest + payload
    return head[:2] + struct.pack("!H", checksum(head)) + head[4:]


def encode_echo(ident, sequence, payload, is_reply=False):
    """An ICMP echo request or reply."""
    kind = ICMP_ECHO_REPLY if is_reply else ICMP_ECHO
    return encode_icmp(kind, 0, struct.pack("!HH", ident, sequence), payload)


def decode_icmp(data):
    """(type, code, four bytes, payload), or None."""
    if len(data) < 8:
        return None
    return data[0], data[1], data[4:8], data[8:]


def decode_echo(data):
    """(is_reply, ident, sequence, payload) of an echo message, or None."""
    icmp = decode_icmp(data)
    if icmp is None or icmp[0] not in (ICMP_ECHO, ICMP_ECHO_REPLY):
        return None
    ident, sequence = struct.unpack("!HH", icmp[2])
    return icmp[0] == ICMP_ECHO_REPLY, ident, sequence, icmp[3]


def pseudo_header(source, destination, protocol, length):
    """What UDP and TCP checksums also cover."""
    return (ipaddress.IPv4Address(source).packed + ipaddress.IPv4Address(destination).packed
            + struct.pack("!BBH", 0, protocol, length))


def encode_udp(source, destination, source_port, destination_port, payload):
    """A UDP datagram with its checksum."""
    length = 8 + len(payload)
    head = struct.pack("!HHHH", source_port, destination_port, length, 0)
    value = checksum(pseudo_header(source, destination, PROTO_UDP, length) + head + payload)
    return head[:6] + struct.pack("!H", value or 0xFFFF) + payload


def decode_udp(data):
    """(source port, destination port, payload), or None."""
    if len(data) < 8:
        return None
    source, destination, length, _ = struct.unpack_from("!HHHH", data)
    if length < 8:
        return None
    return source, destination, data[8:length]


def decode_tcp(data):
    """(source port, destination port, sequence, acknowledgement, flags, payload), or None."""
    if len(data) < 20:
        return None
    source, destination, sequence, acknowledged, offset, flags = struct.unpack_from("!HHIIBB", data)
    header = (offset >> 4) * 4
    if header < 20 or len(data) < header:
        return None
    return source, destination, sequence, acknowledged, flags, data[header:]


def describe(frame):
    """One line for people."""
    parts = [f"{label.value}(ttl {label.ttl})" for label in frame.labels]
    if frame.ip:
        parts.append(f"IP {frame.ip.source} > {frame.ip.destination} ttl {frame.ip.ttl}")
    elif not frame.labels:
        parts.append(f"ethertype {frame.ethertype:#06x}")
    return " ".join(parts)
