/* The desk without a server: scan a card, scan its items; or take items back. Everything is sealed at once.

   It knows nobody: it says that a card is open and how many items were kept for it, never whose. What a number
   is on is told by its shape alone (fourteen digits, the first of them 2 or 3, and the last checking them); for
   an older number the server finds out later, from all the cards that could have been meant. */
import * as store from "./offline-store.js?offline";

const $ = (id) => document.getElementById(id);
const scanBox = $("scan-box");
let mode = "out", cards = [], items = 0, seen = Date.now();
const lentHere = new Set(); // in memory only: what left and came back within one time without a line
let turn = Promise.resolve();

/* numbers, as records/barcodes.py reads them */

function undress(text) {
  const kept = text.normalize("NFKC").toUpperCase().replace(/[\p{Z}\p{C}]/gu, "").replace(/^\*+|\*+$/g, "");
  return /^[A-D](\d{5,})[A-D]$/.exec(kept)?.[1] ?? kept;
}
function normalise(text) {
  for (let last = text; ; last = text) { text = undress(text); if (text === last) return text; }
}
const isFourteen = (number) => /^\d{14}$/.test(number);
function checks(number) {
  const sum = [...number].reduce((total, sign, at) => {
    const value = Number(sign) * (at % 2 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
const kindOf = (number) => (isFourteen(number) && checks(number) && { 2: "card", 3: "item" }[number[0]]) || "unknown";

/* what a scan means */

async function take(raw) {
  const number = normalise(raw);
  if (!number) return;
  if (!/^[0-9A-Z][0-9A-Z.\-/_+$]{0,31}$/.test(number)) {
    return say("stop", "This is not a barcode.", "Names cannot be looked up without the server. Scan the card.");
  }
  if (isFourteen(number) && kindOf(number) === "unknown") {
    const open = mode === "out" && cards.length;
    if (open) nobody();
    return say("stop", "This number was misread.", open ? "Scan the card again, then the item." : "Scan it again.");
  }
  if (mode === "in") return takeBack(number);
  if (kindOf(number) === "card" || (!cards.length && kindOf(number) === "unknown")) return openCard(number);
  if (!cards.length) return say("stop", "No card is open.", "Scan the card first. To take items back, press F3.");
  return lend(number);
}
function openCard(number) {
  cards = [number];
  items = 0;
  say("note", "Card read.", "Scan the items to lend. Esc for the next patron.");
}
async function lend(number) {
  await store.keep({ do: "out", scan: number, cards });
  lentHere.add(number);
  // An older number may have been a card: from now on it is one of those that could have been meant.
  if (kindOf(number) === "unknown") cards = [number, ...cards].slice(0, 100);
  items += 1;
  say("done", items === 1 ? "1 item kept for this card." : `${items} items kept for this card.`, "The due date is set when the line is back.");
}
async function takeBack(number) {
  if (kindOf(number) === "card") return say("stop", "This is a card.", "To lend, press F2 and scan it again.");
  await store.keep({ do: "in", scan: number, here: lentHere.delete(number) });
  items += 1;
  say("done", items === 1 ? "1 item taken back." : `${items} items taken back.`, "Put them aside: some may be wanted elsewhere.");
}
function nobody() {
  cards = [];
  items = 0;
}
function next() {
  nobody();
  scanBox.value = "";
  say("", "", "");
  hint();
  scanBox.focus();
}
function choose(wanted) {
  mode = wanted;
  for (const tab of document.querySelectorAll("#tabs button")) tab.setAttribute("aria-pressed", tab.value === wanted);
  next();
}

/* what is shown */

function say(tone, head, detail) {
  const said = $("said");
  said.hidden = !head;
  said.className = `said said-${tone}`;
  $("said-head").textContent = head;
  $("said-detail").textContent = detail;
}
function hint() {
  $("scan-hint").textContent = mode === "in" ? "Scan what came back." : "Scan a card, then the items to lend.";
}
async function recount() {
  const waiting = await store.count();
  $("waiting").textContent = waiting
    ? `${waiting} scan${waiting > 1 ? "s" : ""} sealed on this device, waiting for the server.`
    : "Nothing waits on this device.";
}
function refuse(which) {
  $("work").hidden = true;
  $(which).hidden = false;
  $(which).querySelector("a")?.focus();
}

/* what happens */

function enqueue(act) {
  turn = turn.then(act).then(recount).catch(() => {
    nobody();
    say("stop", "This scan could not be kept.", "Write card and item on paper. Do not go on at this device.");
  });
}
$("scan").addEventListener("submit", (event) => {
  event.preventDefault();
  const raw = scanBox.value;
  scanBox.value = "";
  enqueue(() => take(raw));
});
$("tabs").addEventListener("click", (event) => {
  const tab = event.target.closest("button");
  if (tab) enqueue(() => choose(tab.value));
});
$("next").addEventListener("click", () => enqueue(next));
document.addEventListener("keydown", (event) => {
  const tab = { F2: "out", F3: "in" }[event.key];
  if (tab) { event.preventDefault(); enqueue(() => choose(tab)); }
  if (event.key === "Escape") { event.preventDefault(); enqueue(next); }
  const typing = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey && !event.metaKey;
  if (typing && event.target !== scanBox) scanBox.focus();
});
for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => { seen = Date.now(); }, true);
setInterval(() => {
  const left = Date.now() - seen > 1000 * Number($("main").dataset.clear);
  if (left && (cards.length || !$("said").hidden)) enqueue(next);
}, 1000);
addEventListener("pagehide", () => { scanBox.value = ""; nobody(); lentHere.clear(); });

/* is the line back? */

async function listen() {
  let answers = false;
  try {
    // As nobody: asking must not keep a session awake that should lock.
    const how = { method: "HEAD", cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(5000) };
    answers = (await fetch("/keys/", how)).ok;
  } catch { /* not yet */ }
  $("line-back").hidden = !answers;
  $("line-gone").hidden = answers;
}
addEventListener("online", listen);
setInterval(listen, 10_000);

if (store.hindrance()) refuse("cannot");
else if (!(await store.box().catch(() => null))) refuse("not-ready");
else {
  $("work").hidden = false;
  // A browser that runs out of room is asked to let go of something else.
  navigator.storage?.persist?.().catch(() => {});
  hint();
  await recount();
  scanBox.focus();
}
document.body.dataset.ready = "yes";
listen();
