"""The office's rooms in a real Chromium: people, reports of behaviour, looks, counts and tables; one window, one walk.

Each page is held to WCAG 2.2 AA on a desk's screen in the light, then to what width and colour change, at 320 px in the dark.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, GOOD_PASSWORD, AtDesk
from test_browser import OF_WIDTH_AND_COLOUR, WHOLE
from test_cases_browser import PHONE, WIDE, chromium, sign_in
from test_cases_pages import take_in
from test_counts_pages import visits_of_a_month
from test_incidents_pages import TOLD
from test_keeping_pages import ASKED
from test_people_pages import pk
from test_review_pages import proved

from circumspect.offices.review import running
from circumspect.offices.staff import orientation
from circumspect.offices.statistics import releasing
from circumspect.offices.statistics.plans import Plan, Year
from circumspect.offices.statistics.protecting import Rule
from circumspect.records.catalog.facts import BranchFacts
from circumspect.records.catalog.usecases import put_branch
from pictures import picture

__all__ = ["chromium", "sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]

PAGES = (
    "/people/",
    "/people/designations/",
    "/people/trainings/",
    "/people/trustees/",
    "/people/own-card/",
    "/people/card/",
    "/review/",
    "/incidents/report/",
    "/incidents/",
    "/counts/visits/",
    "/counts/year/",
    "/counts/typed/",
    "/counts/reference/",
    "/counts/tables/",
    "/records-requests/denials/",
)


def faults(page: Any, name: str) -> list[str]:
    """What is wrong with the page that is open, in both looks."""
    from axe_playwright_python.sync_playwright import Axe

    wrong = []
    for size, scheme, run_only in (
        (WIDE, "light", WHOLE),
        (PHONE, "dark", OF_WIDTH_AND_COLOUR),
    ):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        where = f"{name}, {size['width']} px, {scheme}"
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{where}: wider than its screen")
        found = Axe().run(page, options={"runOnly": run_only}).response["violations"]
        wrong += [f"{where}: {each['id']} {[node['target'] for node in each['nodes']][:4]}" for each in found]
        picture(page, f"office-{name.strip('/').replace('/', '-')}-{size['width']}", full=False)
    return wrong


def counts(plan: Plan, _year: Year) -> dict[tuple[str, str], int]:
    return (
        {("resident_adult", ""): 4210, ("non_resident", ""): 7} if plan.code == "registered-borrowers" else {}
    )


def a_full_office(house: Any, director: AtDesk, staff_of: Any, clock: Any) -> None:
    """Somebody due in every way, hours that nobody covers, a suspension, a decoy looked at, counts and a table."""
    put_branch(BranchFacts("main", "Main Library", "", ((("09:00", "17:00"),), (), (), (), (), (), ())))
    staff_of("pia", ["privacy_in_charge"])
    nina = staff_of("nina", ["reference"], signs=False)
    orientation.note_read(nina, "2026-11", now=clock())
    orientation.note_talk(nina, pk("dora"), house.today().isoformat(), now=clock())
    director.does("/people/trustees/", act="add", name="Augusta Pennington", since_on="2026-11-20")
    director.does("/people/designations/roster/", act="shift", member=pk("pia"), weekday="0",
                  starts_at="09:00", ends_at="12:30")  # fmt: skip
    proved(director, "/review/decoys/", act="mark", card=BEN_CARD)
    clerk = AtDesk()
    clerk.sign_in()
    clerk.scan(BEN_CARD)
    running.watch(house)
    clerk.does("/incidents/report/", **TOLD)
    director.open("/incidents/")
    number = director.hidden("incident")[0]
    director.does(
        "/incidents/decide/", incident=number, act="measure", measure="suspended", until="2026-12-20"
    )
    director.does("/incidents/decide/", incident=number, act="name", card=ADA_CARD)
    clerk.does("/records-requests/", **ASKED)
    take_in(clerk)
    visits_of_a_month(house, days=12)
    releasing.release(Year(2025, 7), Rule(), dt.date(2026, 7, 2), counts)


@pytest.mark.clause("MP-2.1")
def test_every_room_of_the_office_is_readable_by_everybody_who_works_there(
    sign_in: Any, library: Any, staff_of: Any, clock: Any, live_server: Any
):
    staff_of("dora", ["executive_director", "reference"])
    director = AtDesk()
    director.sign_in("dora")
    a_full_office(library, director, staff_of, clock)
    page = sign_in("dora")
    wrong: list[str] = []
    for path in PAGES:
        answer = page.goto(live_server.url + path)
        if page.query_selector("main [name=password]"):
            wrong += faults(page, "/step-up/")
            page.fill("main [name=password]", GOOD_PASSWORD)
            page.press("main [name=password]", "Enter")
            page.wait_for_url(live_server.url + path)
        else:
            assert answer.status == 200, path
        wrong += faults(page, path)
    page.set_viewport_size(WIDE)
    page.goto(live_server.url + "/incidents/")
    page.click("button:has-text('Open')")
    assert "Ada Zielińska (taken over from an account, approved by Dora)" in page.inner_text("main")
    wrong += faults(page, "/incidents/open/")

    assert not wrong, "\n".join(wrong)
