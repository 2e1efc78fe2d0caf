"""Filters of the patron's pages: sums, and names by code."""

from __future__ import annotations

from collections.abc import Mapping

from babel.numbers import format_currency
from django import template

from circumspect.faces.public import languages

register = template.Library()


@register.filter
def money(cents: int) -> str:
    """$2.50, as people of the page's language write dollars."""
    locale = {"en": "en_US", "es": "es_US", "pl": "pl"}[languages.current()]
    return str(format_currency(cents / 100, "USD", locale=locale)).replace("\u00a0", " ")


@register.filter
def of(names: Mapping[str, str], code: str) -> str:
    """The name that a code stands for."""
    return names.get(code, code)
