/* Make or use a passkey: fetch the options, ask the browser, put its answer into the form, post it. */
"use strict";
for (const form of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) { form.remove(); continue; }
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    const token = form.elements.csrfmiddlewaretoken.value;
    const headers = { "X-CSRFToken": token, "X-Desk": "aside" };
    const response = await fetch(form.dataset.options, { method: "POST", headers });
    if (!response.ok) return location.reload();
    const options = await response.json();
    try {
      const credential = form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.answer.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      document.getElementById("live").textContent = "The passkey was not used. Try again, or use another way.";
    }
  });
}
