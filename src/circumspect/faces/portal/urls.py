"""The patron's own pages. Each address answers in every language: see ``faces.public.languages``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from circumspect.faces.portal.views import connecting, entry, lending, letters, own, passkeys, seeing

urlpatterns: list[URLPattern | URLResolver] = [
    path("", lending.home, name="portal-home"),
    path("sign-in/", entry.sign_in, name="portal-sign-in"),
    path("sign-in/passkey/", entry.passkey_options, name="portal-sign-in-passkey"),
    path("sign-out/", entry.sign_out, name="portal-sign-out"),
    path("ended/", entry.ended, name="portal-ended"),
    path("loans/", lending.loans, name="portal-loans"),
    path("holds/", lending.holds, name="portal-holds"),
    path("holds/place/<int:title>/", lending.place, name="portal-place"),
    path("requests/", lending.requests, name="portal-requests"),
    path("letters/", letters.letters, name="portal-letters"),
    path("letters/form/<slug:slug>/", letters.form, name="portal-letter-form"),
    path("fees/", lending.fees, name="portal-fees"),
    path("computers/", lending.computers, name="portal-computers"),
    path("card/", own.card, name="portal-card"),
    path("settings/", own.settings, name="portal-settings"),
    path("passkeys/", passkeys.own, name="portal-passkeys"),
    path("passkeys/options/", passkeys.options, name="portal-passkey-options"),
    path("history/", own.history, name="portal-history"),
    path("permissions/", own.permissions, name="portal-permissions"),
    path("held/", seeing.held, name="portal-held"),
    path("held/data.json", seeing.held_json, name="portal-held-json"),
    path("held/data.pdf", seeing.held_pdf, name="portal-held-pdf"),
    path("looks/", seeing.looks, name="portal-looks"),
    path("looks/proof.json", seeing.looks_proof, name="portal-looks-proof"),
    # Services sign patrons on here, by OpenID Connect.
    path(
        "connect/.well-known/openid-configuration", connecting.description, name="portal-connect-description"
    ),
    path("connect/keys.json", connecting.keys, name="portal-connect-keys"),
    path("connect/authorize/", connecting.authorize, name="portal-connect-authorize"),
    path("connect/token/", connecting.token, name="portal-connect-token"),
    path("connect/", connecting.consent, name="portal-connect"),
]
