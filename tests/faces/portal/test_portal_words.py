"""Whatever the rooms below can say, patrons are told in words of their own; and every word is there in three languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from circumspect.faces.portal import holdings, lookwords, words
from circumspect.offices.notices.kinds import Kind as NoticeKind
from circumspect.records.circulation.rules import Stop
from circumspect.records.computers import booking
from circumspect.records.fees.rules import Code, FeeKind
from circumspect.records.holds.rules import HoldStop
from circumspect.records.ill.states import Stage
from circumspect.records.patrons.categories import DEFAULT_CATEGORIES, NOTE_KINDS
from circumspect.records.patrons.fieldrules import NOTICE_CHANNELS
from circumspect.records.patrons.standing import BlockKind
from circumspect.records.reading import history
from circumspect.records.reading.permissions import Scope
from circumspect.trust.policy.request import Action, Circumstance, MachineRole, Purpose, Reason, Role


@pytest.mark.parametrize(
    ("codes", "table"),
    [
        (BlockKind, words.BLOCKS),
        (Stop, words.STOPS),
        (HoldStop, words.HOLD_STOPS),
        (Stage, words.STAGES),
        (FeeKind, words.FEES),
        (Code, words.FEE_CODES),
        (Scope, words.SCOPES),
        (NOTICE_CHANNELS, words.CHANNELS),
        (DEFAULT_CATEGORIES, words.CATEGORIES),
        (NOTE_KINDS, words.NOTE_KINDS),
        (NoticeKind, words.NOTICES),
        ({booking.OVER, booking.TOO_FAR, booking.CLOSED, booking.TAKEN}, words.SEAT_TIMES),
        (history.LIVES, words.MONTH_WORDS),
        ([str(each) for each in (*Role, *MachineRole)], lookwords.ROLES),
        ([each.value for each in Action], lookwords.ACTIONS),
        ([each.value for each in Reason], lookwords.REASONS),
    ],
)
def test_every_code_has_words_for_whoever_is_at_home(codes, table):
    assert set(codes) - set(table) == set()


@pytest.mark.clause("MP-2.1")
@pytest.mark.parametrize("language", ["es", "pl"])
def test_words_differ_from_language_to_language(language):
    """A sentence that reads the same in Spanish as in English was not translated."""
    tables = (
        words.BLOCKS,
        words.STOPS,
        words.HOLD_STOPS,
        words.STAGES,
        words.DONE,
        words.CATEGORIES,
        words.NOTE_KINDS,
        words.NOTICES,
        lookwords.PURPOSES,
        lookwords.JOBS,
        holdings.TRIGGERS,
    )
    for table in tables:
        for text in table.values():
            with translation.override(language):
                said = str(text)
            with translation.override("en"):
                assert said != str(text), said


def test_every_job_that_may_have_looked_has_words():
    """The jobs are a closed list only in the source: so they are read there."""
    source = Path(lookwords.__file__).resolve().parents[2]
    named = r"ActorKind\.JOB, \"([a-z-]+)\""
    jobs = {
        job for path in source.rglob("*.py") for job in re.findall(named, path.read_text(encoding="utf-8"))
    }

    assert "count" in jobs
    assert jobs - set(lookwords.JOBS) == set()


def test_the_policys_words_that_have_none_here_are_few(monkeypatch):
    """New rooms bring new words; until they have some here, they are shown as they stand."""
    assert {each.value for each in Purpose} - set(lookwords.PURPOSES) <= LATER
    assert {each.value for each in Circumstance} - set(lookwords.CIRCUMSTANCES) <= LATER


LATER: set[str] = set()
