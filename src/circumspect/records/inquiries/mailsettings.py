"""How mail comes in, as the library chose it: ``[mail]`` of config.toml. Off until an address is named.

    [mail]
    mailbox = "ask@library.org"                 # letters come here, and to ask+CODE@library.org
    site = "https://library.org/library/"       # where the public's pages are, for links in mails
    smtp = "127.0.0.1:2525"                     # a mail server hands mail on here; "" for no
    smtp_networks = ["127.0.0.1"]               # from where it may
    certificate, key                            # files in PEM, for STARTTLS
    imap = "imap.example.org:993"               # or a mailbox is looked into; "" for no
    imap_user, imap_password_file               # the file lies in the key folder
    imap_tls = "tls", imap_ca_file, imap_folder = "INBOX", every_minutes = 5

Source: issue "The public side", section 3; clause MP-4.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from circumspect.home import Home, HomeError

_HERE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The library's choices.

    Attributes:
        imap_tls: "tls" from the first byte, "starttls", or "none" for a server on this machine.
    """

    mailbox: str = ""
    site: str = ""
    smtp: str = ""
    smtp_networks: tuple[str, ...] = ("127.0.0.1", "::1")
    certificate: str = ""
    key: str = ""
    imap: str = ""
    imap_user: str = ""
    imap_password_file: str = ""
    imap_ca_file: str = ""
    imap_folder: str = "INBOX"
    imap_tls: str = "tls"
    every_minutes: int = 5

    @classmethod
    def of(cls, home: Home) -> MailSettings:
        """Read them.

        Raises:
            HomeError: One does not do. Names it, and says what would.
        """
        section: dict[str, Any] = dict(home.config.get("mail", {}))
        for name in section:
            if name not in cls.__dataclass_fields__:
                raise _wrong(name, "is not a setting of mail")
        if "smtp_networks" in section:
            section["smtp_networks"] = tuple(str(each) for each in section["smtp_networks"])
        return cls(**section)._checked()

    @property
    def takes_mail(self) -> bool:
        """Whether any mail comes in."""
        return bool(self.mailbox and (self.smtp or self.imap))

    def may_hand_on(self, address: str) -> bool:
        """Whether a server at an address may hand mail on."""
        try:
            here = ip_address(address)
            return any(here in ip_network(each) for each in self.smtp_networks)
        except ValueError:
            return False

    def _checked(self) -> MailSettings:
        if (self.smtp or self.imap) and self.mailbox.count("@") != 1:
            raise _wrong("mailbox", "is an address such as ask@library.org")
        if self.mailbox and ("+" in self.mailbox or not self.mailbox.isascii()):
            raise _wrong("mailbox", "has no + in it: codes are put after one")
        if self.site and not (
            self.site.startswith(("https://", "http://127.0.0.1")) and self.site.endswith("/")
        ):
            raise _wrong("site", "is an address such as https://library.org/library/")
        for name in ("smtp", "imap"):
            if getattr(self, name):
                place(name, getattr(self, name))
        for network in self.smtp_networks:
            try:
                ip_network(network)
            except ValueError:
                raise _wrong("smtp_networks", 'holds addresses or networks such as "10.0.5.0/24"') from None
        if self.imap and not (self.imap_user and self.imap_password_file):
            raise _wrong("imap_user", "and imap_password_file are needed for a mailbox")
        if self.imap_tls not in ("tls", "starttls", "none"):
            raise _wrong("imap_tls", 'is "tls", "starttls" or "none"')
        if self.imap and self.imap_tls == "none" and place("imap", self.imap)[0] not in _HERE:
            raise _wrong("imap_tls", 'may be "none" for a server on this machine only')
        if not isinstance(self.every_minutes, int) or not 1 <= self.every_minutes <= 1440:
            raise _wrong("every_minutes", "lies between 1 and 1440")
        return self


def place(name: str, text: str) -> tuple[str, int]:
    """HOST:PORT taken apart.

    Raises:
        HomeError: It is not that.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise _wrong(name, "is HOST:PORT, such as 127.0.0.1:2525")
    return host.strip("[]"), int(port)


def _wrong(name: str, what: str) -> HomeError:
    return HomeError(f"[mail] {name} in config.toml {what}")
