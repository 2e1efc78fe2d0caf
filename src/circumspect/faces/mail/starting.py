"""Begin taking mail beside the desk, in the same working process, and end with it.

The one module of this face that the rest of the house may call, through ``composition``.
"""

from __future__ import annotations

from multiprocessing.util import Finalize

from circumspect.faces.mail.looking import Looker
from circumspect.faces.mail.serving import Post
from circumspect.records.inquiries.mailsettings import MailSettings
from circumspect.trust.door.house import House


def begin(house: House) -> list[Post | Looker]:
    """Take mail in threads of this process until it ends; nothing where the library takes none.

    Raises:
        HomeError: A setting of mail does not do.
        OSError, ssl.SSLError: The port cannot be listened at, or the certificate is none.
    """
    settings = MailSettings.of(house.home)
    begun: list[Post | Looker] = []
    if settings.mailbox and settings.smtp:
        begun.append(Post(house, settings))
    if settings.mailbox and settings.imap:
        begun.append(Looker(house, settings))
    for each in begun:
        each.start()
        # The web server's working process leaves by way of these, and waits for no thread.
        Finalize(each, each.stop, exitpriority=10)
    return begun
