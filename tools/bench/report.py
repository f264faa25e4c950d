"""Medians as a table and as a plot."""

import html
import statistics


def median(results, key):
    values = [r[key] for r in results if key in r]
    return statistics.median(values) if values else None


def spread(results):
    """How far the repetitions lie apart, as a share of their median."""
    rates = [r["rate"] for r in results]
    return (max(rates) - min(rates)) / statistics.median(rates) if len(rates) > 1 else 0.0


def number(value, digits=0):
    return "" if value is None else f"{value:,.{digits}f}"


def rows(measures):
    """(group, name, medians, ratio to the group's first)."""
    first = {}
    for m in measures:
        if not m.results:
            continue
        rate = median(m.results, "rate")
        base = first.setdefault(m.group, rate)
        yield m, rate, rate / base if base else 0.0


def table(measures):
    head = ["what", "who", "per second", "ratio", "spread", "CPU us", "p50 us", "p99 us", "RSS MB"]
    lines = [head]
    for m, rate, ratio in rows(measures):
        rss = median(m.results, "rss_kb")
        lines.append([
            m.group, m.name, number(rate, 0 if rate >= 100 else 1), f"{ratio:.3g}",
            f"{spread(m.results) * 100:.0f} %", number(median(m.results, "cpu_us"), 1),
            number(median(m.results, "p50_us")), number(median(m.results, "p99_us")),
            number(rss / 1024 if rss else None, 1),
        ])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    out = []
    for n, line in enumerate(lines):
        cells = [c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths))]
        out.append("| " + " | ".join(cells) + " |")
        if n == 0:
            out.append("|" + "|".join("-" * (w + 1) + ("-" if i < 2 else ":") for i, w in enumerate(widths)) + "|")
    return "\n".join(out)


BAR, LEFT, TOP, ROW = 380, 330, 34, 22


def plot(measures, title):
    """Bars on a scale of each group's own, with the figures beside them."""
    shown = list(rows(measures))
    largest = {}
    for m, rate, _ in shown:
        largest[m.group] = max(rate, largest.get(m.group, 0))
    height = TOP + ROW * (len(shown) + 1) + 12
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + BAR + 110}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="12" y="20" font-weight="bold">{html.escape(title)}</text>',
    ]
    y, group = TOP, None
    for m, rate, _ in shown:
        if m.group != group:
            out.append(f'<text x="12" y="{y + 14}" font-weight="bold">{html.escape(m.group)}</text>')
            group = m.group
        width = max(1.0, BAR * rate / largest[m.group])
        colour = "#2a6fb0" if m.name.startswith("sessiond") else "#9aa5b1"
        out.append(f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{html.escape(m.name)}</text>')
        out.append(f'<rect x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="{ROW - 7}" fill="{colour}"/>')
        out.append(f'<text x="{LEFT + width + 6:.1f}" y="{y + 14}">{number(rate, 0 if rate >= 100 else 1)}/s</text>')
        y += ROW
    return "\n".join([*out, "</svg>", ""])
