"""What a patron meets is complete in every language, and what Django reads is what the translators wrote."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import polib
import pytest

ROOT = Path(__file__).resolve().parents[3]


def _tool() -> Any:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "tools" / "translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()
APPS = {app.name: app for app in TOOL.apps()}


@pytest.mark.clause("MP-2.1")
@pytest.mark.parametrize("app", sorted(APPS))
def test_every_text_of_the_public_pages_is_there_in_spanish_and_polish(app):
    """And none is translated that nobody says any more."""
    for language, left in TOOL.missing(APPS[app]).items():
        assert left == [], f"{app}, {language}: run tools/translations.py extract, and translate"
    said = TOOL.words(APPS[app])
    for path in TOOL.files(APPS[app]).values():
        assert {TOOL.key_of(entry) for entry in polib.pofile(str(path))} == set(said)


@pytest.mark.parametrize("app", sorted(APPS))
def test_a_translation_keeps_the_places_for_values_and_the_compiled_file_is_its_own(app):
    """A name that is lost would show nothing, or break the page."""
    for path in TOOL.files(APPS[app]).values():
        catalog = polib.pofile(str(path))
        for entry in catalog:
            places = set(re.findall(r"%\(\w+\)s", entry.msgid + entry.msgid_plural))
            texts = [*entry.msgstr_plural.values()] or [entry.msgstr]
            for text in texts:
                assert set(re.findall(r"%\(\w+\)s", text)) == places, entry.msgid
        compiled = polib.mofile(str(path.with_suffix(".mo")))
        assert {(e.msgctxt, e.msgid): (e.msgstr, e.msgstr_plural) for e in compiled} == {
            (e.msgctxt, e.msgid): (e.msgstr, e.msgstr_plural) for e in catalog
        }, f"{path.name}: run tools/translations.py compile"


def test_the_tool_would_find_a_text_that_nobody_translated():
    """A twin: a template with a new sentence."""
    new = list(TOOL.in_template("{% load i18n %}{% translate 'Never said before' %}"))
    assert new == [("", "Never said before", "")]
    plural = "{% blocktranslate count n=x %}{{ n }} cat{% plural %}{{ n }} cats{% endblocktranslate %}"
    assert list(TOOL.in_template(plural)) == [("", "%(n)s cat", "%(n)s cats")]
