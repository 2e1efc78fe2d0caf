"""The policy a library starts with: every clause of the register as a text of its own, in three languages.

A library that has adopted another text publishes that one instead; nothing here is asked again once it has.

Source: clauses.toml; issue "The public side", section 2 ("both seed policies' statements are restated").
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from circumspect.offices.publishing.rules import LANGUAGES
from circumspect.trust.policy.clauses import ClauseRegister

VERSION = "2026-11"


def words(language: str) -> Mapping[str, Any]:
    """Title, summary, opening, sections and clauses in a language."""
    path = resources.files(__package__).joinpath("words", f"policy_{language}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def texts(*, leave_out: frozenset[str] = frozenset()) -> dict[str, dict[str, str]]:
    """The policy in each language: title, summary and body, each clause a paragraph that begins with its id.

    Args:
        leave_out: Clauses that are not in it.
    """
    return {language: _text(words(language), leave_out) for language in LANGUAGES}


def _text(told: Mapping[str, Any], leave_out: frozenset[str]) -> dict[str, str]:
    parts, section = [told["opening"]], ""
    for clause in ClauseRegister.load().clauses.values():
        if clause.id in leave_out:
            continue
        if clause.section != section:
            section = clause.section
            parts.append(f"## {told['sections'][section]}")
        parts.append(f"{clause.id}. {told['clauses'].get(clause.id, clause.restatement)}")
    return {"title": told["title"], "summary": told["summary"], "body": "\n\n".join(parts)}
