"""What may be done with the catalog: put in branches, titles and items, and ask after them.

Putting in is by key and safe to repeat: the same facts twice change nothing the second time, and what
facts leave empty stays as it was. The
bulk forms take a batch (500 is good) and cost a handful of statements for it. ``plan_*`` says what
they would do, and writes nothing.

Left to others: whether an item may be lent (circulation), reading files (importing), finding
titles by words (``search``).

Source: ARCHITECTURE.md, "Quick where it counts".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from django.db import connections, transaction

from circumspect.records.barcodes import BarcodeKind, is_acceptable, kind_of, normalise
from circumspect.records.catalog.facts import (
    Availability,
    BarcodeTakenError,
    BranchFacts,
    ItemFacts,
    ItemRecord,
    ItemTypeFacts,
    Outcome,
    TitleFacts,
    UnknownCodeError,
)
from circumspect.records.catalog.isbns import isbn_key
from circumspect.records.catalog.models import (
    CODE_LENGTH,
    SUBJECTS_LENGTH,
    TITLE_LENGTH,
    Branch,
    Collection,
    Item,
    ItemStatus,
    ItemType,
    Title,
    TitleIsbn,
)
from circumspect.records.textrules import index_words

_TITLE_COLUMNS = (
    "title",
    "other_titles",
    "author",
    "subjects",
    "language",
    "year",
    "material",
    "publisher",
    "isbns",
    "find_title",
    "find_author",
    "find_subject",
)
# Status is not among them: a second import must not put a book on loan back on the shelf.
_ITEM_COLUMNS = ("title_id", "item_type_id", "branch_id", "collection_id", "call_number", "replacement_cents")
_IN_ONE_QUESTION = 500
_Row = TypeVar("_Row", Title, Item)


def put_branch(facts: BranchFacts) -> None:
    """Add a branch, or bring it up to these facts. Empty hours or closures leave what is there."""
    told = {name: value for name, value in asdict(facts).items() if value not in ("", ()) and name != "code"}
    Branch.objects.update_or_create(code=facts.code[:CODE_LENGTH], defaults=told)


def put_item_type(facts: ItemTypeFacts) -> None:
    """Add an item type, or bring it up to these facts."""
    told = {name: value for name, value in asdict(facts).items() if name != "code"}
    ItemType.objects.update_or_create(code=facts.code[:CODE_LENGTH], defaults=told)


def put_collection(code: str, name: str = "") -> None:
    """Add a collection; a known one keeps its name unless another is given."""
    defaults = {"name": name} if name else {}
    Collection.objects.update_or_create(
        code=code[:CODE_LENGTH], defaults=defaults, create_defaults={"name": name or code}
    )


def known_codes() -> dict[str, frozenset[str]]:
    """The codes in use, under "branch", "item_type" and "collection"."""
    return {
        "branch": frozenset(Branch.objects.values_list("code", flat=True)),
        "item_type": frozenset(ItemType.objects.values_list("code", flat=True)),
        "collection": frozenset(Collection.objects.values_list("code", flat=True)),
    }


def upsert_title(facts: TitleFacts) -> int:
    """Add a title, or bring the one with this source key up to these facts; its id."""
    return upsert_titles([facts]).ids[_key(facts.source_key)]


def upsert_titles(batch: Sequence[TitleFacts]) -> Outcome:
    """Add or update titles by source key. Of two with one key in a batch, the last counts.

    Returns:
        Counts, and the id of each source key in the batch.
    """
    with transaction.atomic():
        outcome, wanted = _compare_titles(batch)
        if wanted:
            Title.objects.bulk_create(
                wanted, update_conflicts=True, unique_fields=["source_key"], update_fields=_TITLE_COLUMNS
            )
            keys = [title.source_key for title in wanted]
            outcome.ids |= dict(Title.objects.filter(source_key__in=keys).values_list("source_key", "id"))
            _write_isbns({outcome.ids[title.source_key]: title.isbns.split() for title in wanted})
    return outcome


def plan_titles(batch: Sequence[TitleFacts]) -> Outcome:
    """What ``upsert_titles`` would do; ``ids`` holds the keys already in the catalog."""
    return _compare_titles(batch)[0]


def upsert_item(facts: ItemFacts) -> int:
    """Add an item, or bring the one with this barcode up to these facts (but for its status); its id.

    Raises:
        BarcodeTakenError: The barcode is no barcode, or certainly a patron's.
        UnknownCodeError: The branch, item type or collection is not in the catalog.
    """
    return upsert_items([facts]).ids[normalise(facts.barcode)]


def upsert_items(batch: Sequence[ItemFacts]) -> Outcome:
    """Add or update items by barcode. Of two with one barcode in a batch, the last counts.

    Returns:
        Counts, and the id of each barcode (normalised) in the batch.

    Raises:
        BarcodeTakenError, UnknownCodeError: As ``upsert_item``; then nothing of the batch is written.
    """
    _refuse_unknown_codes(batch)
    with transaction.atomic():
        outcome, wanted = _compare_items(batch)
        if wanted:
            Item.objects.bulk_create(
                wanted, update_conflicts=True, unique_fields=["barcode"], update_fields=_ITEM_COLUMNS
            )
            codes = [item.barcode for item in wanted]
            outcome.ids |= dict(Item.objects.filter(barcode__in=codes).values_list("barcode", "id"))
    return outcome


def plan_items(batch: Sequence[ItemFacts]) -> Outcome:
    """What ``upsert_items`` would do; ``ids`` holds the barcodes already in the catalog."""
    return _compare_items(batch)[0]


def title_ids(source_keys: Iterable[str]) -> dict[str, int]:
    """The ids of those source keys that are in the catalog."""
    keys = [_key(key) for key in source_keys]
    return dict(Title.objects.filter(source_key__in=keys).values_list("source_key", "id"))


_ITEM_BY_BARCODE = """
SELECT i.id, i.barcode, i.title_id, t.title, i.item_type_id, y.lendable, i.branch_id,
       COALESCE(i.collection_id, ''), i.call_number, i.status,
       COALESCE(i.replacement_cents, y.replacement_cents)
  FROM catalog_item i
  JOIN catalog_title t ON t.id = i.title_id
  JOIN catalog_itemtype y ON y.code = i.item_type_id
 WHERE {column} = %s
