"""Medians as tables."""

import statistics


def median(results, key):
    values = [r[key] for r in results if key in r]
    return statistics.median(values) if values else None


def spread(measure):
    """How far the repetitions lie apart, as a share of their median."""
    values = [r[measure.shown] for r in measure.results]
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if len(values) > 1 and middle else 0.0


def number(value, digits=0):
    return "" if value is None else f"{value:,.{digits}f}"


def rounded(value):
    return number(value, 0 if value is None or value >= 100 else 1)


def rows(measures):
    """(measure, the median of what it shows, its ratio to that of the group's first)."""
    first = {}
    for m in measures:
        if not m.results:
            continue
        value = median(m.results, m.shown)
        base = first.setdefault(m.group, value)
        yield m, value, value / base if base else 0.0


def aligned(head, lines, left):
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    rule = ["-" * (w + 1) + ("-" if i < left else ":") for i, w in enumerate(widths)]
    out = ["| " + " | ".join(c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths))) + " |"
           for line in [head, *lines]]
    return "\n".join([out[0], "|" + "|".join(rule) + "|", *out[1:]])


def table(measures):
    head = ["what", "who", "per second", "CPU us", "queue us", "p50 us", "p99 us", "ratio", "spread", "RSS MB"]
    lines = []
    for m, _, ratio in rows(measures):
        rss = median(m.results, "rss_kb")
        # At a rate that is given, the rate is no result.
        rate = "" if m.shown != "rate" else rounded(median(m.results, "rate"))
        lines.append([
            m.group, m.name, rate, number(median(m.results, "cpu_us"), 1), number(median(m.results, "queue_us"), 1),
            number(median(m.results, "p50_us")),
            number(median(m.results, "p99_us")), f"{ratio:.3g}", f"{spread(m) * 100:.0f} %",
            number(rss / 1024 if rss else None, 1),
        ])
    return aligned(head, lines, 2)


def pairs(head, lines):
    return aligned(head, [list(line) for line in lines], len(head))
