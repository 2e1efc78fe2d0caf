/* Keeps the seat's page in step with its client, and lets nothing typed lie about. */
"use strict";
(() => {
  let typedAt = 0;
  addEventListener("input", () => { typedAt = Date.now(); });
  const clear = () => { for (const each of document.querySelectorAll("input:not([type=hidden])")) each.value = ""; };
  setInterval(async () => {
    // A number left half typed is nobody's business: it goes after a while.
    if (typedAt && Date.now() - typedAt > 45000) { typedAt = 0; clear(); }
    try {
      const now = await (await fetch("/state")).json();
      if (now.mark !== document.body.dataset.mark && !(typedAt && now.screen === "free")) return location.replace("/");
      const minutes = document.getElementById("minutes");
      if (minutes) minutes.textContent = now.minutes;
    } catch { /* the client is starting anew */ }
  }, 2000);
  addEventListener("pagehide", clear);
  addEventListener("pageshow", (event) => { if (event.persisted) location.replace("/"); });
})();
