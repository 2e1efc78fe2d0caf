"""Guarantee 5: every past decision can be decided again, and a new version binds at the next ask."""

from __future__ import annotations

import dataclasses
import os
import random

import pytest
from replay import differences

from circumspect.records.circulation import lending
from circumspect.records.patrons import cards, merging, upkeep
from circumspect.records.patrons.registration import Change, Registration, change, register
from circumspect.trust.door import door as door_module
from circumspect.trust.door.door import Door
from circumspect.trust.door.errors import DoorError, Refused
from circumspect.trust.ledger.errors import DamagedError
from circumspect.trust.ledger.models import PolicyBundle
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason, Role

pytestmark = [pytest.mark.attack(5), pytest.mark.django_db(databases=["default", "keys", "ledger"])]
ASKS = 20_000 if os.environ.get("ATTACKS") == "long" else 400
FIELDS = {
    "registration": ["given_name", "family_name", "standing", "email", "sex", "balance", "birth_date"],
    "cards": ["barcode", "status"],
    "notes": ["kind", "text", "expires_on"],
    "pins": ["hash"],
    "loans": ["item", "due_at", "renewals", "branch"],
    "ledger": ["looks"],
}


def an_actor(draw: random.Random, patron: int) -> Actor:
    """Somebody of any kind, in any state."""
    kind = draw.choice(list(ActorKind))
    signed = draw.choice(["2026-11", "2026-11", "2026-10", ""])
    if kind is ActorKind.PATRON:
        return Actor(kind, str(draw.choice([patron, patron + 1])))
    if kind is not ActorKind.STAFF:
        return Actor(kind, "forget")
    roles = frozenset(draw.sample([role.value for role in Role], draw.randint(0, 3)))
    return Actor(kind, str(draw.randint(1, 99)), roles, draw.random() > 0.1, signed)


def ask_anything(house, patrons, count: int, seed: int) -> None:
    """Any question by anybody: some are allowed, most refused, all are written down."""
    draw = random.Random(seed)
    for _ in range(count):
        series = draw.choice(list(FIELDS))
        some = draw.sample([*patrons, 12345], draw.randint(1, len(patrons)))
        try:
            house.door.ask(
                an_actor(draw, patrons[0]),
                action=draw.choice(list(Action)),
                purpose=draw.choice(list(Purpose)),
                series=series,
                subjects=some,
                fields=draw.sample(FIELDS[series], draw.randint(1, len(FIELDS[series]))),
                circumstance=draw.choice(list(Circumstance)),
                reason=draw.choice([None, *Reason]),
                own_staff_record=draw.random() < 0.1,
            )
        except DoorError:
            continue


def a_days_work(house, clerk, lead) -> list[int]:
    """What a desk does in a day, some of it refused."""
    patrons = [register(house, clerk, Registration(name)) for name in ("Zielińska", "Okoye", "Murphy")]
    change(house, clerk, patrons[0], Change({"city": "Bend"}), circumstance=Circumstance.CARD_SCANNED)
    cards.set_pin(house, clerk, patrons[0], "4821", circumstance=Circumstance.CARD_SCANNED)
    cards.check_pin(house, Actor(ActorKind.TERMINAL, "kiosk1"), patrons[0], "4821")
    lending.loans_of(house, clerk, patrons[1], circumstance=Circumstance.UNEXPLAINED, reason=Reason.PHONE)
    merging.merge(house, lead, patrons[0], patrons[2])
    upkeep.forget_patron(house, Actor(ActorKind.JOB, "forget"), patrons[1])
    for patron in patrons:
        with pytest.raises(Refused):
            lending.loans_of(house, clerk, patron, circumstance=Circumstance.UNEXPLAINED)
    with pytest.raises(Refused):
        lending.loans_of(house, clerk, patrons[1], circumstance=Circumstance.CARD_SCANNED)
    return patrons[:1]


