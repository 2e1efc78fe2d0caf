/* Stands in for the server when it is out of reach, with one page that knows nobody.

   It keeps the offline desk's page and the files that page needs, and never anything else: no answer of the
   server to a signed-in person passes through here to be kept. Posts are not touched at all. */
"use strict";
const CACHE = "offline-desk @VERSION@";
const PAGE = "/offline/";
const SHELL = [
  PAGE,
  "/static/desk/desk.css?offline",
  "/static/desk/icon.svg?offline",
  "/static/desk/offline-page.js?offline",
  "/static/desk/offline-store.js?offline",
];
// A dead line often says nothing at all. The desk itself answers at once; a long list may take its time.
const PATIENCE = { "/": 6_000 }, MOST_PATIENCE = 30_000; // milliseconds

self.addEventListener("install", (event) => {
  // Scans are posted: let them go their way without waking this worker.
  event.addRoutes?.({ condition: { requestMethod: "POST" }, source: "network" });
  const kept = caches.open(CACHE).then((cache) =>
    cache.addAll(SHELL.map((path) => new Request(path, { credentials: "omit", cache: "no-store" }))));
  event.waitUntil(kept.then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) =>
    Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))));
});
self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (SHELL.includes(url.pathname + url.search)) event.respondWith(fromShell(request));
  else if (request.mode === "navigate") event.respondWith(fromServer(request));
});
async function fromShell(request) {
  const cache = await caches.open(CACHE);
  const url = new URL(request.url);
  return (await cache.match(url.pathname + url.search, { ignoreVary: true })) ?? fetch(request);
}
async function fromServer(request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE[new URL(request.url).pathname] ?? MOST_PATIENCE);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    // What stands between us and the server says so when it finds nobody behind it.
    if (answer.status !== 502 && answer.status !== 504) return answer;
  } catch { /* no answer */ } finally {
    clearTimeout(timer); // it has begun to answer: how long the rest takes is its own affair
  }
  return Response.redirect(PAGE, 302);
}
