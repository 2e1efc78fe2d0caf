"""What this room needs of whoever keeps its secrets. The vault offers it; nothing here holds a key."""

from __future__ import annotations

from typing import Protocol


class SecretKeeper(Protocol):
    """Seals small secrets that are not a patron's, such as a TOTP secret."""

    def protect(self, label: str, value: bytes) -> bytes:
        """Seal a value, bound to its label."""
        ...

    def reveal(self, label: str, blob: bytes) -> bytes:
        """Open what ``protect`` sealed under the same label. Raises when it was altered or moved."""
        ...
