"""The desk's addresses for the schedule, forgetting, promises."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import retention

urlpatterns: list[URLPattern] = [
    path("retention/", retention.dashboard, name="retention"),
    path("retention/schedule/", retention.schedule, name="retention-schedule"),
    path("retention/certificates/", retention.disposals, name="retention-disposals"),
    path("retention/certificates/disposals.csv", retention.disposals_csv, name="retention-disposals-csv"),
    path("retention/certificates/disposals.pdf", retention.disposals_pdf, name="retention-disposals-pdf"),
    path("retention/media/", retention.media_register, name="retention-media"),
    path("retention/forget/", retention.forget_patron, name="forget-patron"),
    path("retention/forget/certificate.pdf", retention.forget_certificate, name="forget-certificate"),
    path("promises/", retention.promises, name="promises"),
    path("promises/promises.pdf", retention.promises_pdf, name="promises-pdf"),
]
