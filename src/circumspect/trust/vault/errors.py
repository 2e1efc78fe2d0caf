"""What can go wrong with keys and seals. No message holds a value: ids, versions and names of files only."""


class VaultError(Exception):
    """Anything that keeps the vault shut. Catch this; only its subclasses are raised."""


class KeyringError(VaultError):
    """The key-encryption keys cannot be used: missing, malformed, or not those of this key store.

    Our fault or the operator's; the message says which file and what to do.
    """


class NoKeyError(VaultError):
    """There is no key for this subject: it never was, or has been destroyed."""

    def __init__(self) -> None:
        super().__init__("no key for this subject")


class EpochOverError(VaultError):
    """The epoch's key is destroyed or past its life: its links belong to nobody."""

    def __init__(self, series: str, epoch: int) -> None:
        super().__init__(f"epoch {epoch} of series {series} is over")


class BrokenSealError(VaultError):
    """A sealed value does not open under its subject, series, record and field."""

    def __init__(self, series: str, field: str) -> None:
        super().__init__(f"the seal of {series}.{field} does not fit its place")


class NoGrantError(VaultError):
    """A sealed value was asked for outside what an opening grants."""
