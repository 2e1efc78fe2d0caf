"""How the website is used: drawings and tables of counts, for those who run it. Nobody is in them.

The counts are the annex's. This page opens its database to read, and knows no more than is there.

Source: clauses TH-2.3 to TH-2.9; issue "The public side", section 4.
"""

from __future__ import annotations

import csv
import datetime as dt
from contextlib import closing
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from circumspect.faces.desk import shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.desk.views.office import WEB
from circumspect.offices.statistics import charts
from circumspect.offices.statistics.releasing import rule_of
from circumspect.visits import figures
from circumspect.visits.settings import is_on, settings_of
from circumspect.visits.store import Store, StoreError

SPANS = {"30": "30 days", "90": "90 days", "365": "a year"}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_BARS = 12
_MOST_FLOWS = 24
# What a count by this word is called where the word is none.
_NO_WORD = {"sites": "no site, or not said", "languages": "not said", "pages": "first page"}


@require_safe
def visits(raw_request: HttpRequest) -> HttpResponse:
    """Everything of the last days, and the years of reports."""
    request = _web_request(raw_request)
    span = request.GET.get("span", "30")
    span = span if span in SPANS else "30"
    context: dict[str, Any] = {"spans": SPANS, "span": span, "is_on": is_on(house().home)}
    found = _dashboard(int(span))
    if found is not None and (found.views or found.left_out):
        context |= _drawn(found)
    return render(request, "desk/counts_visits.html", context)


@require_safe
def visits_csv(raw_request: HttpRequest, code: str) -> HttpResponse:
    """One figure as a file: what is on the page, no more."""
    request = _web_request(raw_request)
    span = request.GET.get("span", "30")
    found = _dashboard(int(span if span in SPANS else "30"))
    if found is None:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="visits-{code}.csv"'
    rows = csv.writer(response)
    if code == "days":
        rows.writerow(("day", "visits"))
        rows.writerows((day.isoformat(), "" if count is None else count) for day, count in found.by_day)
    elif code == "hours":
        rows.writerow(("weekday", "hour", "views"))
        for name, counts in zip(_WEEKDAYS, found.hours, strict=True):
            rows.writerows((name, hour, "" if count is None else count) for hour, count in enumerate(counts))
    else:
        figure = next((each for each in found.figures if each.code == code), None)
        if figure is None:
            raise Http404
        rows.writerow((*(("from", "to") if code == "paths" else (code,)), figure.unit))
        rows.writerows((*(_safe(word) for word in words), count) for words, count in figure.rows)
        rows.writerow(
            (*(["all others"] * len(figure.rows[0][0]) if figure.rows else ["all others"]), figure.others)
        )
    return response


def website_visits(months: tuple[str, ...]) -> int | None:
    """Visits to the website in some months, for the yearly report; None where nothing is counted."""
    try:
        with closing(Store(settings_of(house().home), to_read=True)) as store:
            found = figures.visits_by_month(store, months)
    except StoreError:
        return None
    return sum(found.values()) if found else None


def _dashboard(days: int) -> figures.Dashboard | None:
    today = house().today()
    # Raises where [statistics] cannot be meant, rather than to show too much.
    smallest = rule_of(house().home).smallest
    try:
        with closing(Store(settings_of(house().home), to_read=True)) as store:
            return figures.dashboard(store, today - dt.timedelta(days=days - 1), today, smallest)
    except StoreError:
        return None


def _drawn(found: figures.Dashboard) -> dict[str, Any]:
    days = [(f"{day:%b} {day.day}", count) for day, count in found.by_day]
    steps = [(words[0], words[1], count) for words, count in found.paths.rows[:_MOST_FLOWS]]
    return {
        "found": found,
        "tiles": {name: f"{getattr(found, name):,}" for name in ("visits", "views", "left_out")},
        "days_chart": mark_safe(charts.columns("Visits by day", days)),  # noqa: S308 - charts escapes every word
        "days_rows": [(shown.in_full(day), count) for day, count in found.by_day if count != 0],
        "days_budget": figures.BY_DAY.words,
        "hours_chart": mark_safe(charts.heat("Pages by day of the week and hour", _WEEKDAYS, found.hours)),  # noqa: S308
        "hours_rows": list(zip(_WEEKDAYS, found.hours, strict=True)),
        "hours_by_hour": [
            {"name": f"{hour}:00", "counts": [counts[hour] for counts in found.hours]} for hour in range(24)
        ],
        "keeps": settings_of(house().home).keep_hours,
        "hours_budget": figures.BY_HOUR.words,
        "flows_chart": mark_safe(charts.flows("From area to area", steps)),  # noqa: S308
        "figures": [_figure(each) for each in found.figures],
    }


def _figure(figure: figures.Figure) -> dict[str, Any]:
    rows = [(_words(figure.code, words), count) for words, count in figure.rows]
    chart = ""
    if figure.code != "paths" and rows:
        chart = charts.bars(figure.title, rows[:_MOST_BARS])
    return {
        "code": figure.code,
        "title": figure.title,
        "unit": figure.unit,
        "rows": rows,
        "others": figure.others,
        "budget": figure.budget.words,
        "chart": mark_safe(chart),  # noqa: S308 - charts escapes every word
    }


def _words(code: str, words: tuple[str, ...]) -> str:
    if len(words) == 2 and code == "paths":
        return f"{words[0]} → {words[1]}"
    word = words[-1]
    return _NO_WORD.get(code, "none") if word in ("", "none") else word


def _safe(word: str) -> str:
    """A word that no spreadsheet takes for a formula: sites and pages are named by strangers."""
    return f"'{word}" if word.startswith(("=", "+", "-", "@", "\t", "\r")) else word


def _web_request(raw_request: HttpRequest) -> DeskRequest:
    request = cast(DeskRequest, raw_request)
    if not WEB & frozenset(request.actor.roles):
        raise PermissionDenied
    return request
