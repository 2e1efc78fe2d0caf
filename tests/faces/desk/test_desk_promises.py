"""What holds for every page of the desk, whatever it shows."""

from __future__ import annotations

import logging
import re

import pytest
from desk_support import (
    ADA_CARD,
    BEN_CARD,
    DATABASES,
    GOOD_PASSWORD,
    ITEMS,
    KID_CARD,
    AtDesk,
    ledger_bodies,
    patron_of,
)
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from errands_support import (
    ADAS_NEW_CARD,
    ask_elsewhere,
    back_late_and_waited_for,
    letters_and_calls,
    loans_gone_wrong,
    wait_for_things,
)
from offline_support import a_day_without_a_line

from circumspect.faces.desk.asks import ASKS, DeskAsk
from circumspect.faces.desk.views.acting import CLEARED
from circumspect.records.circulation.models import Loan
from circumspect.records.patrons.models import Patron
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance, Reason, Request

pytestmark = pytest.mark.django_db(databases=DATABASES)

CANARIES = ("Zielińska", "ada@example.org", "217-555-0142", "Bluestem", ADA_CARD)


def a_day_at_the_desk(desk: AtDesk) -> list[AtDesk]:
    """Every act once; the window after each."""
    pages = []

    def keep(_response: object) -> None:
        copy = AtDesk()
        copy.read(desk.response)
        pages.append(copy)

    keep(desk.open())
    for scan in (ADA_CARD, ITEMS[0], ITEMS[1]):
        keep(desk.scan(scan))
    keep(desk.does("/renew/", item=ITEMS[0]))
    keep(desk.does("/notes/add/", kind="card", text="Card is bent", expires_on="2027-01-31"))
    keep(desk.does("/notes/remove/", note=desk.hidden("note")[0]))
    keep(desk.does("/pin/", pin="2846", pin_again="2846"))
    keep(desk.does("/passkeys/remove/"))
    keep(desk.does("/blocks/set/", block="returned_mail"))
    keep(desk.does("/blocks/lift/", block="returned_mail"))
    keep(desk.does("/registration/renew/", address_checked="yes"))
    keep(desk.does("/edit/"))
    keep(desk.does("/edit/save/", before=desk.hidden("before")[0], family_name="Zielińska-Nowak", given_name="Ada",
                   category="resident_adult", home_branch="main", language="pl", expires_on="2028-01-01"))  # fmt: skip
    keep(desk.does("/slip/"))
    desk.scan(ADA_CARD)
    desk.does("/card/print/")
    keep(desk.scan(ADA_CARD))
    keep(desk.does("/card/issue/", card_number=""))
    keep(desk.does("/card/lost/"))
    keep(desk.does("/next/"))
    keep(desk.scan(ITEMS[0]))
    keep(desk.scan("ziel"))
    choice = desk.hidden("choice")[-1]
    keep(desk.does("/open/", choice=choice))
    keep(desk.does("/open/", choice=choice, reason="patron wrote"))
    keep(
        desk.does(
            "/register/", family_name="Nova", category="resident_adult", home_branch="main", language="en"
        )
    )
    keep(desk.scan("niemnem", mode="look-up"))
    keep(desk.scan(ITEMS[1], mode="look-up"))
    keep(desk.scan(KID_CARD))
    keep(desk.does("/fees/charge/", kind="card", amount="2.00", form="fees-charge"))
    keep(desk.does("/fees/pay/", amount="1.00", method="cash", form="fees-pay"))
    keep(desk.does("/fees/deposit/", amount="5.00", method="cash", way="in", form="fees-deposit"))
    keep(desk.does("/permissions/"))
    keep(desk.does("/fees/"))
    keep(desk.does("/next/"))
    keep(desk.open("/money/"))
    keep(desk.open("/computers/"))
    keep(desk.does("/computers/", act="end", seat="1"))
    keep(desk.does("/computers/book/", card=KID_CARD, seat="1", day="2026-11-24", time="12:00", minutes="30"))
    return pages


