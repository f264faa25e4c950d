"""The table as bars, for a page that may be light or dark.

Each group has a scale of its own that begins at zero, drawn above its bars: the longest bar is the
group's largest value. Bars of different groups say nothing about each other.
"""

import html

from report import number, rounded, rows

WIDTH, LEFT, RIGHT = 860, 290, 150
BAR = WIDTH - LEFT - RIGHT
TOP, ROW, HEAD, GAP = 52, 20, 38, 14

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 14px; }
.group { font-weight: 600; }
.faint { fill: #59636e; font-size: 11px; }
.paper { fill: #ffffff; }
.ours { fill: #0969da; }
.other { fill: #8c959f; }
.axis { stroke: #59636e; stroke-width: 1; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .faint { fill: #9198a1; }
  .paper { fill: #0d1117; }
  .ours { fill: #4493f8; }
  .other { fill: #7d8590; }
  .axis { stroke: #9198a1; }
}
"""


def is_ours(measure):
    return "sessiond" in measure.name or "pam_webauth" in measure.name or measure.name == "nothing"


def unit(measure):
    return {"rate": "per second, more is better", "p99_us": "p99 in us, less is better",
            "p50_us": "us, less is better"}[measure.shown]


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{html.escape(words)}</text>'


def group_head(y, m, largest):
    """The group's name and its axis, from zero to the largest value."""
    axis = y + HEAD - 6
    return [
        text(12, y + 14, m.group, "group"),
        text(WIDTH - 12, y + 14, unit(m), "faint", "end"),
        text(LEFT, axis - 4, "0", "faint", "middle"),
        text(LEFT + BAR, axis - 4, rounded(largest), "faint", "middle"),
        f'<path d="M{LEFT} {axis - 2}v4M{LEFT} {axis}h{BAR}M{LEFT + BAR} {axis - 2}v4" class="axis" fill="none"/>',
    ]


def bar(y, m, value, ratio, largest):
    width = BAR * value / largest if largest else 0
    kind = "ours" if is_ours(m) else "other"
    return [
        text(LEFT - 8, y + 14, m.name, anchor="end"),
        f'<rect x="{LEFT}" y="{y + 3}" width="{max(width, 0.5):.1f}" height="{ROW - 6}" class="{kind}"/>',
        text(LEFT + width + 6, y + 14, f"{rounded(value)}  ({number(ratio, 2 if ratio < 10 else 0)}x)"),
    ]


def plot(measures, title):
    shown = list(rows(measures))
    largest = {}
    for m, value, _ in shown:
        largest[m.group] = max(value, largest.get(m.group, 0))
    out, y, group = [], TOP, None
    for m, value, ratio in shown:
        if m.group != group:
            y += GAP if group else 0
            out += group_head(y, m, largest[m.group])
            y += HEAD
            group = m.group
        out += bar(y, m, value, ratio, largest[m.group])
        y += ROW
    height = y + GAP
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-label="The figures of the table as bars">',
        f"<style>{STYLE}</style>",
        '<rect width="100%" height="100%" class="paper"/>',
        text(12, 20, title[0], "title"),
        text(12, 37, title[1] + " Each group has its own scale, from zero; in brackets: times its first bar.", "faint"),
        *out, "</svg>", ""])
