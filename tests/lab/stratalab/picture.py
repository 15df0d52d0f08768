# SPDX-License-Identifier: Apache-2.0
"""Draws a trace: the nodes from top to bottom, the label stack between them."""

import sys

NAMES = {0: "explicit null", 1: "router alert", 2: "IPv6 null", 3: "implicit null"}


class Style:
    """Colours for a terminal, nothing elsewhere."""

    def __init__(self, is_coloured):
        self.is_coloured = is_coloured

    def paint(self, text, code):
        """Text in a colour."""
        return f"\033[{code}m{text}\033[0m" if self.is_coloured else text

    def node(self, text):
        """A node's name."""
        return self.paint(text, "1;36")

    def top(self, text):
        """The label that counts on this link."""
        return self.paint(text, "1;33")

    def dim(self, text):
        """Side remarks."""
        return self.paint(text, "2")


def terminal_style():
    """Colours if our output is a terminal."""
    return Style(sys.stdout.isatty())


def action(before, after):
    """What a node did to the stack between two links."""
    old, new = before.values(), after.values()
    common = 0
    while common < min(len(old), len(new)) and old[-1 - common] == new[-1 - common]:
        common += 1
    popped, pushed = len(old) - common, len(new) - common
    if not popped and not pushed:
        return "forwards IP" if not old else "passes on"
    if popped and pushed:
        return "swap" if pushed == 1 else f"swap and push {pushed - 1}"
    if popped:
        return "pop" if popped == 1 else f"pop {popped}"
    return f"push {pushed}"


def cell_lines(hop, depth):
    """The lines of one label's cell."""
    label = hop.labels[depth]
    owner = hop.owners[depth] if depth < len(hop.owners) else ""
    entry = hop.meanings[depth] if depth < len(hop.meanings) else None
    lines = [f"{label.value}  ttl {label.ttl}", NAMES.get(label.value, owner)]
    if entry:
        lines[1] = " ".join(word for word in (f"{owner}:", entry.owner, entry.instance) if word)
        lines.append(entry.fec or entry.purpose)
    return lines


def stack_lines(hop, style):
    """The boxes of a stack, and what they carry."""
    carried = "no IP"
    if hop.ip:
        carried = f"IP ttl {hop.ip.ttl}"
    if not hop.labels:
        return [style.dim(carried)]
    cells = [cell_lines(hop, depth) for depth in range(len(hop.labels))]
    height = max(len(lines) for lines in cells)
    widths = [max(len(text) for text in lines) + 2 for lines in cells]
    drawn = ["┌" + "┬".join("─" * width for width in widths) + "┐"]
    for row in range(height):
        texts = []
        for place, (lines, width) in enumerate(zip(cells, widths)):
            text = f" {lines[row] if row < len(lines) else '':<{width - 1}}"
            texts.append(style.top(text) if place == 0 and row == 0 else text)
        drawn.append("│" + "│".join(texts) + "│" + (" " + style.dim(carried) if row == 0 else ""))
    drawn.append("└" + "┴".join("─" * width for width in widths) + "┘")
    return drawn


def draw_chain(chain, target, style):
    """The lines of one direction."""
    lines = []
    before = None
    for hop in chain:
        remark = action(before, hop) if before else "sends"
        lines.append(f" {style.node(hop.sender)}  {style.dim(remark)}")
        for text in stack_lines(hop, style):
            lines.append(f"   │  {text}")
        lines.append("   ▼")
        before = hop
    if chain:
        last = chain[-1].receiver
        ending = "receives" if last == target else "LOST HERE or beyond"
        lines.append(f" {style.node(last)}  {style.dim(ending)}")
    else:
        lines.append(" nothing was seen on any link")
    return lines


def draw(trace, style=None, is_both_ways=False):
    """The whole picture as text."""
    style = style or terminal_style()
    lines = [f"{trace.source} to {trace.target} ({trace.address}): "
             f"{trace.received} of {trace.sent} answered"
             + "".join(f"; {note}" for note in trace.notes), ""]
    lines += draw_chain(trace.there, trace.target, style)
    if is_both_ways:
        lines += ["", f"and the answer, {trace.target} to {trace.source}:", ""]
        lines += draw_chain(trace.back, trace.source, style)
    return "\n".join(lines)


def draw_compact(trace):
    """One line a link: for logs and failed checks."""
    lines = []
    for hop in trace.there:
        stack = " ".join(f"{label.value}({label.ttl})" for label in hop.labels) or "IP"
        lines.append(f"    {hop.link:<15} {stack}")
    return "\n".join(lines) or "    nothing was seen on any link"
