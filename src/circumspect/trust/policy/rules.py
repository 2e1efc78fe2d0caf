"""The rules as a reader sees them: id, clauses, what to say. The engine sees the same texts.

Every rule carries ``@id`` (unique), ``@clause`` (ids of clauses, with commas) and ``@why``; a
forbid also ``@instead``. A rule speaks of kinds of principals, never of one person, and uses no
word outside the closed lists: a misspelt word would make a rule that never fires, and a forbid
that never fires is an open door.

Source: rules/*.cedar.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

import cedarpy

from circumspect.trust.policy.data import PolicyFaultError


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the Cedar files.

    Attributes:
        id: Its ``@id``.
        permits: True for a permit, False for a forbid.
        clauses: The clauses it keeps, in the order written.
        why: What to say when it decides.
        instead: What may be done instead; "" for a permit.
        file: The file it stands in.
    """

    id: str
    permits: bool
    clauses: tuple[str, ...]
    why: str
    instead: str
    file: str


def rules_text(texts: Mapping[str, str]) -> str:
    """Return all rule files as one text, in the order of their names."""
    return "\n".join(texts[name] for name in sorted(texts))


def read_rules(texts: Mapping[str, str], *, clause_ids: Set[str], words: Set[str]) -> dict[str, Rule]:
    """Return the rules by id, in the order of files and of the rules in them.

    Args:
        texts: The rule files, by name.
        clause_ids: Every live clause.
        words: Every word a rule may compare with: purposes, roles, fields and so on.

    Raises:
        PolicyFaultError: A file does not parse, or a rule is at fault. Names file and rule.
    """
    rules: dict[str, Rule] = {}
    for file in sorted(texts):
        for position, raw in enumerate(_parsed(texts[file], file)):
            rule = _rule(raw, file, position, clause_ids)
            if rule.id in rules:
                raise PolicyFaultError(file, rule.id, "@id", "is there twice")
            _check_words(raw, rule, words)
            rules[rule.id] = rule
    return rules


def _parsed(text: str, file: str) -> list[dict[str, object]]:
    try:
        whole = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as fault:
        raise PolicyFaultError(file, "", "", f"does not parse: {fault}") from None
    if whole["templates"] or not whole["staticPolicies"]:
        raise PolicyFaultError(file, "", "", "holds a template, or no rule at all")
    # The parser names policies policy0, policy1, ... in the order they stand in the text.
    named = whole["staticPolicies"]
    return [named[f"policy{position}"] for position in range(len(named))]


def _rule(raw: Mapping[str, object], file: str, position: int, clause_ids: Set[str]) -> Rule:
    notes = raw.get("annotations")
    notes = notes if isinstance(notes, Mapping) else {}
    permits = raw["effect"] == "permit"

    def note(name: str) -> str:
        value = notes.get(name)
        if not isinstance(value, str) or not value.strip():
            raise PolicyFaultError(
                file, str(notes.get("id") or f"rule {position + 1}"), f"@{name}", "is missing"
            )
        return value

    rule_id = note("id")
    clauses = tuple(part.strip() for part in note("clause").split(","))
    if not set(clauses) <= clause_ids:
        raise PolicyFaultError(file, rule_id, "@clause", "names a clause that is not in the register")
    if _speaks_of_one_person(raw["principal"]):
        raise PolicyFaultError(
            file, rule_id, "principal", "names one person; a rule speaks of kinds of people"
        )
    return Rule(rule_id, permits, clauses, note("why"), "" if permits else note("instead"), file)


def _speaks_of_one_person(principal: object) -> bool:
    return not isinstance(principal, Mapping) or principal.get("op") not in ("All", "is") or "in" in principal


def _check_words(raw: Mapping[str, object], rule: Rule, words: Set[str]) -> None:
    for word in _strings_compared(raw["conditions"]):
        if word not in words:
            raise PolicyFaultError(rule.file, rule.id, "when", "uses a word that is on no list")


def _strings_compared(node: object) -> Iterator[str]:
    """Yield every string literal in a parsed condition."""
    if isinstance(node, Mapping):
        literal = node.get("Value")
        if isinstance(literal, str):
            yield literal
        for child in node.values():
            yield from _strings_compared(child)
    elif isinstance(node, list):
        for child in node:
            yield from _strings_compared(child)
