"""The witnesses a library has chosen: ``witnesses.txt`` in its home, one public key a line and, if it has one, its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from circumspect.home import Home, HomeError
from circumspect.trust.ledger.checkpoint import PublicKey
from circumspect.trust.ledger.errors import NoteError

FILE = "witnesses.txt"
_COSIGNS = 4


@dataclass(frozen=True, slots=True)
class Chosen:
    """One witness; ``url`` is "" for one reached by files."""

    key: PublicKey
    url: str


def read(home: Home) -> list[Chosen]:
    """The witnesses of a home, in the order they were chosen.

    Raises:
        HomeError: A line of the file is no witness.
    """
    path = home.root / FILE
    if not path.exists():
        return []
    chosen = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            vkey, _, url = line.strip().partition(" ")
            try:
                chosen.append(Chosen(_witness_key(vkey), url.strip()))
            except NoteError as problem:
                raise HomeError(f"{path}, line {number}: {problem}") from None
    return chosen


def choose(home: Home, vkey: str, url: str) -> Chosen:
    """Add a witness, or give one a new address.

    Raises:
        NoteError: It is not a witness's public key.
    """
    new = Chosen(_witness_key(vkey), url)
    _write(home, [*(each for each in read(home) if each.key != new.key), new])
    return new


def named(home: Home, name: str) -> Chosen:
    """The chosen witness of that name.

    Raises:
        HomeError: There is none.
    """
    for each in read(home):
        if each.key.name == name:
            return each
    raise HomeError("no witness of that name has been chosen: circumspect ledger witness KEY")


def _witness_key(vkey: str) -> PublicKey:
    key = PublicKey.parse(vkey)
    if key.kind != _COSIGNS:
        raise NoteError("this is a ledger's key; a witness's is wanted")
    return key


def _write(home: Home, chosen: Sequence[Chosen]) -> None:
    path = home.root / FILE
    draft = path.with_suffix(".new")
    draft.write_text(
        "".join(f"{each.key.vkey} {each.url}".rstrip() + "\n" for each in chosen), encoding="utf-8"
    )
    draft.replace(path)
