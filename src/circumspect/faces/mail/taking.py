"""What both ways in do with a mail: take it, or say in one of a few words why not. Nothing of it is ever logged."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import StrEnum

from django.db import close_old_connections, connections

from circumspect.records.communications import newsletter
from circumspect.records.inquiries.mailin import take_mail
from circumspect.records.inquiries.mailparse import MailError
from circumspect.records.inquiries.rules import UnfitError
from circumspect.trust.door.errors import DoorError
from circumspect.trust.door.house import House
from circumspect.trust.vault.errors import VaultError

log = logging.getLogger("circumspect.mail")


class Answer(StrEnum):
    """What whoever brings a mail is told."""

    TAKEN = "taken"
    LARGE = "too large"
    UNFIT = "not a mail that can be kept"
    LATER = "not now"


def take(house: House, mailbox: str, raw: bytes, addressed: Sequence[str] = ()) -> Answer:
    """Take a mail in; whatever goes wrong is one of four answers."""
    close_old_connections()
    try:
        take_mail(house, mailbox, raw, addressed=addressed, newsletter_came_back=newsletter.came_back)
    except MailError as problem:
        return Answer.LARGE if problem.rule == "large" else Answer.UNFIT
    except UnfitError:
        return Answer.UNFIT
    except (DoorError, VaultError) as problem:
        log.warning("a mail was put off: %s", type(problem).__name__)
        return Answer.LATER
    except Exception as problem:  # noqa: BLE001 - a mail that breaks something is offered again, and stops no other
        log.warning("a mail was put off: %s", type(problem).__name__)
        return Answer.LATER
    finally:
        if not any(connection.in_atomic_block for connection in connections.all()):
            connections.close_all()
    return Answer.TAKEN
