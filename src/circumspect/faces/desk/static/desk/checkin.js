/* Scan after scan on the check-in page: each goes into a queue and the box is empty at once.

   Every scan is sent with the mode and times the page had when it was scanned, one after another. Answers are
   put on top of the list; the box is never replaced, so no keystroke is lost. Without this script the page works
   one scan at a time. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const MOST_SHOWN = 300;
  const queue = [];
  let busy = false;

  function tell(text) {
    const line = $("waiting-returns");
    if (!line) return;
    line.textContent = text || (queue.length ? `${queue.length} more scanned, under way` : "");
    line.hidden = !line.textContent;
  }
  async function pump() {
    busy = true;
    while (queue.length) {
      tell();
      let response, text;
      try {
        const signal = AbortSignal.timeout(20_000);
        response = await fetch("/check-in/", { method: "POST", body: queue[0], headers: { "X-Desk": "part" }, signal });
        text = await response.text();
        document.dispatchEvent(new Event("answered"));
      } catch {
        busy = false;
        document.dispatchEvent(new Event("no-answer"));
        return tell("No answer from the server. Nothing is lost: press Enter to send it again.");
      }
      queue.shift();
      const fresh = new DOMParser().parseFromString(text, "text/html");
      if (response.redirected || !fresh.getElementById("returns")) return location.replace("/check-in/");
      draw(fresh);
      if (!response.ok) {
        const dropped = queue.splice(0).length;
        if (dropped) tell(`${dropped} more scanned and not used. Scan them again.`);
        busy = false;
        return;
      }
    }
    busy = false;
    tell();
  }
  function draw(fresh) {
    const list = $("returns");
    const lines = [...fresh.querySelectorAll("#returns > li")].map((line) => document.adoptNode(line));
    list.prepend(...lines);
    const count = $("returns-count");
    count.firstElementChild.textContent = Number(count.dataset.total || list.children.length - lines.length) + lines.length;
    count.dataset.total = count.firstElementChild.textContent;
    count.hidden = !list.children.length;
    while (list.children.length > MOST_SHOWN) list.lastElementChild.remove();
    $("said-returns").replaceChildren(...document.adoptNode(fresh.getElementById("said-returns")).childNodes);
    // What was not taken comes back into its box: a long list that met a wrong date, or what was beyond the most at once.
    const many = $("in-scans"), left = fresh.getElementById("in-scans")?.value ?? "";
    if (left.trim()) {
      many.value = [left.trim(), many.value.trim()].filter(Boolean).join("\n");
      many.closest("details").open = true;
    }
    const wrong = fresh.querySelector("#checkin .error");
    if (wrong) tell(wrong.textContent);
    const words = lines[0]?.querySelectorAll("p") ?? $("said-returns").querySelectorAll("p");
    $("live").textContent = [...words].map((each) => each.textContent.trim()).join(". ");
  }
  // Before the desk's own script, which would draw the whole page anew.
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "checkin") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const box = $("scan-box"), many = $("in-scans");
    const data = new FormData(event.target);
    box.value = "";
    if (data.get("scan").trim() || data.get("scans").trim()) {
      many.value = "";
      queue.push(data);
    }
    box.focus();
    if (!busy && queue.length) pump();
    else tell();
  }, true);
})();
