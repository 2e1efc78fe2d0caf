"""What patrons do on their own pages, in the library that is robbed: histories locked with a PIN and with a passkey,
permissions, sign-ins.

Whatever of it could name somebody: whom a permission is given to, a PIN, the value of a cookie, what a passkey is known
by, what its authenticator keeps of its owner, and the key it makes for a history.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

# Values of cookies, and of passkeys, which no table may hold.
COOKIES: list[str] = []


def use_own_pages(
    house: Any, clerk: Any, patron: int, book: str, friend: str, pin: str, log: logging.Logger
) -> None:
    """Begin a locked history and fill it, let a friend pick things up, sign in, look at everything, and stay signed in."""
    from django.conf import settings
    from django.test import Client

    from circumspect.faces.portal import sessions
    from circumspect.faces.public.house import served_by
    from circumspect.records.circulation import lending
    from circumspect.records.patrons import cards
    from circumspect.records.reading import history, permissions
    from circumspect.trust.policy.request import Actor, ActorKind, Circumstance

    own = Actor(ActorKind.PATRON, str(patron))
    cards.set_pin(house, clerk, patron, pin, circumstance=Circumstance.CARD_SCANNED)
    history.turn_on(house, own, patron, months=12, pin=pin)
    lending.check_in(house, clerk, book, branch="main")
    lending.check_out(house, clerk, patron, book, branch="main")
    lending.check_in(house, clerk, book, branch="main")
    end = house.today() + dt.timedelta(days=30)
    permissions.give(house, own, patron, name=friend, scope=["pick_up_holds", "see_loans"], ends_on=end)
    log.info("may %s", permissions.given_by(house, own, patron))
    log.info("read %s", history.titles(house, own, patron, pin=pin))
    use_passkey(house, own, patron, pin, friend, log)
    for wrong in ("", pin[::-1]):
        try:
            history.titles(house, own, patron, pin=wrong)
        except history.LockedError:
            log.exception("locked")
        else:
            raise AssertionError("a lock that locks nothing")
    value = sessions.begin(house, patron, is_shared=False)
    COOKIES.append(value)
    client = Client(headers={"origin": "http://testserver"})
    client.cookies[settings.PATRON_COOKIE] = value
    with served_by(house):
        for path in (
            "",
            "loans/",
            "held/",
            "held/data.json",
            "held/data.pdf",
            "looks/",
            "looks/proof.json",
            "permissions/",
        ):
            assert client.get(f"/my/{path}", headers={"host": "localhost"}).status_code == 200, path
        answer = client.post(
            "/my/history/",
            {"act": "open", "pin": pin, "token": sessions.token_of(value)},
            headers={"host": "localhost", "origin": "http://localhost"},
        )
        assert answer.status_code == 200, answer.status_code


def use_passkey(house: Any, own: Any, patron: int, pin: str, name: str, log: logging.Logger) -> None:
    """Add a passkey under a telling name, sign in with it, and let it open the locked history."""
    from circumspect.records import passkeyrules
    from circumspect.records.passkeyrules import Site
    from circumspect.records.patrons import passkeys
    from circumspect.records.reading import history
    from security_key import SecurityKey

    site, phone = Site("localhost", "http://localhost:8000"), SecurityKey(verifies=True)
    # Letters, so that they are found however they are written down.
    phone.credential_id = f"qwyvzex-credential-{patron}".encode()
    key = f"qwyvzex-key-{patron}".ljust(32, "q")[:32]
    account = passkeys.account_of(house, patron, name)
    challenge = passkeyrules.new_challenge()
    asked = passkeyrules.creation_options(
        site, challenge, account, library_name="Robbed", known=[], stands_alone=True
    )
    made = passkeyrules.read_created(phone.create(asked))
    kept = passkeyrules.created_key(site, challenge, made, stands_alone=True)
    assert passkeys.add(house, own, patron, kept, name=name, can_lock=True)
    log.info("passkeys %s of %s", passkeys.own(house, own, patron), account)
    challenge = passkeyrules.new_challenge()
    answer = passkeyrules.read_answer(
        phone.get(passkeyrules.request_options(site, challenge, stands_alone=True))
    )
    log.info("answer %s", answer)
    number = passkeys.check(house, own, patron, site, challenge, answer)
    assert number is not None
    assert passkeys.find(house, answer) == patron
    secret = history.PasskeySecret(number, key.encode())
    history.lock_with_passkey(house, own, patron, secret, old_pin=pin)
    log.info("read %s with %s", history.titles(house, own, patron, passkey=secret), secret)
    COOKIES.extend((phone.credential_id.decode(), account.handle.hex(), key))
