"""The library's figures in public: the published tables, drawn and as numbers, and the same as open data.

Nothing is counted here, and nothing is hidden here: what is published was made, protected and attacked before.

Source: clause MP-4.16; issue "The public side", section 5.
"""

from __future__ import annotations

import csv
from typing import Any

from babel.numbers import format_decimal
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from circumspect.faces.public import languages
from circumspect.faces.public.pages import show
from circumspect.faces.site import statistics_words as words
from circumspect.offices.statistics import charts, showing
from circumspect.offices.statistics.plans import BY_CODE, Dimension
from circumspect.records.catalog.models import Branch

_MOST_BARS = 15


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """What there is, by year, and how it is made."""
    listed = [
        {
            "year": _span(year),
            "slug": _slug(year),
            "tables": [(each.plan.code, words.TITLES[each.plan.code]) for each in showing.tables(year)],
        }
        for year in showing.years()
    ]
    return show(request, "site/statistics.html", {"years": listed})


@require_safe
def table(request: HttpRequest, slug: str, year: str) -> HttpResponse:
    """One table of a year."""
    found = _find(slug, year)
    branches = dict(Branch.objects.values_list("code", "name"))
    plan = found.plan
    across = plan.columns
    rows = [
        (words.value_of(plan.rows, name, branches), [_number(each) for each in numbers], name is None)
        for name, numbers in found.rows
    ]
    context: dict[str, Any] = {
        "title": words.TITLES[plan.code],
        "method": words.method_of(plan),
        "year": _span(found.year),
        "slug": slug,
        "year_slug": year,
        "row_head": words.DIMENSIONS[plan.rows.value],
        "columns": [words.value_of(across, each, branches) for each in found.head] if across else [_("All")],
        "rows": rows,
        "most": found.smallest - 1,
        "round_to": found.round_to,
        "published_on": found.published_on,
        "chart": mark_safe(_chart(found, branches)),  # noqa: S308 - charts escapes every word
        "here": "site-statistics",
    }
    return show(request, "site/statistics_table.html", context)


@require_safe
def file(_request: HttpRequest, slug: str, year: str) -> HttpResponse:
    """The same as open data."""
    response = _csv(f"{slug}-{year}")
    rows = csv.writer(response)
    rows.writerow(showing.COLUMNS)
    rows.writerows(showing.lines(_find(slug, year)))
    return response


@require_safe
def dictionary(_request: HttpRequest) -> HttpResponse:
    """What stands in each column of the files."""
    response = _csv("data-dictionary")
    rows = csv.writer(response)
    rows.writerow(("column", "meaning"))
    rows.writerows(showing.DICTIONARY)
    return response


def _chart(found: showing.ShownTable, branches: dict[str, str]) -> str:
    """Months as a hill, everything else as bars: the totals, which say most."""
    plan, title = found.plan, str(words.TITLES[found.plan.code])
    if plan.columns is Dimension.MONTH:
        totals = found.rows[-1][1]
        months = [
            (words.value_of(Dimension.MONTH, name, branches), number)
            for name, number in zip(found.head, totals, strict=True)
            if name is not None
        ]
        return charts.columns(title, months, write=_written)
    rows = [
        (words.value_of(plan.rows, name, branches), numbers[-1])
        for name, numbers in found.rows
        if name is not None
    ]
    rows.sort(key=lambda each: -(each[1] or 0))
    return charts.bars(title, rows[:_MOST_BARS], hidden=_("not shown"), write=_written)


def _find(slug: str, year: str) -> showing.ShownTable:
    name = next((each for each in showing.years() if _slug(each) == year), None)
    found = showing.table(slug, name) if name and slug in BY_CODE else None
    if found is None:
        raise Http404
    return found


def _span(year: str) -> str:
    return year.replace(" to ", " – ")


def _slug(year: str) -> str:
    return year.replace(" ", "-")


def _number(number: int | None) -> str:
    return "" if number is None else _written(number)


def _written(number: int) -> str:
    """With the blanks, commas or points of the reader's language."""
    return str(format_decimal(number, locale=languages.current()))


def _csv(name: str) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