def somebody_was_loud(desk, in_charge):
    """A report, read by whoever is in charge, who takes a name over and sends the person to themselves for a while."""
    told = {"kind": "noise", "branch": "main", "happened_on": "2026-11-23", "account": "Sang on the stairs"}
    desk.does("/incidents/report/", **told, description="A tall woman in a red hat")
    in_charge.open("/incidents/")
    number = in_charge.hidden("incident")[0]
    in_charge.does("/incidents/open/", incident=number)
    in_charge.does("/incidents/decide/", incident=number, act="name", card=BEN_CARD)
    suspended = {"act": "measure", "measure": "suspended", "until": "2026-11-25", "card": BEN_CARD}
    in_charge.does("/incidents/decide/", incident=number, **suspended)


def test_every_question_the_desk_asks_is_on_its_list(desk, lead_desk, library, staff_of):
    start = library.ledger.size()
    a_day_at_the_desk(desk)
    library.home.config["notices"] = {"on": True}
    desk.scan(ADA_CARD)
    desk.does("/card/issue/", card_number=ADAS_NEW_CARD)
    wait_for_things(desk, library)
    ask_elsewhere(desk, library)
    loans_gone_wrong(lead_desk, library)
    lead_desk.scan(BEN_CARD)
    lead_desk.does("/override/", act="check-out", item=ITEMS[5], reason="a supervisor asked")
    lead_desk.does("/fees/charge/", kind="card", amount="2.00", form="fees-charge")
    fee = re.search(r'<option value="(\d+)"', lead_desk.html)[1]
    lead_desk.does("/fees/let-go/", fee=fee, amount="1", code="too_small", form="fees-let-go")
    lead_desk.does("/fees/let-go/", fee=fee, amount="", code="goodwill", form="fees-let-go")
    lead_desk.does("/fees/deposit/", amount="5.00", method="cash", way="in", form="fees-deposit")
    lead_desk.does("/fees/deposit/", amount="5.00", method="cash", way="out", form="fees-deposit")
    staff_of("fin", ["finance"])
    finance = AtDesk()
    finance.sign_in("fin")
    finance.does("/money/card/", card=BEN_CARD)
    lead_desk.scan(BEN_CARD)
    lead_desk.does("/merge/", card_number=KID_CARD, sure="yes")
    staff_of("remy", ["reference"])
    reference = AtDesk()
    reference.sign_in("remy")
    reference.scan(BEN_CARD)
    staff_of("pia", ["privacy_in_charge"])
    in_charge = AtDesk()
    in_charge.sign_in("pia")
    for act in ("set", "release"):
        in_charge.does(
            "/computers/aside/", act=act, seat="1", matter_ref="2026-014", requested_on="2026-11-23"
        )

    somebody_was_loud(desk, in_charge)
    a_day_without_a_line(desk, library)
    back_late_and_waited_for(desk, library)
    letters_and_calls(desk, library)

    asked = ledger_bodies(library)[start:]

    assert len(asked) > 60
    for body in asked:
        assert any(_covers(ask, body) for ask in ASKS), {
            name: body[name] for name in ("action", "purpose", "series", "fields", "circumstance")
        }
        assert body["outcome"] == "allowed", body
    never = {ask.name for ask in ASKS if not any(_covers(ask, body) for body in asked)}
    assert never == set()


def _covers(ask: DeskAsk, body: dict) -> bool:
    return (
        (body["action"], body["purpose"], body["series"]) == (ask.action, ask.purpose, ask.series)
        and set(body["fields"]) <= ask.fields
        and body["circumstance"] in ask.circumstances
        and body["subjects"] <= ask.subjects
        and bool(set(body["roles"]) & set(ask.roles))
        and (body["reason"] is not None)
        == (ask.with_reason or body["circumstance"] == Circumstance.UNEXPLAINED)
    )


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.name)
def test_the_policy_allows_each_question_to_those_it_is_for(library, ask):
    for role in ask.roles:
        for circumstance in ask.circumstances:
            needs_reason = ask.with_reason or circumstance is Circumstance.UNEXPLAINED
            decision = library.policy.decide(
                Request(
                    actor=Actor(ActorKind.STAFF, "1", frozenset({str(role)}), True, "2026-11"),
                    action=ask.action,
                    purpose=ask.purpose,
                    series=ask.series,
                    fields=frozenset(each for each in ask.fields if each not in ("driver_licence", "sex")),
                    circumstance=circumstance,
                    reason=Reason.DUPLICATE if needs_reason else None,
                    own_record=False,
                    subjects=ask.subjects,
                    version_in_force="2026-11",
                )
            )
            assert decision.allowed, (role, circumstance, decision.explanation)


