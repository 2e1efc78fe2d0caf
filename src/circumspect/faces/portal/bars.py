"""A card's number as bars on a screen: an SVG drawing that needs no script and no style."""

from __future__ import annotations

from barcode.codabar import CODABAR
from barcode.codex import Code128
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_HEIGHT, _QUIET = 60, 12


def drawing(number: str, label: str) -> SafeString:
    """The bars of a card's number: Codabar for digits, which library scanners read, Code 128 for others."""
    made = CODABAR(f"A{number}A") if number.isdecimal() else Code128(number)
    row = str(made.build()[0])
    bars, at = [], 0
    while at < len(row):
        end = at
        while end < len(row) and row[end] == row[at]:
            end += 1
        if row[at] == "1":
            bars.append((at + _QUIET, end - at, _HEIGHT))
        at = end
    width = len(row) + 2 * _QUIET
    rects = format_html_join("", '<rect x="{}" y="8" width="{}" height="{}"/>', bars)
    return format_html(
        '<svg class="bars" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">'
        '<rect class="bars-paper" width="100%" height="100%"/>{}</svg>',
        label,
        width,
        _HEIGHT + 16,
        rects,
    )
