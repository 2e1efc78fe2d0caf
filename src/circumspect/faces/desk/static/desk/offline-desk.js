/* The desk's part in working without a line: be ready for it, say what waits, and offer it when nobody answers. */
import * as store from "./offline-store.js";

const note = document.getElementById("offline-note");
const token = () => document.querySelector("#lock-form [name=csrfmiddlewaretoken]")?.value;
const post = (to, fields) => fetch(to, {
  method: "POST", headers: { "X-CSRFToken": token(), "X-Desk": "aside" }, body: new URLSearchParams(fields),
});

/** Get a letterbox for this device where it has none, or an old one that is empty. */
export async function renewBox(always = false) {
  const mine = await store.box();
  const age = mine ? Date.now() - mine.made : Infinity;
  if (await store.count() || !(always || age > store.BOX_DAYS * 86_400_000)) return;
  const answer = await post("/offline/box/", {});
  if (!answer.ok || answer.redirected) return;
  const told = await answer.json();
  const ahead = told.now - Math.floor(Date.now() / 1000);
  const unused = await store.adopt({ id: told.box, key: store.fromBase64(told.key), made: Date.now(), ahead });
  if (unused) await post("/offline/emptied/", { box: unused });
}

function tell(text, to, label) {
  note.replaceChildren(...(text ? [document.createTextNode(`${text} `)] : []));
  if (text && to) {
    const link = Object.assign(document.createElement("a"), { href: to, textContent: label, id: "offline-link" });
    note.append(link);
  }
  note.hidden = !text;
}
async function tellWaiting() {
  const waiting = await store.count();
  const here = location.pathname === "/offline/report/";
  if (waiting && !here) tell(`${waiting} scan${waiting > 1 ? "s" : ""} made without the server wait${waiting > 1 ? "" : "s"} on this device.`, "/offline/report/", "Upload now");
  else tell("");
}
document.addEventListener("no-answer", () => {
  tell("The server does not answer.", "/offline/", "Go on without it (F10)");
});
document.addEventListener("answered", () => {
  if (note.querySelector("[href='/offline/']")) tellWaiting();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "F10" || !note.querySelector("[href='/offline/']")) return;
  event.preventDefault();
  location.assign("/offline/");
});

if (!store.hindrance() && token() && note.hasAttribute("data-may")) {
  try {
    await navigator.serviceWorker?.register("/offline/worker.js", { scope: "/", updateViaCache: "none" });
    await renewBox();
    await tellWaiting();
    document.body.dataset.offline = "ready";
  } catch { /* the desk itself goes on as ever */ }
}
