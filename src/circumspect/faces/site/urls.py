"""The library's website: pages for everybody, which set no cookie and keep nothing of who reads them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from circumspect.faces.site import statistics_pages, urls_asking, views_ledger
from circumspect.faces.site.views import catalogue, library, outside, plain, policies, records, writing
from circumspect.offices.publishing.rules import Kind

urlpatterns: list[URLPattern | URLResolver] = [
    path("", library.home, name="site-home"),
    path("hours/", library.hours, name="site-hours"),
    path("catalogue/", catalogue.find, name="site-catalogue"),
    path("catalogue/<int:title_id>/", catalogue.title, name="site-title"),
    path("news/", writing.listing, {"kind": Kind.NEWS}, name="site-news"),
    path("news/feed.atom", writing.feed, {"kind": Kind.NEWS}, name="site-news-feed"),
    path("news/<slug:slug>/", writing.entry, {"kind": Kind.NEWS}, name="site-news-entry"),
    path("events/", writing.listing, {"kind": Kind.EVENT}, name="site-events"),
    path("events/feed.atom", writing.feed, {"kind": Kind.EVENT}, name="site-events-feed"),
    path("events/calendar.ics", writing.calendar, name="site-events-calendar"),
    path("events/<slug:slug>/", writing.entry, {"kind": Kind.EVENT}, name="site-events-entry"),
    path("events/<slug:slug>/event.ics", writing.event_file, name="site-events-file"),
    path("lists/", writing.listing, {"kind": Kind.LIST}, name="site-lists"),
    path("lists/feed.atom", writing.feed, {"kind": Kind.LIST}, name="site-lists-feed"),
    path("lists/<slug:slug>/", writing.entry, {"kind": Kind.LIST}, name="site-lists-entry"),
    path("services/", writing.listing, {"kind": Kind.SERVICE}, name="site-services"),
    path("services/<slug:slug>/", writing.entry, {"kind": Kind.SERVICE}, name="site-services-entry"),
    path("elsewhere/", outside.resources, name="site-resources"),
    path("elsewhere/<slug:slug>/", outside.leaving, name="site-leaving"),
    path("social-media/", outside.social_media, name="site-social"),
    # The privacy policy's own address, which never changes and stands on every page.
    path("policy/", policies.policy, name="site-policy"),
    path("policies/", policies.every_policy, name="site-policies"),
    path("policies/<slug:policy>/", policies.policy, name="site-policy-named"),
    path("policies/<slug:policy>/versions/", policies.archive, name="site-policy-versions"),
    path("policies/<slug:policy>/versions/<str:version>/", policies.version, name="site-policy-version"),
    path("policies/<slug:policy>/differences/", policies.compare, name="site-policy-differences"),
    path("policies/<slug:policy>/poster.pdf", policies.poster, name="site-policy-poster"),
    path("promises/", policies.promises, name="site-promises"),
    path("what-we-keep/", plain.kept, name="site-kept"),
    path("what-we-keep/in-short/", plain.kept_in_short, name="site-kept-short"),
    path("what-we-keep/for-children/", plain.kept_for_children, name="site-kept-children"),
    path("ledger/", views_ledger.checkpoints, name="ledger-checkpoints"),
    path("ledger/checkpoints.txt", views_ledger.notes, name="ledger-checkpoints-file"),
    path("cookies/", plain.cookie_page, name="site-cookies"),
    path("wireless/", plain.wireless, name="site-wireless"),
    path("wireless/welcome/", plain.wireless_splash, name="site-wireless-splash"),
    path("wireless/slip/", plain.wireless_slip, name="site-wireless-slip"),
    path("access/", plain.access, name="site-access"),
    path("statistics/", statistics_pages.figures, name="site-statistics"),
    path("statistics/data-dictionary.csv", statistics_pages.dictionary, name="site-statistics-dictionary"),
    path("statistics/<slug:slug>/<slug:year>/", statistics_pages.table, name="site-statistics-table"),
    path("statistics/<slug:slug>/<slug:year>.csv", statistics_pages.file, name="site-statistics-file"),
    path("records/", records.asking, name="site-foia"),
    path("records/denials/", records.denials, name="site-denials"),
    path("transparency/", records.requests, name="site-transparency"),
    path("transparency/<slug:quarter>/", records.requests, name="site-transparency-quarter"),
    path("transparency/<slug:quarter>.csv", records.requests_file, name="site-transparency-file"),
    *urls_asking.urlpatterns,
]

# At the root, where machines look for them.
root_patterns: list[URLPattern] = [
    path(".well-known/security.txt", plain.security_txt, name="security-txt"),
    path(".well-known/gpc.json", plain.gpc_json, name="gpc-json"),
    path("robots.txt", plain.robots_txt, name="robots-txt"),
]
