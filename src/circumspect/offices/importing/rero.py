"""Read a folder of RERO ILS data: libraries with their hours, item types, documents, items, patrons, policies.

Each kind is one JSON list in a file of its own (libraries.json, items.json or items_small.json, and so on).
Records refer to each other by address; the last part of the address is the number we go by.

Only users with the patron role are patrons: staff accounts are not taken. What the data holds and
Circumspect does not take (loans given as counts, fee histories, interlibrary requests, templates) is said
in plain words, file by file.

Source: RERO ILS JSON schemas for the kinds named above.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from circumspect.offices.importing.jsonlist import read_list
from circumspect.offices.importing.mapping import Mapping
from circumspect.offices.importing.rows import (
    About,
    BranchRow,
    CatalogRow,
    DroppedColumns,
    ItemRow,
    ItemTypeRow,
    LoanRuleRow,
    Note,
    PatronRow,
    Problem,
    TitleRow,
)

_NO_MAPPING = Mapping()
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_STATUS = {
    "on_shelf": "available",
    "on_loan": "available",
    "at_desk": "available",
    "in_transit": "in_transit",
    "missing": "missing",
    "excluded": "withdrawn",
}
_MATERIAL = {
    "docmaintype_book": "book",
    "docmaintype_comic": "book",
    "docmaintype_serial": "serial",
    "docmaintype_article": "article",
    "docmaintype_series": "serial",
    "docmaintype_audio": "audiobook",
    "docmaintype_music": "music",
    "docmaintype_movie_series": "video",
    "docmaintype_score": "score",
    "docmaintype_map": "map",
    "docmaintype_image": "picture",
    "docmaintype_game": "game",
    "docmaintype_object": "object",
    "docmaintype_archive": "mixed",
    "docmaintype_children": "book",
}
_UNSUPPORTED = {
    "loans": "gives loans as counts for test patrons, not as loans: nothing of it was taken",
    "patron_transaction_events": "holds fee histories: what was paid in the past is not taken over",
    "ill_requests": "holds requests to other libraries: write down anew, under a patron's holds, what is still wanted",
}
_USER_TAKEN = {
    "pid",
    "birth_date",
    "city",
    "email",
    "first_name",
    "last_name",
    "home_phone",
    "mobile_phone",
    "postal_code",
    "street",
    "notes",
    "patron",
    "roles",
}
_CHILDREN = re.compile(r"child|enfant|kind|bambin|juvenile|jeune", re.IGNORECASE)

Json = dict[str, Any]


def read_rero_catalog(folder: Path, mapping: Mapping = _NO_MAPPING) -> Iterator[CatalogRow | About]:
    """The branches, item types, titles and items of a folder, in this order."""
    libraries: dict[str, str] = {}
    yield from _branches(folder, mapping, libraries)
    yield from _item_types(folder, mapping)
    for entry in _list(folder, "documents"):
        yield entry if isinstance(entry, Problem) else _title(*entry)
    places = {number: libraries.get(library, "") for number, library, _ in _locations(folder)}
    for entry in _list(folder, "items"):
        yield entry if isinstance(entry, Problem) else _item(*entry, mapping, places)
    for kind, why in _UNSUPPORTED.items():
        if path := _path(folder, kind):
            yield Note(why, path.name)


def read_rero_patrons(folder: Path, mapping: Mapping = _NO_MAPPING) -> Iterator[PatronRow | About]:
    """The patrons of a folder. Categories without a mapping go by the patron type's name: children or adults."""
    types = dict(_patron_types(folder, mapping))
    libraries: dict[str, str] = {}
    for _ in _branches(folder, mapping, libraries):
        pass
    dropped: set[str] = set()
    staff = 0
    for entry in _list(folder, "users"):
        if isinstance(entry, Problem):
            yield entry
            continue
        line, user = entry
        if "patron" not in (user.get("roles") or []):
            staff += 1
            continue
        dropped |= set(user) - _USER_TAKEN
        yield from _patron(line, user, types, libraries)
    if staff:
        yield Note(f"{staff} users without the patron role were not taken", "users.json")
    if any(number not in mapping.categories for number in types):
        yield Note(
            "patron types without a mapping were taken as children or adults by their names", "users.json"
        )
    if dropped:
        yield DroppedColumns(tuple(sorted(dropped)), "users")


def read_rero_rules(folder: Path, mapping: Mapping = _NO_MAPPING) -> Iterator[LoanRuleRow | About]:
    """The loan rules that the circulation policies amount to."""
    libraries: dict[str, str] = {}
    for _ in _branches(folder, mapping, libraries):
        pass
    types = dict(_patron_types(folder, mapping))
    defaults = 0
    for entry in _list(folder, "circulation_policies"):
        if isinstance(entry, Problem):
            yield entry
            continue
        line, policy = entry
        if policy.get("is_default"):
            defaults += 1
            if defaults > 1:
                yield Problem(
                    line, "circulation_policy", "is the default of another organisation; the first one stands"
                )
                continue
        yield from _rules(line, policy, types, libraries, mapping)
    yield Note("fees that a policy's reminders ask for are not taken over; set them with the fee rules")


