"""The desk's addresses for designations, orientation, training, looks to review."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import stepping

urlpatterns: list[URLPattern] = [
    path("step-up/", stepping.step_up, name="step-up"),
    path("step-up/passkey/", stepping.passkey, name="step-up-passkey"),
]
