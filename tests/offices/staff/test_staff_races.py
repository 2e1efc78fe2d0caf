"""Many at once: what may happen once happens once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pyotp
import pytest
from django.db import connections
from staff_support import DESK, MORNING, AesKeeper, after

from circumspect.offices.staff import recovery, throttle, totp
from circumspect.offices.staff.models import StaffMember

T = TypeVar("T")
AT_ONCE = 8

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(call: Callable[[], T]) -> list[T]:
    """Run a call in many threads that start together, each with its own connection."""
    start = Barrier(AT_ONCE)

    def one(_: int) -> T:
        start.wait()
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


@pytest.mark.clause("MP-7.10")
def test_guesses_made_at_the_same_moment_are_counted_one_by_one():
    waits = all_at_once(lambda: throttle.admit_password("rosa", DESK, now=MORNING))

    assert waits.count(0) == throttle.RULES["pair"].free


def test_one_code_offered_twice_at_the_same_moment_passes_once(clerk: StaffMember, keeper: AesKeeper):
    app = pyotp.TOTP(totp.start(clerk, keeper, issuer="L").secret.replace(" ", ""))
    assert totp.confirm(clerk, keeper, app.at(after(minutes=-5)), now=after(minutes=-5))

    assert all_at_once(lambda: totp.is_right(clerk, keeper, app.at(MORNING), now=MORNING)).count(True) == 1


def test_one_recovery_code_offered_twice_at_the_same_moment_passes_once(clerk: StaffMember):
    code = recovery.renew(clerk)[0]

    assert all_at_once(lambda: recovery.is_right(clerk, code)).count(True) == 1
