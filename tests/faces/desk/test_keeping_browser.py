"""What is kept, reported, told and asked of public records, in a real Chromium: looked at, axe-clean, at both widths."""

from __future__ import annotations

from typing import Any

import pytest
from desk_support import ADA_CARD, DATABASES, AtDesk
from test_cases_browser import PHONE, chromium, shot, sign_in
from test_cases_pages import director, take_in
from test_keeping_pages import ASKED, does, kept

__all__ = ["chromium", "director", "sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]


def test_pages_of_what_is_kept(sign_in: Any, desk: AtDesk, director: AtDesk, staff_of: Any, live_server: Any):
    preserved = kept(desk, director)
    take_in(desk)
    breach = next(f"/cases/{each}/" for each in _numbers(director) if each not in preserved)
    director.does(breach, do="step", step="sort", kind="breach")
    does(director, breach, "assess", reached=["records", "key_store", "key_file"])
    does(director, breach, "prepare")
    page = sign_in("dora", color_scheme="dark")
    for name, address in (("preserved", preserved), ("breach", breach), ("foia-list", "/records-requests/")):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(live_server.url + address)
        shot(page, f"keeping-{name}")
        page.set_viewport_size(PHONE)
        shot(page, f"keeping-{name}-phone")


def _numbers(director: AtDesk) -> list[str]:
    import re

    director.open("/cases/")
    return re.findall(r"/cases/([0-9A-Z-]{14})/", director.html)


def test_a_request_for_public_records_is_searched_and_answered(
    sign_in: Any, desk: AtDesk, staff_of: Any, live_server: Any
):
    staff_of("fay", ["foia_officer"])
    desk.does("/records-requests/", **ASKED)
    page = sign_in("fay")
    page.goto(live_server.url + "/records-requests/")
    page.click("td a.number")
    page.fill("[name=terms]", "budget")
    page.click("button:text-is('Search')")
    page.click("summary:has-text('Deny')")
    shot(page, "keeping-foia")
    page.set_viewport_size(PHONE)
    shot(page, "keeping-foia-phone")
    assert ADA_CARD not in page.content()
