"""The list of destroyed keys: what makes forgetting outlive an older copy of the key store.

A backup of the key store brings back keys that were destroyed since. So each destruction is written, first
and durably, to a list beside the store: a day and a subject's number, which is random, was never shown to
anybody and opens nothing. The key store remembers how much of the list it has carried out; a store
that remembers less than the list says is an older copy, and carries the rest out before it opens
anything. A list that says less than the store remembers is an older copy too: then nothing opens.

The file is only ever appended to. Two copies of it are of one library if one begins with the other.

Source: guarantee 7; clause TH-1.8.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from circumspect.trust.vault.errors import KeyringError

FILE = "erasures.list"
# A restored home holds this file, and stays closed, until the newest list has been brought.
WANTED = "erasures.wanted"
# Every line is as long as the others: where the n-th begins is known without reading the list.
_HEAD = b"circumspect erasures, 1     \n"
_LINE = len(_HEAD)


class ErasureList:
    """The list of one home. Where there is no file, it names nobody."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, subjects: Sequence[int], day: str) -> None:
        """Write subjects down, durably, before their keys are destroyed.

        Args:
            day: ISO date; its month is all that is kept.

        Raises:
            OSError: It cannot be written. Then nothing may be destroyed: it would come back.
        """
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = file.seek(0, os.SEEK_END)
            if size < _LINE:
                file.seek(0)
                file.write(_HEAD)
            else:
                # A line that a crash cut short named somebody whose key was not destroyed: that comes after.
                file.seek(size - size % _LINE)
            file.writelines(b"%s %020d\n" % (day[:7].encode(), subject) for subject in subjects)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())

    def count(self) -> int:
        """How many it names."""
        try:
            return max(0, self.path.stat().st_size // _LINE - 1)
        except FileNotFoundError:
            return 0

    def since(self, position: int) -> list[int]:
        """Whom it names from that position on, in its order.

        Raises:
            KeyringError: It is not a list of erasures.
        """
        try:
            with self.path.open("rb") as file:
                if file.read(_LINE) != _HEAD:
                    raise KeyringError(f"{self.path} is not a list of erasures: bring the right one back")
                file.seek((position + 1) * _LINE)
                lines = file.read()
        except FileNotFoundError:
            return []
        whole = len(lines) // _LINE * _LINE
        try:
            return [int(lines[start + 8 : start + _LINE - 1]) for start in range(0, whole, _LINE)]
        except ValueError:
            raise KeyringError(f"{self.path} is damaged: bring a whole copy of it back") from None

    def take_over(self, copies: Iterable[Path]) -> int:
        """Become the longest of some copies, for a home that is being restored; how many it names then.

        Raises:
            KeyringError: Two of them contradict each other: they are of different libraries.
        """
        longest, text = self.since(0), b""
        for path in copies:
            other = ErasureList(path).since(0)
            shorter, longer = sorted((longest, other), key=len)
            if longer[: len(shorter)] != shorter:
                raise KeyringError(f"{path}: this list of erasures is of another library, or was changed")
            if len(other) > len(longest):
                longest, text = other, path.read_bytes()
        if text:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        return len(longest)
