"""The house: one home's policy, vault, ledger and door, put together once for each process."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from circumspect.home import Home
from circumspect.trust.door.door import Clock, Door
from circumspect.trust.ledger.checkpoint import Signer
from circumspect.trust.ledger.store import Ledger
from circumspect.trust.policy.policy import Policy
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason
from circumspect.trust.policy.schedule import PeriodDecision, Schedule
from circumspect.trust.vault.vault import EpochRule, Vault

SIGNING_KEY = "ledger.ed25519"
# What an entry may say under these keys: the closed lists, and nothing that a person typed.
VOCABULARY = {
    "action": [each.value for each in Action],
    "purpose": [each.value for each in Purpose],
    "circumstance": [each.value for each in Circumstance],
    "reason": [each.value for each in Reason],
}


Decided = Callable[[], Iterable[PeriodDecision]]


def nothing_decided() -> tuple[PeriodDecision, ...]:
    """A library that keeps to the schedule the program starts with."""
    return ()


class _EpochRules(Mapping[str, EpochRule]):
    """How long each series' keys live, read anew whenever an epoch begins: a decision counts at once."""

    def __init__(self, schedule: Callable[[], Schedule]) -> None:
        self._schedule = schedule

    def __getitem__(self, series: str) -> EpochRule:
        item = self._schedule().items[series]
        if not item.epoch_days:
            raise KeyError(series)
        return EpochRule(item.epoch_days, item.life_days)

    def __iter__(self) -> Iterator[str]:
        return (item.series for item in self._schedule().items.values() if item.epoch_days)

    def __len__(self) -> int:
        return sum(1 for _ in self)


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
        decided: What the library has decided about its retention schedule, oldest first.
    """

    home: Home
    policy: Policy
    vault: Vault = field(repr=False)
    ledger: Ledger
    door: Door
    clock: Clock
    decided: Decided = nothing_decided

    def schedule(self) -> Schedule:
        """The retention schedule in force now: the program's, with the library's decisions laid over it."""
        return self.policy.schedule.in_force(self.decided())

    def today(self) -> dt.date:
        """The library's day, in its own time zone."""
        return local_day(self.home, self.clock())

    def second(self) -> int:
        """Now, in whole seconds since 1970: how moments stand in rows."""
        return int(self.clock().timestamp())


def local_day(home: Home, moment: dt.datetime) -> dt.date:
    """The day that a moment falls on where the library stands."""
    return moment.astimezone(ZoneInfo(str(home.setting("library", "timezone", "America/Chicago")))).date()


def build_house(
    home: Home,
    version_in_force: Callable[[], str],
    clock: Clock = utc_now,
    decided: Decided = nothing_decided,
    own_cards: Callable[[Vault], Callable[[Actor, Sequence[int]], bool]] | None = None,
) -> House:
    """Open a home's keys and put the house together.

    Args:
        decided: What the library has decided about its retention schedule.
        own_cards: Makes what tells whether a record is the asking staff member's own.

    Raises:
        KeyringError: A key is missing, damaged or wrong (refuse to start).
        HomeError: The ledger's signing key is missing or readable by others.
        NoteError: The ledger was signed with another key than the one that lies there.
        PolicyFaultError: The rules do not hold together.
    """
    policy = Policy.load(home.fields_on)
    rules = _EpochRules(lambda: policy.schedule.in_force(decided()))
    vault = Vault.open(home, rules, lambda: local_day(home, clock()))
    ledger = Ledger(Signer(home.read_key_file(SIGNING_KEY)), vocabulary=VOCABULARY, clock=clock)
    door = Door(policy, vault, ledger, clock, version_in_force, own_cards(vault) if own_cards else None)
    ledger.refuse_another_key()
    ledger.keep_policy(policy.hash, json.dumps(policy.bundle(), sort_keys=True))
    return House(home, policy, vault, ledger, door, clock, decided)
