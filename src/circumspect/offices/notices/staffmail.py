"""Write to colleagues by the library's mail server: a few plain lines, with nothing of a patron in them.

Source: clauses MP-7.12, MP-7.13.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence

from circumspect.home import HomeError
from circumspect.offices.notices.kinds import Channel, NoticeSettings
from circumspect.offices.notices.running import transports_of
from circumspect.offices.notices.transports import Message, Outcome, TransportDownError
from circumspect.trust.door.house import House

log = logging.getLogger("circumspect.staffmail")


def write_to(house: House, addresses: Sequence[str], subject: str, body: str) -> int:
    """Write the same lines to each address; how many messages the mail server took.

    Where there is no mail server, or it cannot be reached, nothing goes and the log says so: whoever calls has
    another way of telling as well.
    """
    wanted = [address for address in dict.fromkeys(addresses) if address]
    try:
        settings = NoticeSettings.of(house.home)
        way = transports_of(house, settings).get(Channel.EMAIL)
        if way is None or not wanted:
            return 0
        domain = settings.mail.sender.rpartition("@")[2].strip(">") or "localhost"
        with way.session() as send:
            sent = [
                send(
                    Message(
                        id=secrets.randbits(62) + 1,
                        to=address,
                        language="en",
                        body=body,
                        subject=subject,
                        message_id=f"<{secrets.token_hex(16)}@{domain}>",
                        bounce_to=settings.mail.bounces or settings.mail.sender,
                    )
                )
                for address in wanted
            ]
    except (TransportDownError, HomeError) as problem:
        log.warning("colleagues could not be written to: %s", problem)
        return 0
    return sum(outcome in (Outcome.SENT, Outcome.UNSURE) for outcome in sent)
