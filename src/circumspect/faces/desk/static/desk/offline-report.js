/* Bring what waits on this device to the server, in order, a few at a time; then let it go here.

   Stopping anywhere loses nothing: what the server has not said it took stays, and what it took before is not
   taken twice. */
import * as store from "./offline-store.js";
import { renewBox } from "./offline-desk.js";

const MOST = 25;
const $ = (id) => document.getElementById(id);
const sums = { lent: 0, returned: 0, not_out: 0, already: 0, conflicts: 0 };

function say(tone, head, detail = "") {
  $("upload").className = `said said-${tone}`;
  $("upload").hidden = false;
  $("upload-head").textContent = head;
  $("upload-detail").textContent = detail;
  $("upload").dataset.tone = tone;
}
const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;
function told() {
  const parts = [many(sums.lent, "loan", "loans"), many(sums.returned, "return", "returns")];
  if (sums.not_out) parts.push(`${many(sums.not_out, "item", "items")} that had not been out`);
  if (sums.already) parts.push(`${many(sums.already, "scan", "scans")} uploaded before`);
  parts.push(many(sums.conflicts, "thing", "things") + " to look at");
  return parts.join(", ") + ".";
}
async function sendSome(box, letters) {
  const data = new FormData();
  data.set("box", box.id);
  for (const [, letter] of letters) data.append("letter", store.toBase64(letter));
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch("/offline/take/", {
    method: "POST", body: data, headers: { "X-CSRFToken": token, "X-Desk": "aside" }, signal: AbortSignal.timeout(60_000),
  });
  if (answer.redirected || answer.headers.get("Content-Type") !== "application/json") return location.reload();
  return answer.json();
}
async function upload() {
  const box = await store.box();
  let waiting = await store.count();
  if (!box || !waiting) return;
  $("again").hidden = true;
  for (let letters; (letters = await store.oldest(MOST)).length; ) {
    say("note", `Uploading. ${many(waiting, "scan", "scans")} to go.`);
    const done = await sendSome(box, letters);
    if (!done) return;
    if (done.refused) return stop(done.refused, done.remedy);
    if (done.gone) return gone(waiting);
    for (const name of Object.keys(sums)) sums[name] += done[name];
    await store.drop(letters.map(([key]) => key));
    waiting = await store.count();
  }
  await renewBox(true);
  say("done", "Everything is uploaded. Nothing is left on this device.", told());
  await redraw();
}
function stop(head, detail) {
  say("stop", head, `${detail} What is not uploaded stays sealed on this device.`);
  $("again").hidden = false;
  $("again").focus();
}
function gone(waiting) {
  say("stop", "These scans cannot be opened any more.",
    `${many(waiting, "scan has", "scans have")} waited too long, or the library's keys were restored from before. Look at your paper notes; then forget them.`);
  $("forget").hidden = false;
  $("forget").focus();
}
async function redraw() {
  const text = await (await fetch(location.pathname, { headers: { "X-Desk": "aside" } })).text();
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("conflicts");
  if (fresh) $("conflicts").replaceWith(document.adoptNode(fresh));
}
async function begin() {
  try {
    await upload();
  } catch {
    stop("No answer from the server.", "Try again when the line is back.");
  }
}
$("again").addEventListener("click", begin);
$("forget").addEventListener("click", async () => {
  for (let letters; (letters = await store.oldest(500)).length; ) await store.drop(letters.map(([key]) => key));
  $("forget").hidden = true;
  await renewBox(true);
  say("note", "They are forgotten.");
});
if (store.hindrance()) say("note", "This browser cannot keep scans for later.", "Nothing waits here.");
else begin();
