/* The fields of a form by a name that stays true when rows are added or taken away. */

const IGNORES = new Set(["hidden", "submit", "button", "file", "password", "reset", "image"]);
/* Boxes that ask for an act (add, remove): the button does it, a save does not. */
const GESTES = new Set(["ajouter", "retirer", "proposer"]);

function identites(formulaire) {
  const vues = new Map();
  const rangees = new Map();
  for (const cache of formulaire.querySelectorAll("input[type=hidden][name]")) {
    const rang = /^(.+-\d+)-[^-]+$/.exec(cache.name)?.[1];
    if (rang) rangees.set(rang, [...(rangees.get(rang) || []), cache.value]);
  }
  for (const [rang, valeurs] of rangees) {
    const nom = `${rang.replace(/-\d+$/, "")}[${valeurs.join(":")}]`;
    vues.set(nom, (vues.get(nom) || 0) + 1);
    rangees.set(rang, `${nom}#${vues.get(nom)}`);
  }
  return rangees;
}

/* Map: stable key -> element (the group of boxes for radios). */
export function champs(formulaire) {
  const rangees = identites(formulaire);
  const sortie = new Map();
  for (const element of formulaire.elements) {
    if (!element.name || IGNORES.has(element.type) || element.matches("fieldset, output")) continue;
    if (element.readOnly || GESTES.has(element.name) || element.hasAttribute("data-geste")) continue;
    const m = /^(.+-\d+)-([^-]+)$/.exec(element.name);
    const nom = m && rangees.has(m[1]) ? `${rangees.get(m[1])}-${m[2]}` : element.name;
    if (element.type === "radio") sortie.set(nom, [...(sortie.get(nom) || []), element]);
    else sortie.set(element.type === "checkbox" ? `${nom}=${element.value}` : nom, element);
  }
  return sortie;
}

export function lire(champ) {
  if (Array.isArray(champ)) return champ.find((c) => c.checked)?.value ?? "";
  return champ.type === "checkbox" ? String(champ.checked) : champ.value;
}

export function ecrire(champ, valeur) {
  if (Array.isArray(champ)) champ.forEach((c) => (c.checked = c.value === valeur));
  else if (champ.type === "checkbox") champ.checked = valeur === "true";
  else champ.value = valeur;
  const premier = Array.isArray(champ) ? champ[0] : champ;
  premier.dispatchEvent(new Event("input", { bubbles: true }));
}

export function valeurs(formulaire) {
  return new Map([...champs(formulaire)].map(([cle, champ]) => [cle, lire(champ)]));
}

/* The same answer, written by two hands (« 1500 » and « 1 500 € »)? */
export function pareil(champ, a, b) {
  if (a === b) return true;
  const chiffre = !Array.isArray(champ) && ["decimal", "numeric"].includes(champ?.inputMode);
  const net = (t) => (chiffre ? t.replace(/[\s€]/g, "") : t.replace(/\r\n?/g, "\n").trim());
  return net(a ?? "") === net(b ?? "");
}

/* The words of an answer: a box and a radio are told by their label. */
export function enMots(champ, valeur) {
  if (Array.isArray(champ)) {
    return champ.find((c) => c.value === valeur)?.labels[0]?.textContent.trim() ?? valeur;
  }
  if (champ.type === "checkbox") return valeur === "true" ? "coché" : "non coché";
  if (champ.tagName === "SELECT") {
    return [...champ.options].find((o) => o.value === valeur)?.textContent ?? valeur;
  }
  return valeur;
}

export function libelle(champ) {
  const premier = Array.isArray(champ) ? champ[0].closest("fieldset")?.querySelector("legend") : null;
  if (premier) return premier.textContent.trim();
  const seul = Array.isArray(champ) ? champ[0] : champ;
  return seul.ariaLabel || seul.labels?.[0]?.firstChild.textContent.trim() || seul.name;
}
