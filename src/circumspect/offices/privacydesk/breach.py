"""Tell people of a breach: how many, whether the Attorney General too, and the letters, page by page through the door.

No list of people is ever shown. A count is permitted and opens nothing; names and addresses are opened fifty at
a time, for the letters alone, and each page is an entry in the ledger.

Source: 815 ILCS 530; clauses MP-7.14, TH-1.23; tension 18.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from circumspect.offices.privacydesk import access as accesses
from circumspect.offices.privacydesk import cases, letterwords, prints, wording
from circumspect.offices.privacydesk.breach_rules import (
    LETTERS,
    LetterKind,
    StatesTheNumberError,
    UnknownStoreError,
    exposed_by,
    is_over,
    letter_of,
)
from circumspect.offices.privacydesk.cases import Seen
from circumspect.offices.privacydesk.keeping_kinds import KeepingKind
from circumspect.offices.privacydesk.letterwords import LANGUAGES
from circumspect.offices.privacydesk.machines import StepError
from circumspect.offices.privacydesk.preservation import periods
from circumspect.records.patrons import telling
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import read
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose

PAGE = 50  # the door opens so many at once
TO = ("given_name", "family_name", "street", "city", "region", "postcode", "language")
_READY = frozenset({"prepared", "telling"})


@dataclass(frozen=True, slots=True, repr=False)
class LetterPage:
    """Letters of one page of people, as one PDF. Prints as nothing.

    Attributes:
        number: Counted from 1, of ``pages``.
        left_out: How many of the page have no address on file.
    """

    number: int
    pages: int
    pdf: bytes
    left_out: int


def assess(house: House, actor: Actor, seen: Seen, reached: Collection[str]) -> dict[str, str]:
    """Work out what was exposed, who is to be told and whether the threshold is passed. Within the step.

    Raises:
        StepError: Nothing was marked, or something that is not on the list.
        Refused, DoorClosed: Nothing is counted.
    """
    if not reached:
        raise StepError({"": "mark what was reachable"})
    try:
        found = exposed_by(reached, collects_licences=_collects_licences(house))
    except UnknownStoreError as problem:
        raise StepError({"": str(problem)}) from None
    affected = count_affected(house, actor, found.letters)
    over = is_over(affected, periods(house).breach_threshold)
    _put_deadline(house, seen)
    return {
        "reached": ",".join(sorted(set(reached))),
        "exposed": ",".join(sorted(found.elements)) or "none",
        "letters": "".join(found.letters) or "none",
        "affected": str(affected),
        "over_threshold": "yes" if over else "no",
    }


def count_affected(house: House, actor: Actor, letters: Collection[LetterKind]) -> int:
    """How many people have to be written to. Permitted at the door; it opens nobody.

    Raises:
        Refused, DoorClosed: Nothing is counted.
    """
    house.door.permit(
        actor,
        action=Action.VIEW,
        purpose=Purpose.BREACH,
        series=REGISTRATION,
        fields=TO,
        circumstance=Circumstance.CASE,
    )
    return telling.count_concerned(**_who(letters)) if letters else 0


def letters(house: House, actor: Actor, case: int, kind: LetterKind, number: int) -> LetterPage:
    """The letters of one page of people.

    Raises:
        StepError: The wording is not approved yet, or there is no such page.
        NoSuchCaseError, Refused, DoorClosed: Nothing is opened.
    """
    seen = cases.open_case(house, actor, case)
    known = seen.standing.known
    if seen.standing.kind != KeepingKind.BREACH or seen.standing.state not in _READY:
        raise StepError({"": "the letters are made once their wording is approved"})
    if kind not in known.get("letters", ""):
        raise StepError({"": "no such letter is called for"})
    said = {code: approved(kind, affected=int(known["affected"]), language=code) for code in LANGUAGES}
    patrons = telling.page_of_concerned(number, PAGE, **_who([kind])) if number > 0 else []
    if not patrons:
        raise StepError({"": "there is no such page"})
    with accesses.quietly(house, actor, case, seen.access):
        opening = house.door.ask(
            actor,
            action=Action.VIEW,
            purpose=Purpose.BREACH,
            series=REGISTRATION,
            subjects=patrons,
            fields=TO,
            circumstance=Circumstance.CASE,
        )
    people = read(opening, patrons, TO)
    written = [(_address(record), record["language"]) for record in people if _address(record)]
    total = telling.count_concerned(**_who([kind]))
    pdf = prints.letters(
        [replace(said[language if language in said else "en"], to=to) for to, language in written],
        library=str(house.home.setting("library", "name", "")),
        day=house.today(),
    )
    return LetterPage(number, -(-total // PAGE), pdf, len(people) - len(written))


def approved(kind: LetterKind, *, affected: int, language: str = "en") -> prints.Letter:
    """A letter in the library's wording, to nobody yet. Raises StepError where it states the number."""
    language, words = wording.words_in(language, *LETTERS[kind], "signer")
    try:
        paragraphs = letter_of(kind, words, affected=affected)
    except StatesTheNumberError as problem:
        raise StepError({"": str(problem)}) from None
    title = letterwords.said_in(language, letterwords.BREACH)
    return prints.Letter(title, paragraphs, signer=words["signer"], language=language)


def attorney_general(seen: Seen) -> list[tuple[str, str]]:
    """What the Attorney General has to be told where the threshold is passed: nature, date, number, steps."""
    known = seen.standing.known
    return [
        ("Nature of the breach", known.get("breach_what", "")),
        ("When it happened", known.get("breach_at", "")),
        ("When it was discovered", known.get("discovered_at", "")),
        ("How many Illinois residents", known.get("affected", "")),
        ("Steps taken, or to be taken", known.get("breach_steps", "")),
    ]


def _who(letters: Collection[LetterKind]) -> dict[str, bool]:
    return {"with_pin": LetterKind.ACCOUNT in letters, "with_licence": LetterKind.IDENTITY in letters}


def _collects_licences(house: House) -> bool:
    # Also where it has been switched off since: what was kept then may still be on file.
    on = "driver_licence" in house.home.fields_on
    return on or telling.count_concerned(with_pin=False, with_licence=True) > 0


def _address(record: Mapping[str, str]) -> str:
    if not (record.get("street") and record.get("city")):
        return ""
    name = f"{record.get('given_name', '')} {record.get('family_name', '')}".strip()
    place = f"{record['city']}, {record.get('region', '')} {record.get('postcode', '')}".strip(", ")
    return "\n".join(each for each in (name, record["street"], place) if each)


def _put_deadline(house: House, seen: Seen) -> None:
    if seen.standing.did("assess"):
        return
    day = house.today().toordinal() + periods(house).breach_notice_days
    cases.put_deadline(
        house,
        seen.id,
        type(house.today()).fromordinal(day).isoformat(),
        "People have to be told of the breach",
    )
