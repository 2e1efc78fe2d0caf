"""Guarantee 8 for what is set aside: it ends by itself, and nothing of it outlives its end.

A machine of random events (kept, prolonged, added to, tended or not, the clock moved on and set back) against
a model that knows only ends. Two broken twins beside it: one that trusts the clock as it stands, one that
leaves ending to the job.
"""

from __future__ import annotations

import datetime as dt
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from circumspect.offices.privacydesk import copies
from circumspect.offices.privacydesk.copies import CopyOverError, Piece
from circumspect.offices.privacydesk.copies_models import CopyPart, SealedCopy
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Action, Actor, ActorKind
from circumspect.trust.vault.errors import NoKeyError, VaultError
from circumspect.trust.vault.models import SubjectKey

LONG = os.environ.get("ATTACKS") == "long"
DATABASES = ["default", "keys", "ledger"]
SECRET = b'{"title": "Qzxwvrkt, a canary"}'


def staff(*roles: str, id: str = "1") -> Actor:
    """A member who has signed the version in force."""
    return Actor(ActorKind.STAFF, id, frozenset(roles), True, "2026-11")


DIRECTOR = staff("executive_director", id="9")
START = dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)
HOURS = st.integers(1, 24 * 60)


def kept(house: Any, clock: Any, days: float = 90, **more: Any) -> int:
    named = {"matter": 77, "kind": copies.PRESERVATION, **more}
    return copies.make(
        house, DIRECTOR, [Piece("loans", SECRET)], ends_at=clock.now + dt.timedelta(days=days), **named
    )


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def readable(house: Any, copy_id: int) -> bool:
    try:
        return [each.content for each in copies.read(house, DIRECTOR, copy_id, on_process=True)] == [SECRET]
    except Refused:
        return False


@pytest.mark.clause("MP-6.14", "MP-3.5")
@pytest.mark.django_db(databases=DATABASES)
@pytest.mark.parametrize(
    "who",
    [
        staff("executive_director"),
        staff("privacy_in_charge"),
        staff("system"),
        staff("desk", "circulation_lead"),
        copies.KEEPER,
    ],
    ids=["director", "privacy", "system", "desk", "job"],
)
def test_what_is_set_aside_opens_to_nobody_without_process_and_each_try_is_entered(house, clock, who):
    """Not to whoever set it aside, and not to whoever runs the machine."""
    copy_id = kept(house, clock)
    before = house.ledger.size()

    for action in (Action.VIEW, Action.USE, Action.DISCLOSE, Action.EXPORT):
        with pytest.raises(Refused) as refusal:
            copies.read(house, who, copy_id, action=action)
        assert "MP-6.14" in refusal.value.decision.clauses

    tries = house.ledger.entries(before, house.ledger.size())
    assert [each.body["outcome"] for each in tries] == ["refused"] * 4
    assert {each.body["series"] for each in tries} == {"preserved"}


@pytest.mark.clause("MP-6.14")
@pytest.mark.django_db(databases=DATABASES)
def test_checked_process_opens_it_to_a_person_in_charge_and_to_nobody_else(house, clock):
    copy_id = kept(house, clock)

    assert readable(house, copy_id)
    for who in (staff("system"), staff("desk"), staff("finance"), copies.KEEPER):
        with pytest.raises(Refused):
            copies.read(house, who, copy_id, on_process=True)


@pytest.mark.clause("MP-6.12")
@pytest.mark.django_db(databases=DATABASES)
def test_nothing_shortens_what_is_preserved(house, clock):
    """There is no function that ends one early."""
    copy_id = kept(house, clock)

    with pytest.raises(CopyOverError):
        copies.prolong(house, DIRECTOR, copy_id, clock.now + dt.timedelta(days=89))
    clock.forward(days=89, hours=23)
    assert copies.end_over(house) == 0
    assert readable(house, copy_id)


@pytest.mark.clause("MP-6.13", "TH-1.8")
@pytest.mark.django_db(databases=DATABASES)
def test_at_its_end_it_is_noise_though_nothing_ran_and_then_it_is_gone(house, clock):
    """The second it ends, by the copy's own end; a day later by its key's, for whoever goes around this room."""
    copy_id = kept(house, clock)
    clock.forward(days=90)

    assert not readable(house, copy_id)
    [state] = copies.states([77])
    assert state.ended
    assert state.evidence[0][0] == "loans"
    assert not CopyPart.objects.exists()
    assert not SubjectKey.objects.filter(subject=copy_id).exists()
    assert house.vault.carry_out_erasures() == 0