def _rules(
    line: int, policy: Json, types: dict[str, str], libraries: dict[str, str], mapping: Mapping
) -> Iterator[LoanRuleRow | Problem]:
    days, renewals = _whole(policy.get("checkout_duration")), _whole(policy.get("number_renewals"))
    pairs: list[tuple[str, str]] = [
        (types.get(_ref(pair.get("patron_type")), "*"), _item_type_code(_ref(pair.get("item_type")), mapping))
        for pair in policy.get("settings") or []
    ]
    if not pairs and not policy.get("is_default"):
        yield Problem(line, "circulation_policy", "is for no patron type and no item type; it was left out")
        return
    branches = [libraries.get(_ref(library), "") for library in policy.get("libraries") or []] or [""]
    for category, item_type in dict.fromkeys(pairs or [("*", "*")]):
        for branch in branches:
            yield LoanRuleRow(
                line,
                category=category,
                item_type=item_type,
                branch=branch,
                days=days,
                renewals=renewals,
                renewal_days=_whole(policy.get("renewal_duration")),
                may_hold=bool(policy.get("allow_requests")),
            )


def _path(folder: Path, kind: str) -> Path | None:
    for name in (f"{kind}.json", f"{kind}_small.json", f"{kind}_big.json"):
        if (folder / name).is_file():
            return folder / name
    return None


def _list(folder: Path, kind: str) -> Iterator[tuple[int, Json] | Problem]:
    path = _path(folder, kind)
    if path is None:
        yield Problem(0, "file", f"there is no {kind}.json in the folder")
        return
    yield from read_list(path)


def _branches(folder: Path, mapping: Mapping, libraries: dict[str, str]) -> Iterator[BranchRow | Problem]:
    """Branches; fills in which of our codes each library number has. A code used twice gets its number added."""
    for entry in _list(folder, "libraries"):
        if isinstance(entry, Problem):
            yield entry
            continue
        line, library = entry
        number, theirs = _text(library, "pid"), _text(library, "code")
        if not theirs:
            yield Problem(line, "branch", "has no code", "libraries.json")
            continue
        code = mapping.branches.get(theirs, theirs)
        if theirs not in mapping.branches and code in libraries.values():
            code = f"{code}-{number}"
        libraries[number] = code
        hours = {
            day.get("day"): _spells(day)
            for day in library.get("opening_hours") or []
            if isinstance(day, dict)
        }
        yield BranchRow(
            line,
            code=code,
            name=_text(library, "name") or code,
            address=_text(library, "address"),
            hours=tuple(hours.get(day, ()) for day in _DAYS) if hours else (),
            closures=tuple(_closures(library.get("exception_dates") or [])),
        )


def _spells(day: Json) -> tuple[tuple[str, str], ...]:
    if not day.get("is_open"):
        return ()
    return tuple((_text(spell, "start_time"), _text(spell, "end_time")) for spell in day.get("times") or [])


def _closures(spells: Iterable[Json]) -> Iterator[tuple[str, str, str]]:
    """Closed spells; those that repeat every year stand with their first year only."""
    for spell in spells:
        if not spell.get("is_open") and (first := _text(spell, "start_date")[:10]):
            yield first, _text(spell, "end_date")[:10] or first, _text(spell, "title")


def _item_types(folder: Path, mapping: Mapping) -> Iterator[ItemTypeRow | Problem]:
    for entry in _list(folder, "item_types"):
        if isinstance(entry, Problem):
            yield entry
            continue
        line, kind = entry
        yield ItemTypeRow(
            line,
            code=_item_type_code(_text(kind, "pid"), mapping),
            name=_text(kind, "name"),
            lendable=_text(kind, "type") == "standard" and not kind.get("negative_availability"),
        )


def _item_type_code(number: str, mapping: Mapping) -> str:
    return mapping.item_types.get(number, f"rero-{number}") if number else "*"


def _locations(folder: Path) -> Iterator[tuple[str, str, str]]:
    for entry in _list(folder, "locations"):
        if not isinstance(entry, Problem):
            place = entry[1]
            yield _text(place, "pid"), _ref(place.get("library")), _text(place, "name")


def _patron_types(folder: Path, mapping: Mapping) -> Iterator[tuple[str, str]]:
    for entry in _list(folder, "patron_types"):
        if not isinstance(entry, Problem):
            number, name = _text(entry[1], "pid"), _text(entry[1], "name")
            guess = "resident_juvenile" if _CHILDREN.search(name) else "resident_adult"
            yield number, mapping.categories.get(number) or mapping.categories.get(name) or guess


