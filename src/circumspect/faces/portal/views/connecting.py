"""The addresses by which a service signs a patron on, and the two pages that the patron sees on the way.

A browser that comes from another site brings no cookie of ours (SameSite=Strict), so the first page knows nobody; its
button leads to the second, which asks whether the service may be told. What goes back goes by the patron's own browser, with no
referrer.

Source: clause TH-3.8; issue "The public side", section 2.
"""

from __future__ import annotations

from dataclasses import asdict

from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from circumspect.faces.portal import connect
from circumspect.faces.portal.guard import PortalRequest, own_page, show
from circumspect.faces.public import languages, pages
from circumspect.faces.public.house import house
from circumspect.offices.publishing import outside
from circumspect.offices.publishing.models import OutsideSite

_SALT = "circumspect.portal.connect"
_ASK_SECONDS = 1800


def issuer(request: HttpRequest) -> str:
    """The library's name among services: its own address."""
    return _absolute(request, "/my/connect")


def _absolute(request: HttpRequest, path: str) -> str:
    base = str(house().home.setting("publishing", "address", "")).rstrip("/")
    if not base:
        base = f"{'https' if house().home.setting('web', 'https', False) else 'http'}://{request.get_host()}"
    return base + path


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """What a service reads first."""
    address = {
        name: _absolute(request, reverse(f"portal-connect-{name}")) for name in ("authorize", "token", "keys")
    }
    return JsonResponse(connect.described(issuer(request), address))


@require_safe
def keys(_request: HttpRequest) -> HttpResponse:
    """The public half of the key that signs tokens."""
    return JsonResponse({"keys": [connect.signing_key(house()).as_dict(private=False)]})


@require_safe
def authorize(request: HttpRequest) -> HttpResponse:
    """Where a service sends somebody: who asks, and the way on."""
    try:
        ask = connect.read_ask(request.GET.dict())
    except connect.ConnectError:
        # Never sent back: the address may be anybody's.
        return pages.trouble(request, 400)
    sealed = signing.dumps(asdict(ask), salt=_SALT, compress=True)
    row = outside.client(ask.client_id)
    context = {"here": "portal-connect", "service": row, "ask": sealed}
    return pages.show(request, "portal/connect_start.html", context)


@own_page
def consent(request: PortalRequest) -> HttpResponse:
    """Whether the service may be told, and then the way back to it."""
    ask, row = _ask(request.POST.get("ask", "") or request.GET.get("ask", ""))
    if ask is None or row is None:
        return pages.trouble(request, 400)
    if request.method != "POST":
        return show(
            request,
            "connect.html",
            {
                "service": row,
                "ask": request.GET.get("ask", ""),
                "no": connect.way_back(ask, issuer(request), error="access_denied"),
            },
        )
    claims = connect.claims_for(house(), request.live.actor, request.live.patron, row)
    if claims is None:
        back = connect.way_back(ask, issuer(request), error="access_denied")
    else:
        back = connect.way_back(ask, issuer(request), code=connect.code_for(house(), ask, claims))
    return show(request, "connect_back.html", {"service": row, "back": back, "is_valid": claims is not None})


@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """A service changes its code for a token. No browser comes here."""
    asked = request.POST.dict()
    try:
        row = connect.row_of(asked, request.headers.get("Authorization", ""))
        return JsonResponse(connect.token_for(house(), issuer(request), row, asked))
    except connect.ConnectError as problem:
        answer = JsonResponse(
            {"error": problem.code}, status=401 if problem.code == "invalid_client" else 400
        )
        if problem.code == "invalid_client":
            answer.headers["WWW-Authenticate"] = "Basic"
        return answer


def _ask(sealed: str) -> tuple[connect.Ask | None, OutsideSite | None]:
    try:
        ask = connect.Ask(**signing.loads(sealed, salt=_SALT, max_age=_ASK_SECONDS))
    except (signing.BadSignature, TypeError):
        return None, None
    return ask, outside.client(ask.client_id)


def back_here(sealed: str) -> str:
    """The way back to the second page after signing in."""
    return (
        f"{languages.address('portal-connect')}?ask={sealed}"
        if _ask(sealed)[0]
        else languages.address("portal-home")
    )
