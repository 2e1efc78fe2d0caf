"""The house: one home's policy, vault, ledger and door, put together once for each process."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from circumspect.home import Home
from circumspect.trust.door.door import Clock, Door
from circumspect.trust.ledger.checkpoint import Signer
from circumspect.trust.ledger.store import Ledger
from circumspect.trust.policy.policy import Policy
from circumspect.trust.policy.request import Action, Circumstance, Purpose, Reason
from circumspect.trust.vault.vault import EpochRule, Vault

SIGNING_KEY = "ledger.ed25519"
# What an entry may say under these keys: the closed lists, and nothing that a person typed.
VOCABULARY = {
    "action": [each.value for each in Action],
    "purpose": [each.value for each in Purpose],
    "circumstance": [each.value for each in Circumstance],
    "reason": [each.value for each in Reason],
}


def utc_now() -> dt.datetime:
    """The time, with its zone."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class House:
    """What every use-case needs, and the only way to it.

    Attributes:
        home: Folders and settings.
        policy: The rules in force.
        vault: Seals, blind indexes, links. It cannot unseal: the door took that right.
        ledger: Who opened what.
        door: The one way to read.
        clock: Now, with its zone; tests move it.
    """

    home: Home
    policy: Policy
    vault: Vault = field(repr=False)
    ledger: Ledger
    door: Door
    clock: Clock

    def today(self) -> dt.date:
        """The library's day, in its own time zone."""
        return local_day(self.home, self.clock())


def local_day(home: Home, moment: dt.datetime) -> dt.date:
    """The day that a moment falls on where the library stands."""
    return moment.astimezone(ZoneInfo(str(home.setting("library", "timezone", "America/Chicago")))).date()


def build_house(home: Home, version_in_force: Callable[[], str], clock: Clock = utc_now) -> House:
    """Open a home's keys and put the house together.

    Raises:
        KeyringError: A key is missing, damaged or wrong (refuse to start).
        HomeError: The ledger's signing key is missing or readable by others.
        PolicyFaultError: The rules do not hold together.
    """
    policy = Policy.load(home.fields_on)
    rules = {
        item.series: EpochRule(item.epoch_days, item.life_days)
        for item in policy.schedule.items.values()
        if item.epoch_days
    }
    vault = Vault.open(home, rules, lambda: local_day(home, clock()))
    ledger = Ledger(Signer(home.read_key_file(SIGNING_KEY)), vocabulary=VOCABULARY, clock=clock)
    door = Door(policy, vault, ledger, clock, version_in_force)
    ledger.keep_policy(policy.hash, json.dumps(policy.bundle(), sort_keys=True))
    return House(home, policy, vault, ledger, door, clock)
