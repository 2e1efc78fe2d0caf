"""What can go wrong with the ledger. No message holds a value: names of keys, positions, sizes only."""


class LedgerError(Exception):
    """Anything that keeps an entry out of the ledger, or its history from being shown. Catch this."""


class EntryRefusedError(LedgerError):
    """An entry would say something the ledger must never hold. Nothing was written; our fault.

    Attributes:
        key: The body key (or "marks[3].link") that is wrong. The value is never repeated.
    """

    def __init__(self, key: str, wants: str) -> None:
        super().__init__(f"ledger entry refused: {key} must be {wants}")
        self.key = key


class NotWrittenError(LedgerError):
    """The entry could not be made durable. There is no receipt, so nothing may be opened on it."""


class DamagedError(LedgerError):
    """What is stored contradicts itself or an earlier checkpoint. Nothing is signed on top of it."""


class NotCoveredError(LedgerError):
    """A proof or an entry was asked for beyond what is there, or beyond the last checkpoint."""


class ProofError(LedgerError):
    """A proof does not prove what it was offered for."""


class NoteError(LedgerError):
    """A signed note, a checkpoint or a key is malformed, or carries no good signature of the key wanted."""
