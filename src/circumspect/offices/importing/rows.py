"""What a reader yields: rows of our own shapes, and what it has to say about the source.

A reader knows a file format and nothing of the house: it yields these values, one at a time, and
never raises for what is in a file. A row about a patron shows none of its values when it is printed,
and a problem names a place and a reason, never what stood there.

Source: STYLE.md, "Names" and "An error".
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Problem:
    """One row, or part of one, that was not taken.

    Attributes:
        line: The line (text files) or the record (MARC, JSON) counted from 1; 0 for the whole source.
        field: Our name of the field, or of the part of the file. Never text out of the file.
        reason: In plain words, without the value.
        source: The file's name, where an import reads several.
    """

    line: int
    field: str
    reason: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the source that its owner should know, such as its encoding."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class DroppedColumns:
    """Columns of the source that nothing here takes."""

    names: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A branch; hours and closures as in the catalog's ``Branch``."""

    line: int
    code: str
    name: str
    address: str = ""
    hours: tuple[tuple[tuple[str, str], ...], ...] = ()
    closures: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ItemTypeRow:
    """A kind of item."""

    line: int
    code: str
    name: str
    lendable: bool = True
    replacement_cents: int = 0


@dataclass(frozen=True, slots=True)
class TitleRow:
    """A title. ``source_key`` is the same each time the same record is read."""

    line: int
    source_key: str
    title: str
    other_titles: tuple[str, ...] = ()
    author: str = ""
    subjects: tuple[str, ...] = ()
    language: str = ""
    year: int | None = None
    material: str = ""
    publisher: str = ""
    isbns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A copy of the title whose ``source_key`` is ``title_key``, read before it or imported earlier.

    Attributes:
        status: A catalog ``ItemStatus`` value.
        replacement_cents: None where the source has no price.
    """

    line: int
    barcode: str
    title_key: str
    item_type: str = ""
    branch: str = ""
    collection: str = ""
    call_number: str = ""
    status: str = "available"
    replacement_cents: int | None = None


class _Unseen:
    """Prints as its kind and line only."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at line {getattr(self, 'line', 0)}>"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, repr=False)
class PatronRow(_Unseen):
    """A person's registration as another system, or a spreadsheet, gives it. All text, "" for nothing.

    Attributes:
        line: Where it stands.
        category: Of the source until it is validated, then one of ours.
        region: State or province.
        birth_date, expires_on: As written until validated, then ISO dates.
        adult_name, adult_contact: The responsible adult of a minor.
        home_branch: Of the source until validated, then one of ours.
        notice_channel: "email", "post", "sms", "phone", "none" or "".
        is_blocked: The other system had barred this patron.
    """

    line: int
    card_number: str = ""
    category: str = ""
    given_name: str = ""
    family_name: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    birth_date: str = ""
    language: str = ""
    expires_on: str = ""
    note: str = ""
    adult_name: str = ""
    adult_contact: str = ""
    home_branch: str = ""
    notice_channel: str = ""
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class LoanRuleRow:
    """How long and how often something is lent: category by item type, by branch where it says so.

    Attributes:
        category, item_type: "*" for any.
        branch: "" for every branch.
        days: 0 where nothing is lent.
    """

    line: int
    category: str
    item_type: str
    branch: str
    days: int
    renewals: int
    renewal_days: int
    may_hold: bool


@dataclass(frozen=True, slots=True, repr=False)
class LoanRow(_Unseen):
    """A loan that is open: whose card, which item, and until when."""

    line: int
    card_number: str
    barcode: str
    due_on: str
    lent_on: str = ""
    renewals: int = 0


About = Problem | Note | DroppedColumns
CatalogRow = BranchRow | ItemTypeRow | TitleRow | ItemRow
PATRON_FIELDS = tuple(field.name for field in fields(PatronRow) if field.name not in ("line", "is_blocked"))
