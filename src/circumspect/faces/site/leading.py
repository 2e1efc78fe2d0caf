"""Where links lead: our own pages by their whole address, others' by way of the notice where the register wants one.

Source: clauses TH-3.3, TH-5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from django.http import HttpRequest

from circumspect.faces.public import languages
from circumspect.faces.public.house import house
from circumspect.offices.publishing import outside


def absolute(request: HttpRequest, path: str) -> str:
    """A page's whole address: by ``[publishing] address`` of config.toml, or as the page was asked for."""
    base = str(house().home.setting("publishing", "address", "")).rstrip("/")
    if not base:
        base = f"{'https' if house().home.setting('web', 'https', False) else 'http'}://{request.get_host()}"
    return base + path


def via(services: Mapping[str, str] | None = None) -> Callable[[str], str]:
    """For links in what staff wrote: a service of the register is entered by way of its notice.

    Args:
        services: Their parts of the address by host, where they have been read already.
    """
    services = outside.service_of_address() if services is None else services

    def instead(address: str) -> str:
        slug = services.get(urlsplit(address).netloc.casefold())
        return languages.address("site-leaving", slug) if slug else ""

    return instead
