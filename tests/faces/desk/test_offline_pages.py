"""The pages around working without a line: the one a browser keeps is nobody's; the others ask who is there."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, AtDesk, barcode, patron_of
from offline_support import box_of, sealed

from circumspect.records.circulation import lending, offline
from circumspect.records.circulation.models import Loan
from circumspect.records.circulation.offline_models import OfflineConflict

pytestmark = pytest.mark.django_db(databases=DATABASES)

NOBODYS_CARD = barcode("2", 777)


def brought(desk: AtDesk, house: Any, *scans: dict[str, Any]) -> dict[str, Any]:
    box = box_of(desk)["box"]
    letters = [sealed(house, box, **scan) for scan in scans]
    return json.loads(desk.client.post("/offline/take/", {"box": box, "letter": letters}).content)


def lent(item: str, card: str = ADA_CARD) -> dict[str, Any]:
    return {"do": "out", "scan": item, "cards": [card]}


# what a browser keeps


@pytest.mark.clause("MP-7.10", "MP-7.11")
def test_the_page_that_is_kept_is_the_same_for_everybody_and_has_no_token(desk, lead_desk):
    pages = {
        AtDesk().client.get("/offline/").content,
        desk.client.get("/offline/").content,
        lead_desk.client.get("/offline/").content,
    }

    assert len(pages) == 1
    page = pages.pop().decode()
    assert "csrf" not in page
    assert "Rosa" not in page
    assert not re.search(r"<script(?![^>]*src=)|style=|\son[a-z]+=", page)


def test_the_worker_keeps_that_page_and_the_programs_own_files_and_nothing_else(library):
    answer = AtDesk().client.get("/offline/worker.js")

    text = answer.content.decode()
    kept = re.search(r"const SHELL = \[(.*?)\]", text, re.S)[1]
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "@VERSION@" not in text
    assert all(
        each in ("PAGE",) or each.startswith('"/static/desk/') for each in kept.replace(",", "").split()
    )
    # Whatever it fetches for its store it fetches as nobody.
    assert text.count("cache.addAll") == 1
    assert 'credentials: "omit"' in text
    assert "cache.put" not in text


def test_every_file_the_page_needs_is_among_those_that_are_kept(library):
    page = AtDesk().client.get("/offline/").content.decode()
    worker = AtDesk().client.get("/offline/worker.js").content.decode()

    needed = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)

    assert len(needed) == 3
    for each in needed:
        assert f'"{each}"' in worker


# letterboxes


def test_a_clerk_gets_a_letterbox_and_reference_staff_do_not(desk, staff_of):
    staff_of("ref", ["reference"])
    other = AtDesk()
    other.sign_in("ref")

    told = box_of(desk)

    assert re.fullmatch(r"[0-9a-f]{16}", told["box"])
    assert len(base64.b64decode(told["key"])) == 65
    assert other.client.post("/offline/box/").status_code == 403


@pytest.mark.parametrize("path", ["box", "emptied", "take", "settle", "open"])
def test_a_stranger_gets_no_letterbox_and_brings_nothing(library, path):
    answer = AtDesk().client.post(f"/offline/{path}/", {"box": "0" * 16, "letter": "x"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")
    assert not offline.OfflineBox.objects.exists()


def test_a_post_from_another_site_is_refused(library):
    window = AtDesk(enforce_csrf_checks=True)

    assert window.client.post("/offline/take/", {"box": "0" * 16}).status_code == 403


# bringing


def test_bringing_answers_with_counts(desk, library):
    told = brought(desk, library, lent(ITEMS[0]), lent(ITEMS[1], BEN_CARD), {"do": "in", "scan": ITEMS[2]})

    assert told == {"lent": 2, "returned": 0, "not_out": 1, "already": 0, "conflicts": 1}
    assert Loan.objects.count() == 2


def test_rubbish_is_told_of_and_breaks_nothing(desk, library):
    box = box_of(desk)["box"]
    good = sealed(library, box, **lent(ITEMS[0]))

    answer = desk.client.post("/offline/take/", {"box": box, "letter": ["", "é", "%%%", "AAAA", good]})

    assert json.loads(answer.content) == {
        "lent": 1,
        "returned": 0,
        "not_out": 0,
        "already": 0,
        "conflicts": 4,
    }


def test_a_box_that_has_ended_says_so(desk, library):
    assert json.loads(desk.client.post("/offline/take/", {"box": "ab", "letter": "AAAA"}).content) == {
        "gone": True
    }
    assert json.loads(desk.client.post("/offline/emptied/", {"box": "x"}).content) == {"gone": True}


def test_somebody_who_has_not_signed_the_policy_brings_nothing_and_loses_nothing(desk, library, staff_of):
    staff_of("new", ["desk"], signs=False)
    unsigned = AtDesk()
    unsigned.sign_in("new")
    box = box_of(desk)["box"]
    good = sealed(library, box, **lent(ITEMS[0]))

    answer = unsigned.client.post("/offline/take/", {"box": box, "letter": good})

    assert answer.status_code == 403
    assert "refused" in json.loads(answer.content)
    assert json.loads(desk.client.post("/offline/take/", {"box": box, "letter": good}).content)["lent"] == 1


# what waits for a person


def test_the_report_shows_item_and_advice_and_no_card_that_somebody_has(desk, library):
    brought(desk, library, lent(ITEMS[0], BEN_CARD), lent(ITEMS[1], NOBODYS_CARD), lent(barcode("3", 999)))

    desk.open("/offline/report/")

    assert "3 to look at" in desk.text
    assert (desk.text.count("Open the account"), desk.text.count("Try again"), desk.text.count("Clear")) == (
        1,
        2,
        3,
    )
    assert "Nad Niemnem" in desk.text
    assert "The card has run out. Renew it first." in desk.text
    assert NOBODYS_CARD in desk.text
    assert barcode("3", 999) in desk.text
    for text in (ADA_CARD, BEN_CARD, "Zielony", "Ben"):
        assert text not in desk.html


def test_clearing_leaves_nothing(desk, library):
    brought(desk, library, lent(ITEMS[1], NOBODYS_CARD))
    desk.open("/offline/report/")
    number = desk.hidden("conflict")[0]

    desk.does("/offline/settle/", conflict=number, act="clear")

    assert "Cleared. Nothing of it is kept." in desk.text
    assert "Nothing to look at" in desk.text
    assert not OfflineConflict.objects.exists()


def test_the_account_opens_as_if_its_card_had_been_scanned(desk, library):
    brought(desk, library, lent(ITEMS[0], BEN_CARD))
    desk.open("/offline/report/")

    desk.does("/offline/open/", conflict=desk.hidden("conflict")[0])

    assert "Ben Zielony" in desk.text
    assert "1 out" in desk.text


def test_what_is_out_to_another_goes_over_when_a_person_says_so(desk, library):
    from circumspect.offices.staff import signoff

    actor = signoff.actor_for(_member(), now=library.clock())
    lending.check_out(library, actor, patron_of(library, ADA_CARD), ITEMS[0], branch="main")
    brought(desk, library, lent(ITEMS[0], barcode("2", 3)))
    desk.open("/offline/report/")
    assert "it is on loan to another card" in desk.text
    assert "End the other loan and lend it" in desk.text

    desk.does("/offline/settle/", conflict=desk.hidden("conflict")[0], act="go_on")

    assert "Lent." in desk.text
    assert [
        each.item.barcode for each in lending.open_loans(library, patron_of(library, barcode("2", 3)))
    ] == [ITEMS[0]]


@pytest.mark.parametrize("form", [{}, {"act": "burn", "conflict": "1"}, {"act": "clear", "conflict": "x"}])
def test_a_form_that_makes_no_sense_changes_nothing(desk, library, form):
    brought(desk, library, lent(ITEMS[1], NOBODYS_CARD))

    assert desk.does("/offline/settle/", **form).status_code == 200
    assert desk.does("/offline/open/", **form).status_code == 200
    assert OfflineConflict.objects.count() == 1


def _member() -> Any:
    from circumspect.offices.staff import accounts

    return accounts.find_member("rosa")
