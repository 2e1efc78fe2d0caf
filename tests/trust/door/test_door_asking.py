"""Ask, decide, write down, and only then open."""

from __future__ import annotations

import dataclasses
import json

import pytest

from circumspect.trust.door.door import OPENING_SECONDS, Part
from circumspect.trust.door.errors import NO_SUCH_RECORD, DoorClosed, Refused
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason
from circumspect.trust.vault.errors import BrokenSealError, NoGrantError
from circumspect.trust.vault.sealed import Sealed

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


def test_an_allowed_look_opens_the_fields_it_names(look, ada, sealed):
    opening = look(ada)

    assert opening.read(sealed(ada, "given_name")) == "Ada"
    assert opening.read(sealed(ada, "family_name")) == "Zielińska"
    assert opening.fields == {"given_name", "family_name"}
    assert opening.subjects == (ada,)
    assert repr(opening) == f"<opening, ledger entry {opening.ledger_index}>"


@pytest.mark.clause("MP-3.1", "MP-7.15")
def test_it_is_decided_then_written_down_then_opened(house, look, ada, monkeypatch):
    """Never in another order."""
    order: list[str] = []

    def noted(owner, name):
        real = getattr(owner, name)

        def note(*args, **kwargs):
            result = real(*args, **kwargs)
            order.append(name)
            return result

        monkeypatch.setattr(owner, name, note)

    noted(house.policy, "decide")
    noted(house.ledger, "append_many")
    noted(house.door._unsealer, "grant")

    look(ada)

    assert order == ["decide", "append_many", "grant"]


@pytest.mark.clause("MP-3.1", "MP-7.15")
def test_a_refusal_opens_nothing_and_is_written_down(house, look, ada, entries, monkeypatch):
    """The entry says who, what for and why not."""
    granted: list[object] = []
    monkeypatch.setattr(house.door._unsealer, "grant", lambda *a, **k: granted.append(a))
    before = house.ledger.size()

    with pytest.raises(Refused) as refusal:
        look(ada, circumstance=Circumstance.UNEXPLAINED)

    assert granted == []
    assert house.ledger.size() == before + 1
    entry = entries()[-1]
    assert entry["outcome"] == "refused"
    assert entry["rules"] == ["unexplained-needs-reason"]
    assert set(entry["clauses"]) == {"MP-7.15", "MP-7.5"}
    assert refusal.value.decision.remedy
    assert "Zieli" not in str(refusal.value)


@pytest.mark.clause("MP-7.16")
def test_whoever_has_not_signed_the_version_in_force_opens_nothing(look, ada, clerk, version, entries):
    """From the next ask on, in the middle of a session."""
    look(ada)
    version[0] = "2026-12"

    with pytest.raises(Refused):
        look(ada)

    assert entries()[-1]["rules"] == ["policy-not-signed"]
    look(ada, actor=dataclasses.replace(clerk, signed_version="2026-12"))


def test_no_published_version_opens_nothing(look, ada, version):
    version[0] = ""

    with pytest.raises(Refused):
        look(ada)


@pytest.mark.clause("MP-7.10")
def test_a_disabled_account_opens_nothing(look, ada, clerk):
    with pytest.raises(Refused):
        look(ada, actor=dataclasses.replace(clerk, active=False))


# what an opening reaches


def test_an_opening_does_not_reach_another_patron(look, ada, ben, sealed):
    with pytest.raises(NoGrantError):
        look(ada).read(sealed(ben, "given_name"))


def test_an_opening_does_not_reach_another_field(look, ada, sealed):
    with pytest.raises(NoGrantError) as refused:
        look(ada).read(sealed(ada, "email"))

    assert "canary" not in str(refused.value)


def test_an_opening_does_not_reach_another_series(look, ada, sealed):
    blob = sealed(ada, "given_name").blob

    with pytest.raises(NoGrantError):
        look(ada).read(Sealed("notes", "given_name", ada, ada, blob))


def test_a_relabelled_value_does_not_open(look, ada, sealed):
    """An e-mail address offered as a given name."""
    blob = sealed(ada, "email").blob

    with pytest.raises(BrokenSealError):
        look(ada).read(Sealed("registration", "given_name", ada, ada, blob))


def test_an_opening_ends_after_ten_minutes(look, ada, sealed, clock):
    opening = look(ada)
    clock.forward(seconds=OPENING_SECONDS - 1)
    assert opening.read(sealed(ada, "given_name")) == "Ada"

    clock.forward(seconds=1)

    with pytest.raises(NoGrantError, match="ask again"):
        opening.read(sealed(ada, "given_name"))


def test_one_question_serves_a_page_of_patrons(house, look, ada, ben, sealed, entries):
    opening = look(ada, ben, purpose=Purpose.FIND, circumstance=Circumstance.NAME_SEARCH)

    assert opening.read(sealed(ben, "given_name")) == "Ben"
    assert entries()[-1]["subjects"] == 2
    assert len(house.ledger.marks(opening.ledger_index)) == 2


# several questions at once


def parts(*subjects: int) -> list[Part]:
    """What a page of one patron shows: name and notes."""
    return [
        Part(Action.VIEW, Purpose.SERVE, "registration", subjects, frozenset({"given_name"})),
        Part(Action.VIEW, Purpose.SERVE, "notes", subjects, frozenset({"kind", "text"})),
    ]


def test_several_questions_have_an_entry_and_an_opening_each(house, clerk, ada, entries, sealed):
    before = house.ledger.size()

    names, notes = house.door.ask_all(clerk, parts(ada), circumstance=Circumstance.CARD_SCANNED)

    assert [names.ledger_index, notes.ledger_index] == [before, before + 1]
    assert [entry["series"] for entry in entries()[-2:]] == ["registration", "notes"]
    assert names.read(sealed(ada, "given_name")) == "Ada"
    with pytest.raises(NoGrantError):
        notes.read(sealed(ada, "given_name"))


