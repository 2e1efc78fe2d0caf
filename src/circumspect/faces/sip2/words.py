"""What a machine may say to whoever stands before it, in three languages: nothing that may not be overheard.

No name, no title, no amount, and of a block only that the staff can help: a screen and a loudspeaker in a
hall have neighbours.

Pure.
"""

from __future__ import annotations

from enum import StrEnum

# The standard's numbers of languages, and the codes under which the records keep them.
CODE_OF = {"001": "en", "008": "es", "017": "pl", "021": "es"}
NUMBER_OF = {"en": "001", "es": "008", "pl": "017"}


class Say(StrEnum):
    """Every sentence there is."""

    NOT_KNOWN = "not_known"
    SEE_STAFF = "see_staff"
    ITEM_NOT_KNOWN = "item_not_known"
    NOT_LENT = "not_lent"
    OUT_ALREADY = "out_already"
    LIMIT = "limit"
    NOT_RENEWED = "not_renewed"
    OTHERS_WAIT = "others_wait"
    TO_STAFF = "to_staff"
    MAY_NOT = "may_not"
    CLOSED = "closed"
    NOT_PAID = "not_paid"
    NO_HOLD = "no_hold"
    WRONG_LINE = "wrong_line"


_WORDS: dict[Say, tuple[str, str, str]] = {
    Say.NOT_KNOWN: (
        "Card or PIN not recognised.",
        "Tarjeta o PIN no reconocidos.",
        "Nie rozpoznano karty lub kodu PIN.",
    ),
    Say.SEE_STAFF: (
        "Please see the staff.",
        "Por favor, hable con el personal.",
        "Proszę zwrócić się do personelu.",
    ),
    Say.ITEM_NOT_KNOWN: (
        "This item is not known. Please see the staff.",
        "Este artículo no se conoce. Hable con el personal.",
        "Nie znamy tego egzemplarza. Proszę zwrócić się do personelu.",
    ),
    Say.NOT_LENT: (
        "This item cannot be lent here. Please see the staff.",
        "Este artículo no se puede prestar aquí. Hable con el personal.",
        "Tego egzemplarza nie można tu wypożyczyć. Proszę zwrócić się do personelu.",
    ),
    Say.OUT_ALREADY: (
        "This item is on loan. Please return it first.",
        "Este artículo está prestado. Devuélvalo primero.",
        "Ten egzemplarz jest wypożyczony. Proszę go najpierw zwrócić.",
    ),
    Say.LIMIT: (
        "The limit of items is reached.",
        "Se alcanzó el límite de artículos.",
        "Osiągnięto limit wypożyczeń.",
    ),
    Say.NOT_RENEWED: (
        "This item cannot be renewed.",
        "Este artículo no se puede renovar.",
        "Tego egzemplarza nie można przedłużyć.",
    ),
    Say.OTHERS_WAIT: (
        "Somebody is waiting for this item.",
        "Alguien espera este artículo.",
        "Ktoś czeka na ten egzemplarz.",
    ),
    Say.TO_STAFF: (
        "Please hand this item to the staff.",
        "Por favor, entregue este artículo al personal.",
        "Proszę oddać ten egzemplarz personelowi.",
    ),
    Say.MAY_NOT: (
        "This machine cannot do that. Please see the staff.",
        "Esta máquina no puede hacerlo. Hable con el personal.",
        "To urządzenie nie może tego zrobić. Proszę zwrócić się do personelu.",
    ),
    Say.CLOSED: (
        "Not available just now. Please see the staff.",
        "No disponible ahora. Hable con el personal.",
        "Chwilowo niedostępne. Proszę zwrócić się do personelu.",
    ),
    Say.NOT_PAID: (
        "The payment was not booked. Please see the staff.",
        "El pago no se registró. Hable con el personal.",
        "Płatność nie została zaksięgowana. Proszę zwrócić się do personelu.",
    ),
    Say.NO_HOLD: (
        "The hold could not be changed. Please see the staff.",
        "La reserva no se pudo cambiar. Hable con el personal.",
        "Nie można zmienić rezerwacji. Proszę zwrócić się do personelu.",
    ),
    Say.WRONG_LINE: (
        "This library cannot read the request.",
        "Esta biblioteca no puede leer la solicitud.",
        "Biblioteka nie może odczytać tego zapytania.",
    ),
}
_PLACE = {"en": 0, "es": 1, "pl": 2}


def words(what: Say, language: str = "en") -> str:
    """One sentence, in English where the language is none of ours."""
    return _WORDS[what][_PLACE.get(language, 0)]


# Kinds of fees, as a kiosk shows them: what for, never for which item.
_FEES = {
    "overdue": ("Overdue fee", "Cargo por demora", "Opłata za przetrzymanie"),
    "lost": ("Lost item", "Artículo perdido", "Zagubiony egzemplarz"),
    "processing": ("Processing fee", "Cargo de tramitación", "Opłata manipulacyjna"),
    "damage": ("Damaged item", "Artículo dañado", "Uszkodzony egzemplarz"),
    "ill": ("Interlibrary loan", "Préstamo interbibliotecario", "Wypożyczenie międzybiblioteczne"),
    "card": ("Library card", "Carné", "Karta biblioteczna"),
    "print": ("Printing", "Impresión", "Wydruk"),
}
_OTHER_FEE = ("Fee", "Cargo", "Opłata")


def fee_words(kind: str, language: str = "en") -> str:
    """What a fee is for, in a word or two."""
    return _FEES.get(kind, _OTHER_FEE)[_PLACE.get(language, 0)]
