"""The yearly report, what is typed in for it, the reference tally, and the tables that go out to the public.

Counts alone: there is no patron on any of these pages, and no door is asked.

Source: clauses MP-4.16, TH-2.10; issue "The public side", section 5.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect.faces.desk.house import house
from circumspect.faces.desk.looking import branch_names
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.desk.views.counts_visits import website_visits
from circumspect.faces.desk.views.office import ASKED, DIRECTORS, REPORTS, TYPING
from circumspect.offices.statistics import annual, showing, typing
from circumspect.offices.statistics.plans import Year
from circumspect.offices.statistics.releasing import first_month, rule_of
from circumspect.trust.policy.request import Role

_SECONDS = 300


@require_safe
def figures(raw_request: HttpRequest) -> HttpResponse:
    """The figures of one year of reports, each with how it came about."""
    request = _request(raw_request, REPORTS)
    year = _year(request.GET.get("year", ""))
    now = Year.of(house().today(), year.first)
    context = {
        "year": year,
        "figures": _figures(year),
        "years": [(each, Year(each, year.first).name) for each in range(now.label, now.label - 6, -1)],
        "is_over": house().today() > year.ends,
    }
    return render(request, "desk/counts_figures.html", context)


@require_safe
def figures_csv(raw_request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    year = _year(_request(raw_request, REPORTS).GET.get("year", ""))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="annual-report-{year.label}.csv"'
    rows = csv.writer(response)
    rows.writerow(("number", "figure", "value", "estimate", "method", "year"))
    for each in _figures(year):
        value = "" if each.value is None else each.value
        rows.writerow(
            (each.number, each.name, value, "yes" if each.is_estimate else "no", each.method, year.name)
        )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def typed(raw_request: HttpRequest) -> HttpResponse:
    """The month's figures of a branch that no counter of ours knows."""
    request = _request(raw_request, TYPING)
    sent, names, today = request.POST or request.GET, branch_names(), house().today()
    month = sent.get("month", "") or today.strftime("%Y-%m")
    branch = sent.get("branch", "") if sent.get("branch", "") in names else request.member.branch
    problems: dict[str, str] = {}
    if request.method == "POST":
        for code in typing.FIGURES:
            try:
                typing.type_in(
                    month,
                    branch,
                    code,
                    request.POST.get(code, ""),
                    is_estimate=request.POST.get(f"{code}-estimate") == "yes",
                    today=today,
                )
            except typing.FigureError as problem:
                problems[problem.field if problem.field == "month" else code] = problem.reason
        if not problems:
            return redirect(f"{request.path}?month={month}&branch={branch}&saved=yes")
    there = typing.typed(month, branch)
    rows = [
        {
            "figure": figure,
            "value": request.POST.get(code, "")
            if request.POST
            else there[code].value
            if code in there
            else "",
            "is_estimate": request.POST.get(f"{code}-estimate") == "yes"
            if request.POST
            else code in there and there[code].is_estimate,
            "problem": problems.get(code, ""),
        }
        for code, figure in typing.FIGURES.items()
    ]
    context = {
        "rows": rows,
        "month": month,
        "month_now": today.strftime("%Y-%m"),
        "month_problem": problems.get("month", ""),
        "branch": branch,
        "branches": names,
        "saved": request.GET.get("saved") == "yes",
        "problems": problems,
    }
    return render(request, "desk/counts_typed.html", context, status=422 if problems else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def reference(raw_request: HttpRequest) -> HttpResponse:
    """The button for a reference question. There is no place for the question."""
    request = _request(raw_request, ASKED)
    branch, today = request.member.branch, house().today()
    if request.method == "POST":
        typing.tally(branch, today, -1 if request.POST.get("act") == "back" else 1)
        return redirect("counts-reference")
    context = {"count": typing.questions(branch, today), "branch_name": branch_names().get(branch, branch)}
    return render(request, "desk/counts_reference.html", context)


@require_safe
def tables(raw_request: HttpRequest) -> HttpResponse:
    """What has been published, and the button that publishes a year."""
    request = _request(raw_request, REPORTS)
    return _tables_page(request, None)


@require_POST
def publish(raw_request: HttpRequest) -> HttpResponse:
    """Make a year's tables in a process of their own: a trial, or for good."""
    request = _request(raw_request, DIRECTORS)
    year = _year(request.POST.get("year", ""))
    act = request.POST.get("act", "")
    if act not in ("trial", "publish"):
        return redirect("counts-tables")
    trial = act == "trial"
    words = ["statistics", "release", "--json", "--year", str(year.label), "--home", str(house().home.root)]
    try:
        # The engine and the solver take hundreds of megabytes: they live as long as this one answer.
        done = subprocess.run(  # noqa: S603 - this very program, with a number for an argument
            [sys.executable, "-c", "from circumspect.faces.cli.main import main; main()", *words]
            + (["--dry-run"] if trial else []),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        outcome = (
            json.loads(done.stdout) if done.returncode in (0, 1) else {"problem": done.stderr.strip()[-300:]}
        )
    except subprocess.TimeoutExpired:
        outcome = {"problem": "It took more than five minutes: use circumspect statistics release."}
    return _tables_page(request, outcome | {"trial": trial}, status=422 if "problem" in outcome else 200)


def _tables_page(request: DeskRequest, outcome: dict[str, Any] | None, status: int = 200) -> HttpResponse:
    home, today = house().home, house().today()
    first = first_month(home)
    over = Year.of(today, first).label - 1
    context = {
        "outcome": outcome,
        "may_publish": bool(DIRECTORS & frozenset(request.actor.roles)),
        "years": [(each, Year(each, first).name) for each in range(over, over - 5, -1)],
        "published": [(year, showing.tables(year)) for year in showing.years()],
        "rule": rule_of(home),
    }
    return render(request, "desk/counts_tables.html", context, status=status)


def _figures(year: Year) -> list[annual.AnnualFigure]:
    children = house().home.setting("statistics", "children", [])
    return annual.figures(year, website_visits, [str(each) for each in children])


def _year(label: str) -> Year:
    first = first_month(house().home)
    now = Year.of(house().today(), first)
    is_year = label.isascii() and label.isdigit() and 2000 <= int(label) <= now.label
    return Year(int(label), first) if is_year else now


def _request(raw_request: HttpRequest, roles: frozenset[Role]) -> DeskRequest:
    request = cast(DeskRequest, raw_request)
    if not roles & frozenset(request.actor.roles):
        raise PermissionDenied
    return request
