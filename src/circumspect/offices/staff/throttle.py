"""Slow down guessing, without letting one guesser lock out anybody else.

Four counters, each with tries that are free, then a wait that doubles up to a cap:

    pair      this address against this account    the guesser at one desk
    account   every address against this account   guessing spread over many addresses
    address   this address against every account   one guesser going through the staff list
    factor    this account's second factor         somebody who has the password already

A try is counted before the password is looked at, so that a hundred at once count as a hundred.
A try made while waiting is refused unread and counts for nothing: hammering does not prolong the wait.
Once an account has signed in from an address, only the pair's own wait holds it there: whoever guesses
from elsewhere cannot keep a clerk from the desk. Names that belong to nobody are counted like any other.

Digests are keyed with the server's in-memory key: a stolen table names no account and no address,
and a restart begins anew.

Source: clause MP-7.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from circumspect.offices.staff.models import Throttle, normal_username

FORGET_AFTER = timedelta(hours=1)
FORGET_KNOWN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rule:
    """How many tries are free, and the longest wait in seconds."""

    free: int
    cap_seconds: int


RULES: Mapping[str, Rule] = {
    "pair": Rule(free=3, cap_seconds=300),
    "account": Rule(free=10, cap_seconds=30),
    "address": Rule(free=30, cap_seconds=30),
    "factor": Rule(free=3, cap_seconds=900),
}


def wait_seconds(rule: Rule, tries: int) -> int:
    """Seconds to wait after so many failed tries: 0 while they are free, then 1, 2, 4 … up to the cap."""
    if tries < rule.free:
        return 0
    return min(rule.cap_seconds, 1 << min(tries - rule.free, 20))


def admit_password(username: str, address: str, *, now: datetime | None = None) -> int:
    """Count one try at a password. Returns 0 to go on, or the seconds to wait (and nothing was counted)."""
    return _admit(_password_keys(username, address), now or timezone.now())


def password_was_right(username: str, address: str, *, now: datetime | None = None) -> None:
    """Take the try back: it was no guess."""
    _forgive(_password_keys(username, address), now or timezone.now())


def admit_factor(member_pk: int, *, now: datetime | None = None) -> int:
    """Count one try at a second factor. Returns 0 to go on, or the seconds to wait."""
    return _admit({"factor": _digest("factor", str(member_pk))}, now or timezone.now())


def factor_was_right(member_pk: int, *, now: datetime | None = None) -> None:
    """Take the try back: it was no guess."""
    _forgive({"factor": _digest("factor", str(member_pk))}, now or timezone.now())


def _digest(scope: str, *parts: str) -> str:
    message = "\0".join(parts).encode("utf-8", "surrogatepass")
    return salted_hmac(f"circumspect.staff.throttle.{scope}", message, algorithm="sha256").hexdigest()


def _password_keys(username: str, address: str) -> dict[str, str]:
    account = normal_username(username[:256])
    return {
        "pair": _digest("pair", account, address),
        "account": _digest("account", account),
        "address": _digest("address", address),
    }


def _locked_rows(keys: Mapping[str, str], now: datetime) -> dict[str, Throttle]:
    """The counters, made where missing, locked in one order, with stale counts back at nothing."""
    Throttle.objects.bulk_create(
        [
            Throttle(scope=scope, digest=digest, blocked_until=now, last_try_at=now)
            for scope, digest in keys.items()
        ],
        ignore_conflicts=True,
    )
    wanted = Throttle.objects.select_for_update().filter(digest__in=keys.values()).order_by("pk")
    rows = {row.scope: row for row in wanted}
    for row in rows.values():
        if now - row.last_try_at > FORGET_AFTER:
            row.tries = 0
    return rows


def _admit(keys: Mapping[str, str], now: datetime) -> int:
    with transaction.atomic():
        _forget_old(now)
        rows = _locked_rows(keys, now)
        if "pair" in rows and rows["pair"].known:
            rows = {"pair": rows["pair"]}
        longest = max((row.blocked_until - now).total_seconds() for row in rows.values())
        if longest > 0:
            return int(longest) + 1
        for scope, row in rows.items():
            row.tries += 1
            row.last_try_at = now
            row.blocked_until = now + timedelta(seconds=wait_seconds(RULES[scope], row.tries))
            row.save()
    return 0


def _forgive(keys: Mapping[str, str], now: datetime) -> None:
    with transaction.atomic():
        rows = _locked_rows(keys, now)
        if "pair" in rows and rows["pair"].known:
            rows = {"pair": rows["pair"]}  # the others were not counted
        for scope, row in rows.items():
            # Only this try is taken back from the shared counters: somebody with one good account
            # must not wipe away the guesses they made at others.
            row.tries = 0 if scope in ("pair", "factor") else max(0, row.tries - 1)
            if wait_seconds(RULES[scope], row.tries) == 0:
                row.blocked_until = now
            row.known = scope == "pair"
            row.save()


def _forget_old(now: datetime) -> None:
    Throttle.objects.filter(known=False, last_try_at__lt=now - FORGET_AFTER).delete()
    Throttle.objects.filter(last_try_at__lt=now - FORGET_KNOWN_AFTER).delete()
