/* The desk's own script. Every page works without it; with it, a queue of scans never waits for an answer.

   - Enter in the scan box puts the scan into a queue and empties the box at once: the next scan may come
     while the last one is still under way. Each is posted in its turn, with the page's state of that moment.
   - Answers are drawn part by part; the scan box itself is never replaced, so no keystroke is lost.
   - What asks for a second look (an unknown number, a refusal) ends the queue: nothing is lent by mistake.
   - Left alone, the screen clears, then locks; whatever a browser keeps of a page that was left is blank. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const page = () => $("main")?.dataset.page;
  const box = () => $("scan-box");
  const queue = [];
  let busy = false, burst = false, seen = Date.now(), told = Date.now(), leaving = 0, telling = 0;

  /* posting */

  const scanOf = (text) => {
    const data = new FormData($("scan"));
    data.set("scan", text);
    return data;
  };
  const dataOf = (form, by) => {
    const data = new FormData(form);
    if (by?.name) data.append(by.name, by.value);
    return data;
  };
  function post(job) {
    queue.push(job);
    if (!busy) pump();
    count();
  }
  function count(text) {
    const waiting = queue.filter((job) => "scan" in job).length;
    const line = $("waiting");
    if (!line) return;
    line.textContent = text || (waiting ? `${waiting} more scanned, under way` : "");
    line.hidden = !line.textContent;
  }
  async function pump() {
    busy = true;
    while (queue.length) {
      const job = queue.shift();
      if ("mode" in job) { setMode(job.mode); continue; }
      if ("scan" in job && page() !== "desk") continue;
      count();
      let response, text;
      try {
        const body = "scan" in job ? scanOf(job.scan) : job.data;
        // A dead line often says nothing at all: do not wait for it for ever.
        const signal = AbortSignal.timeout(30_000);
        response = await fetch(job.to, { method: "POST", body, headers: { "X-Desk": "part" }, signal });
        text = await response.text();
        document.dispatchEvent(new Event("answered"));
      } catch {
        queue.unshift(job);
        busy = false;
        count("No answer from the server. Nothing is lost: press Enter to send it again.");
        document.dispatchEvent(new Event("no-answer"));
        return announce($("waiting")?.textContent);
      }
      if (response.redirected && new URL(response.url).pathname !== "/") return location.replace(response.url);
      count();
      draw(text);
    }
    busy = false;
  }

  /* drawing */

  function draw(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const main = fresh.getElementById("main");
    if (!main) return location.replace("/");
    if (main.dataset.page === "desk" && page() === "desk") drawParts(fresh);
    else $("page").replaceWith(document.adoptNode(fresh.getElementById("page")));
    document.title = fresh.title;
    if (page() === "desk" && location.pathname !== "/") history.replaceState(null, "", "/");
    ready();
    const halted = $("said")?.querySelector("[data-halt]");
    if (halted) {
      const dropped = queue.splice(0).filter((job) => "scan" in job).length;
      if (dropped) count(`${dropped} more scanned and not used. Scan ${dropped > 1 ? "them" : "it"} again.`);
    } else if (fresh.querySelector(".said-stop") && queue.at(-1)?.next) queue.pop(); // let it be seen first
    announce(spoken());
  }
  function drawParts(fresh) {
    const kept = queue.length || burst ? [...document.querySelectorAll("#said .said-stop")] : [];
    const slip = fresh.querySelector("#state [name=slip]")?.value ?? "";
    for (const part of [...fresh.querySelectorAll("[data-part]")]) {
      if (part.hasAttribute("data-keep")) settle($(part.id));
      else $(part.id)?.replaceWith(document.adoptNode(part));
    }
    // What stopped a scan of the same burst stays in sight below the newest answer.
    if (slip) $("said").append(...kept.slice(0, 4));
    $("desk-frame").className = fresh.getElementById("desk-frame").className;
    for (const input of document.querySelectorAll("#who [name=slip], #acts [name=slip]")) input.value = slip;
    burst = queue.length > 0;
  }
  // What was wrong with a form that stays was said: it must not draw the scans that follow into its fields.
  function settle(part) {
    for (const each of part?.querySelectorAll(".error") ?? []) each.remove();
    for (const each of part?.querySelectorAll("[aria-invalid]") ?? []) each.removeAttribute("aria-invalid");
  }
  function ready() {
    warn("");
    for (const each of document.querySelectorAll(".needs-script")) each.hidden = false;
    const bad = document.querySelector("#main [aria-invalid], #main .error");
    const field = bad?.matches("input, select, textarea") ? bad : bad?.closest("form")?.querySelector("input:not([type=hidden]), textarea");
    const first = document.querySelector("#main [autofocus], #main #typing input:not([type=hidden])");
    (field || box() || first)?.focus();
  }
  const words = (where) => [...document.querySelectorAll(where)].map((each) => each.textContent.trim()).join(". ");
  const spoken = () => words("#said .said:first-child p, #said .said:first-child li")
    || words("#who .standing > p, #who h2") || words("#rest h2, #main h1");
  function announce(text) {
    clearTimeout(telling);
    $("live").textContent = "";
    telling = setTimeout(() => { $("live").textContent = text || ""; }, 30);
  }
  function blank() {
    announce("");
    for (const id of ["said", "who", "acts", "rest", "due-day"]) $(id)?.replaceChildren();
    if ($("typing")) $("main").replaceChildren();
    for (const input of document.querySelectorAll("[name=slip]")) input.value = "";
  }
  const isOpen = () => ["said", "who", "rest"].some((id) => $(id)?.firstElementChild);

  /* acts */

  function nextPatron() {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
    const data = new FormData();
    data.set("csrfmiddlewaretoken", token);
    if (!busy) blank();
    post({ to: "/next/", data, next: true });
  }
  function setMode(value) {
    if (!$("mode")) return;
    $("mode").value = value;
    for (const each of document.querySelectorAll("#tabs button")) {
      each.setAttribute("aria-pressed", each.value === value);
      if (each.value === value) $("scan-hint").textContent = each.dataset.hint;
    }
  }
  function chooseMode(tab) {
    post({ mode: tab.value }); // in its turn: what was scanned before keeps its meaning
    box().focus();
  }
  function lock() {
    const form = $("lock-form");
    if (!form) return;
    const data = $("typing") ? new FormData($("typing")) : new FormData(form);
    if ($("typing")) data.set("kept_path", new URL($("typing").action).pathname);
    blank();
    queue.length = 0;
    post({ to: "/lock/", data });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.hasAttribute("data-plain")) return;
    event.preventDefault();
    if (form.id === "lock-form") return lock();
    if (form.id === "next") return nextPatron();
    if (form.id === "tabs") return chooseMode(event.submitter);
    if (form.id !== "scan") return post({ to: form.action, data: dataOf(form, event.submitter) });
    const scan = box().value;
    box().value = "";
    if (scan.trim()) post({ to: "/", scan });
    else if (queue.length && !busy) pump();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("#keys-link")) { event.preventDefault(); $("keys").showModal(); }
    else if (!event.target.closest("a, button, input, select, textarea, summary, label, td, dialog")) {
      if (!String(getSelection())) box()?.focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("input, select, textarea");
    const inBox = field && field === box();
    if (event.key === "Escape" && !$("keys").open) return escape(event);
    if (event.key === "F9" && $("lock-form")) { event.preventDefault(); return lock(); }
    const tab = document.querySelector(`#tabs [data-key="${CSS.escape(event.key)}"]`);
    if (tab) { event.preventDefault(); return chooseMode(tab); }
    const keyed = `[data-key="${CSS.escape(event.key)}"]`; // on an open sheet it means the sheet's own field
    const act = document.querySelector(`#rest ${keyed}`) || document.querySelector(`#acts ${keyed}`);
    if (act) { event.preventDefault(); if (!busy && !queue.length) act.click(); return; }
    if (event.key === "?" && (!field || (inBox && !box().value))) { event.preventDefault(); return $("keys").showModal(); }
    if (event.key === "/" && !field && box()) { event.preventDefault(); return box().focus(); }
    const typing = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (typing && !field && !$("keys").open) box()?.focus();
  });
  function escape(event) {
    if (page() === "desk") { event.preventDefault(); return nextPatron(); }
    if (page() !== "form") return;
    event.preventDefault();
    if (Date.now() - leaving < 5000) return nextPatron();
    leaving = Date.now();
    warn("Press Escape again to leave without saving.");
    announce($("idle").textContent);
  }

  /* time */

  function warn(text) {
    $("idle").textContent = text;
    $("idle").hidden = !text;
  }
  function here(event) {
    if (!event.isTrusted) return;
    seen = Date.now();
    if (!leaving || seen - leaving > 5000) warn("");
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (!$("lock-form") || !token || seen - told < 20000) return;
    if (event.target.closest?.("[action='/sign-out/'], [action='/lock/']")) return; // whoever leaves need not say so twice
    told = seen;
    fetch("/awake/", { method: "POST", headers: { "X-CSRFToken": token, "X-Desk": "aside" } }).catch(() => {});
  }
  for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, here, true);
  setInterval(() => {
    const main = $("main");
    if (!main || !$("lock-form")) return;
    const still = (Date.now() - seen) / 1000;
    if (still >= Number(main.dataset.idle)) return lock();
    if (page() !== "desk" || !isOpen()) return;
    const left = Math.ceil(Number(main.dataset.clear) - still);
    if (left <= 0) { warn(""); queue.length = 0; nextPatron(); }
    else if (left <= 15) warn(`Clears in ${left} s. Press any key to keep it.`);
  }, 500);
  addEventListener("pagehide", blank);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  for (const each of document.querySelectorAll(".needs-script")) each.hidden = false;
})();
