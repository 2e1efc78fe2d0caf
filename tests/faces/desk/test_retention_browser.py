"""The pages of keeping and forgetting in a real Chromium: they fit, can be read by everybody, and are looked at."""

from __future__ import annotations

import pytest
from desk_support import DATABASES
from test_browser import chromium, window  # noqa: F401 (fixtures)

from circumspect.offices.retention import deciding, disposing, evidence, media
from circumspect.offices.staff import accounts, signoff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]
PAGES = (
    "/retention/",
    "/retention/schedule/",
    "/retention/schedule/?series=sign-offs",
    "/retention/certificates/",
    "/retention/media/",
    "/promises/",
)


def test_pages_of_keeping_and_forgetting_fit_and_are_accessible(
    window,  # noqa: F811
    library,
    staff_of,
):
    staff_of("boss", ["executive_director", "circulation_lead"])
    boss = signoff.actor_for(accounts.find_member("boss"), now=library.clock())
    deciding.decide(
        library, boss, deciding.Wish("sign-offs", 1096, "24-117C", "31", "Approved on 4 November")
    )
    day = library.today()
    disposing.propose(
        library,
        {"sign-offs": disposing.CertificateSeries(lambda _house: disposing.Due(4, day, day), lambda *_: 0)},
    )
    media.enter(library, boss, "D-100", "disk", "records")
    evidence.add(day, "notes", "notes ended", 3)
    w = window().sign_in("boss")

    for number, page in enumerate(PAGES):
        w.page.goto(w.address + page)
        w.page.wait_for_selector("h1")
        w.looks_right(f"retention-{number}")
    assert w.complaints == []