@pytest.mark.clause("MP-7.15", "MP-7.16")
def test_every_past_decision_comes_out_the_same(house, make_house, clerk, lead, home, version):
    """Of two policies, under two versions, allowed and refused."""
    patrons = a_days_work(house, clerk, lead)
    ask_anything(house, patrons, ASKS // 2, seed=1)
    home.config["fields"]["on"] = ["sex"]
    version[0] = "2026-12"
    later = make_house()
    assert later.policy.hash != house.policy.hash
    patrons += [
        register(later, dataclasses.replace(clerk, signed_version="2026-12"), Registration("Li", sex="f"))
    ]
    ask_anything(later, patrons, ASKS // 2, seed=2)

    bodies = [entry.body for entry in later.ledger.entries(0, later.ledger.size())]

    assert len(bodies) >= ASKS
    assert {body["policy"] for body in bodies} == {house.policy.hash, later.policy.hash}
    assert {body["outcome"] for body in bodies} == {"allowed", "refused"}
    assert differences(later.ledger) == []


@pytest.mark.parametrize(
    "forgotten", ["reason", "roles", "circumstance", "subjects", "own_record", "version_in_force"]
)
def test_a_ledger_that_forgets_a_part_of_the_question_is_caught(house, clerk, lead, monkeypatch, forgotten):
    """The same replay over entries that say less than was asked."""
    plain = {
        "reason": None,
        "roles": [],
        "circumstance": "unexplained",
        "subjects": 0,
        "own_record": False,
        "version_in_force": "",
    }
    real = door_module.entry_body

    def less(*args, **kwargs):
        return {**real(*args, **kwargs), forgotten: plain[forgotten]}

    monkeypatch.setattr(door_module, "entry_body", less)
    patrons = [register(house, clerk, Registration("Zielińska"))]
    for _ in range(3):
        house.door.ask(
            Actor(ActorKind.PATRON, str(patrons[0])),
            action=Action.VIEW,
            purpose=Purpose.OWN_RECORD,
            series="registration",
            subjects=patrons,
            fields={"email"},
            circumstance=Circumstance.OWN_SIGN_IN,
        )
    lending.loans_of(house, clerk, patrons[0], circumstance=Circumstance.UNEXPLAINED, reason=Reason.PHONE)

    assert differences(house.ledger)


def test_a_decision_changed_in_the_ledger_is_caught(house, clerk):
    """A refusal made an opening, or another clause put in its place."""
    patron = register(house, clerk, Registration("Zielińska"))
    with pytest.raises(Refused):
        lending.loans_of(house, clerk, patron, circumstance=Circumstance.UNEXPLAINED)
    bodies = [dict(entry.body) for entry in house.ledger.entries(0, house.ledger.size())]
    assert differences(house.ledger, bodies) == []

    for change_ in ({"outcome": "allowed"}, {"clauses": ["MP-1.1"]}, {"rules": []}):
        assert differences(house.ledger, [*bodies[:-1], {**bodies[-1], **change_}])


def test_texts_changed_behind_their_hash_are_caught(house, clerk):
    register(house, clerk, Registration("Zielińska"))
    row = PolicyBundle.objects.get(hash=house.policy.hash)
    PolicyBundle.objects.filter(hash=row.hash).update(body=row.body.replace("forbid", "permit", 1))

    with pytest.raises(DamagedError):
        differences(house.ledger)


def test_texts_that_were_not_kept_are_caught(house, clerk):
    register(house, clerk, Registration("Zielińska"))
    PolicyBundle.objects.all().delete()

    assert "was not kept" in differences(house.ledger)[0]


# a version published in mid-session


def look(house, actor, patron) -> None:
    """Open a name after a scan."""
    house.door.ask(
        actor,
        action=Action.VIEW,
        purpose=Purpose.SERVE,
        series="registration",
        subjects=[patron],
        fields={"given_name"},
        circumstance=Circumstance.CARD_SCANNED,
    )


def opens_after_publishing(house, clerk, patron, version) -> bool:
    """Whether somebody who has not signed the new version still opens a record."""
    look(house, clerk, patron)
    version[0] = "2026-12"
    try:
        look(house, clerk, patron)
    except Refused:
        return False
    return True


@pytest.mark.clause("MP-7.16")
def test_a_version_published_in_mid_session_binds_at_the_next_ask(house, clerk, version):
    patron = register(house, clerk, Registration("Zielińska"))

    assert not opens_after_publishing(house, clerk, patron, version)

    look(house, dataclasses.replace(clerk, signed_version="2026-12"), patron)


def test_a_door_that_remembers_the_version_is_caught(make_house, clerk, version, db):
    """The broken twin: it asked once, when it was built."""
    house = make_house()
    patron = register(house, clerk, Registration("Zielińska"))
    remembered = version[0]
    twin = object.__new__(Door)
    twin.__dict__.update(house.door.__dict__, _version_in_force=lambda: remembered)
    object.__setattr__(house, "door", twin)

    assert opens_after_publishing(house, clerk, patron, version)
