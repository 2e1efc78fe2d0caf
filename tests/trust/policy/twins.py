"""Policies and engines broken on purpose, to show that the attacks would find them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import cedarpy

from circumspect.trust.policy.engine import Verdict
from circumspect.trust.policy.policy import Policy


def without_rule(policy: Policy, rule_id: str) -> Policy:
    """Return the policy with one rule cut out of its texts."""
    bundle = policy.bundle()
    file = policy.rules[rule_id].file
    text = bundle[file]
    start = text.index(f'@id("{rule_id}")')
    following = text.find("\n@id(", start)
    bundle[file] = text[:start] + (text[following:] if following >= 0 else "")
    return Policy.from_bundle(bundle)


def with_text(policy: Policy, old: str, new: str) -> Policy:
    """Return the policy with words in its rules exchanged."""
    bundle = policy.bundle()
    assert any(old in text for name, text in bundle.items() if name.startswith("rules/"))
    changed = {
        name: text.replace(old, new) if name.startswith("rules/") else text for name, text in bundle.items()
    }
    return Policy.from_bundle(changed)


class BlindEngine:
    """An engine that asks without the schema and looks at nothing but the word "Allow".

    Cedar leaves out a rule it cannot evaluate, so to this engine a forbid that fails is no forbid.
    """

    def __init__(self, policy: Policy) -> None:
        rules = "\n".join(text for name, text in sorted(policy.bundle().items()) if name.startswith("rules/"))
        self._rules = cedarpy.PolicySet.from_str(rules)
        self._entities = cedarpy.Entities.from_json_str("[]")

    def ask(self, *, principal: str, action: str, series: str, context: Mapping[str, object]) -> Verdict:
        answer = cedarpy.is_authorized(
            {
                "principal": {"type": principal, "id": "-"},
                "action": {"type": "Action", "id": action},
                "resource": {"type": "Series", "id": series},
                "context": json.dumps(context),
            },
            self._rules,
            self._entities,
        )
        ids = frozenset(answer.diagnostics.id_annotations_by_reason.values())
        return Verdict(allowed=answer.decision is cedarpy.Decision.Allow, rules=ids, fault=False)
