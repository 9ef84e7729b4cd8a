/* Local copies (IndexedDB) of what the server has not acknowledged yet.
   One record per person, place (address of the save) and load of the page:
   {cle, utilisateur, lieu, page, le, adresse, titre} and what the form needs to go on.
   A copy is only ever read for the person who wrote it. Copies of 60 days are dropped. */

const MAGASIN = "copies";
const DUREE = 60 * 24 * 3600 * 1000;
const SURSIS = 15_000;

function hasard() {
  const octets = crypto.getRandomValues(new Uint8Array(12));
  return [...octets].map((o) => o.toString(16).padStart(2, "0")).join("");
}

/* This load of this page. Its lock is held as long as it lives: a copy whose page is gone has
   nobody left to send it. */
export const PAGE = hasard();
navigator.locks?.request(`aap-page-${PAGE}`, () => new Promise(() => {}));

let bd = null;
let ferme = false; // she signs out: this page keeps nothing any more
const ouverture = new Promise((fin) => {
  try {
    const demande = indexedDB.open("aap-brouillons", 1);
    demande.onupgradeneeded = () => demande.result.createObjectStore(MAGASIN, { keyPath: "cle" });
    demande.onsuccess = () => {
      bd = demande.result;
      bd.onversionchange = () => bd.close();
      fin(bd);
    };
    demande.onerror = demande.onblocked = () => fin(null);
  } catch {
    fin(null);
  }
});

/* Does this browser keep copies? False in some private windows: the page then says so. */
export async function disponible() {
  return (await ouverture) !== null;
}

function agir(mode, acte) {
  return new Promise((fin) => {
    try {
      const transaction = bd.transaction(MAGASIN, mode);
      const demande = acte(transaction.objectStore(MAGASIN));
      transaction.commit?.(); // at once: a tab that closes aborts what is not committed
      transaction.oncomplete = () => fin(demande.result ?? true);
      transaction.onerror = transaction.onabort = () => fin(null);
    } catch {
      fin(null);
    }
  });
}

async function avecBase(mode, acte) {
  if (bd === null && (await ouverture) === null) return null;
  return agir(mode, acte);
}

export function cleDe(utilisateur, lieu) {
  return `${utilisateur}|${lieu}|${PAGE}`;
}

/* Keep now (the write starts in the same task when the base is open). */
export function garder(utilisateur, lieu, contenu) {
  if (ferme) return Promise.resolve(null);
  const copie = {
    ...contenu,
    cle: cleDe(utilisateur, lieu),
    utilisateur,
    lieu,
    page: PAGE,
    le: Date.now(),
    adresse: location.pathname,
    titre: document.querySelector("h1")?.textContent.trim() ?? "",
  };
  return avecBase("readwrite", (magasin) => magasin.put(copie));
}

export function oublier(cle) {
  return avecBase("readwrite", (magasin) => magasin.delete(cle));
}

/* Every copy of this person, newest first. */
export async function lister(utilisateur) {
  const toutes = (await avecBase("readonly", (magasin) => magasin.getAll())) || [];
  const limite = Date.now() - DUREE;
  for (const copie of toutes) if (copie.le < limite) oublier(copie.cle);
  return toutes
    .filter((copie) => copie.utilisateur === utilisateur && copie.le >= limite)
    .sort((a, b) => b.le - a.le);
}

/* Copies (of this place, or of all) that no living page looks after, newest first. */
export async function orphelines(utilisateur, lieu = null) {
  const ici = (await lister(utilisateur)).filter(
    (c) => (lieu === null || c.lieu === lieu) && c.page !== PAGE,
  );
  if (!ici.length) return ici;
  if (!navigator.locks) return ici.filter((c) => Date.now() - c.le > SURSIS);
  const { held } = await navigator.locks.query();
  const vivantes = new Set(held.map((verrou) => verrou.name));
  return ici.filter((c) => !vivantes.has(`aap-page-${c.page}`));
}

export async function vider(utilisateur) {
  ferme = true;
  const siennes = await lister(utilisateur);
  await Promise.all(siennes.map((copie) => oublier(copie.cle)));
}
