"""A form that staff made, open on the website and on a patron's own pages."""

from __future__ import annotations

from typing import Any

from circumspect.records.inquiries import formmaking
from circumspect.records.inquiries.fieldkinds import FieldKind, FormField, FormWords


def open_story_hour(library: Any, librarian: Any) -> None:
    """A form with a field of four kinds and one place, named "story-hour"."""

    def said(text: str) -> dict[str, str]:
        return {code: f"{text} {code}" for code in ("en", "es", "pl")}

    fields = (
        FormField(FieldKind.LINE, True, said("Who")),
        FormField(FieldKind.CHOICE, False, said("Room"), (said("Attic"), said("Cellar"))),
        FormField(FieldKind.CHECK, False, said("Wheels")),
        FormField(FieldKind.DAY, False, said("Day")),
    )
    words = FormWords(said("Story hour"), said("Come."), fields)
    formmaking.put_form(library, librarian, "story-hour", words, places=1)
    formmaking.set_open(library, librarian, "story-hour", is_open=True)