@pytest.mark.clause("MP-6.13", "TH-1.8")
@pytest.mark.django_db(databases=DATABASES)
def test_whoever_goes_around_this_room_finds_no_key_a_day_after_the_end(house, clock):
    copy_id = kept(house, clock)
    clock.forward(days=91)

    with pytest.raises(NoKeyError):
        house.vault.sealer(copy_id)
    assert copies.end_over(house) == 1


@pytest.mark.clause("MP-6.13")
@pytest.mark.django_db(databases=DATABASES)
def test_a_clock_set_back_does_not_bring_it_back(house, clock, monkeypatch):
    """What was seen of time counts, not what the clock says now."""
    copy_id = kept(house, clock, days=3)
    clock.forward(days=3)
    with monkeypatch.context() as patched, suppress(VaultError):
        patched.setattr(type(house.vault._erasures), "add", _full)
        copies.end_over(house)  # sees it, and cannot end it
    clock.forward(days=-2)

    assert not readable(house, copy_id)


@pytest.mark.clause("MP-6.12")
@pytest.mark.django_db(databases=DATABASES)
def test_two_copies_of_one_record_end_each_by_itself(house, clock):
    first, second = kept(house, clock, 90, matter=1), kept(house, clock, 120, matter=2)
    clock.forward(days=90)

    assert copies.end_over(house) == 1
    assert not readable(house, first)
    assert readable(house, second)


@pytest.mark.django_db(databases=DATABASES)
def test_an_end_that_was_cut_short_is_finished(house, clock):
    """The key went, and then the power: the parts go with the next round."""
    copy_id = kept(house, clock, 3)
    clock.forward(days=3)
    house.vault.destroy_subject(copy_id)

    assert copies.end_over(house) == 1
    assert not CopyPart.objects.exists()


@pytest.mark.django_db(databases=DATABASES)
def test_a_key_whose_copy_was_never_written_goes_too(house, clock):
    house.vault.new_subjects([5], house.today() + dt.timedelta(days=2))
    clock.forward(days=2)

    copies.end_over(house)

    assert not SubjectKey.objects.filter(subject=5).exists()


@pytest.mark.django_db(databases=DATABASES)
def test_a_full_disk_keeps_the_list_of_erasures_short_and_the_copy_sealed(house, clock, monkeypatch):
    """Destroyed is only what is on the list: else an older key store would bring it back. It is over all the same."""
    copy_id = kept(house, clock, 3)
    clock.forward(days=3)

    with monkeypatch.context() as patched:
        patched.setattr(type(house.vault._erasures), "add", _full)
        with pytest.raises(VaultError):
            copies.end_over(house)
        with pytest.raises(VaultError):
            copies.read(house, DIRECTOR, copy_id, on_process=True)
    assert copies.end_over(house) == 1


@pytest.mark.django_db(databases=DATABASES)
def test_neither_the_rows_nor_their_lengths_tell_what_was_kept(house, clock):
    """A thief with the records: no word of it, and one loan is as long as twenty."""
    ends_at = clock.now + dt.timedelta(days=3)
    few, many = (
        copies.make(
            house, DIRECTOR, [Piece("loans", SECRET * times)], matter=1, kind="preservation", ends_at=ends_at
        )
        for times in (1, 20)
    )

    sizes = {len(part.sealed_content) for part in CopyPart.objects.filter(copy_id__in=[few, many])}
    assert len(sizes) == 1
    with connection.cursor() as cursor:
        for table in ("privacydesk_copy_part", "privacydesk_sealed_copy"):
            cursor.execute(f"SELECT * FROM {table}")
            assert b"Qzxwvrkt" not in b"".join(
                bytes(cell) if isinstance(cell, (bytes, memoryview)) else str(cell).encode()
                for row in cursor.fetchall()
                for cell in row
            )


@pytest.mark.django_db(databases=DATABASES)
@pytest.mark.parametrize("size", [0, 1, 4087, 4088, 4089, 20_000])
def test_what_was_kept_comes_back_byte_for_byte(house, clock, size):
    content = bytes(range(256)) * 80
    ends_at = clock.now + dt.timedelta(days=1)
    pieces = [Piece("deposit", content[:size])]
    copy_id = copies.make(house, DIRECTOR, pieces, matter=1, kind="preservation", ends_at=ends_at)

    assert [each.content for each in copies.read(house, DIRECTOR, copy_id, on_process=True)] == [
        content[:size]
    ]


# any order of events


@dataclass
class Known:
    """What the model knows of one copy."""

    ends_at: dt.datetime
    seen: dt.datetime

    def is_over(self, now: dt.datetime) -> bool:
        self.seen = max(self.seen, now)
        return self.ends_at <= self.seen