@pytest.mark.clause("MP-7.11")
def test_every_page_says_how_it_may_be_kept_and_holds_no_id(desk, library):
    ids = [str(patron) for patron in Patron.objects.values_list("id", flat=True)]

    for page in a_day_at_the_desk(desk):
        headers = page.response.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        title = re.search(r"<title>(.*?)</title>", page.html)[1]
        assert not any(canary in title for canary in CANARIES)
        assert not any(each in page.html for each in ids)
        assert not re.search(
            r"<style|style=|<script(?![^>]* src=)|\son\w+=|https?://(?!www.w3.org)", page.html
        )


def test_no_address_and_no_log_line_holds_anything_of_a_patron(desk, library, caplog):
    caplog.set_level(logging.DEBUG)
    pages = a_day_at_the_desk(desk)

    addresses = [
        page.response.request["PATH_INFO"] + "?" + page.response.request["QUERY_STRING"] for page in pages
    ]
    assert set(addresses) <= {f"/{route}?" for route in _routes()}
    # What is checked is what the program would log; the databases' own debug lines are never on.
    told = " ".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("django.db")
    )
    assert not any(canary in told for canary in CANARIES)


def _routes() -> set[str]:
    return {str(each.pattern) for each in get_resolver("circumspect.faces.desk.urls").url_patterns}


