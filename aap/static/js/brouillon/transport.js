/* One way to send, one way to tell what happened:
   ok, conflit (409 with the other text), refus (will not pass as it is), reseau, serveur,
   session (signed out), autre (somebody else is signed in in this browser). */

const DELAI_MAX = 20_000;

function jetons() {
  return document.querySelectorAll('input[name="csrf_token"]');
}

export function poserJeton(jeton) {
  jetons().forEach((champ) => (champ.value = jeton));
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": jeton }));
}

export async function appeler(url, options = {}) {
  const reponse = await fetch(url, {
    credentials: "same-origin",
    signal: options.keepalive ? undefined : AbortSignal.timeout(DELAI_MAX),
    ...options,
    headers: { Accept: "application/json", "X-CSRFToken": jetons()[0]?.value ?? "", ...options.headers },
  });
  const corps = await reponse.json().catch(() => null);
  return { statut: reponse.status, corps: corps ?? {}, lisible: corps !== null };
}

/* Who is signed in now? A fresh token when it is still the same person. */
async function verifierSession(utilisateur) {
  const { statut, corps } = await appeler("/porteur/jeton");
  if (statut === 401) return "session";
  if (statut === 403) return "autre";
  if (statut !== 200) return "serveur";
  if (String(corps.utilisateur) !== utilisateur) return "autre";
  poserJeton(corps.jeton);
  return "ok";
}

function classer(statut, lisible, corps) {
  if (statut === 200 && lisible) return "ok";
  if (statut === 401) return "session";
  if (statut === 409 && corps.conflit) return "conflit";
  return [403, 404, 409, 413, 422].includes(statut) ? "refus" : "serveur";
}

async function essayer(utilisateur, url, options, rejouer) {
  const { statut, corps, lisible } = await appeler(url, options);
  if (statut === 400 && rejouer) {
    const sorte = await verifierSession(utilisateur);
    return sorte === "ok" ? essayer(utilisateur, url, options, false) : { sorte, corps: {} };
  }
  return { sorte: classer(statut, lisible, corps), corps };
}

/* POST; never throws. */
export async function poster(utilisateur, url, options) {
  try {
    return await essayer(utilisateur, url, { method: "POST", ...options }, true);
  } catch {
    return { sorte: "reseau", corps: {} };
  }
}

export function phrase(corps) {
  const details = (corps.problemes || []).map((p) => p.message);
  return [corps.message, ...details, corps.que_faire].filter(Boolean).join(" ");
}
