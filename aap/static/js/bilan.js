/* Share of the planned amount beside each realised amount of the bilan; the server computes it
   again. <input data-prevu="cents" data-part="id of the output">. */
"use strict";

(() => {
  function lire(texte) {
    const brut = texte.replace(/[\s\u2007\u2009]+/g, "").replace(/€$/, "");
    const m = /^(\d{1,10})(?:[.,](\d{1,2}))?$/.exec(brut);
    return m ? Number(m[1]) * 100 + Number((m[2] ?? "").padEnd(2, "0")) : null;
  }

  document.querySelectorAll("input[data-prevu]").forEach((champ) => {
    const sortie = document.getElementById(champ.dataset.part);
    const prevu = Number(champ.dataset.prevu);
    champ.addEventListener("input", () => {
      const cents = lire(champ.value);
      if (cents === null || !prevu) {
        sortie.textContent = "–";
        return;
      }
      const millieme = Math.round((cents * 1000) / prevu);
      const decimale = millieme % 10 ? `,${millieme % 10}` : "";
      sortie.textContent = `${Math.trunc(millieme / 10)}${decimale}\u00a0%`;
    });
  });
})();
