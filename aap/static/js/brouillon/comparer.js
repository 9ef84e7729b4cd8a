/* Two texts side by side; nothing is written before a choice is made. */

import { bouton } from "./veille.js";

let serie = 0;

function colonne(titre, texte) {
  const cadre = document.createElement("div");
  const tete = document.createElement("p");
  tete.className = "conflit-titre";
  tete.textContent = titre;
  const corps = document.createElement("div");
  corps.className = "citation conflit-texte";
  corps.tabIndex = 0;
  corps.setAttribute("role", "group");
  corps.setAttribute("aria-label", titre);
  corps.textContent = texte || "(réponse vide)";
  cadre.append(tete, corps);
  return cadre;
}

/* Put a comparison after ``place``.
   ``moi``: function giving the text as it is now. ``choisir(texte)``: told the text to keep.
   ``long``: may both texts be put together? */
export function comparer(place, { question, moi, autre, titreAutre, long, choisir }) {
  serie += 1;
  const boite = document.createElement("section");
  boite.className = "conflit";
  boite.setAttribute("aria-labelledby", `conflit-${serie}`);
  const titre = document.createElement("p");
  titre.id = `conflit-${serie}`;
  titre.className = "conflit-entete";
  titre.textContent = question;
  const deux = document.createElement("div");
  deux.className = "conflit-textes";
  const mien = colonne("Votre texte", moi());
  deux.append(mien, colonne(titreAutre, autre));
  const suivre = setInterval(() => {
    mien.lastChild.textContent = moi() || "(réponse vide)";
  }, 500);
  const finir = (texte) => {
    clearInterval(suivre);
    boite.remove();
    choisir(texte);
  };
  const boutons = document.createElement("div");
  boutons.className = "groupe-boutons";
  boutons.append(
    bouton("Garder mon texte", () => finir(moi())),
    bouton("Prendre l’autre texte", () => finir(autre)),
  );
  if (long) boutons.append(bouton("Réunir les deux pour les corriger", () => finir(`${moi()}\n\n${autre}`)));
  boite.append(titre, deux, boutons);
  place.after(boite);
  return boite;
}
