"""Another due day and the hold rules in a real Chromium: from the keyboard, and looked at."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_support import ADA_CARD, DATABASES, ITEMS
from test_browser import chromium, window  # noqa: F401 (fixtures)

from circumspect.records.circulation.models import Loan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]


def test_a_due_day_is_set_from_the_keyboard_and_gone_with_the_next_patron(
    window,  # noqa: F811
    library,
):
    day = library.today() + dt.timedelta(days=40)
    w = window().sign_in("lead")
    w.scan(ADA_CARD)
    w.sees("OK to borrow")
    w.page.locator("summary", has_text="Due day").focus()
    w.page.keyboard.press("Enter")
    w.page.fill("#due-on", day.isoformat())
    w.page.select_option("#due-reason", index=1)
    w.page.focus("#due-on")
    w.page.keyboard.press("Enter")
    w.page.locator("#due-day", has_text="Due day set").wait_for()
    w.scan(ITEMS[0])
    w.sees("Checked out, due")
    w.page.locator("#loans", has_text="1 out").wait_for()
    w.looks_right("due-day")

    w.page.keyboard.press("Escape")
    w.page.locator("#due-day").get_by_text("Due day set").wait_for(state="detached")
    assert Loan.objects.count() == 1

    w.page.goto(w.address + "/rules/holds/")
    w.page.wait_for_selector("#rule")
    w.looks_right("hold-rules")
    assert w.complaints == []
