"""A sealed value: it knows where it belongs, and prints as ``<sealed name>`` wherever it is printed.

It holds ciphertext only, so that even its memory tells nothing; still it refuses to be pickled, since
code that does so has mistaken it for a value. A copy is the same object: there is nothing to change.
"""

from __future__ import annotations

from typing import Final, NoReturn, final


@final
class Sealed:
    """Ciphertext with its place: series, field, subject and record.

    Attributes:
        series: Record series, such as "registration".
        field: Field name, such as "given_name".
        subject: Whose key seals it. Never a barcode.
        record: Id of the row that it stands in.
        blob: Format byte 1, 12 bytes of nonce, ciphertext and tag.
    """

    __slots__ = ("blob", "field", "record", "series", "subject")

    def __init__(self, series: str, field: str, subject: int, record: int, blob: bytes | memoryview) -> None:
        self.series: Final = series
        self.field: Final = field
        self.subject: Final = subject
        self.record: Final = record
        self.blob: Final = bytes(blob)

    def __repr__(self) -> str:
        return f"<sealed {self.field}>"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __html__(self) -> str:
        return f"&lt;sealed {self.field}&gt;"

    def __json__(self) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} is not to be pickled")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError(f"{self!r} is not to be pickled")

    def __copy__(self) -> Sealed:
        return self

    def __deepcopy__(self, _memo: object) -> Sealed:
        return self
