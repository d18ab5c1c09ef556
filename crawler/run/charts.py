"""Charts as inline SVG: numbers go in, text of an `<svg>` comes out, without script and without other files.

A chart is as wide as a phone and is scaled up, so its text can be read there. Colours are the classes `c0` to `c8`; the
page's style sheet has them for light and dark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from archive import printable

WIDTH, HEIGHT = 360, 190
LEFT, BOTTOM, TOP = 44, 22, 8
"""Space for the numbers, the days, and above."""
ROW = 22
"""Height of a horizontal bar with the space around it."""
LABEL, VALUE = 108, 52
"""Space for the name and the number of a horizontal bar."""
LONGEST_LABEL = 15
"""Characters of a name beside a bar; the whole name is in its title."""
COLOURS = 8
"""Series with a colour of their own; the others are one."""
Format = Callable[[float], str]


def quoted(text: str) -> str:
    """Text for HTML: control characters are shown, markup is not."""
    return escape(printable(text))


@dataclass(frozen=True)
class Series:
    """One row of numbers with its name."""

    name: str
    values: Sequence[float]


def columns(title: str, labels: Sequence[str], series: Sequence[Series], shown: Format) -> str:
    """Stacked columns, one for each label; `shown` writes a number."""
    totals = [sum(one.values[at] for one in series) for at in range(len(labels))]
    top = _round_up(max(totals, default=0))
    step = (WIDTH - LEFT) / max(len(labels), 1)
    parts = [_axis(top, shown), *_days(labels, step)]
    for at, label in enumerate(labels):
        base = 0.0
        for number, one in enumerate(series):
            if not (value := one.values[at]):
                continue
            height = _height(value, top)
            y = HEIGHT - BOTTOM - _height(base, top) - height
            tip = f"{label} {one.name}: {shown(value)}"
            place = f'x="{LEFT + at * step + 0.5:.1f}" y="{y:.1f}" width="{max(step - 1, 1):.1f}" height="{height:.1f}"'
            parts.append(f'<rect class="c{min(number, COLOURS)}" {place}><title>{quoted(tip)}</title></rect>')
            base += value
    return _svg(title, HEIGHT, parts)


def line(title: str, labels: Sequence[str], values: Sequence[float], shown: Format) -> str:
    """A filled line from the first label to the last."""
    top = _round_up(max(values, default=0))
    step = (WIDTH - LEFT) / max(len(labels), 1)
    points = [
        f"{LEFT + (at + 0.5) * step:.1f},{HEIGHT - BOTTOM - _height(value, top):.1f}" for at, value in enumerate(values)
    ]
    floor = HEIGHT - BOTTOM
    area = f"{LEFT + step / 2:.1f},{floor} {' '.join(points)} {LEFT + (len(values) - 0.5) * step:.1f},{floor}"
    drawn = [f'<polygon class="c0 area" points="{area}"/>', f'<polyline class="line" points="{" ".join(points)}"/>']
    return _svg(title, HEIGHT, [_axis(top, shown), *_days(labels, step), *(drawn if values else ())])


def bars(title: str, values: Mapping[str, float], shown: Format) -> str:
    """Horizontal bars with their names and numbers."""
    most = max(values.values(), default=0) or 1
    parts = []
    for at, (name, value) in enumerate(values.items()):
        y, width = at * ROW + 4, (WIDTH - LABEL - VALUE) * value / most
        label = name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1] + "…"
        parts.append(
            f'<text x="{LABEL - 6}" y="{y + 12}" text-anchor="end">{quoted(label)}<title>{quoted(name)}</title></text>'
            f'<rect class="c0" x="{LABEL}" y="{y}" width="{width:.1f}" height="{ROW - 6}"/>'
            f'<text x="{LABEL + width + 5:.1f}" y="{y + 12}">{quoted(shown(value))}</text>'
        )
    return _svg(title, len(values) * ROW + 8, parts)


def legend(series: Sequence[Series]) -> str:
    """The names of the series with their colours."""
    keys = (
        f'<li><svg viewBox="0 0 10 10"><rect class="c{min(number, COLOURS)}" width="10" height="10"/></svg>'
        f"{quoted(one.name)}</li>"
        for number, one in enumerate(series)
    )
    return f"<ul class=legend>{''.join(keys)}</ul>" if series else ""


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg class=chart viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{quoted(title)}">'
        f"{''.join(parts)}</svg>"
    )


def _axis(top: float, shown: Format) -> str:
    lines = []
    for value in (0.0, top / 2, top):
        y = HEIGHT - BOTTOM - _height(value, top)
        lines.append(
            f'<line class=grid x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 4}" y="{y + 4:.1f}" text-anchor="end">{quoted(shown(value))}</text>'
        )
    return "".join(lines)


def _days(labels: Sequence[str], step: float) -> list[str]:
    """The first label, one in the middle, and the last."""
    if not labels:
        return []
    places = {0: "start", len(labels) // 2: "middle", len(labels) - 1: "end"}
    return [
        f'<text x="{LEFT + (at + {"start": 0, "middle": 0.5, "end": 1}[anchor]) * step:.1f}" y="{HEIGHT - 6}" '
        f'text-anchor="{anchor}">{quoted(labels[at])}</text>'
        for at, anchor in places.items()
    ]


def _height(value: float, top: float) -> float:
    return (HEIGHT - BOTTOM - TOP) * value / top


def _round_up(most: float) -> float:
    """The next of 1, 2 or 5 times a power of ten."""
    top = 1.0
    while top < most:
        for factor in (2, 2.5, 2):
            if top < most:
                top *= factor
    return top
