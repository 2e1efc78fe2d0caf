"""The ledger's words in the reader's language: who, what for, what explained it, which kinds of detail.

The ledger speaks in words of closed lists; each has a sentence here, and a test holds the lists against the policy's.
What has none yet is shown as it stands, marked as English.

Source: guarantee 10, "machine looks in plain words".
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from circumspect.trust.policy.request import Purpose

_l = gettext_lazy

ROLES: Mapping[str, Promise] = {
    "desk": _l("desk staff"),
    "circulation_lead": _l("the circulation lead"),
    "reference": _l("reference staff"),
    "communications": _l("communications staff"),
    "finance": _l("finance staff"),
    "foia_officer": _l("the officer for requests for records"),
    "system": _l("system staff"),
    "privacy_in_charge": _l("the person in charge of privacy"),
    "deputy_director": _l("a deputy director"),
    "executive_director": _l("the executive director"),
    "trustee": _l("a trustee"),
    "supervisor": _l("a supervisor"),
    "self_check": _l("a self-check machine"),
    "pc_reservation": _l("the machine that gives out computers"),
    "e_content": _l("the service for electronic books"),
    "payment_kiosk": _l("a payment machine"),
    "book_drop": _l("the book drop"),
    "sorter": _l("the sorting machine"),
    "seat": _l("a public computer"),
    "join": _l("the page for new cards"),
    "form": _l("a form on the library's site"),
}
JOBS: Mapping[str, Promise] = {
    "forget": _l("the library's own rounds that forget"),
    "circulation": _l("the library's own rounds over loans"),
    "computers": _l("the library's own rounds over computers"),
    "notify": _l("the library's own mailer"),
    "forget-notices": _l("the library's own rounds that forget"),
    "rotate-keys": _l("the library's own change of keys"),
    "import": _l("the import from another system"),
    "count": _l("the library's own count of cards"),
    "review": _l("the library's own check of looks"),
    "guarding": _l("the library's own guard over what a request names"),
    "keeping": _l("the library's own keeping of what was set aside"),
    "send-answers": _l("the library's own mailer"),
    "forget-letters": _l("the library's own rounds that forget"),
    "send-newsletter": _l("the library's own mailer"),
    "forget-newsletter": _l("the library's own rounds that forget"),
    "heartbeat": _l("the library's own sign that it is awake"),
}
PURPOSES: Mapping[str, Promise] = {
    "serve at the desk": _l("to serve you at the desk"),
    "find a patron": _l("to find somebody by name"),
    "register a patron": _l("to register you"),
    "maintain an account": _l("to keep your account right"),
    "lend and return": _l("to lend, renew or take back"),
    "override a block": _l("to go on in spite of a block"),
    "settle fees": _l("to settle fees"),
    "work a list": _l("to work through a list"),
    "run public computers": _l("to run the public computers"),
    "own record": _l("because you asked"),
    "check a PIN": _l("to check a PIN"),
    "answer a machine": _l("to answer a machine"),
    "import records": _l("to bring records over"),
    "rotate keys": _l("to change keys"),
    "forget": _l("to forget"),
    "send a notice": _l("to send you a notice"),
    "answer a lawful request": _l("to answer a request under the law"),
    "preserve on request": _l("to set something aside for a court"),
    "review looks": _l("to check who looked"),
    "answer a letter": _l("to answer a letter of yours"),
    "send the newsletter": _l("to send the newsletter"),
    "search public records": _l("to search public records"),
    "keep order": _l("to keep order in the library"),
    "answer an officer in an emergency": _l("to answer an officer in an emergency"),
    "take in a request": _l("to take in a request under the law"),
    "tell of a breach": _l("to tell you of a breach"),
    "count for statistics": _l("to count, with nobody in the count"),
}
CIRCUMSTANCES: Mapping[str, Promise] = {
    "card just scanned": _l("the card had just been scanned"),
    "item just scanned": _l("an item had just been scanned"),
    "open transaction": _l("you were being served"),
    "search by name": _l("a name had been searched for"),
    "person registering": _l("somebody was registering"),
    "card and PIN given": _l("card and PIN had been given"),
    "hold to shelve": _l("a hold was to be shelved"),
    "working a list": _l("it stood on a list"),
    "scanned while the line was down": _l("it had been scanned while the line was down"),
    "patron signed in": _l("you were signed in"),
    "scheduled work": _l("it was time for it"),
    "open case": _l("there was an open case"),
    "unexplained": _l("nothing had just happened that explains it"),
    "somebody wrote to the library": _l("somebody had written to the library"),
    "legal process checked": _l("papers of a court had been checked"),
}
REASONS: Mapping[str, Promise] = {
    "patron on the telephone": _l("you were on the telephone"),
    "patron wrote": _l("you wrote to us"),
    "mail came back": _l("mail to you came back"),
    "something of theirs was found": _l("something of yours was found"),
    "correcting a mistake": _l("to correct a mistake"),
    "two records of one person": _l("there were two records of one person"),
    "a supervisor asked": _l("a supervisor asked"),
    "patron present without a card": _l("you were here without your card"),
}
ACTIONS: Mapping[str, Promise] = {
    "view": pgettext_lazy("a look", "saw"),
    "use": pgettext_lazy("a look", "had a rule read"),
    "change": pgettext_lazy("a look", "changed, or was free to change"),
    "erase": pgettext_lazy("a look", "took out, or was free to take out"),
    "disclose": pgettext_lazy("a look", "handed over"),
    "preserve": pgettext_lazy("a look", "set aside"),
    "export": pgettext_lazy("a look", "copied out"),
}
SERIES: Mapping[str, Promise] = {
    "registration": _l("Your registration"),
    "cards": _l("Your cards"),
    "notes": _l("Notes on your account"),
    "pins": _l("Your PIN"),
    "passkeys": _l("Your passkeys"),
    "loans": _l("What you have on loan"),
    "holds": _l("What you wait for"),
    "ill": _l("Requests to other libraries"),
    "fees": _l("Fees"),
    "computers": _l("Public computers"),
    "reading": _l("Your reading history"),
    "permissions": _l("Permissions you gave"),
    "notices": _l("Notices we sent"),
    "ledger": _l("Who looked"),
    "sign-ins": _l("Your sign-ins on these pages"),
    "keys": _l("Keys"),
    "offline scans": _l("Scans made while the line was down"),
    "inquiries": _l("Your letters to us"),
    "public mail": _l("Letters that are public records"),
    "newsletter": _l("The newsletter"),
    "newsletter suppressions": _l("Addresses that are not to be written to"),
    "forms": _l("Forms"),
    "cases": _l("Requests under the law"),
    "preserved": _l("What was set aside for a court"),
    "incidents": _l("Reports of behaviour"),
    "looks under review": _l("Looks that are reviewed"),
}
_PLACE = _l("branch where you pick it up")
FIELDS: Mapping[tuple[str, str], Promise] = {
    ("registration", "given_name"): _l("given name"),
    ("registration", "family_name"): _l("family name"),
    ("registration", "street"): _l("street"),
    ("registration", "city"): _l("city"),
    ("registration", "region"): _l("state"),
    ("registration", "postcode"): _l("postcode"),
    ("registration", "phone"): _l("telephone number"),
    ("registration", "email"): _l("e-mail address"),
    ("registration", "birth_date"): _l("date of birth"),
    ("registration", "language"): _l("language"),
    ("registration", "notice_channel"): _l("how we reach you"),
    ("registration", "notice_titles"): _l("titles in notices"),
    ("registration", "driver_licence"): _l("driver's licence number"),
    ("registration", "sex"): pgettext_lazy("a detail", "sex"),
    ("registration", "adult_name"): _l("responsible adult"),
    ("registration", "adult_contact"): _l("how to reach the responsible adult"),
    ("registration", "id_seen_on"): _l("day an ID was seen"),
    ("registration", "address_checked_on"): _l("day the address was checked"),
    ("registration", "balance"): _l("deposit"),
    ("registration", "standing"): _l("kind of card, branch, end and blocks"),
    ("cards", "barcode"): _l("card number"),
    ("cards", "status"): _l("whether the card is in use"),
    ("notes", "kind"): _l("what a note is about"),
    ("notes", "text"): _l("text of a note"),
    ("notes", "expires_on"): _l("last day of a note"),
    ("pins", "hash"): _l("scrambled PIN"),
    ("passkeys", "key"): _l("what a passkey is known by"),
    ("passkeys", "name"): _l("name of a passkey"),
    ("passkeys", "month"): _l("month a passkey was added"),
    ("loans", "item"): _l("what is out"),
    ("loans", "due_at"): _l("when it is due"),
    ("loans", "renewals"): _l("how often it was renewed"),
    ("loans", "branch"): _l("branch where it was lent"),
    ("loans", "state"): _l("whether it is out or lost"),
    ("holds", "title"): _l("what you wait for"),
    ("holds", "item"): _l("which copy"),
    ("holds", "pickup_branch"): _PLACE,
    ("holds", "state"): _l("how far the hold is"),
    ("holds", "placed_on"): _l("day you asked for it"),
    ("holds", "expires_on"): _l("last day you want it"),
    ("holds", "pickup_code"): _l("pick-up code"),
    ("ill", "citation"): _l("what you asked other libraries for"),
    ("ill", "state"): _l("how far the request is"),
    ("ill", "lender"): _l("which library was asked"),
    ("ill", "due_at"): _l("when it is due there"),
    ("ill", "pickup_branch"): _PLACE,
    ("fees", "kind"): _l("kind of fee"),
    ("fees", "amount"): _l("amount"),
    ("fees", "outstanding"): _l("what is still owed"),
    ("fees", "day"): _l("day of the fee"),
    ("fees", "item"): _l("what the fee is for"),
    ("computers", "seat"): _l("which computer"),
    ("computers", "area"): _l("which room"),
    ("computers", "starts_at"): _l("when it begins"),
    ("computers", "ends_at"): _l("when it ends"),
    ("computers", "state"): _l("booked or in use"),
    ("reading", "titles"): _l("titles you brought back"),
    ("reading", "choice"): _l("for how long you keep them"),
    ("permissions", "name"): _l("whom you gave a permission"),
    ("permissions", "scope"): _l("what they may do"),
    ("permissions", "ends_on"): _l("last day of the permission"),
    ("notices", "kind"): _l("kind of notice"),
    ("notices", "sent_on"): _l("day it was sent"),
    ("notices", "channel"): _l("how it was sent"),
    ("ledger", "looks"): _l("who looked"),
    ("inquiries", "message"): _l("what was written"),
    ("inquiries", "sender"): _l("name and address given"),
    ("inquiries", "attachment"): _l("files sent"),
    ("public mail", "message"): _l("what was written"),
    ("public mail", "sender"): _l("name and address given"),
    ("public mail", "attachment"): _l("files sent"),
    ("newsletter", "address"): _l("address for the newsletter"),
    ("forms", "words"): _l("words of a form"),
    ("forms", "class"): _l("kind of a form"),
}


def who(actor: str, roles: tuple[str, ...], purpose: str = "") -> str:
    """Who asked, without a name: staff by their work, machines by what they are for."""
    kind, _colon, number = actor.partition(":")
    if kind == "patron" and purpose == Purpose.SIGN_IN:
        return _("Whoever typed your card’s number, or used your passkey")
    if kind == "patron":
        return _("You")
    if kind == "job":
        return _capital(str(JOBS.get(number, _("the library's own rounds"))))
    known = [str(ROLES[role]) for role in roles if role in ROLES]
    if not known:
        return _("A member of staff") if kind == "staff" else _("A machine")
    return _capital(", ".join(known))


def detail(series: str, name: str) -> str:
    """A kind of detail."""
    return str(FIELDS.get((series, name), name.replace("_", " ")))


def series_name(series: str) -> str:
    """A kind of record."""
    return str(SERIES.get(series, _capital(series)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
