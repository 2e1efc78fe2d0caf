"""What patrons are told, in their language: why something did not work, and the names of things.

The rooms below speak to the desk, in English. Here each code of theirs has a sentence for whoever is at home; a test
holds the lists against the codes, so that none is missing.

Source: clause MP-2.1; DOMAIN practice of plain words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from circumspect.records.circulation.rules import Stop
from circumspect.records.computers import booking
from circumspect.records.computers.places import SettingError
from circumspect.records.fees.rules import Code, FeeKind
from circumspect.records.holds.rules import HoldStop
from circumspect.records.ill.states import Stage
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.standing import BlockKind
from circumspect.records.reading.permissions import Scope

_l = gettext_lazy

BLOCKS: Mapping[BlockKind, Promise] = {
    BlockKind.EXPIRED: _l("Your card has run out. Renew it first."),
    BlockKind.CARD_LOST: _l("This card was reported lost. Come by for a new one."),
    BlockKind.ADDRESS_UNVERIFIED: _l("We have not seen proof of your address yet. Bring it to any desk."),
    BlockKind.RETURNED_MAIL: _l("Mail to you came back. Tell us your present address at any desk."),
    BlockKind.LOST_ITEM: _l("Something lost has not been settled yet. Ask at any desk."),
    BlockKind.OWES: _l("Too much is owed at the moment. See what is owed, or ask at any desk."),
    BlockKind.TOO_MANY_OVERDUE: _l("Too many things are overdue. Bring some back first."),
    BlockKind.TOO_MANY_CLAIMS: _l(
        "Several things are said to be returned and were not found. Ask at any desk."
    ),
    BlockKind.SEE_LEAD: _l("Please see us at the desk about your account."),
    BlockKind.SEE_PERSON_IN_CHARGE: _l("Please see us at the desk about your account."),
}
STOPS: Mapping[Stop, Promise] = {
    Stop.NOT_LENDABLE: _l("This stays in the library."),
    Stop.ITEM_OUT: _l("This is on loan to somebody else."),
    Stop.ITEM_STATE: _l("This is not ready to be lent."),
    Stop.HELD_FOR_ANOTHER: _l("Somebody else is waiting for this."),
    Stop.TOO_MANY: _l("You have as many things out as the rules allow."),
    Stop.TOO_MANY_OF_TYPE: _l("You have as many things of this kind out as the rules allow."),
    Stop.FIXED_DATE_PAST: _l("The last day for these things is past."),
    Stop.NO_RENEWALS_LEFT: _l("It has been renewed as often as the rules allow."),
    Stop.OTHERS_WAIT: _l("Somebody else is waiting for this."),
    Stop.FIXED_DATE: _l("It is due on a fixed day, and is not renewed."),
    Stop.CLAIMED_OR_LOST: _l("It is marked as lost, or as said to be returned. Ask at any desk."),
    Stop.TOO_MANY_CLAIMS: _l("Several things are said to be returned and were not found. Ask at any desk."),
    Stop.NOT_THEIRS: _l("It is not on loan to you any more."),
}
HOLD_STOPS: Mapping[HoldStop, Promise] = {
    HoldStop.NO_SUCH_TITLE: _l("The catalog has no such title any more."),
    HoldStop.NO_COPY: _l("No copy of this can be held for that branch."),
    HoldStop.NO_BRANCH: _l("Choose the branch where you want to pick it up."),
    HoldStop.OVER: _l("Choose a later last day."),
    HoldStop.TOO_MANY: _l("You have as many holds or requests as the rules allow. Cancel one first."),
    HoldStop.HAS_HOLD: _l("You are waiting for this already."),
    HoldStop.HAS_LOAN: _l("You have this on loan already. You can renew it."),
}
HOLD_STATES: Mapping[str, Promise] = {
    "waiting": _l("waiting"),
    "frozen": _l("paused"),
    "in_transit": _l("on its way"),
    "on_shelf": _l("ready"),
}
STAGES: Mapping[Stage, Promise] = {
    Stage.REQUESTED: _l("we are looking for a library that has it"),
    Stage.SENT: _l("another library has been asked"),
    Stage.IN_TRANSIT: _l("it is on its way to your branch"),
    Stage.ON_SHELF: _l("it is ready"),
    Stage.LENT: _l("you have it"),
    Stage.RETURNED: _l("it came back"),
    Stage.ASTRAY: _l("ask at the desk"),
}
FEES: Mapping[FeeKind, Promise] = {
    FeeKind.OVERDUE: _l("Late return"),
    FeeKind.LOST: _l("Replacement"),
    FeeKind.PROCESSING: _l("Processing"),
    FeeKind.DAMAGE: _l("Damage"),
    FeeKind.ILL: _l("Loan from another library"),
    FeeKind.CARD: _l("Card"),
    FeeKind.PRINT: _l("Printing"),
    FeeKind.OTHER: _l("Other"),
}
FEE_CODES: Mapping[Code, Promise] = {
    Code.GOODWILL: _l("the library let it go"),
    Code.AMNESTY: _l("fines were dropped"),
    Code.REPLACED: _l("you replaced it"),
    Code.CLOSED: _l("the library was closed"),
    Code.MISTAKE: _l("our mistake"),
    Code.DUPLICATE: _l("it was charged twice"),
    Code.ITEM_FOUND: _l("it was found"),
    Code.TOO_OLD: _l("too old to ask for"),
    Code.TOO_SMALL: _l("too small to ask for"),
    Code.ACCOUNT_ENDED: _l("the account has ended"),
    Code.PAYMENT_FAILED: _l("a payment did not go through"),
    Code.WRONG_ACCOUNT: _l("it was paid on the wrong account"),
}
# The categories that come with the program; a library's own name for one is shown as the library wrote it.
CATEGORIES: Mapping[str, Promise] = {
    "resident_adult": _l("Resident adult"),
    "resident_juvenile": _l("Resident juvenile"),
    "non_resident": _l("Non-resident, paid"),
    "cards_for_kids": _l("Non-resident, Cards for Kids"),
    "veteran_non_resident": _l("Non-resident, disabled veteran"),
    "reciprocal": _l("Card of another library"),
    "staff": _l("Member of staff"),
    "institution": _l("Teacher or institution"),
    "homebound": _l("Homebound"),
    "ill_library": _l("Another library"),
    "temporary": _l("Temporary, limited"),
    "digital_only": _l("Digital only"),
}
NOTE_KINDS: Mapping[str, Promise] = {
    "card": _l("about the card"),
    "contact": _l("about reaching you"),
    "pickup": _l("somebody picks up for you"),
    "payment": _l("about an agreement to pay"),
    "material": _l("something borrowed is being sorted out"),
}
NOTICES: Mapping[str, Promise] = {
    "almost_due": _l("something was due soon"),
    "overdue": _l("something was overdue"),
    "bill": _l("a bill"),
    "hold_ready": _l("a hold was ready"),
    "hold_cancelled": _l("a hold had ended"),
    "card_expiring": _l("the card was about to run out"),
    "balance": _l("what was owed"),
}
SEAT_STATES: Mapping[str, Promise] = {
    "in use": pgettext_lazy("a computer", "in use"),
    "booked": pgettext_lazy("a computer", "booked"),
}
CHANNELS: Mapping[str, Promise] = {
    "email": _l("E-mail"),
    "post": _l("Letter"),
    "sms": _l("Text message"),
    "phone": _l("Telephone call"),
    "none": _l("None: I look here myself"),
}
SCOPES: Mapping[Scope, Promise] = {
    Scope.PICK_UP: _l("pick up what is on the hold shelf for me"),
    Scope.SEE_HOLDS: _l("be told what I am waiting for"),
    Scope.SEE_LOANS: _l("be told what I have out and when it is due"),
    Scope.SEE_FEES: _l("be told what I owe"),
    Scope.PAY_FEES: _l("pay what I owe"),
}
NOT_RENEWABLE: Mapping[str, Promise] = {
    "no_end": _l("Your card has no end, so there is nothing to renew."),
    "too_early": _l("It is too early: you can renew in the last two months before the card runs out."),
    "too_late": _l("Your card ran out some time ago. Come by any desk with proof of your address."),
    "address": _l("It is time to show us your address again. Come by any desk with proof of it."),
    "block": _l("Please see us at the desk about your account; the card can be renewed there."),
    "provisional": _l(
        "Your card was made at the door. Come by with proof of who you are to make it a full one."
    ),
}
PERMISSION_TROUBLE: Mapping[str, Promise] = {
    "empty": _l("Write the person's name."),
    "long": _l("Use at most 80 letters."),
    "unknown": _l("Choose at least one thing."),
    "past": _l("Choose a last day, today or later."),
    "far": _l("Choose a day within the next year."),
    "many": _l("You have given five permissions already. Withdraw one first."),
}
HISTORY_TROUBLE: Mapping[str, Promise] = {
    "life": _l("Choose for how long."),
    "short_pin": _l("To lock it your PIN needs 8 digits. Change your PIN first."),
    "none": _l("There is no history."),
    "there_is_one": _l("There is a history already."),
    "passkey": _l("There is no passkey here that could do this."),
}
NOT_YOUR_PIN = _l("This is not your PIN. After several wrong tries you have to wait.")
_FIELDS: Mapping[str, Promise] = {
    "email": _l("An e-mail address looks like name@place.org."),
    "phone": _l("A telephone number has at least seven digits."),
    "language": _l("Choose one of the languages."),
    "notice_channel": _l("Choose one of the ways."),
    "notice_titles": _l("Choose yes or no."),
    "address_holds": _l("Tick the box if your address is still the same. If it is not, come by any desk."),
}
_PINS = {
    "a PIN has 4 to 8 digits": _l("A PIN has 4 to 8 digits."),
    "choose digits that are harder to guess": _l("Choose digits that are harder to guess."),
}
_SEATS: Mapping[str, Promise] = {
    "card": _l("You have a booking already, or something on your account stops computers. Ask at any desk."),
    "minutes": _l("Choose fewer minutes."),
}
SEAT_TIMES: Mapping[str, Promise] = {
    booking.OVER: _l("That time is over. Choose a later one."),
    booking.TOO_FAR: _l("Choose a day within the next seven days."),
    booking.CLOSED: _l(
        "The library is not open for all of that time. Look at its hours, and choose another."
    ),
    booking.TAKEN: _l("Somebody has this computer then. Choose another time, or another computer."),
}
MONTH_WORDS: Mapping[int, Promise] = {
    1: _l("1 month"),
    3: _l("3 months"),
    6: _l("6 months"),
    12: _l("12 months"),
    24: _l("24 months"),
}
DONE: Mapping[str, Promise] = {
    "renewed": _l("Renewed."),
    "placed": _l("You are in the queue."),
    "cancelled": _l("Cancelled, and forgotten."),
    "paused": _l("Paused. You keep your place in the queue."),
    "resumed": _l("You are waiting again."),
    "moved": _l("The branch is changed."),
    "asked": _l("Your request is written down."),
    "booked": _l("The computer is booked."),
    "given-up": _l("The booking is given up."),
    "saved": _l("Saved."),
    "pin": _l("Your PIN is changed. Other browsers were signed out."),
    "passkey": _l("The passkey is added. From now on it signs you in."),
    "passkey-gone": _l("The passkey is removed. Other browsers were signed out."),
    "card-renewed": _l("Your card is renewed."),
    "history-on": _l("From now on, what you borrow is in your history once it is back."),
    "history-off": _l("Your history is erased, and nothing more is kept."),
    "erased": _l("Erased."),
    "locked": _l("Your history is locked."),
    "unlocked": _l("Your history is unlocked."),
    "given": _l("The permission is given."),
    "withdrawn": _l("The permission is withdrawn."),
}
STATES_OF_CARDS: Mapping[str, Promise] = {
    "active": pgettext_lazy("a card", "in use"),
    "lost": pgettext_lazy("a card", "reported lost"),
    "replaced": pgettext_lazy("a card", "replaced"),
}


def of_field(problem: FieldError) -> str:
    """What is wrong with an entry of a form."""
    if problem.field == "pin":
        return str(_PINS.get(problem.reason, _("Type the PIN again.")))
    return str(_FIELDS.get(problem.field, _("This cannot be kept. Look at it again.")))


def of_seat(problem: SettingError) -> str:
    """Why a computer was not booked."""
    if problem.field == "time":
        return str(SEAT_TIMES[problem.reason])
    return str(_SEATS.get(problem.field, _("Choose one of the computers.")))


def day_like(today: dt.date) -> str:
    """How a day is written where the browser has no calendar to choose it from."""
    return _("Write the day like this: %(day)s.") % {"day": today.isoformat()}


def of_hindrance(kind: BlockKind | HoldStop | Stop) -> str:
    """Why a hold, a request or a renewal was not possible."""
    for table in (BLOCKS, HOLD_STOPS, STOPS):
        if kind in table:
            return str(table[kind])  # type: ignore[index]
    return _("Ask at any desk.")
