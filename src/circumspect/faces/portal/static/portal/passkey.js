/* Add a passkey, sign in with one, lock and open a reading history with one.

   A button names its steps; each fetches its options, asks the browser, and puts the answer into the button's form, which is
   then sent. A history's key is made here: from what the authenticator answers for this history's salt. That answer goes
   nowhere; the key goes with this one form. */
"use strict";
const USE = new TextEncoder().encode("circumspect reading history 1");
const asText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const asBytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));

class Told extends Error {}

async function keyFrom(answer, salt) {
  const base = await crypto.subtle.importKey("raw", answer, "HKDF", false, ["deriveBits"]);
  return asText(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info: USE }, base, 256));
}

function put(form, name, value) {
  let field = form.elements[name];
  if (!field) {
    field = document.createElement("input");
    Object.assign(field, { type: "hidden", name });
    form.append(field);
  }
  field.value = value;
}

async function optionsFor(form, step) {
  const asked = new URLSearchParams({ step });
  for (const name of step === "add" ? ["token", "pin", "name"] : ["token"])
    if (form.elements[name]) asked.set(name, form.elements[name].value);
  const response = await fetch(form.dataset.options, { method: "POST", body: asked });
  if (response.redirected) location.reload(); // signed out meanwhile
  const said = await response.json();
  if (!response.ok) throw new Told(said.error);
  return said;
}

async function take(form, step) {
  const { options, salt } = await optionsFor(form, step);
  let credential;
  if (step === "add") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    publicKey.extensions = { ...publicKey.extensions, prf: {} };
    credential = await navigator.credentials.create({ publicKey });
    put(form, "can_lock", credential.getClientExtensionResults().prf?.enabled ? "yes" : "");
  } else {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    if (salt) publicKey.extensions = { prf: { eval: { first: asBytes(salt) } } };
    credential = await navigator.credentials.get({ publicKey });
    if (salt) {
      const made = credential.getClientExtensionResults().prf?.results?.first;
      if (!made) throw new Told(form.dataset.noKey);
      put(form, `${step}_key`, await keyFrom(made, asBytes(salt)));
    }
  }
  put(form, `${step}_answer`, JSON.stringify({ ...credential.toJSON(), clientExtensionResults: {} }));
}

for (const button of document.querySelectorAll("button[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue;
  const { form } = button;
  const trouble = form.querySelector("[data-trouble]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    trouble.hidden = button.disabled = true;
    try {
      for (const step of button.dataset.passkey.split(" ")) await take(form, step);
      form.submit();
    } catch (problem) {
      trouble.textContent = problem instanceof Told ? problem.message : form.dataset.unused;
      trouble.hidden = button.disabled = false;
    }
  });
}