"""
_ITEM_RECORD = tuple(column.name for column in fields(ItemRecord))
_BY_BARCODE = _ITEM_BY_BARCODE.format(column="i.barcode")
_BY_ID = _ITEM_BY_BARCODE.format(column="i.id")


def item_by_barcode(barcode: str) -> ItemRecord | None:
    """The item with this barcode, or None. One plain statement: this is on the path of every scan."""
    number = normalise(barcode)
    return _one_item(_BY_BARCODE, number) if is_acceptable(number) else None


def item_by_id(item_id: int) -> ItemRecord | None:
    """The item with this id, or None."""
    return _one_item(_BY_ID, item_id)


def set_item_status(item_id: int, status: ItemStatus, *, was: ItemStatus | None = None) -> bool:
    """Set where an item stands; with ``was``, only if it still stands there.

    Returns:
        Whether it was set. False is how the second of two desks learns that it was too late.
    """
    with connections["default"].cursor() as cursor:
        if was is None:
            cursor.execute("UPDATE catalog_item SET status = %s WHERE id = %s", [status.value, item_id])
        else:
            cursor.execute(
                "UPDATE catalog_item SET status = %s WHERE id = %s AND status = %s",
                [status.value, item_id, was.value],
            )
        return bool(cursor.rowcount == 1)


def availability(title_id: int) -> Availability:
    """How many copies a title has and where they stand."""
    branches: dict[str, tuple[int, int]] = {}
    counted = Item.objects.filter(title_id=title_id).exclude(status=ItemStatus.WITHDRAWN.value)
    for branch, status in counted.values_list("branch_id", "status"):
        copies, free = branches.get(branch, (0, 0))
        branches[branch] = (copies + 1, free + (status == ItemStatus.AVAILABLE.value))
    return Availability(
        copies=sum(copies for copies, _ in branches.values()),
        available=sum(free for _, free in branches.values()),
        branches=branches,
    )


def _one_item(statement: str, value: str | int) -> ItemRecord | None:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, [value])
        row = cursor.fetchone()
    if row is None:
        return None
    told = dict(zip(_ITEM_RECORD, row, strict=True))
    return ItemRecord(**{**told, "lendable": bool(told["lendable"])})


def _compare_titles(batch: Sequence[TitleFacts]) -> tuple[Outcome, list[Title]]:
    told = {_key(facts.source_key): _title_of(facts) for facts in batch}
    outcome = Outcome()
    wanted: list[Title] = []
    held: dict[str, tuple[Any, ...]] = {}
    for keys in _slices(list(told)):
        rows = Title.objects.filter(source_key__in=keys).values_list("source_key", "id", *_TITLE_COLUMNS)
        held |= {row[0]: row[1:] for row in rows}
    for key, title in told.items():
        before = held.get(key)
        if before is not None:
            outcome.ids[key] = before[0]
            _keep_untold(title, _TITLE_COLUMNS, before[1:])
        _make_findable(title)
        _count(outcome, before, tuple(getattr(title, name) for name in _TITLE_COLUMNS), wanted, title)
    return outcome, wanted


def _compare_items(batch: Sequence[ItemFacts]) -> tuple[Outcome, list[Item]]:
    told = {_item_barcode(facts): _item_of(facts) for facts in batch}
    outcome = Outcome()
    wanted: list[Item] = []
    held: dict[str, tuple[Any, ...]] = {}
    for codes in _slices(list(told)):
        rows = Item.objects.filter(barcode__in=codes).values_list("barcode", "id", *_ITEM_COLUMNS)
        held |= {row[0]: row[1:] for row in rows}
    for code, item in told.items():
        before = held.get(code)
        if before is not None:
            outcome.ids[code] = before[0]
            _keep_untold(item, _ITEM_COLUMNS, before[1:])
        _count(outcome, before, tuple(getattr(item, name) for name in _ITEM_COLUMNS), wanted, item)
    return outcome, wanted


def _count(outcome: Outcome, before: Any, after: tuple[Any, ...], wanted: list[_Row], row: _Row) -> None:
    if before is None:
        outcome.added += 1
    elif tuple(before[1:]) == after:
        outcome.unchanged += 1
        return
    else:
        outcome.changed += 1
    wanted.append(row)


def _keep_untold(row: Title | Item, columns: Sequence[str], before: Sequence[Any]) -> None:
    """What new facts leave empty stays as it was: a list of barcodes must not empty a catalog record."""
    for name, value in zip(columns, before, strict=True):
        if getattr(row, name) in ("", None):
            setattr(row, name, value)


def _make_findable(title: Title) -> None:
    title.find_title = " ".join(index_words(f"{title.title} {title.other_titles}"))
    title.find_author = " ".join(index_words(title.author))
    title.find_subject = " ".join(index_words(title.subjects))


def _title_of(facts: TitleFacts) -> Title:
    others = [_tidy(other, TITLE_LENGTH) for other in facts.other_titles[:8]]
    subjects = "\n".join(_tidy(subject, 300) for subject in facts.subjects if subject.strip())[
        :SUBJECTS_LENGTH
    ]
    isbns = list(dict.fromkeys(key for key in map(isbn_key, facts.isbns[:40]) if key))
    return Title(
        source_key=_key(facts.source_key),
        title=_tidy(facts.title, TITLE_LENGTH),
        other_titles="\n".join(others),
        author=_tidy(facts.author, TITLE_LENGTH),
        subjects=subjects,
        language=_tidy(facts.language, 8),
        year=facts.year if facts.year is not None and -3000 <= facts.year <= 3000 else None,
        material=_tidy(facts.material, CODE_LENGTH),
        publisher=_tidy(facts.publisher, 300),
        isbns="\n".join(isbns),
    )


def _item_of(facts: ItemFacts) -> Item:
    return Item(
        barcode=_item_barcode(facts),
        title_id=facts.title_id,
        item_type_id=facts.item_type,
        branch_id=facts.branch,
        collection_id=facts.collection or None,
        call_number=_tidy(facts.call_number, 120),
        status=facts.status.value,
        replacement_cents=facts.replacement_cents,
    )


def _item_barcode(facts: ItemFacts) -> str:
    number = normalise(facts.barcode)
    if not is_acceptable(number):
        raise BarcodeTakenError("an item's barcode is 1 to 32 letters, digits and . - / _ + $")
    if kind_of(number) == BarcodeKind.PATRON:
        raise BarcodeTakenError("the number is a patron card's")
    return number


def _refuse_unknown_codes(batch: Sequence[ItemFacts]) -> None:
    codes = known_codes()
    for facts in batch:
        for kind, code in (
            ("branch", facts.branch),
            ("item_type", facts.item_type),
            ("collection", facts.collection),
        ):
            if code not in codes[kind] and (code or kind != "collection"):
                raise UnknownCodeError(kind)


def _write_isbns(isbns: dict[int, list[str]]) -> None:
    for ids in _slices(list(isbns)):
        TitleIsbn.objects.filter(title_id__in=ids).delete()
    TitleIsbn.objects.bulk_create(
        TitleIsbn(title_id=title, isbn13=isbn[:13]) for title, held in isbns.items() for isbn in held
    )


def _key(source_key: str) -> str:
    return _tidy(source_key, 190)


def _tidy(text: str, limit: int) -> str:
    """One line of printable text: a control character or half a surrogate pair is no part of a title."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * limit])
    return " ".join(plain.split())[:limit].rstrip()


def _slices(keys: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(keys), _IN_ONE_QUESTION):
        yield keys[start : start + _IN_ONE_QUESTION]
