"""Load branches, item types, titles and items into the catalog.

A second import of the same source changes nothing; of a corrected one, what was corrected. An item's
status is taken when the item is new: afterwards it is circulation's.

Refused, with the rest of the batch kept: an item whose barcode is missing, shaped wrong, a patron
card's, or used further up in the same source; whose title is not there; whose branch or type is not
known (unless the import may add them).

Source: the founding issue, "Import, for real" and section 6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from circumspect.offices.importing.loading import Import, Progress
from circumspect.offices.importing.report import Report
from circumspect.offices.importing.rows import (
    About,
    BranchRow,
    CatalogRow,
    ItemRow,
    ItemTypeRow,
    Note,
    Problem,
    TitleRow,
)
from circumspect.offices.importing.runs import Run
from circumspect.records.barcodes import BarcodeKind, is_acceptable, kind_of, normalise
from circumspect.records.catalog import usecases
from circumspect.records.catalog.facts import BranchFacts, ItemFacts, ItemTypeFacts, Outcome, TitleFacts
from circumspect.records.catalog.models import CODE_LENGTH, ItemStatus

CodeKind = Literal["branch", "item_type"]


@dataclass(frozen=True, slots=True)
class CodeRules:
    """What to do where an item names no branch or type, or one that is not in the catalog.

    Attributes:
        default_branch, default_item_type: For items that name none; "" refuses them.
        may_add: Add unknown branches and types, named by their codes.
    """

    default_branch: str = ""
    default_item_type: str = ""
    may_add: bool = False


def load_titles_and_items(
    rows: Iterable[CatalogRow | About],
    codes: CodeRules,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    checkpoint: Run | None = None,
) -> Report:
    """Load what a catalog reader yields.

    Args:
        rows: Titles before their items; branches and types before both.
        progress: Called with the number of entries dealt with, after each batch.
        checkpoint: Makes the import resume where it was cut short.
    """
    loader = CatalogLoader(codes)
    report = Import("catalog", loader, dry_run=dry_run, progress=progress, run=checkpoint).take(rows)
    made = {kind: number for kind, number in loader.codes_made.items() if kind != "collection" and number}
    if made:
        counted = " and ".join(
            f"{number} of {'branches' if kind == 'branch' else 'item types'}" for kind, number in made.items()
        )
        report.note(Note(f"codes that only the rows of items name became new ones here: {counted}"))
    return report


class CatalogLoader:
    """Loads batches; remembers which barcodes, and on a dry run which titles, it has seen."""

    def __init__(self, codes: CodeRules) -> None:
        self._codes = codes
        self._known = {kind: set(held) for kind, held in usecases.known_codes().items()}
        # Hashes, not the texts: eight bytes a row, however large the source.
        self._barcodes: set[int] = set()
        self._titles: set[int] = set()
        self.codes_made: Counter[str] = Counter()

    def remember(self, rows: Sequence[CatalogRow]) -> None:
        """Take note of rows that an earlier run dealt with."""
        self._barcodes.update(hash(normalise(row.barcode)) for row in rows if isinstance(row, ItemRow))
        self._titles.update(hash(row.source_key) for row in rows if isinstance(row, TitleRow))

    def load(self, rows: Sequence[CatalogRow], report: Report) -> list[Problem]:
        """Write a batch."""
        return self._batch(rows, report, is_plan=False)

    def plan(self, rows: Sequence[CatalogRow], report: Report) -> list[Problem]:
        """Count what a batch would do."""
        return self._batch(rows, report, is_plan=True)

    def _batch(self, rows: Sequence[CatalogRow], report: Report, *, is_plan: bool) -> list[Problem]:
        for row in rows:
            if isinstance(row, (BranchRow, ItemTypeRow)):
                self._put_code(row, report, is_plan)
        self._put_titles([row for row in rows if isinstance(row, TitleRow)], report, is_plan)
        items = [row for row in rows if isinstance(row, ItemRow)]
        problems, good = self._checked(items, is_plan)
        if good:
            self._add_codes(good, is_plan)
            outcome = (usecases.plan_items if is_plan else usecases.upsert_items)(good)
            _count(report, "items", outcome)
        if problems:
            report.count("items", refused=len(problems))
        return problems

    def _put_code(self, row: BranchRow | ItemTypeRow, report: Report, is_plan: bool) -> None:
        kind: CodeKind = "branch" if isinstance(row, BranchRow) else "item_type"
        code = row.code[:CODE_LENGTH]
        is_known = code in self._known[kind]
        report.count(
            "branches" if kind == "branch" else "item types", **{"unchanged" if is_known else "added": 1}
        )
        self._known[kind].add(code)
        if is_plan:
            return
        if isinstance(row, BranchRow):
            usecases.put_branch(BranchFacts(code, row.name[:200], row.address[:300], row.hours, row.closures))
        else:
            usecases.put_item_type(ItemTypeFacts(code, row.name[:200], row.lendable, row.replacement_cents))

    def _put_titles(self, rows: list[TitleRow], report: Report, is_plan: bool) -> None:
        facts = [_title_facts(row) for row in rows]
        # A key that a batch repeats is one title: the last record of it counts.
        report.count("titles", unchanged=len(facts) - len({one.source_key for one in facts}))
        if is_plan:
            facts = [one for one in facts if hash(one.source_key) not in self._titles]
            self._titles.update(hash(one.source_key) for one in facts)
        if facts:
            _count(report, "titles", (usecases.plan_titles if is_plan else usecases.upsert_titles)(facts))

    def _checked(self, rows: list[ItemRow], is_plan: bool) -> tuple[list[Problem], list[ItemFacts]]:
        ids = usecases.title_ids({row.title_key for row in rows}) if rows else {}
        problems: list[Problem] = []
        good: list[ItemFacts] = []
        for row in rows:
            facts = self._item(row, ids, is_plan)
            if isinstance(facts, Problem):
                problems.append(facts)
            else:
                good.append(facts)
        return problems, good

    def _item(self, row: ItemRow, ids: dict[str, int], is_plan: bool) -> ItemFacts | Problem:
        number = normalise(row.barcode[:80])
        if reason := self._barcode_reason(number):
            return Problem(row.line, "barcode", reason)
        title = ids.get(row.title_key)
        if title is None and is_plan and hash(row.title_key) in self._titles:
            title = 0  # would be there by now
        if title is None:
            return Problem(row.line, "title", "is not in the catalog: its record was refused or never read")
        branch = row.branch or self._codes.default_branch
        item_type = row.item_type or self._codes.default_item_type
        wanted: tuple[tuple[CodeKind, str], ...] = (("branch", branch), ("item_type", item_type))
        for kind, code in wanted:
            if reason := self._code_reason(kind, code):
                return Problem(row.line, kind, reason)
        self._barcodes.add(hash(number))
        return ItemFacts(
            barcode=number,
            title_id=title,
            item_type=item_type,
            branch=branch,
            collection=row.collection[:CODE_LENGTH].strip(),
            call_number=row.call_number,
            status=ItemStatus(row.status),
            replacement_cents=row.replacement_cents,
        )

    def _barcode_reason(self, number: str) -> str:
        if not number:
            return "is missing"
        if not is_acceptable(number):
            return "is not 1 to 32 letters, digits and . - / _ + $"
        if kind_of(number) == BarcodeKind.PATRON:
            return "is a patron card's number"
        return "stands on more than one row of the source" if hash(number) in self._barcodes else ""

    def _code_reason(self, kind: CodeKind, code: str) -> str:
        if not code:
            return "is missing, and there is no default"
        if code in self._known[kind]:
            return ""
        if not self._codes.may_add or len(code) > CODE_LENGTH or not code.isprintable():
            return "is not known here, and is not in the mapping"
        return ""

    def _add_codes(self, items: list[ItemFacts], is_plan: bool) -> None:
        """Add what the good items of a batch need: collections always, branches and types where allowed."""
        adding: tuple[tuple[str, Callable[[ItemFacts], str], Callable[[str], None]], ...] = (
            ("collection", lambda item: item.collection, usecases.put_collection),
            ("branch", lambda item: item.branch, lambda code: usecases.put_branch(BranchFacts(code, code))),
            (
                "item_type",
                lambda item: item.item_type,
                lambda code: usecases.put_item_type(ItemTypeFacts(code, code)),
            ),
        )
        for kind, code_of, put in adding:
            for code in sorted({code_of(item) for item in items} - self._known[kind] - {""}):
                self._known[kind].add(code)
                self.codes_made[kind] += 1
                if not is_plan:
                    put(code)


def _title_facts(row: TitleRow) -> TitleFacts:
    return TitleFacts(
        source_key=row.source_key,
        title=row.title,
        other_titles=row.other_titles,
        author=row.author,
        subjects=row.subjects,
        language=row.language,
        year=row.year,
        material=row.material,
        publisher=row.publisher,
        isbns=row.isbns,
    )


def _count(report: Report, kind: str, outcome: Outcome) -> None:
    report.count(kind, added=outcome.added, changed=outcome.changed, unchanged=outcome.unchanged)
