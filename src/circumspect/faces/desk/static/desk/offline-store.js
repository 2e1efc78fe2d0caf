/* What a desk keeps while the server is out of reach: letters, sealed as they are made, and nothing else.

   - A letter is sealed to the public key of this device's letterbox (RFC 9180, single shot: P-256, HKDF-SHA256,
     AES-256-GCM). The key that would open it never leaves the server: this page cannot read back what it kept.
   - Nothing is written down before it is sealed. A scan counts as kept once the browser says it is on the disk.
   - A letterbox is changed only while no letter waits: both are looked at in one transaction. */

const NAME = "circumspect-offline";
const utf8 = new TextEncoder();
export const BOX_DAYS = 1;

/** Why this browser cannot keep anything safely; "" where it can. */
export const hindrance = () =>
  !window.isSecureContext || !window.crypto?.subtle ? "seal" : !window.indexedDB ? "store" : "";

/* the store */

let opened;
function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("box");
      request.result.createObjectStore("letters", { autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}
/** Run one transaction over both stores; what ``work`` put into ``out.value``, once it is on the disk. */
async function transact(mode, work) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const out = { value: undefined };
    const whole = db.transaction(["box", "letters"], mode, { durability: "strict" });
    whole.oncomplete = () => resolve(out.value);
    whole.onabort = whole.onerror = () => reject(whole.error ?? new Error("not kept"));
    work(whole.objectStore("box"), whole.objectStore("letters"), out, whole);
  });
}

/** This device's letterbox: { id, key, made, ahead }, or undefined. */
export const box = () => transact("readonly", (boxes, _letters, out) => {
  boxes.get("now").onsuccess = (event) => { out.value = event.target.result; };
});
/** How many letters wait. */
export const count = () => transact("readonly", (_boxes, letters, out) => {
  letters.count().onsuccess = (event) => { out.value = event.target.result; };
});
/** The oldest letters, in the order they were made: [[key, bytes], ...]. */
export const oldest = (most) => transact("readonly", (_boxes, letters, out) => {
  out.value = [];
  letters.openCursor().onsuccess = (event) => {
    const cursor = event.target.result;
    if (!cursor || out.value.length >= most) return;
    out.value.push([cursor.key, cursor.value]);
    cursor.continue();
  };
});
/** Let letters go. */
export const drop = (keys) => transact("readwrite", (_boxes, letters) => {
  for (const key of keys) letters.delete(key);
});
/** Use a new letterbox from now on, unless letters wait; the number of the box that is not in use now. */
export const adopt = (fresh) => transact("readwrite", (boxes, letters, out) => {
  out.value = fresh.id;
  letters.count().onsuccess = (counted) => {
    if (counted.target.result) return;
    boxes.get("now").onsuccess = (event) => {
      out.value = event.target.result?.id;
      boxes.put(fresh, "now");
    };
  };
});
/** Seal one scan and keep it. Rejects where it could not be kept. */
export async function keep(scan) {
  for (;;) {
    const mine = await box();
    const plain = { v: 1, at: Math.floor(Date.now() / 1000) + mine.ahead, ...scan };
    const letter = await seal(mine, padded(JSON.stringify(plain)));
    const kept = await transact("readwrite", (boxes, letters, out) => {
      boxes.get("now").onsuccess = (event) => {
        // Another window may have been given a new letterbox meanwhile: then seal it to that one.
        out.value = event.target.result.id === mine.id;
        if (out.value) letters.add(letter);
      };
    });
    if (kept) return;
  }
}
/* Letters of one length: how long it is must not tell a card from an item. */
const padded = (text) => utf8.encode(text.padEnd(Math.ceil(text.length / 256) * 256));

/* sealing */

const joined = (...parts) => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
};
async function hmac(key, message) {
  // An empty salt stands for zeros (RFC 5869, 2.2).
  const raw = key.length ? key : new Uint8Array(32);
  const made = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", made, message));
}
const NONE = new Uint8Array();
const VERSION = utf8.encode("HPKE-v1");
const KEM = joined(utf8.encode("KEM"), Uint8Array.of(0x00, 0x10));
const SUITE = joined(utf8.encode("HPKE"), Uint8Array.of(0x00, 0x10, 0x00, 0x01, 0x00, 0x02));
const extract = (suite, salt, label, input) => hmac(salt, joined(VERSION, suite, utf8.encode(label), input));
const expand = async (suite, secret, label, info, length) => {
  // One block of HMAC-SHA-256 is enough for all that is asked for here: 32 bytes at most.
  const told = joined(Uint8Array.of(0, length), VERSION, suite, utf8.encode(label), info, Uint8Array.of(1));
  return (await hmac(secret, told)).slice(0, length);
};
export async function seal(to, plain) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", to.key, curve, false, []);
  const ours = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const encapsulated = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey));
  const bits = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
  const mixed = await extract(KEM, NONE, "eae_prk", new Uint8Array(bits));
  const shared = await expand(KEM, mixed, "shared_secret", joined(encapsulated, to.key), 32);
  const info = utf8.encode(`circumspect letter 1|letterbox:${to.id}`);
  const context = joined(
    Uint8Array.of(0),
    await extract(SUITE, NONE, "psk_id_hash", NONE),
    await extract(SUITE, NONE, "info_hash", info),
  );
  const secret = await extract(SUITE, shared, "secret", NONE);
  const raw = await expand(SUITE, secret, "key", context, 32);
  const iv = await expand(SUITE, secret, "base_nonce", context, 12);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  return joined(encapsulated, new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain)));
}

/* bytes as text */

export const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
export const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
