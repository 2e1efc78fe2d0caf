"""Counts at the desk: how the website is used, the yearly report, what is typed in, what is published."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from desk_support import DATABASES, AtDesk

from circumspect.offices.statistics import typing
from circumspect.offices.statistics.models import PublishedTable, ReferenceTally
from circumspect.records.circulation.models import Tally
from circumspect.visits.counting import Counting
from circumspect.visits.reducing import Look
from circumspect.visits.settings import settings_of
from circumspect.visits.store import Store

pytestmark = pytest.mark.django_db(databases=DATABASES)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126 Mobile Safari/537.36"


def visits_of_a_month(house: Any, *, days: int = 30, a_day: int = 30) -> None:
    """Counts up to today, in the annex's database."""
    dice, counting, today = random.Random(3), Counting(), house.today()
    pages = ["", "events", "events/film-night", "news", "catalogue", "hours", "lists/winter", "policies"]
    for back in range(days, -1, -1):
        for number in range(a_day + dice.randrange(a_day)):
            at = dt.datetime.combine(today - dt.timedelta(days=back), dt.time(8), dt.UTC)
            at += dt.timedelta(minutes=dice.randrange(600))
            who = (f"10.0.{back}.{number}", dice.choice([FIREFOX, FIREFOX, PHONE]))
            host, language = (
                dice.choice(["", "", "example.org", "county.example"]),
                dice.choice(["en", "en", "es", "pl"]),
            )
            for step in range(dice.randrange(1, 5)):
                page = dice.choice(pages)
                look = Look(page.partition("/")[0] or "home", page, host, language, *who)
                counting.count(look, at + dt.timedelta(minutes=step))
    counting.count(Look("news", "news", "rare.example", "eo", "10.9.9.9", FIREFOX), at)
    counting.count(Look("news", "news", "", "en", "10.9.9.9", "Googlebot/2.1 (+http://x)"), at)
    store = Store(settings_of(house.home))
    store.add(counting.take())
    store.close()


@pytest.fixture
def window(staff_of: Callable[..., Any]) -> Callable[..., AtDesk]:
    """A window at which somebody with these roles has signed in."""

    def make(*roles: str) -> AtDesk:
        staff_of("walter", list(roles))
        at = AtDesk()
        at.sign_in("walter")
        return at

    return make


@pytest.mark.clause("TH-2.3")
def test_web_staff_see_how_the_site_is_used_and_what_each_figure_gives_away(library: Any, window: Any):
    visits_of_a_month(library)
    desk = window("communications")
    desk.open("/counts/visits/")

    assert len(re.findall('<svg class="chart[^"]*" role="img" aria-label="', desk.html)) == 8
    assert desk.html.count("What it gives away:") == 8
    assert "One visit moves a number here by 1 at most." in desk.text
    assert "No noise is added." in desk.text
    assert "Whoever is signed in is not counted." in desk.text
    for word in ("events/film-night", "events →", "phone", "no site, or not said"):
        assert word in desk.html
    assert "10.0." not in desk.html


def test_what_few_did_is_not_shown(library: Any, window: Any):
    """A site that one visit came from, a language that one visit asked for; nor as what is left over of a sum."""
    visits_of_a_month(library)
    desk = window("system")
    desk.open("/counts/visits/")

    assert "rare.example" not in desk.html
    assert ">eo<" not in desk.html
    assert "all others" in desk.html
    assert all(
        int(number) == 0 or int(number) > 10
        for number in re.findall(r'all others</th><td class="sum">(\d+)', desk.html)
    )


def test_counts_go_into_a_file_as_they_are_on_the_page(library: Any, window: Any):
    visits_of_a_month(library)
    desk = window("executive_director")
    for code in ("days", "hours", "areas", "pages", "paths", "sites", "languages", "devices"):
        answer = desk.client.get(f"/counts/visits/{code}.csv")
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/csv")
        assert "rare.example" not in answer.content.decode()
    assert desk.client.get("/counts/visits/people.csv").status_code == 404


def test_before_anything_is_counted_the_page_says_so(library: Any, window: Any):
    desk = window("communications")

    assert desk.open("/counts/visits/").status_code == 200
    assert "Nothing has been counted in this time." in desk.text
    assert desk.client.get("/counts/visits/days.csv").status_code == 404


@pytest.mark.clause("TH-2.9")
@pytest.mark.parametrize("path", ["visits/", "year/", "typed/", "tables/", "visits/days.csv", "year.csv"])
def test_whose_work_it_is_not_is_not_shown_counts(library: Any, desk: AtDesk, path: str):
    assert desk.client.get(f"/counts/{path}").status_code == 403


