"""Every kind of request, walked over HTTP to an end: by those in charge; and by those who may take one in and nothing else.

The list of kinds is read from the program, so that a kind that comes later has to be walked here too. A curious clerk
tries every address of a case, in every state it passes through: each is refused alike, whether there is a case,
one under a gag, or none. An officer has no account and learns as little.
"""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from desk_support import ADA_CARD, DATABASES, AtDesk
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader
from test_cases_pages import INTAKE, proves

from circumspect.offices.privacydesk import caseids
from circumspect.offices.privacydesk.cases_models import Case
from circumspect.offices.privacydesk.kinds import MACHINES
from circumspect.offices.privacydesk.machines import Ask

pytestmark = pytest.mark.django_db(databases=DATABASES, transaction=True)

TAIL = ("scope", "cut", "authorise", "deliver", "receipt")
# The longest way of each kind, and how it ends. "*": by the other person in charge.
LONGEST: dict[str, tuple[str, ...]] = {
    "court_order": ("check", "counsel", "tell", "scope", "cut", "*review", "authorise", "deliver", "receipt"),
    "search_warrant": ("go", "inventory", "check", "tell", *TAIL, "finish"),
    "subpoena": (
        "order_stands",
        "check",
        "counsel",
        "tell",
        "scope",
        "cut",
        "*review",
        "authorise",
        "deliver",
        "receipt",
    ),
    "emergency": ("write", "prove", "scope", "decide", "cut", "hand_over", "receipt", "tell", "file"),
    "sealed_process": ("to_counsel", "end_by_counsel"),
    "agency_paper": ("to_counsel", "end_by_counsel"),
    "informal": ("end_preserved",),
    "permission": ("identify", "permit", *TAIL),
    "own_access": ("identify", *TAIL),
    "content": ("ground_addressee", "choose", "authorise", "deliver", "receipt"),
    "outsider": ("note", "end_statistics"),
    "preservation": ("check", "scope", "keep"),  # from here on it ends by itself
    "tipline": ("found", "attorney", "report", "close"),
    "breach": ("assess", "prepare", "send", "done"),
}
NAMES = {"in-registration": ["given_name", "family_name"]}
ADDRESSES = ("", "file/", "print/", "preserved/", "certificate/", "letters/")


@pytest.fixture
def windows(library: Any, staff_of: Any) -> dict[str, AtDesk]:
    """Who is in the building: a clerk who signed, one who did not, a librarian in charge, the director, an officer."""
    staff_of("dora", ["executive_director"])
    staff_of("pia", ["privacy_in_charge"])
    staff_of("nina", ["desk"], signs=False)
    there = {name: AtDesk() for name in ("rosa", "nina", "pia", "dora", "officer")}
    for name in ("rosa", "nina", "pia", "dora"):
        there[name].sign_in(name)
        assert there[name].response.status_code == 200
    return there


def taken_in(window: AtDesk) -> str:
    """Take a request in with a card, and a paper; the case's address."""
    before = set(Case.objects.values_list("id", flat=True))
    paper = SimpleUploadedFile("order.pdf", b"%PDF-1.7")
    response = window.does("/cases/take-in/", **INTAKE, card=ADA_CARD, papers=paper)
    assert "those in charge are told" in window.html, response.status_code
    [case] = set(Case.objects.values_list("id", flat=True)) - before
    return f"/cases/{caseids.number_of(case)}/"


def takes(window: AtDesk, page: str, kind: str, code: str) -> None:
    """Take a step as its page asks for it, and prove who one is where it asks."""
    more: dict[str, Any] = {}
    step = MACHINES[kind].step(code)
    assert step is not None
    if step.makes in ("scope", "patron"):
        window.does(page, do="find", find=ADA_CARD)
        slip = re.search(r'name="patron" value="(?!intake)([^"]+)"', window.html)
        assert slip, window.text
        more |= {"patron": slip[1], **NAMES, "id-name": "yes"}
    if step.makes == "form":
        more |= {"id-name": "yes"}
    if step.makes == "content":
        window.open(page)
        more |= {"content": re.findall(r'name="content" value="(\d+)"', window.html)}
    if step.makes == "exposure":
        more |= {"reached": ["records", "key_store", "key_file"]}
    if step.makes == "kept":
        kept = taken_in(window)
        takes_up(window, kept, "preservation")
        form_of_none = {"do": "step", "step": code, "preserved_under": kept.split("/")[2]}
        assert window.client.post(page, form_of_none).status_code == 422, "nothing is kept there yet"
        for each in LONGEST["preservation"]:
            takes(window, kept, "preservation", each)
        more |= {"preserved_under": kept.split("/")[2]}
    if code == "report":
        more |= {"reported_at": "2026-11-23T12:00"}
    form = {each.name: answer(each) for each in step.fields if each.ask is not Ask.HIDDEN}
    response = window.client.post(page, {"do": "step", "step": code, **form, **more})
    window.read(response)
    if response.status_code == 401:
        proves(window)  # which goes on with what was posted; the proof is fresh for some minutes
    else:
        assert response.status_code == 302, (kind, code, window.text)


def answer(field: Any) -> str:
    """What a well-behaved person writes into a field."""
    said = {
        Ask.YES_NO: "yes",
        Ask.MUST: "yes",
        Ask.DAY: "2026-12-01",
        Ask.MOMENT: "2026-11-23T10:05",
        Ask.INITIALS: "JK",
    }
    return field.choices[0][0] if field.choices else said.get(field.ask, "told")


