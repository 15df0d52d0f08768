# SPDX-License-Identifier: Apache-2.0
"""Following packets, naming label owners, resolving labels, drawing."""

import json
import types
import unittest

from stratalab import checks, disturb, labels, network, packet, picture, trace, wire

PATH = [("a", "x", []), ("x", "y", [100, 200, 300]), ("y", "z", [200, 300]), ("z", "w", [210, 300]),
        ("w", "b", [])]


def chain():
    """Hops of PATH in a mixed order."""
    hops = [trace.Hop(one, two, f"{two}-{one}", [packet.Label(value) for value in stack],
                      packet.Ipv4("10.0.0.1", "10.0.0.2", 1, 61)) for one, two, stack in PATH]
    return hops[2:] + hops[:2]


class TraceTest(unittest.TestCase):
    """a path with a push, a pop, a swap"""

    def test_follow_orders_hops(self):
        self.assertEqual([hop.link for hop in trace.follow(chain(), "a")],
                         ["a-x", "x-y", "y-z", "z-w", "w-b"])

    def test_follow_ends_where_packets_end(self):
        hops = [hop for hop in chain() if hop.sender != "z"]
        self.assertEqual(trace.follow(hops, "a")[-1].receiver, "z")

    def test_owners(self):
        hops = trace.follow(chain(), "a")
        trace.name_owners(hops)
        self.assertEqual(hops[1].owners, ["y", "z", ""])
        self.assertEqual(hops[2].owners, ["z", ""])
        self.assertEqual(hops[3].owners, ["w", ""])

    def test_picture_fits(self):
        hops = trace.follow(chain(), "a")
        trace.name_owners(hops)
        for hop in hops:
            hop.meanings = [labels.Entry(label.value, "bgp", "carrierA", "192.168.200.0/24", "swap")
                            for label in hop.labels]
        result = trace.Trace("a", "b", "10.0.0.2", hops, [], 1, 1, [])
        text = picture.draw(result, picture.Style(False))
        self.assertTrue(all(len(line) <= 100 for line in text.splitlines()))
        for word in ("push 3", "pop", "swap", "receives", "192.168.200.0/24"):
            self.assertIn(word, text)

    def test_wrong_hops_of_a_fault(self):
        allowed = {"x-y": [[{100}, {200}, {300}]], "y-z": [[{200}, {300}]],
                   "z-w": [[{9}], [{210}, {300}]]}
        pairs = [(hop, (False, 1, 1, b"")) for hop in chain()]
        self.assertEqual(disturb.wrong_hops(pairs, allowed, True), [])
        pairs[0][0].labels.pop(0)
        self.assertEqual(disturb.wrong_hops(pairs, allowed, True), ["y-z: 300"])

    def test_delivery_over_a_detour(self):
        hops = [(hop, None) for hop in chain()]
        check = {"during": "rerouted", "detour": {"y-z": []}}
        lost, back = (1, 0.1, None), (2, 0.2, 0.3)
        self.assertIsNone(disturb.wrong_delivery(check, [lost, lost, back, back, back], hops))
        self.assertIn("at the end", disturb.wrong_delivery(check, [back, back, lost], hops))
        check["detour"]["b-c"] = []
        self.assertIn("over b-c", disturb.wrong_delivery(check, [back] * 3, hops))


