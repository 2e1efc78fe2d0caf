"""Tags and filters of the public's templates: addresses in the page's language, days, times, small pictures."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from circumspect.faces.public import languages

register = template.Library()

# Drawn for this program; 24 units square, lines only, in the text's own colour.
_ICONS = {
    "book": '<path d="M4 5c3-1.4 6-1 8 1 2-2 5-2.400 8-1v13c-3-1.400-6-1-8 1-2-2-5-2.400-8-1zM12 6v13"/>',
    "clock": '<circle cx="12" cy="12" r="8.500"/><path d="M12 7v5l3.500 2"/>',
    "calendar": '<path d="M4.500 6h15v13.500h-15zM4.500 10h15M8.500 3.500v4M15.500 3.500v4"/>',
    "out": '<path d="M13.500 5H19v5.500M19 5l-8 8M16.500 14v5H5V7.500h5"/>',
    "shield": '<path d="M12 3.500 19 6v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z"/>',
    "person": '<circle cx="12" cy="8.500" r="3.800"/><path d="M4.500 20c1-4 4-6 7.500-6s6.500 2 7.500 6"/>',
    "news": '<path d="M5 4.500h14v15H5zM8.500 8.500h7M8.500 12h7M8.500 15.500h4"/>',
    "feed": '<circle cx="6.500" cy="17.500" r="1.500"/><path d="M5 11.500a8 8 0 0 1 7.500 7.500M5 5.500A14 14 0 0 1 18.500 19"/>',
    "pin": '<path d="M12 20.500c-4-5-6-8-6-10.500a6 6 0 0 1 12 0c0 2.500-2 5.500-6 10.500z"/><circle cx="12" cy="10" r="2.200"/>',
}


@register.simple_tag
def to(name: str, *args: Any) -> str:
    """The address of a page, in the page's language."""
    return languages.address(name, *args)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small picture beside words that say the same: it is hidden from whoever listens."""
    drawn = mark_safe(_ICONS[name])  # noqa: S308 - our own, from the list above
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">{}</svg>',
        drawn,
    )


@register.simple_tag
def outside(address: str, words: str) -> SafeString:
    """A link to a site that is not ours: marked for the eye and for the ear, and without a referrer."""
    return format_html(
        '<a class="out" rel="noreferrer external" href="{}">{}<span class="unseen"> ({})</span></a>',
        address,
        words,
        _("leads to another site"),
    )


@register.filter
def day(value: dt.date) -> str:
    """Nov 22, 2026."""
    return languages.day(value)


@register.filter
def long_day(value: dt.date) -> str:
    """Sunday, November 22, 2026."""
    return languages.day(value, "full")


@register.filter
def short_month(value: dt.date) -> str:
    """Nov, as the leaf of a calendar has it."""
    return languages.short_month(value)


@register.filter
def clock(value: dt.datetime | dt.time) -> str:
    """6:30 PM."""
    return languages.clock(value)


@register.filter
def weekday(value: dt.date) -> str:
    """Sunday."""
    return languages.weekday(value)