def learns(window: AtDesk, page: str) -> list[tuple[int, bytes]]:
    """Everything that an address of a case answers somebody, without what differs at random."""
    found = []
    for address in ADDRESSES:
        for ask in (
            window.client.get,
            lambda path: window.client.post(path, {"do": "step", "step": "refuse"}),
        ):
            response = ask(f"{page}{address}")
            # A token differs each time, and so does the address that a page to sign in, or to sign, says one came from.
            bare = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", response.content)
            found.append((response.status_code, bare.replace(page.split("/")[2].encode(), b"")))
    return found


@pytest.mark.clause("MP-5.1", "MP-7.12", "MP-3.8")
@pytest.mark.parametrize("who", ["pia", "dora"])
def test_every_kind_is_walked_to_an_end_by_somebody_in_charge(windows: dict[str, AtDesk], who: str):
    """Each by its longest way; and one that somebody took in who has signed nothing yet is refused in one click."""
    assert set(LONGEST) == set(MACHINES)
    window, other = windows[who], windows["dora" if who == "pia" else "pia"]
    # A librarian in charge walks one half, the director the other: each step asks the door for the same right.
    mine = sorted(LONGEST)[who == "dora" :: 2]
    for kind in mine:
        page = taken_in(windows["rosa"])
        takes_up(window, page, kind)
        for code in LONGEST[kind]:
            takes(other if code.startswith("*") else window, page, kind, code.removeprefix("*"))
        window.open(page)
        ends = set(MACHINES[kind].ends.values()) | {MACHINES[kind].states.get("kept", "")}
        assert any(words and words in window.text for words in ends), (kind, window.text)
    page = taken_in(windows["nina"])
    takes_up(window, page, "informal")
    takes(window, page, "informal", "refuse")
    window.open(page)
    assert "Refused" in window.text


def takes_up(window: AtDesk, page: str, kind: str) -> None:
    """Say of what kind it is; and for a deposit, put one with it."""
    window.client.post(page, {"do": "acknowledge"})
    assert window.client.post(page, {"do": "step", "step": "sort", "kind": kind}).status_code == 302
    if kind == "content":
        window.does(page, do="paper", role="content", paper=SimpleUploadedFile("mail.eml", b"From: a"))


@pytest.mark.clause("MP-7.12", "MP-7.13", "MP-3.6")
@pytest.mark.attack(9)
def test_a_clerk_takes_in_and_learns_no_more_of_a_case_than_of_none(windows: dict[str, AtDesk]):
    """Signed or not, and an officer without an account: a case, a gagged one and none at all answer alike, in every state."""
    none = "/cases/0000-0000-0001/"
    for who in ("rosa", "nina"):
        page = taken_in(windows[who])
        takes_up(windows["dora"], page, "sealed_process" if who == "nina" else "court_order")
    gagged = page
    open_one = taken_in(windows["rosa"])
    takes_up(windows["dora"], open_one, "court_order")
    for who in ("rosa", "nina", "officer"):
        alike = learns(windows[who], none)
        assert {status for status, _ in alike} <= {302, 403, 405, 422}, who
        assert learns(windows[who], gagged) == alike, who
        for code in ("check", "scope", "cut"):
            assert learns(windows[who], open_one) == alike, (who, code)
            takes(windows["dora"], open_one, "court_order", code) if who == "rosa" else None
        for listed in ("/cases/", "/cases/deadlines/", "/cases/wording/", "/cases/report/"):
            assert windows[who].client.get(listed).status_code in (302, 403), (who, listed)
    # Somebody in charge who is not named finds no more of the gagged one than of none.
    assert learns(windows["pia"], gagged) == learns(windows["pia"], none)
    windows["rosa"].open("/")
    assert "card" in windows["rosa"].html
    assert Client().post("/cases/take-in/", INTAKE).status_code in (302, 403), (
        "an officer writes nothing down"
    )


@pytest.mark.clause("MP-2.1", "MP-3.9")
def test_a_patron_has_their_letters_in_their_own_language(windows: dict[str, AtDesk], house: Any):
    from desk_support import patron_of

    patron = patron_of(house, ADA_CARD)
    _speaks(house, patron, "pl")
    dora = windows["dora"]
    page = taken_in(windows["rosa"])
    takes_up(dora, page, "own_access")
    for code in LONGEST["own_access"]:
        takes(dora, page, "own_access", code)
    assert "Co biblioteka o Pani/Panu przechowuje" in letter(dora, page, "cover")
    assert "Otrzymałam/otrzymałem" in letter(dora, page, "cover")

    page = taken_in(windows["rosa"])
    takes_up(dora, page, "permission")
    takes(dora, page, "permission", "identify")
    takes(dora, page, "permission", "refuse")
    assert "Biblioteka nie wydała tego" in letter(dora, page, "refusal")
    assert "court" not in letter(dora, page, "refusal"), "a patron is not told to come with an order"


def letter(window: AtDesk, page: str, which: str) -> str:
    response = window.client.post(f"{page}print/", {"which": which})
    assert response.status_code == 200
    return " ".join(PdfReader(io.BytesIO(response.content)).pages[0].extract_text().split())


def _speaks(house: Any, patron: int, language: str) -> None:
    from circumspect.records.patrons.models import Patron

    sealed = house.vault.seal(patron, "registration", patron, "language", language)
    Patron.objects.filter(id=patron).update(sealed_language=sealed)