class LabelTest(unittest.TestCase):
    """label tables in any wrapping"""

    ROWS = [{"label": 16, "owner": "ldp", "fec": "10.2.0.3/32", "purpose": "swap"},
            {"label": 17, "owner": "bgp", "vpn-instance": "custX", "fec": "192.168.2.0/24"}]

    def book(self, document):
        """A LabelBook over one router that answers with a document."""
        connection = types.SimpleNamespace(ask=lambda verb, **fields: {
            "status": 0, "output": json.dumps(document), "errors": ""})
        plan = types.SimpleNamespace(nodes={"r": types.SimpleNamespace(program="strata")})
        return labels.LabelBook(connection, plan)

    def test_plain_and_wrapped(self):
        for document in (self.ROWS, {"strata-mpls:labels": {"label": self.ROWS}}):
            book = self.book(document)
            self.assertEqual(book.resolve("r ldp 10.2.0.3/32"), {16})
            self.assertEqual(book.resolve("r bgp custX 192.168.2.0/24"), {17})
            self.assertEqual(book.meaning("r", 17).words(), "bgp custX 192.168.2.0/24")

    def test_daemons_purposes_and_states(self):
        book = self.book([
            {"label": 16, "owner": "ldpd", "purpose": "ldp", "fec": "10.0.0.1/32", "state": "held"},
            {"label": 17, "owner": "ldpd", "purpose": "ldp", "fec": "10.0.0.1/32",
             "state": "resting"},
            {"label": 18, "owner": "bgpd", "purpose": "vpn-instance", "vpn-instance": "custX"},
            {"label": 19, "owner": "bgpd", "purpose": "bgp-labeled", "vpn-instance": "public",
             "fec": "10.0.0.1/32"}])
        self.assertEqual(book.resolve("r ldp 10.0.0.1/32"), {16})
        self.assertEqual(book.resolve("r bgp custX 192.168.2.0/24"), {18})
        self.assertEqual(book.resolve("r bgp 10.0.0.1/32"), {19})
        self.assertEqual(book.resolve("r bgp public 10.0.0.1/32"), {19})

    def test_unresolved(self):
        with self.assertRaises(labels.Unresolved):
            self.book(self.ROWS).resolve("r bgp custY 192.168.2.0/24")
        with self.assertRaises(labels.Unresolved):
            self.book("error: no such command").resolve("r ldp 10.2.0.3/32")
        self.assertEqual(self.book([]).resolve(77), {77})

    def test_prefixes_by_instance(self):
        document = {"routes": [{"prefix": "10.0.0.0/8", "vpn-instance": "-"},
                               {"prefix": "192.168.0.0/16", "vpn-instance": "custX"}],
                    "vpn": {"vpn-instance": "custX", "route": [{"prefix": "172.16.0.0/12"}]}}
        texts = lambda where: sorted(map(str, checks.strata_prefixes(document, where)))
        self.assertEqual(texts("public"), ["10.0.0.0/8"])
        self.assertEqual(texts("custX"), ["172.16.0.0/12", "192.168.0.0/16"])
        self.assertEqual(len(texts("anywhere")), 3)


class WireTest(unittest.TestCase):
    """frames and greetings"""

    def test_client_skips_old_bytes(self):
        sent = bytearray()

        def write(data):
            sent.extend(bytes(data[:5]))
            return min(5, len(data))
        queue = [b"old frame"]
        client = wire.Channel(lambda size: queue.pop(0) if queue else b"rest" + bytes(sent) + b"new",
                              write, -1)
        client.greet()
        self.assertEqual(client.buffer, b"new")

    def test_frames(self):
        stream = bytearray()
        sender = wire.Channel(None, lambda data: stream.extend(data) or len(data), -1)
        sender.send(wire.REQUEST, {"verb": "x"})
        sender.send(wire.OUTPUT, b"abc")
        chunks = [bytes(stream[at:at + 3]) for at in range(0, len(stream), 3)]
        receiver = wire.Channel(lambda size: chunks.pop(0) if chunks else b"", None, -1)
        self.assertEqual(receiver.receive(), (wire.REQUEST, b'{"verb": "x"}'))
        self.assertEqual(receiver.receive(), (wire.OUTPUT, b"abc"))
        with self.assertRaises(wire.Closed):
            receiver.receive()

    def test_batches_keep_line_numbers(self):
        lines = ["# comment", "rule add", "-f mpls route add 16", "", "-f mpls route add 17", "route"]
        self.assertEqual(network.batches(lines), [
            ([], ["", "rule add"]),
            (["-f", "mpls"], ["", "", "route add 16", "", "route add 17"]),
            ([], ["", "", "", "", "", "route"])])

    def test_outage(self):
        timeline = [[0, 10.0, 0.01], [1, 11.0, None], [2, 12.5, None], [3, 13.0, 0.01]]
        self.assertEqual(disturb.outage(timeline, 10.5), (2, 4, 2.0))
        self.assertEqual(disturb.outage(timeline[:1], 10.5), (0, 1, 0.0))
