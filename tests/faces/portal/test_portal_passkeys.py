"""A passkey signs in whoever added it, and nobody else; and locks a history so that nobody else opens it."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from portal_keys import NAME, a_phone, add, options
from portal_support import ADA_CARD, ADA_PIN, BEN_PIN, DATABASES, TITLES, Home, item_code

from circumspect.faces.portal import signing
from circumspect.faces.portal.challenges import SECONDS, Challenges
from circumspect.faces.portal.pacing import Pace
from circumspect.faces.portal.views import entry
from circumspect.records.patrons import cards, passkeys
from circumspect.records.patrons.models import Passkey
from circumspect.records.reading import history
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.sealed import Sealed
from security_key import SecurityKey

pytestmark = pytest.mark.django_db(databases=DATABASES)
REFUSED = "This passkey does not sign you in. Use your card and PIN."


def to_sign_in(home: Home) -> str:
    home.send("/my/sign-in/passkey/")
    return json.dumps(json.loads(home.response.content)["options"])


def sign_in(home: Home, answer: str, *, status: int = 200) -> str:
    return home.send("/my/sign-in/", status=status, signin_answer=answer)


def themself(patron: int) -> Actor:
    return Actor(ActorKind.PATRON, str(patron))


@pytest.mark.clause("TH-2.2", "MP-3.9")
def test_a_passkey_that_was_added_signs_in_and_its_owner_sees_its_name_and_month(library, ada, ada_id):
    phone = a_phone()
    asked = options(ada, "add", pin=ADA_PIN, name=NAME)
    # What the authenticator, and whoever stores its passkeys, is told of somebody.
    assert "Ada" not in asked
    assert ADA_CARD not in asked
    assert str(ada_id) not in asked
    assert json.loads(asked)["authenticatorSelection"]["userVerification"] == "required"

    assert NAME in add(ada, phone, ADA_PIN)
    home = Home()
    page = sign_in(home, phone.get(to_sign_in(home)))

    assert "Hello, Ada" in page
    for path in ("passkeys/", "held/", "held/data.json"):
        page = home.open(f"/my/{path}") or home.response.content.decode()
        assert NAME in page, path
        assert base64.b64encode(phone.credential_id).decode() not in page
    assert "added in November 2026" in home.open("/my/passkeys/")
    row = Passkey.objects.get()
    raw = b"|".join(
        bytes(getattr(row, each)) for each in ("token", "sealed_key", "sealed_name", "sealed_month")
    )
    assert phone.credential_id not in raw
    assert phone.handle not in raw
    assert phone.handle != str(ada_id).encode()


def replayed(phone: SecurityKey) -> str:
    home = Home()
    answer = phone.get(to_sign_in(home))
    sign_in(home, answer)
    return answer


def told(phone: SecurityKey, **lies: Any) -> str:
    """An answer of a key that lies in one thing."""
    truth = {name: getattr(phone, name) for name in lies}
    for name, lie in lies.items():
        setattr(phone, name, lie)
    answer = phone.get(to_sign_in(Home()))
    for name, true in truth.items():
        setattr(phone, name, true)
    return answer


FORGED: dict[str, Callable[[SecurityKey, Home], str]] = {
    "from a page elsewhere": lambda phone, _: told(phone, origin="http://testserver.evil.example"),
    "for another site": lambda phone, _: told(phone, rp_id="evil.example"),
    "by nobody in particular": lambda phone, _: told(phone, verifies=False),
    "with a counter that went back": lambda phone, _: told(phone, counter=-1),
    "with a counter that stood still": lambda phone, _: told(phone, counter=7),
    "as somebody else": lambda phone, _: told(phone, handle=os.urandom(16)),
    "without saying whose": lambda phone, _: told(phone, handle=b""),
    "with another private key": lambda phone, _: told(phone, _key=a_phone()._key),
    "by a passkey nobody added": lambda phone, _: told(phone, credential_id=os.urandom(32)),
    "sent twice": lambda phone, _: replayed(phone),
    "to a challenge of our own making": lambda phone, _: phone.get(json.dumps({"challenge": "AAAA"})),
    "to a challenge for opening a history": lambda phone, ada: phone.get(options(ada, "open")),
    "unreadable": lambda *_: "\0{",
    "endless": lambda *_: "9" * 50_000,
}


@pytest.mark.clause("TH-1.23", "MP-4.15")
def test_no_forged_answer_signs_in_and_all_hear_and_cost_the_same(library, clerk, ada, ada_id, monkeypatch):
    phone = a_phone()
    add(ada, phone, ADA_PIN)
    history.turn_on(library, themself(ada_id), ada_id, months=12)
    passkey = Passkey.objects.get().id
    lock = history.PasskeySecret(passkey, os.urandom(32))
    history.lock_with_passkey(library, themself(ada_id), ada_id, lock)
    phone.counter = 7
    sign_in(home := Home(), phone.get(to_sign_in(home)))
    kept = bytes(Passkey.objects.get().sealed_key)
    waited: list[float] = []
    monkeypatch.setattr(signing, "LEAST_SECONDS", 5.0)
    monkeypatch.setattr(signing.time, "sleep", waited.append)
    pages: dict[str, str] = {}

    def is_refused(why: str, answer: str) -> None:
        monkeypatch.setattr(entry, "PACE", Pace())  # how many tries are free is another test's affair
        home, before = Home(), library.ledger.size()
        pages[why] = sign_in(home, answer, status=403)
        assert settings.PATRON_COOKIE not in home.cookies, why
        assert library.ledger.size() == before + 1, why

    for why, forge in FORGED.items():
        if why != "sent twice":
            is_refused(why, forge(phone, ada))
    assert bytes(Passkey.objects.get().sealed_key) == kept, "a refused answer moved the counter"
    is_refused("sent twice", FORGED["sent twice"](phone, ada))
    right = phone.get(to_sign_in(Home()))
    cards.report_lost(library, clerk, ada_id, circumstance=Circumstance.CARD_SCANNED)
    is_refused("with a lost card", right)
    passkeys.remove_all(library, clerk, ada_id, circumstance=Circumstance.CARD_SCANNED)
    is_refused("by one that was removed", phone.get(to_sign_in(Home())))

    assert set(pages.values()) == {pages["unreadable"]}
    assert REFUSED in pages["unreadable"]
    assert len(waited) == len(pages)
    assert min(waited) > 3.0


def test_guesses_are_counted_for_each_passkey_and_for_what_cannot_be_read(library):
    for _ in range(6):
        sign_in(Home(), "{}", status=403)

    sign_in(Home(), "{}", status=429)


@pytest.mark.clause("TH-2.2")
def test_nothing_is_added_without_the_pin_on_a_shared_computer_or_by_a_device_that_checks_nobody(
    library, ada, ben, ada_id
):
    assert options(ada, "add", status=400, pin=BEN_PIN)["error"].startswith("This is not your PIN")
    shared = Home()
    shared.sign_in(ADA_CARD, ADA_PIN, shared="yes")
    assert "shared computer" in options(shared, "add", status=403, pin=ADA_PIN)["error"]
    good = options(ada, "add", pin=ADA_PIN)
    anybody = SecurityKey("http://testserver", "testserver")
    tries = {
        "that checks nobody": (ada, anybody.create(good)),
        "from elsewhere": (ada, SecurityKey("http://evil.example", "testserver", verifies=True).create(good)),
        "in another sign-in": (ben, a_phone().create(options(ada, "add", pin=ADA_PIN))),
        "on a shared computer": (shared, a_phone().create(options(ada, "add", pin=ADA_PIN))),
        "for a challenge of ours": (
            ada,
            a_phone().create(json.dumps({"challenge": "AA", "user": {"id": "AA"}})),
        ),
    }

    for why, (home, answer) in tries.items():
        home.open("/my/passkeys/")
        home.does("/my/passkeys/", status=403 if home is shared else 400, act="add", add_answer=answer)
        assert not Passkey.objects.exists(), why


@pytest.mark.clause("MP-7.9")
def test_no_patron_uses_sees_or_removes_the_passkey_of_another(library, ada, ben, ben_id):
    phone = a_phone()
    add(ada, phone, ADA_PIN)
    row = Passkey.objects.get()

    assert NAME not in ben.open("/my/passkeys/")
    ben.does("/my/passkeys/", act="remove", passkey=str(row.id))
    assert Passkey.objects.exists()
    assert "error" in options(ben, "open", status=400)
    # One passkey is of one patron: who has added it elsewhere adds it here in vain.
    asked = options(ben, "add", pin=BEN_PIN, name="mine")
    ben.open("/my/passkeys/")
    ben.does("/my/passkeys/", status=400, act="add", add_answer=phone.create(asked), name="mine")
    assert Passkey.objects.get().patron_id != ben_id


# a history that it locks


def secret(home: Home, phone: SecurityKey, step: str, key: bytes) -> dict[str, str]:
    answer = phone.get(options(home, step))
    return {f"{step}_answer": answer, f"{step}_key": base64.b64encode(key).decode()}


def test_each_passkey_and_the_pin_open_a_history_and_another_key_does_not(library, clerk, ada, ada_id):
    from circumspect.records.circulation.lending import check_in, check_out

    phone, stick, key, other = a_phone(), a_phone(), os.urandom(32), os.urandom(32)
    add(ada, phone, ADA_PIN)
    add(ada, stick, ADA_PIN, name="stick")
    ada.does("/my/history/", act="on", months="12")
    check_out(library, clerk, ada_id, item_code(1), branch="main")
    check_in(library, clerk, item_code(1), branch="main")
    ada.does("/my/history/", act="lock-passkey", **secret(ada, phone, "lock", key))
    assert "Your history is locked." in ada.said
    assert TITLES[1] not in ada.html

    def opened(**form: str) -> bool:
        ada.response = ada.post(
            "/my/history/",
            {"act": "open", "token": re.search(r'name="token" value="(\w+)"', ada.html)[1], **form},
            headers={"origin": "http://testserver"},
        )
        assert ada.response.status_code in (200, 400)
        return TITLES[1] in ada.response.content.decode()

    assert not opened(pin=ADA_PIN)
    assert not opened(**secret(ada, phone, "open", other))
    assert not opened(**secret(ada, phone, "open", b"short"))
    # The right key with somebody's forged answer, and a passkey's answer that was given for something else.
    assert not opened(
        open_answer=a_phone().get(options(ada, "open")), open_key=base64.b64encode(key).decode()
    )
    assert not opened(open_answer=phone.get(options(ada, "lock")), open_key=base64.b64encode(key).decode())
    assert opened(**secret(ada, phone, "open", key))

    both = secret(ada, phone, "open", key) | secret(ada, stick, "lock", other)
    ada.does("/my/history/", act="lock-passkey", **both)
    ada.does("/my/history/", act="lock", pin=ADA_PIN, **secret(ada, stick, "open", other))
    assert opened(pin=ADA_PIN)
    assert opened(**secret(ada, stick, "open", other))
    row = Passkey.objects.get(
        id=next(each.id for each in passkeys.own(library, themself(ada_id), ada_id) if each.name == "stick")
    )
    ada.open("/my/passkeys/")
    ada.does("/my/passkeys/", act="remove", passkey=str(row.id))
    assert opened(**secret(ada, phone, "open", key))
    assert not history.choice_of(ada_id).needs(row.id)


def test_whoever_removes_the_one_passkey_that_opens_the_list_is_told_first(library, ada, ada_id):
    phone = a_phone()
    add(ada, phone, ADA_PIN)
    ada.does("/my/history/", act="on", months="12")
    ada.does("/my/history/", act="lock-passkey", **secret(ada, phone, "lock", os.urandom(32)))
    wanted = str(Passkey.objects.get().id)

    ada.open("/my/passkeys/")
    ada.does("/my/passkeys/", status=400, act="remove", passkey=wanted)
    assert Passkey.objects.exists()
    ada.does("/my/passkeys/", act="remove", passkey=wanted, sure="yes")

    assert not Passkey.objects.exists()
    assert history.choice_of(ada_id).is_lost
    assert "Nothing opens this list any more" in ada.open("/my/history/")


# staff


@pytest.mark.clause("MP-2.2", "MP-7.14")
def test_staff_remove_all_passkeys_and_neither_see_nor_add_one(library, clerk, lead, ada, ada_id):
    add(ada, a_phone(), ADA_PIN)
    row, now = Passkey.objects.get(), Circumstance.CARD_SCANNED
    in_charge = Actor(ActorKind.STAFF, "7", frozenset({"executive_director"}), True, "2026-11")
    for who in (clerk, lead, in_charge):
        for action in (Action.VIEW, Action.USE, Action.CHANGE, Action.DISCLOSE, Action.PRESERVE):
            for purpose in (Purpose.MAINTAIN, Purpose.SERVE, Purpose.DISCLOSE, Purpose.SIGN_IN):
                with pytest.raises(Refused):
                    library.door.ask(
                        who,
                        action=action,
                        purpose=purpose,
                        series=passkeys.SERIES,
                        subjects=[ada_id],
                        fields={"name"},
                        circumstance=now,
                    )
    with pytest.raises(Refused):
        passkeys.remove_all(library, in_charge, ada_id, circumstance=now)
    assert Passkey.objects.filter(id=row.id).exists()

    assert passkeys.remove_all(library, clerk, ada_id, circumstance=now) == 1

    assert not Passkey.objects.exists()


@pytest.mark.clause("TH-1.23")
def test_what_a_passkey_is_known_by_is_shown_to_nobody_its_owner_included(library, ada, ada_id):
    add(ada, a_phone(), ADA_PIN)
    ask = {
        "purpose": Purpose.OWN_RECORD,
        "series": passkeys.SERIES,
        "subjects": [ada_id],
        "circumstance": Circumstance.OWN_SIGN_IN,
    }
    with pytest.raises(Refused):
        library.door.ask(themself(ada_id), action=Action.VIEW, fields={"key", "name"}, **ask)

    opening = library.door.ask(themself(ada_id), action=Action.VIEW, fields={"name"}, **ask)
    row = Passkey.objects.get()
    assert opening.read(Sealed(passkeys.SERIES, "name", ada_id, row.id, row.sealed_name)) == NAME


@pytest.mark.clause("TH-1.8")
def test_a_forgotten_patron_takes_the_passkeys_along(library, lead, ada, ada_id):
    from circumspect.records.patrons import upkeep

    add(ada, a_phone(), ADA_PIN)
    history.turn_on(library, themself(ada_id), ada_id, months=3)
    history.lock_with_passkey(
        library, themself(ada_id), ada_id, history.PasskeySecret(Passkey.objects.get().id, os.urandom(32))
    )

    upkeep.forget_patron(library, lead, ada_id)

    assert not Passkey.objects.exists()
    assert not history.PasskeyLock.objects.exists()


# challenges


def test_a_challenge_is_for_one_use_of_one_sign_in_for_five_minutes_and_once():
    ours, others = Challenges(), Challenges()
    made = ours.make("open", "one sign-in", 1000.0)

    assert not ours.take(made, "lock", "one sign-in", 1001.0)
    assert not ours.take(made, "open", "another", 1001.0)
    assert not ours.take(made[:-1], "open", "one sign-in", 1001.0)
    assert not others.take(made, "open", "one sign-in", 1001.0)
    assert not ours.take(made, "open", "one sign-in", 1001.0 + SECONDS)
    assert not ours.take(made, "open", "one sign-in", 900.0)
    assert ours.take(made, "open", "one sign-in", 1000.0 + SECONDS)
    assert not ours.take(made, "open", "one sign-in", 1000.0 + SECONDS)
    late = ours.make("open", "one sign-in", 2000.0)
    assert ours.take(late, "open", "one sign-in", 2001.0)
    assert len(ours._answered) == 1, "what is over is not remembered"
