"""Make a new library home: folders, keys, databases, the policy version, rules, a first administrator.

An empty library has one branch, the usual item types, one loan rule that fits all, and one person who
may sign in. The sample library is made of the same steps, and then filled (``sampling``).

Source: the founding issue, section 4.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connections

from circumspect.faces.cli.homes import ALIASES
from circumspect.home import Home
from circumspect.offices.staff import accounts, policy_text, signoff
from circumspect.offices.staff.models import PolicyVersion
from circumspect.records.catalog.facts import BranchFacts, ItemTypeFacts
from circumspect.records.catalog.usecases import put_branch, put_item_type
from circumspect.records.circulation.rulebook import LENDING_COLUMNS, put_terms
from circumspect.records.circulation.rules import DEFAULT_TERMS, LoanTerms
from circumspect.trust.door.house import SIGNING_KEY, utc_now
from circumspect.trust.policy.policy import Policy
from circumspect.trust.vault.vault import Vault

# Code: name, whether it is lent, what a lost one costs in cents until its own price is known.
ITEM_TYPES = {
    "book": ("Book", True, 2500),
    "new_book": ("New book", True, 3000),
    "large_print": ("Large print", True, 3500),
    "picture_book": ("Picture book", True, 2000),
    "dvd": ("DVD", True, 2500),
    "cd": ("Music CD", True, 1800),
    "audiobook": ("Audiobook", True, 4500),
    "magazine": ("Magazine", True, 800),
    "equipment": ("Equipment", True, 15000),
    "reference": ("Reference", False, 8000),
}
FIRST_ADMINISTRATOR_ROLES = ("circulation_lead", "desk", "executive_director")


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Who signs in first. The password is printed once and stored nowhere."""

    username: str
    one_time_password: str


def migrate() -> None:
    """Bring the three databases to the shape this program needs, saying nothing."""
    for alias in ALIASES:
        call_command("migrate", database=alias, verbosity=0, interactive=False)


def make_keys(home: Home) -> None:
    """The first key-encryption key, the named keys, and the key that signs the ledger's checkpoints."""
    Vault.create(home)
    home.write_key_file(SIGNING_KEY, os.urandom(32))


def publish_policy(home: Home) -> PolicyVersion:
    """Put the policy that comes with the program in force, to be signed before any record opens."""
    return signoff.publish(
        policy_text.VERSION,
        Policy.load(home.fields_on).hash,
        policy_text.text(),
        requires_signature=True,
        in_force_from=utc_now(),
    )


def put_item_types() -> None:
    """The kinds of item a library starts with."""
    for code, (name, lendable, cents) in ITEM_TYPES.items():
        put_item_type(ItemTypeFacts(code, name, lendable, cents))


def put_loan_rules(rules: Mapping[tuple[str, str, str], LoanTerms]) -> None:
    """Write loan rules by their key of category, item type and branch.

    A known key gets the new terms of lending; its fines and fees are the library's own, and stay.
    """
    put_terms(rules.values(), columns=LENDING_COLUMNS)


def make_empty_library(home: Home, administrator: str) -> FirstAdministrator:
    """Fill a home that has keys and databases with what an empty library needs."""
    publish_policy(home)
    put_branch(BranchFacts("main", "Main library"))
    put_item_types()
    put_loan_rules({("", "", ""): DEFAULT_TERMS})
    added = accounts.add_member(administrator, "First administrator", FIRST_ADMINISTRATOR_ROLES)
    return FirstAdministrator(added.member.username, added.one_time_password)


def databases_behind() -> list[str]:
    """The aliases whose tables are not yet those this program needs."""
    from django.db.migrations.executor import MigrationExecutor

    behind = []
    for alias in ALIASES:
        executor = MigrationExecutor(connections[alias])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            behind.append(alias)
    return behind
