"""The catalogue as anybody may read it: titles, copies, where they stand. Nothing of who has one, and nothing of who looks.

Source: ``records/catalog/search``, which keeps no searches; clauses MP-7.6, TH-2.6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from babel import Locale
from babel.core import UnknownLocaleError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from circumspect.faces.public import languages
from circumspect.records.catalog.models import Item, ItemStatus, Title

_AWAY = _("not on the shelf")
STATUS: dict[str, Promise] = {
    ItemStatus.AVAILABLE: _("on the shelf"),
    ItemStatus.ON_LOAN: _("out on loan"),
    ItemStatus.HOLD_SHELF: _("put aside for somebody"),
    ItemStatus.IN_TRANSIT: _("on its way between branches"),
    ItemStatus.ON_ORDER: _("ordered"),
    ItemStatus.IN_PROCESS: _("being made ready"),
}
MATERIALS: dict[str, Promise] = {
    "book": _("Book"),
    "large_print": _("Large print"),
    "picture_book": _("Picture book"),
    "serial": _("Magazine"),
    "video": _("Film"),
    "music": _("Music"),
    "audiobook": _("Audiobook"),
    "ebook": _("E-book"),
    "map": _("Map"),
    "object": _("Thing"),
}


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy: where it belongs, where it stands there, and whether it can be had now."""

    branch: str
    collection: str
    call_number: str
    kind: str
    status: Promise
    is_here: bool


@dataclass(frozen=True, slots=True)
class TitlePage:
    """One title with its copies."""

    id: int
    title: str
    other_titles: tuple[str, ...]
    author: str
    subjects: tuple[str, ...]
    language: str
    year: int | None
    material: str
    publisher: str
    isbns: tuple[str, ...]
    copies: tuple[Copy, ...]

    @property
    def here(self) -> int:
        """How many copies stand on a shelf."""
        return sum(copy.is_here for copy in self.copies)


def title_page(title_id: int) -> TitlePage | None:
    """One title, or None. Two statements."""
    title = Title.objects.filter(pk=title_id).first()
    if title is None:
        return None
    rows = (
        Item.objects.filter(title_id=title_id)
        .exclude(status=ItemStatus.WITHDRAWN.value)
        .select_related("branch", "collection", "item_type")
        .order_by("branch__name", "call_number", "id")
    )
    return TitlePage(
        id=title.pk,
        title=title.title,
        other_titles=tuple(title.other_titles.splitlines()),
        author=title.author,
        subjects=tuple(title.subjects.splitlines()),
        language=language_name(title.language),
        year=title.year,
        material=str(MATERIALS.get(title.material, "")),
        publisher=title.publisher,
        isbns=tuple(title.isbns.splitlines()),
        copies=tuple(_copy(row) for row in rows),
    )


def titles(ids: Iterable[int]) -> dict[int, tuple[str, str, int | None]]:
    """Title, author and year of each of these that is in the catalogue."""
    rows = Title.objects.filter(pk__in=list(ids)).values_list("pk", "title", "author", "year")
    return {pk: (title, author, year) for pk, title, author, year in rows}


def language_name(code: str) -> str:
    """A language by its three-letter code, in the words of the page; the code where it is not known."""
    if not code:
        return ""
    try:
        return str(Locale.parse(code).get_language_name(languages.current()) or code)
    except (UnknownLocaleError, ValueError):
        names = Locale.parse(languages.current()).languages
        return str(names.get(_TWO_LETTERS.get(code, code), code))


# ISO 639-2 codes of catalogues for which the data of names goes by another.
_TWO_LETTERS = {
    "eng": "en", "spa": "es", "pol": "pl", "ger": "de", "fre": "fr", "ita": "it", "rus": "ru", "chi": "zh",
    "jpn": "ja", "ara": "ar", "por": "pt", "ukr": "uk", "kor": "ko", "vie": "vi", "hin": "hi", "urd": "ur",
}  # fmt: skip


def _copy(item: Item) -> Copy:
    return Copy(
        branch=item.branch.name,
        collection=item.collection.name if item.collection else "",
        call_number=item.call_number,
        kind=item.item_type.name,
        status=STATUS.get(item.status, _AWAY),
        is_here=item.status == ItemStatus.AVAILABLE,
    )
