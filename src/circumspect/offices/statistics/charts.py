"""Drawings of counts: SVG made here, with no script, no style of its own and nothing from elsewhere.

A drawing says its title to whoever cannot see it and is never alone: the page puts the numbers beside it as a
table. Colours, and the dark of night, are the style sheet's, by class. Numbers that are hidden are drawn hatched.

Pure: numbers in, markup out. Whatever is a word is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

Number = int | None
Write = Callable[[int], str]  # how a number is written where the reader lives
_WIDE = 720


def bars(
    title: str,
    rows: Sequence[tuple[str, Number]],
    *,
    wide: int = 460,
    label: int = 150,
    hidden: str = "not shown",
    write: Write = "{:,}".format,
) -> str:
    """Bars that lie: one for each word, the number at its end."""
    tall, gap, top = 22, 8, 4
    most = max((number or 0 for _, number in rows), default=0) or 1
    room = wide - label - 64
    drawn = []
    for at, (name, number) in enumerate(rows):
        y = top + at * (tall + gap)
        length = max(2.0, room * (number or 0) / most)
        drawn.append(
            f'<text class="c-name" x="{label - 10}" y="{y + 16}" text-anchor="end">{_cut(name, 20)}</text>'
        )
        if number is None:
            drawn.append(f'<rect class="c-hidden" x="{label}" y="{y}" width="26" height="{tall}" rx="4"/>')
            drawn.append(f'<text class="c-soft" x="{label + 34}" y="{y + 16}">{escape(hidden)}</text>')
        else:
            drawn.append(
                f'<rect class="c-bar" x="{label}" y="{y}" width="{length:.1f}" height="{tall}" rx="4"/>'
                f'<text class="c-number" x="{label + length + 8:.1f}" y="{y + 16}">{escape(write(number))}</text>'
            )
    return _svg(title, wide, top * 2 + len(rows) * (tall + gap), drawn)


def columns(
    title: str,
    rows: Sequence[tuple[str, Number]],
    *,
    wide: int = _WIDE,
    tall: int = 240,
    write: Write = "{:,}".format,
) -> str:
    """A hill over time: an area under a line, with the scale at the left; a gap where a number is hidden."""
    left, bottom, top, right = 52, 26, 12, 8
    top_of_scale = _round_up(max((number or 0 for _, number in rows), default=0))
    width, height = wide - left - right, tall - top - bottom
    step = width / max(1, len(rows) - 1)

    def spot(at: int, number: int) -> tuple[float, float]:
        return left + at * step, top + height * (1 - number / top_of_scale)

    drawn = []
    for part in range(5):
        y = top + height * part / 4
        value = top_of_scale * (4 - part) // 4
        drawn.append(f'<line class="c-rule" x1="{left}" x2="{wide - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        drawn.append(
            f'<text class="c-soft" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(write(value))}</text>'
        )
    for run in _runs(rows):
        spots = [spot(at, number) for at, number in run]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        base = top + height
        if len(spots) == 1:
            drawn.append(f'<circle class="c-dot" cx="{spots[0][0]:.1f}" cy="{spots[0][1]:.1f}" r="3.5"/>')
            continue
        drawn.append(
            f'<polygon class="c-hill" points="{spots[0][0]:.1f},{base} {line} {spots[-1][0]:.1f},{base}"/>'
            f'<polyline class="c-line" points="{line}"/>'
        )
    every = max(1, math.ceil(len(rows) / 8))
    for at in range(0, len(rows), every):
        anchor = "start" if at == 0 else "middle"
        drawn.append(
            f'<text class="c-soft" x="{left + at * step:.1f}" y="{tall - 6}" text-anchor="{anchor}">{escape(rows[at][0])}</text>'
        )
    return _svg(title, wide, tall, drawn)


def heat(title: str, names: Sequence[str], grid: Sequence[Sequence[Number]], *, wide: int = _WIDE) -> str:
    """A field of hours: seven rows of twenty-four, the darker the more."""
    left, top, gap = 52, 20, 3
    side = (wide - left) / 24 - gap
    most = max((number or 0 for row in grid for number in row), default=0) or 1
    drawn = [
        f'<text class="c-soft" x="{left + hour * (side + gap) + side / 2:.1f}" y="13" text-anchor="middle">{hour}</text>'
        for hour in range(0, 24, 3)
    ]
    for row, (name, numbers) in enumerate(zip(names, grid, strict=True)):
        y = top + row * (side + gap)
        drawn.append(
            f'<text class="c-soft" x="{left - 10}" y="{y + side / 2 + 4:.1f}" text-anchor="end">{escape(name)}</text>'
        )
        for hour, number in enumerate(numbers):
            x = left + hour * (side + gap)
            at = f'x="{x:.1f}" y="{y:.1f}" width="{side:.1f}" height="{side:.1f}" rx="4"'
            said = "not shown" if number is None else f"{number:,}"
            look = 'class="c-hidden"' if number is None else 'class="c-none"'
            if number:
                look = f'class="c-bar" fill-opacity="{0.12 + 0.88 * math.sqrt(number / most):.2f}"'
            drawn.append(f"<rect {look} {at}><title>{escape(name)} {hour}:00, {said}</title></rect>")
    return _svg(title, wide, math.ceil(top + 7 * (side + gap)), drawn)


def flows(title: str, steps: Sequence[tuple[str, str, int]], *, wide: int = _WIDE) -> str:
    """Ways between areas: each a ribbon from where people were to where they went, as wide as there were steps."""
    if not steps:
        return ""
    tall, gap, left, right = 340, 8, 150, wide - 150
    total = sum(count for _, _, count in steps)
    froms = _sums((a, count) for a, _, count in steps)
    tos = _sums((b, count) for _, b, count in steps)
    scale = (tall - gap * max(len(froms), len(tos))) / total
    tops = [_stack(side, scale, gap) for side in (froms, tos)]
    drawn = []
    for at, (names, x, anchor, dx) in enumerate(((froms, left, "end", -10), (tos, right, "start", 20))):
        for name, count in names.items():
            y, height = tops[at][name], max(2.0, count * scale)
            drawn.append(
                f'<rect class="c-post" x="{x}" y="{y:.1f}" width="10" height="{height:.1f}" rx="2"/>'
            )
            drawn.append(
                f'<text class="c-name" x="{x + dx}" y="{y + height / 2 + 4:.1f}" text-anchor="{anchor}">{_cut(name, 18)}</text>'
            )
    starts, ends = dict(tops[0]), dict(tops[1])
    middle = (left + 10 + right) / 2
    for a, b, count in steps:
        height = max(1.5, count * scale)
        y, z = starts[a] + height / 2, ends[b] + height / 2
        starts[a], ends[b] = starts[a] + count * scale, ends[b] + count * scale
        drawn.append(
            f'<path class="c-flow" stroke-width="{height:.1f}" d="M {left + 10} {y:.1f} C {middle:.0f} {y:.1f}'
            f' {middle:.0f} {z:.1f} {right} {z:.1f}"><title>{escape(a)} to {escape(b)}: {count:,}</title></path>'
        )
    return _svg(title, wide, tall, drawn)


def _sums(pairs: object) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, count in pairs:  # type: ignore[attr-defined]
        found[name] = found.get(name, 0) + count
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _stack(names: dict[str, int], scale: float, gap: int) -> dict[str, float]:
    tops, y = {}, 2.0
    for name, count in names.items():
        tops[name] = y
        y += max(2.0, count * scale) + gap
    return tops


def _runs(rows: Sequence[tuple[str, Number]]) -> list[list[tuple[int, int]]]:
    runs: list[list[tuple[int, int]]] = [[]]
    for at, (_, number) in enumerate(rows):
        if number is None:
            runs.append([])
        else:
            runs[-1].append((at, number))
    return [run for run in runs if run]


def _round_up(number: int) -> int:
    """The next number that divides into four round steps."""
    if number <= 4:
        return 4
    size = 10 ** int(math.log10(number))
    return next(int(size * each) for each in (1, 2, 4, 6, 8, 10, 20) if size * each >= number)


def _cut(name: str, most: int) -> str:
    return escape(name if len(name) <= most else name[: most - 1] + "…")


def _svg(title: str, wide: int, tall: float, drawn: Sequence[str]) -> str:
    look = "chart chart-wide" if wide >= _WIDE else "chart"
    return (
        f'<svg class="{look}" role="img" aria-label="{escape(title)}" viewBox="0 0 {wide} {tall:.0f}">'
        '<defs><pattern id="c-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<line class="c-hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>' + "".join(drawn) + "</svg>"
    )
