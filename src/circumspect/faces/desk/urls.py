"""The desk's addresses. None of them ever holds anything of a patron: acts are posted."""

from __future__ import annotations

from django.urls import path

from circumspect.faces.desk.views import account, desk, pages, registration, staff

urlpatterns = [
    path("", desk.desk, name="desk"),
    path("next/", desk.next_patron, name="next"),
    path("open/", desk.open_chosen, name="open"),
    path("renew/", desk.renew_loans, name="renew"),
    path("override/", desk.override, name="override"),
    path("register/", registration.new, name="register"),
    path("edit/", registration.edit, name="edit"),
    path("edit/save/", registration.save, name="save"),
    path("card/issue/", account.issue_card, name="issue-card"),
    path("card/lost/", account.report_lost, name="report-lost"),
    path("card/print/", account.print_card, name="print-card"),
    path("pin/", account.set_pin, name="set-pin"),
    path("notes/add/", account.add_note, name="add-note"),
    path("notes/remove/", account.remove_note, name="remove-note"),
    path("blocks/set/", account.set_block, name="set-block"),
    path("blocks/lift/", account.lift_block, name="lift-block"),
    path("registration/renew/", account.renew_registration, name="renew-registration"),
    path("merge/", account.merge, name="merge"),
    path("slip/", account.slip, name="slip"),
    path("sign-in/", staff.sign_in, name="sign-in"),
    path("sign-in/passkey/", staff.passkey_options, name="passkey-options"),
    path("sign-out/", staff.sign_out, name="sign-out"),
    path("lock/", staff.lock, name="lock"),
    path("unlock/", staff.unlock, name="unlock"),
    path("awake/", pages.awake, name="awake"),
    path("own/", staff.own, name="own"),
    path("policy/", pages.policy, name="policy"),
    path("clauses/<str:clause_id>/", pages.clause, name="clause"),
    path("keys/", pages.keys, name="keys"),
]