def test_one_refused_question_of_several_opens_none(house, clerk, ada, entries):
    two = [parts(ada)[0], Part(Action.VIEW, Purpose.SERVE, "pins", (ada,), frozenset({"hash"}))]
    before = house.ledger.size()

    with pytest.raises(Refused) as refusal:
        house.door.ask_all(clerk, two, circumstance=Circumstance.CARD_SCANNED)

    assert refusal.value.decision.rules == ("pin-is-never-shown",)
    assert house.ledger.size() == before + 1
    assert entries()[-1]["series"] == "pins"


# what is not there


def test_nobody_of_that_number_is_a_refusal(look, ada, entries):
    """Forgotten and never registered look alike."""
    with pytest.raises(Refused) as refusal:
        look(12345)

    assert refusal.value.decision.rules == NO_SUCH_RECORD
    assert entries()[-1]["outcome"] == "refused"
    assert entries()[-1]["marks"] == []


def test_whoever_is_refused_does_not_learn_whether_there_is_such_a_record(look, ada):
    answers = []
    for patron in (ada, 12345):
        with pytest.raises(Refused) as refusal:
            look(patron, circumstance=Circumstance.UNEXPLAINED)
        answers.append(refusal.value.decision)

    assert answers[0] == answers[1]


def test_one_unknown_patron_on_a_page_opens_nobody(look, ada):
    with pytest.raises(Refused):
        look(ada, 12345, purpose=Purpose.FIND, circumstance=Circumstance.NAME_SEARCH)


# permission without a patron, and the patron behind a link


RETURN = {
    "action": Action.CHANGE,
    "purpose": Purpose.CIRCULATE,
    "series": "loans",
    "fields": {"item", "due_at", "renewals", "branch"},
    "circumstance": Circumstance.ITEM_SCANNED,
}


def test_taking_an_item_back_names_nobody(house, clerk, ada, entries):
    decision = house.door.permit(clerk, **RETURN)

    assert decision.allowed
    assert entries()[-1]["series"] == "loans"
    assert entries()[-1]["marks"] == []


def test_a_permission_refused_is_written_down(house, clerk, entries):
    with pytest.raises(Refused):
        house.door.permit(dataclasses.replace(clerk, roles=frozenset({"reference"})), **RETURN)

    assert entries()[-1]["outcome"] == "refused"


RELINK = {
    "action": Action.ERASE,
    "purpose": Purpose.FORGET,
    "series": "loans",
    "fields": {"item"},
    "circumstance": Circumstance.SCHEDULED,
}
JOB = Actor(ActorKind.JOB, "forget")


def test_whose_link_it_is_opens_at_the_door_alone(house, ada, entries):
    link = house.vault.link("loans", ada)

    opening = house.door.ask_by_link(
        JOB, epoch=link.epoch, token=link.token, back=link.back, link_series="loans", **RELINK
    )

    assert opening.subjects == (ada,)
    assert len(entries()[-1]["marks"]) == 1


def test_a_link_is_not_followed_for_somebody_who_may_not(house, clerk, ada, entries, monkeypatch):
    link = house.vault.link("loans", ada)
    followed: list[object] = []
    monkeypatch.setattr(house.door._unsealer, "subject_of", lambda *a: followed.append(a))

    with pytest.raises(Refused):
        house.door.ask_by_link(
            clerk, epoch=link.epoch, token=link.token, back=link.back, link_series="loans", **RELINK
        )

    assert followed == []
    assert entries()[-1]["marks"] == []


def test_a_dead_epochs_link_leads_nowhere(house, ada):
    link = house.vault.link("loans", ada)
    house.vault.destroy_epoch("loans", link.epoch)

    with pytest.raises(DoorClosed):
        house.door.ask_by_link(
            JOB, epoch=link.epoch, token=link.token, back=link.back, link_series="loans", **RELINK
        )


# what an entry says


@pytest.mark.clause("MP-4.15", "MP-7.15")
def test_no_entry_says_whom_or_what_it_opened(house, look, clerk, ada, ben, entries):
    """No value, no patron's number, no card: neither as text nor as bytes of it."""
    patron = Actor(ActorKind.PATRON, str(ada))
    look(ada, reason=Reason.PHONE, circumstance=Circumstance.UNEXPLAINED)
    look(ada, ben, purpose=Purpose.FIND, circumstance=Circumstance.NAME_SEARCH)
    look(ada, actor=patron, purpose=Purpose.OWN_RECORD, circumstance=Circumstance.OWN_SIGN_IN)

    said = json.dumps(entries(), ensure_ascii=False)

    assert '"actor": "patron:self"' in said
    for secret in ("Zieli", "Ada", "Okoye", "canary", "-0142", str(ada), str(ben), f"{ada:x}", f"{ben:x}"):
        assert secret not in said


@pytest.mark.clause("MP-7.9", "TH-1.1")
def test_a_patron_opens_nobody_elses_record(look, ada, ben):
    patron = Actor(ActorKind.PATRON, str(ada))

    with pytest.raises(Refused) as refusal:
        look(ben, actor=patron, purpose=Purpose.OWN_RECORD, circumstance=Circumstance.OWN_SIGN_IN)

    assert refusal.value.decision.rules == ("nobody-elses-record",)


def test_every_entry_of_one_patron_is_found_by_her_links_and_no_other(house, look, ada, ben):
    first, second = look(ada).ledger_index, look(ada).ledger_index
    look(ben)

    links = list(house.vault.links("ledger", ada).items())
    found = [entry.index for entry in house.ledger.entries_for_links(links, 10)]

    assert found[:2] == [second, first]
    assert len(found) == 3  # and her registration
