"""Where a request comes from, so that tries from one place can be counted. Those who count keep it in memory, or a digest.

Behind a proxy every connection is the proxy's. Without the header in which it says whose it was, all the world is one place: one
guesser uses up everybody's tries, and the whole town's patrons wait for him.

Source: clauses TH-1.23, MP-7.10.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.http import HttpRequest

from circumspect.faces.public.house import house


def address_of(request: HttpRequest) -> str:
    """The address of whoever asks, as tries are counted by it."""
    return counted_as(address_by(request, house().home.proxy_header))


def counted_as(address: str) -> str:
    """Whose an address is: of the sixth version a home has 2^64, and is one place. Anything else stays what it is."""
    try:
        whole = ip_address(address)
    except ValueError:
        return address
    if whole.version == 4 or whole.ipv4_mapped is not None:
        return address
    return str(ip_network((whole, 64), strict=False))


def address_by(request: HttpRequest, header: str) -> str:
    """The address as a header says it; that of the connection where there is no such header."""
    # The last is the one that our own proxy wrote; those before it, anybody may have.
    said = request.headers.get(header, "").rpartition(",")[2].strip()[:64] if header else ""
    return said or str(request.META.get("REMOTE_ADDR", ""))
