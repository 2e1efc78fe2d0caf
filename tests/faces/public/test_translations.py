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


@pytest.mark.clause("MP-2.1")
@pytest.mark.parametrize("app", sorted(APPS))
def test_what_a_page_says_is_what_its_own_translators_wrote(app):
    """All apps share one catalog: another app's word for the same English, Django's own too, would stand in its place."""
    from django.utils import translation

    for language, path in TOOL.files(APPS[app]).items():
        with translation.override(language):
            for entry in polib.pofile(str(path)):
                if entry.msgid_plural:
                    said = {translation.ngettext(entry.msgid, entry.msgid_plural, n) for n in (1, 2, 5)}
                    assert said <= set(entry.msgstr_plural.values()), f"{language}: {entry.msgid}"
                    continue
                one = (
                    translation.pgettext(entry.msgctxt, entry.msgid)
                    if entry.msgctxt
                    else translation.gettext(entry.msgid)
                )
                assert one == entry.msgstr, f"{language}: {entry.msgid}"


@pytest.mark.clause("MP-2.1")
@pytest.mark.parametrize("app", sorted(APPS))
def test_no_polish_text_takes_its_reader_for_a_man(app):
    """Polish verbs and a few adjectives tell the sex of whoever is spoken to: texts for everybody go round them."""
    told = re.compile(
        r"\w(?:łeś|łaś|łbyś|łabyś)\b|\bwinien\b|\bpowinieneś\b|\bzostaniesz \w+[nt]y\b|\btu sam\b"
    )
    for entry in polib.pofile(str(TOOL.files(APPS[app])["pl"])):
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            # "kto jest winien" speaks of whoever it may be.
            assert not told.search(text.replace("kto jest winien", "")), text
