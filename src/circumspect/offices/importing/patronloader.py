"""Load patrons: validated rows become registrations, batch by batch, through the door.

A card that is registered already is left as it is, and counted as unchanged: the desk's record of
a patron is newer than any file. So a file can be imported twice. A card that stands on two rows of
one file is refused on the second.

Of a row: dates and codes are put in our form by ``validation``; a language the desk does not speak is
left empty; a patron the other system had barred gets the block that sends them to the lead. Passwords
and PINs are no part of a row.

Source: the founding issue, "Import, for real"; ARCHITECTURE.md, "How a request travels".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from circumspect.offices.importing.loading import Import, Progress
from circumspect.offices.importing.report import Report
from circumspect.offices.importing.rows import About, Note, PatronRow, Problem
from circumspect.offices.importing.runs import Run
from circumspect.offices.importing.validation import KnownCodes, validate_patron_row
from circumspect.records.patrons.cards import find_card
from circumspect.records.patrons.errors import CardTakenError, FieldError
from circumspect.records.patrons.finding import NameSlots
from circumspect.records.patrons.registration import LANGUAGES, Registration, check, register_many
from circumspect.records.patrons.standing import BlockKind
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor

_LANGUAGE_NAMES = {"eng": "en", "spa": "es", "pol": "pl"}

# What one row came to: None when it was registered.
Answer = FieldError | None


class Registrar(Protocol):
    """Whoever registers validated rows."""

    def register(self, rows: Sequence[PatronRow]) -> list[Answer]:
        """Register rows; for each, what is wrong with it or None. ``CardTakenError``: registered before."""

    def plan(self, rows: Sequence[PatronRow]) -> list[Answer]:
        """What ``register`` would answer, writing nothing."""


class HouseRegistrar:
    """Registers in a house's records, as one actor, one decision and ledger entry a batch."""

    def __init__(self, house: House, actor: Actor) -> None:
        self._house = house
        self._actor = actor
        self._slots = NameSlots(house.vault)

    def register(self, rows: Sequence[PatronRow]) -> list[Answer]:
        """Raises Refused or DoorClosed when the door stays shut; then nothing of the batch is stored."""
        made = register_many(
            self._house, self._actor, [_registration(row) for row in rows], slots=self._slots
        )
        return [one if isinstance(one, FieldError) else None for one in made]

    def plan(self, rows: Sequence[PatronRow]) -> list[Answer]:
        return [self._planned(row) for row in rows]

    def _planned(self, row: PatronRow) -> Answer:
        try:
            check(self._house, _registration(row))
        except FieldError as problem:
            return problem
        return CardTakenError() if find_card(self._house, row.card_number) else None


def load_patrons(
    registrar: Registrar,
    rows: Iterable[PatronRow | About],
    known: KnownCodes,
    *,
    today: date,
    dry_run: bool = False,
    progress: Progress | None = None,
    checkpoint: Run | None = None,
) -> Report:
    """Load what a patron reader yields.

    Args:
        registrar: ``HouseRegistrar(house, actor)``.
        known: Categories, branches, defaults and the mapping's codes.
        today: The library's day.
        progress: Called with the number of entries dealt with, after each batch.
        checkpoint: Makes the import resume where it was cut short.

    Raises:
        Refused, DoorClosed: What is done stays done, and a checkpoint stands behind it.
    """
    loader = PatronLoader(registrar, known, today)
    report = Import("patrons", loader, dry_run=dry_run, progress=progress, run=checkpoint).take(rows)
    for name, codes in (("category", known.categories), ("home_branch", known.branches)):
        if any(problem.field == name for problem in report.problems):
            report.note(
                Note(f"{name} is one of {', '.join(sorted(codes))}; other codes go into a mapping file")
            )
    if loader.languages_left_out:
        offered = ", ".join(LANGUAGES)
        report.note(
            Note(
                f"{loader.languages_left_out} patrons have a language other than {offered}; it was left empty"
            )
        )
    return report


class PatronLoader:
    """Loads batches; remembers which card numbers it has seen, as hashes."""

    def __init__(self, registrar: Registrar, known: KnownCodes, today: date) -> None:
        self._registrar = registrar
        self._known = known
        self._today = today
        self._cards: set[int] = set()
        self.languages_left_out = 0

    def remember(self, rows: Sequence[PatronRow]) -> None:
        """Take note of rows that an earlier run dealt with."""
        self._validated(rows)

    def load(self, rows: Sequence[PatronRow], report: Report) -> list[Problem]:
        """Register a batch."""
        return self._batch(rows, report, is_plan=False)

    def plan(self, rows: Sequence[PatronRow], report: Report) -> list[Problem]:
        """Count what a batch would do."""
        return self._batch(rows, report, is_plan=True)

    def _batch(self, rows: Sequence[PatronRow], report: Report, *, is_plan: bool) -> list[Problem]:
        good, problems = self._validated(rows)
        refused = {problem.line for problem in problems}
        answers = (self._registrar.plan if is_plan else self._registrar.register)(good) if good else []
        for row, answer in zip(good, answers, strict=True):
            if answer is None:
                report.count("patrons", added=1)
            elif isinstance(answer, CardTakenError):
                report.count("patrons", unchanged=1)
            else:
                problems.append(Problem(row.line, answer.field, answer.reason))
                refused.add(row.line)
        report.count("patrons", refused=len(refused))
        return problems

    def _validated(self, rows: Sequence[PatronRow]) -> tuple[list[PatronRow], list[Problem]]:
        good: list[PatronRow] = []
        problems: list[Problem] = []
        for row in rows:
            answer = validate_patron_row(row, self._known, self._today)
            if isinstance(answer, list):
                problems += answer
            elif hash(answer.card_number) in self._cards:
                problems.append(Problem(row.line, "card_number", "stands on more than one row of the source"))
            else:
                self._cards.add(hash(answer.card_number))
                good.append(self._spoken(answer))
        return good, problems

    def _spoken(self, row: PatronRow) -> PatronRow:
        """The row with a language the desk speaks, or none."""
        told = row.language.lower().replace("_", "-").split("-")[0]
        language = _LANGUAGE_NAMES.get(told, told)
        if language and language not in LANGUAGES:
            self.languages_left_out += 1
            language = ""
        return replace(row, language=language)


def _registration(row: PatronRow) -> Registration:
    """A validated row as the patrons record takes it. A single name is a family name."""
    return Registration(
        family_name=row.family_name or row.given_name,
        given_name=row.given_name if row.family_name else "",
        category=row.category,
        home_branch=row.home_branch,
        street=row.street,
        city=row.city,
        region=row.region,
        postcode=row.postcode,
        phone=row.phone,
        email=row.email,
        birth_date=date.fromisoformat(row.birth_date) if row.birth_date else None,
        language=row.language,
        notice_channel=row.notice_channel,
        adult_name=row.adult_name,
        adult_contact=row.adult_contact,
        expires_on=date.fromisoformat(row.expires_on) if row.expires_on else None,
        card_number=row.card_number,
        note=row.note,
        blocks=(BlockKind.SEE_LEAD,) if row.is_blocked else (),
    )
