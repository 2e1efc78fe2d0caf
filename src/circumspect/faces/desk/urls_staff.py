"""The desk's addresses for designations, orientation, training, looks to review."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import people, review, stepping

urlpatterns: list[URLPattern] = [
    path("step-up/", stepping.step_up, name="step-up"),
    path("step-up/passkey/", stepping.passkey, name="step-up-passkey"),
    path("people/", people.people, name="people"),
    path("people/designations/", people.designated, name="people-designations"),
    path("people/designations/appoint/", people.appoint, name="people-appoint"),
    path("people/designations/roster/", people.roster, name="people-roster"),
    path("people/trainings/", people.trainings, name="people-trainings"),
    path("people/trustees/", people.board, name="people-trustees"),
    path("people/certificate/", people.certificate, name="people-certificate"),
    path("people/card/", people.card, name="people-card"),
    path("people/own-card/", review.own_card, name="people-own-card"),
    path("review/", review.listed, name="review"),
    path("review/note/", review.note, name="review-note"),
    path("review/whose/", review.whose, name="review-whose"),
    path("review/decoys/", review.decoys, name="review-decoys"),
]
