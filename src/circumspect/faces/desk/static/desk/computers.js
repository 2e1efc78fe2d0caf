/* Keeps the list of computers fresh while nobody works in it. The page works without; it is then as old as its load. */
"use strict";
(() => {
  const EVERY = 15000;
  setInterval(async () => {
    const seats = document.getElementById("seats");
    if (!seats || document.hidden || seats.contains(document.activeElement) || seats.querySelector("details[open]")) return;
    try {
      const response = await fetch(seats.dataset.live, { headers: { "X-Desk": "aside" } });
      // A locked screen answers with its lock: let the page itself go there.
      if (response.redirected || !response.ok) return location.reload();
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      const part = fresh.querySelector("section");
      if (part && fresh.getElementById("seats-title")) seats.replaceChildren(document.adoptNode(part));
      else location.reload();
    } catch { /* no answer: what is shown says when it was looked at */ }
  }, EVERY);
})();