def _title(line: int, document: Json) -> TitleRow | Problem:
    titles = [_titled(one) for one in _dicts(document.get("title"))]
    own = next((title for title in titles if title), "")
    if not own:
        return Problem(line, "title", "is missing", "documents.json")
    published = _dicts(document.get("provisionActivity"))
    return TitleRow(
        line,
        source_key=f"rero:{_text(document, 'pid')}",
        title=own,
        other_titles=tuple(dict.fromkeys(title for title in titles if title and title != own)),
        author=_author(document),
        subjects=tuple(_headings(document, "subjects")),
        language=next((_text(one, "value") for one in _dicts(document.get("language"))), ""),
        year=next((one["startDate"] for one in published if isinstance(one.get("startDate"), int)), None),
        material=next(
            (_MATERIAL.get(_text(one, "main_type"), "") for one in _dicts(document.get("type"))), ""
        ),
        publisher=next((name for one in published for name in _agents(one)), ""),
        isbns=tuple(
            _text(one, "value")
            for one in _dicts(document.get("identifiedBy"))
            if one.get("type") == "bf:Isbn"
        ),
    )


def _titled(title: Json) -> str:
    parts = [_values(title.get("mainTitle")), _values(title.get("subtitle"))]
    return " : ".join(part for part in parts if part)


def _values(several: Any) -> str:
    return next((_text(one, "value") for one in _dicts(several)), "")


def _author(document: Json) -> str:
    names = _headings(document, "contribution")
    found = "; ".join(dict.fromkeys(names))
    if found:
        return found
    for statement in document.get("responsibilityStatement") or []:
        return _values(statement)
    return ""


def _headings(document: Json, name: str) -> list[str]:
    entities = (one.get("entity") for one in _dicts(document.get(name)))
    named = (
        _text(one, "authorized_access_point") or _text(one, "authorized_access_point_en")
        for one in entities
        if isinstance(one, dict)
    )
    return [heading for heading in named if heading]


def _agents(activity: Json) -> Iterator[str]:
    for part in _dicts(activity.get("statement")):
        if part.get("type") == "bf:Agent" and (name := _values(part.get("label"))):
            yield name


def _item(line: int, item: Json, mapping: Mapping, places: dict[str, str]) -> ItemRow | Problem:
    barcode = _text(item, "barcode")
    if not barcode:
        return Problem(line, "barcode", "is missing", "items.json")
    price = item.get("price")
    return ItemRow(
        line,
        barcode=barcode,
        title_key=f"rero:{_ref(item.get('document'))}",
        item_type=_item_type_code(_ref(item.get("item_type")), mapping),
        branch=places.get(_ref(item.get("location")), ""),
        call_number=_text(item, "call_number"),
        status=_STATUS.get(_text(item, "status"), "available"),
        replacement_cents=round(price * 100)
        if isinstance(price, (int, float)) and 0 < price < 100_000
        else None,
    )


def _patron(
    line: int, user: Json, types: dict[str, str], libraries: dict[str, str]
) -> Iterator[PatronRow | Problem]:
    account: Json = next(iter(_dicts([user.get("patron")])), {})
    cards = [str(card) for card in account.get("barcode") or []]
    if len(cards) > 1:
        yield Problem(line, "card_number", "is one of several; the first was taken", "users.json")
    notes = [_text(note, "content") for note in _dicts(user.get("notes")) if note.get("type") == "staff_note"]
    library = next((_ref(one) for one in account.get("libraries") or []), "")
    kind = _ref(account.get("type"))
    channel = _text(account, "communication_channel")
    yield PatronRow(
        line,
        card_number=cards[0] if cards else "",
        category=types.get(kind, kind),
        given_name=_text(user, "first_name"),
        family_name=_text(user, "last_name"),
        street=_text(user, "street"),
        city=_text(user, "city"),
        postcode=_text(user, "postal_code"),
        phone=_text(user, "home_phone") or _text(user, "mobile_phone"),
        email=_text(user, "email") or _text(account, "additional_communication_email"),
        birth_date=_text(user, "birth_date"),
        language=_text(account, "communication_language"),
        expires_on=_text(account, "expiration_date"),
        note="\n".join(notes),
        home_branch=libraries.get(library, ""),
        notice_channel={"email": "email", "mail": "post"}.get(channel, ""),
        is_blocked=bool(account.get("blocked")),
    )


def _text(record: Json, name: str) -> str:
    value = record.get(name)
    return "" if value is None or isinstance(value, (dict, list)) else str(value).strip()


def _dicts(several: Any) -> list[Json]:
    return [one for one in several if isinstance(one, dict)] if isinstance(several, list) else []


def _ref(reference: Any) -> str:
    """The number at the end of a reference such as {"$ref": ".../libraries/4"}."""
    if not isinstance(reference, dict):
        return ""
    return str(reference.get("$ref") or reference.get("pid") or "").rstrip("/").rpartition("/")[2]


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value <= 3650 else 0
