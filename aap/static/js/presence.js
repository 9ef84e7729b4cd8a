/* Two people on one dossier see each other. <p role="status" data-presence="address">: a sign is
   sent every 45 seconds while the page is seen; the answer says who else is there. Without this
   file the page « Qui a lu ce dossier » says it. */
"use strict";

(() => {
  const zone = document.querySelector("[data-presence]");
  if (!zone) return;
  const jeton = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

  function phrase(noms) {
    if (noms.length === 0) return "";
    const verbe = noms.length > 1 ? "ont" : "a";
    return `${noms.join(", ")} ${verbe} aussi ce dossier ouvert en ce moment.`;
  }

  async function signaler() {
    if (document.visibilityState !== "visible") return;
    try {
      const reponse = await fetch(zone.dataset.presence, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": jeton },
        signal: AbortSignal.timeout(10000),
      });
      if (!reponse.ok) return;
      const texte = phrase((await reponse.json()).presents);
      if (zone.textContent !== texte) zone.textContent = texte;
    } catch {
      /* No network: the page stays as it is, the next sign will tell. */
    }
  }

  signaler();
  setInterval(signaler, 45000);
  document.addEventListener("visibilitychange", signaler);
})();
