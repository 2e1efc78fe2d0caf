"""The text staff read before they sign: their duties under the policy, on one page.

A restatement in our own words, each line with its clause. A library publishes it as its first
version with ``signoff.publish``, or another text it prefers.
"""

from __future__ import annotations

from importlib import resources

VERSION = "2026-11"


def text() -> str:
    """The page as Markdown: headings, paragraphs and lists only."""
    return resources.files(__package__).joinpath("policy_v1.md").read_text(encoding="utf-8")