def test_there_is_one_cookie_and_the_session_names_no_patron(desk, library):
    a_day_at_the_desk(desk)

    assert list(desk.client.cookies) == ["circumspect_session"]
    cookie = desk.client.cookies["circumspect_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    session = desk.client.session
    assert set(session.keys()) <= {"staff", "staff_roles", "desk_turn", "_csrftoken"}
    patron = patron_of(library, BEN_CARD)
    assert str(patron) not in str(dict(session.items()))


def test_a_post_without_the_token_of_the_page_is_refused(library):
    window = AtDesk(enforce_csrf_checks=True)

    window.sign_in()

    assert window.response.status_code == 403
    assert "This page was too old" in window.text


@pytest.mark.clause("MP-7.11")
def test_after_next_patron_every_page_of_the_last_one_is_worth_nothing(desk):
    desk.scan(ADA_CARD)
    old = desk.slip
    desk.does("/next/")

    desk.scan(ITEMS[0], slip=old)

    assert CLEARED.headline in desk.said()
    assert not any(canary in desk.html for canary in CANARIES)
    assert not Loan.objects.exists()


def test_another_card_ends_the_slip_of_the_one_before(desk):
    desk.scan(ADA_CARD)
    old = desk.slip
    desk.scan(KID_CARD)

    desk.does("/edit/", slip=old)

    assert CLEARED.headline in desk.said()


def test_a_slip_serves_its_own_member_and_session_only(desk, lead_desk):
    desk.scan(ADA_CARD)
    slip = desk.slip
    lead_desk.does("/edit/", slip=slip)
    assert CLEARED.headline in lead_desk.said()
    again = AtDesk()
    again.sign_in()

    again.does("/edit/", slip=slip)

    assert CLEARED.headline in again.said()


def test_a_slip_ends_after_a_quarter_of_an_hour_and_when_altered(desk, clock):
    desk.scan(ADA_CARD)
    slip = desk.slip
    desk.does("/edit/", slip=slip[:-6] + ("AAAA" if slip[-6:-2] != "AAAA" else "BBBB") + slip[-2:])
    assert CLEARED.headline in desk.said()
    for _ in range(8):
        clock.forward(seconds=120)
        desk.client.post("/awake/")

    desk.does("/edit/", slip=slip)

    assert CLEARED.headline in desk.said()


def test_a_slip_does_not_read_as_a_patron(desk, library):
    import base64

    desk.scan(ADA_CARD)
    raw = base64.urlsafe_b64decode(desk.slip)
    patron = patron_of(library, ADA_CARD)

    assert str(patron).encode() not in raw
    assert patron.to_bytes(8, "big") not in raw


@pytest.mark.clause("MP-7.10")
def test_an_account_closed_in_mid_session_is_out_at_the_next_request(desk):
    from circumspect.offices.staff import accounts

    desk.scan(ADA_CARD)
    accounts.disable(accounts.find_member("rosa"))

    desk.scan(ITEMS[0])

    assert "Your account was changed." in desk.text
    assert not Loan.objects.exists()


def test_a_new_policy_version_closes_the_door_at_the_next_request(desk, library, clock, version):
    from circumspect.offices.staff import signoff

    desk.scan(ADA_CARD)
    signoff.publish(
        "2026-12", policy_hash="00" * 32, text="# New", requires_signature=True, in_force_from=clock()
    )
    version[0] = "2026-12"

    desk.scan(ADA_CARD)

    assert desk.response.status_code == 403
    assert "You have not signed the privacy policy 2026-12" in desk.html
    assert "Zielińska" not in desk.html


def test_a_door_that_is_closed_is_said_plainly_and_shows_nothing(desk, library, monkeypatch):
    from circumspect.trust.ledger.store import Ledger, LedgerError

    def broken(*_args: object, **_more: object) -> None:
        raise LedgerError("disk full")

    monkeypatch.setattr(Ledger, "append_many", broken)
    desk.scan(ADA_CARD)

    assert desk.response.status_code == 503
    assert "Nothing can be opened at the moment." in desk.said()
    assert not any(canary in desk.html for canary in CANARIES)


@pytest.mark.parametrize(
    ("roles", "sees", "hidden"),
    [
        (["reference"], ["Ada Zielińska", "OK to borrow"], ["•••", "18–64", "Nothing out", "Edit"]),
        (["finance"], ["No rule lets your role open these details"], ["Zielińska"]),
        (["communications"], ["Communications staff open letters that are public records"], ["Zielińska"]),
        (["trustee"], ["Trustees hold no right"], ["Zielińska"]),
    ],
)
@pytest.mark.clause("MP-7.17", "MP-7.15")
def test_each_role_sees_what_the_door_opens_to_it(staff_of, roles, sees, hidden):
    staff_of("nina", roles)
    window = AtDesk()
    window.sign_in("nina")

    window.scan(ADA_CARD)

    assert all(each in window.text for each in sees)
    assert not any(each in window.text for each in hidden)


def test_the_number_of_queries_is_the_same_however_many_loans(desk, library):
    def queries() -> dict[str, int]:
        counts = {}
        library.vault.forget_cached_keys()  # they are read anew every few seconds: begin alike
        contexts = {alias: CaptureQueriesContext(connections[alias]) for alias in DATABASES}
        for context in contexts.values():
            context.__enter__()
        desk.scan(ADA_CARD)
        for alias, context in contexts.items():
            context.__exit__(None, None, None)
            counts[alias] = len(context)
        return counts

    desk.scan(ADA_CARD)
    desk.scan(ITEMS[0])
    one = queries()
    for item in ITEMS[1:30]:
        desk.scan(item)

    assert "30 out" in desk.text
    assert queries() == one


def test_a_broken_page_shows_no_trace(desk, monkeypatch):
    from circumspect.faces.desk.views import desk as view

    def broken(*_args: object) -> None:
        raise RuntimeError("Zielińska")

    monkeypatch.setattr(view, "understand", broken)
    desk.client.raise_request_exception = False
    desk.scan(ADA_CARD)

    assert desk.response.status_code == 500
    assert "Something broke on our side" in desk.text
    assert "Zielińska" not in desk.html
    assert "Traceback" not in desk.html
    assert desk.response.headers["Cache-Control"] == "no-store"


def test_signing_in_anew_begins_with_an_empty_desk(desk):
    desk.scan(ADA_CARD)
    slip = desk.slip
    desk.does("/sign-out/")
    desk.sign_in("rosa", GOOD_PASSWORD)

    desk.does("/edit/", slip=slip)

    assert CLEARED.headline in desk.said()
