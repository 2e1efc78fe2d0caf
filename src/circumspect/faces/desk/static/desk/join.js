/* The page at the door clears itself when nobody is there any more, and a browser's copy of it is blank. */
"use strict";
(() => {
  const main = document.getElementById("main"), still = document.getElementById("still");
  const seconds = Number(main.dataset.clears);
  let seen = Date.now();
  const here = () => { seen = Date.now(); still.hidden = true; };
  for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, here, true);
  setInterval(() => {
    const left = seconds - (Date.now() - seen) / 1000;
    if (left <= 0) location.replace(main.dataset.to);
    else still.hidden = left > 20;
  }, 500);
  addEventListener("pagehide", () => { main.replaceChildren(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.replace(main.dataset.to); });
})();