def test_a_sites_name_is_no_formula(library: Any, window: Any):
    counting, now = Counting(), dt.datetime.combine(library.today(), dt.time(9), dt.UTC)
    for number in range(20):
        counting.count(Look("=1", "=1+1", "", "en", f"a{number}", FIREFOX), now)
    store = Store(settings_of(library.home))
    store.add(counting.take())
    store.close()

    assert "\n'=1+1,20" in window("system").client.get("/counts/visits/pages.csv").content.decode().replace(
        "\r", ""
    )


# the yearly report


@pytest.mark.clause("MP-4.16")
def test_the_yearly_report_says_how_each_figure_came_about(library: Any, window: Any):
    Tally.objects.create(
        day="2026-10-05",
        branch="main",
        kind="loan",
        item_type="book",
        collection="kids",
        category="x",
        count=420,
    )
    typing.type_in("2026-10", "main", "wifi", "1204", is_estimate=True, today=library.today())
    visits_of_a_month(library, days=3)
    library.home.config["statistics"] = {"children": ["kids"]}
    desk = window("finance")
    desk.open("/counts/year/")

    for words in (
        "553 PHYSCIR Circulation of physical items 420",
        "652 WIFISESS Wireless sessions 1204 estimate",
        "551 KIDCIRCL Circulation of children's materials 420",
        "501 VISITS Visits through the door missing",
    ):
        assert words in desk.text
    assert re.search(r"653 WEBVISIT Visits to the website [1-9]\d* estimate", desk.text)
    lines = desk.client.get("/counts/year.csv").content.decode().splitlines()
    assert lines[0] == "number,figure,value,estimate,method,year"
    assert any(line.startswith("652 WIFISESS,Wireless sessions,1204,yes,") for line in lines)


# what is typed in


@pytest.mark.clause("TH-2.10")
def test_figures_are_typed_in_and_come_back_where_they_cannot_be_meant(library: Any, window: Any):
    desk = window("circulation_lead")
    desk.does("/counts/typed/", month="2026-10", branch="main", door="12,345", wifi="some", programs="4")

    assert desk.response.status_code == 422
    assert "Type a whole number." in desk.text
    assert 'value="some"' in desk.html
    desk.does("/counts/typed/", month="2026-10", branch="main", door="12,345", wifi="77", programs="4")
    assert "Saved" in desk.text
    assert 'value="12345"' in desk.html
    assert typing.sum_of("wifi", ("2026-10",)) == (77, False)


@pytest.mark.clause("MP-4.16")
def test_a_reference_question_is_one_press(library: Any, desk: AtDesk):
    desk.open("/counts/reference/")
    desk.does("/counts/reference/", act="one")
    desk.does("/counts/reference/", act="one")
    desk.does("/counts/reference/", act="back")

    assert 'role="status">1<' in desk.html
    assert list(ReferenceTally.objects.values_list("branch", "count")) == [("main", 1)]
    assert "textarea" not in desk.html


# what goes out


def test_only_a_director_publishes(library: Any, window: Any):
    desk = window("circulation_lead")
    desk.open("/counts/tables/")

    assert "Publish" not in re.findall(r"<button[^>]*>([^<]*)<", desk.html)
    assert desk.client.post("/counts/tables/publish/", {"act": "publish"}).status_code == 403
    assert not PublishedTable.objects.exists()


def test_a_director_tries_and_publishes_in_another_process(
    library: Any, window: Any, monkeypatch: pytest.MonkeyPatch
):
    """What the process answers is shown; here it is another's answer, for the databases are a test's."""
    import json
    import subprocess

    asked: list[list[str]] = []
    answer = {"year": "2025-07 to 2026-06", "published": ["holds"], "withheld": ["fees"], "before": [], "empty": [],
              "hidden": 9, "small": 4, "asked": 4}  # fmt: skip

    def run(words: list[str], **_: Any) -> Any:
        asked.append(words)
        return subprocess.CompletedProcess(words, 1, json.dumps(answer), "")

    monkeypatch.setattr(subprocess, "run", run)
    desk = window("executive_director")
    desk.does("/counts/tables/publish/", act="trial", year="2025")

    assert "--dry-run" in asked[0]
    assert asked[0][asked[0].index("--year") + 1] == "2025"
    assert "1 table can be published." in desk.text
    assert "Withheld, for they cannot be protected: fees." in desk.text
    desk.does("/counts/tables/publish/", act="publish", year="2025")
    assert "--dry-run" not in asked[1]