class Keeping(RuleBasedStateMachine):
    """The house on one side, ends on the other."""

    house: Any
    clock: Any

    def __init__(self) -> None:
        super().__init__()
        self.clock.now = START
        # Every life is a process of its own: what an earlier one saw of the calendar does not count.
        self.house.vault._seen = dt.date.min
        self.live: dict[int, Known] = {}
        self.gone: list[int] = []

    def _pick(self, data: st.DataObject) -> int:
        return list(self.live)[data.draw(st.integers(0, len(self.live) - 1), label="copy")]

    def _drop(self, copy_id: int) -> None:
        del self.live[copy_id]
        self.gone.append(copy_id)

    @rule(hours=HOURS)
    def keeps(self, hours: int) -> None:
        ends_at, matter = self.clock.now + dt.timedelta(hours=hours), len(self.live) + len(self.gone)
        copy_id = copies.make(
            self.house,
            DIRECTOR,
            [Piece("loans", SECRET)],
            matter=matter,
            kind=copies.PRESERVATION,
            ends_at=ends_at,
        )
        self.live[copy_id] = Known(ends_at, self.clock.now)

    @precondition(lambda self: self.live)
    @rule(data=st.data(), hours=st.integers(-200, 500))
    def prolongs(self, data: st.DataObject, hours: int) -> None:
        copy_id = self._pick(data)
        known = self.live[copy_id]
        ends_at = known.ends_at + dt.timedelta(hours=hours)
        try:
            copies.prolong(self.house, DIRECTOR, copy_id, ends_at)
        except CopyOverError:
            if known.is_over(self.clock.now):
                self._drop(copy_id)
            else:
                assert hours <= 0
        else:
            assert not known.is_over(self.clock.now)
            assert ends_at > known.ends_at
            known.ends_at = ends_at

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self.clock.forward(hours=hours)

    @rule(hours=HOURS)
    def the_clock_is_set_back(self, hours: int) -> None:
        """The vault's day does not go back with it (its own test says so): here the copies' own memory is tried."""
        self.clock.forward(hours=-hours)
        self.house.vault._seen = dt.date.min

    @rule(disk_is_full=st.booleans())
    def the_tender_comes_by(self, disk_is_full: bool) -> None:
        over = [each for each, known in self.live.items() if known.is_over(self.clock.now)]
        if disk_is_full:
            with pytest.MonkeyPatch.context() as patched, suppress(VaultError):
                patched.setattr(type(self.house.vault._erasures), "add", _full)
                copies.end_over(self.house)
            return
        copies.end_over(self.house)
        for copy_id in over:
            self._drop(copy_id)

    @precondition(lambda self: self.live)
    @rule(hours=st.sampled_from([30, 300, 3000]))
    def an_evening_goes_wrong(self, hours: int) -> None:
        """Time passes, the round cannot write, and then somebody mends the clock the wrong way."""
        self.time_passes(hours)
        self.the_tender_comes_by(disk_is_full=True)
        self.the_clock_is_set_back(hours)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def is_opened_on_process(self, data: st.DataObject) -> None:
        copy_id = self._pick(data)
        known = self.live[copy_id]
        over = known.is_over(self.clock.now)
        assert readable(self.house, copy_id) is not over, "outlived its end" if over else "ended too early"
        if over:
            self._drop(copy_id)

    @invariant()
    def a_day_after_its_end_not_even_the_key_store_has_it(self) -> None:
        day = dt.timedelta(days=1)
        late = [each for each, known in self.live.items() if self.clock.now - known.ends_at >= day]
        assert not self.house.vault.subjects_with_keys(late + self.gone)
        assert not CopyPart.objects.filter(copy_id__in=self.gone).exists()

    def teardown(self) -> None:
        """The next life begins with an empty house."""
        SubjectKey.objects.all().delete()
        CopyPart.objects.all().delete()
        SealedCopy.objects.all().delete()


def play(house: Any, clock: Any, examples: int) -> None:
    Keeping.house, Keeping.clock = house, clock
    run(
        Keeping,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.clause("MP-6.12", "MP-6.13", "TH-1.8")
@pytest.mark.django_db(databases=DATABASES)
def test_in_any_order_of_events_nothing_outlives_its_end_and_nothing_ends_before_it(house, clock):
    """Any order, the clock set back among it; short in every run, long with ATTACKS=long."""
    play(house, clock, 4000 if LONG else 25)


def _trusts_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_is_over", lambda house, row: house.clock().timestamp() >= row.ends_at)


def _leaves_ending_to_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_is_over", lambda _house, _row: False)


@pytest.mark.django_db(databases=DATABASES)
@pytest.mark.parametrize("breaks", [_trusts_the_clock, _leaves_ending_to_the_job])
def test_broken_twins_are_caught(house, clock, monkeypatch, breaks):
    breaks(monkeypatch)

    with pytest.raises((AssertionError, ExceptionGroup)):
        play(house, clock, 100)
