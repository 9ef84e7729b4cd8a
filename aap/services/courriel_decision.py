"""Mails that announce a decision: read again, reworded, let go one by one, sent again.

They are written at publication, held when the coordination asked for it. What they say may be
changed until they leave; the decision, its motif and its amounts are those of the session and
never change here.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.texte import accorder, nettoyer
from aap.extensions import db
from aap.models import Courriel, EtatCourriel, Seance
from aap.permissions import Acteur, exiger
from aap.requetes.copil_publication import courriel_de_decision, courriels_retenus, peut_partir
from aap.services.courriel import mettre_en_page
from aap.services.journal import consigner
from aap.services.redaction import verrouiller
from aap.services.taches import enfiler

SUJET_MAX = 200
TEXTE_MIN, TEXTE_MAX = 20, 10_000
MOT_MAX = 2_000
SIGNATURE = "\n-- \n"
PARTI = "Ce courriel n’est plus retenu\u00a0: il ne change plus."


def corps_de(courriel: Courriel) -> str:
    """What a person may reword: the text without the signature of the platform."""
    return courriel.texte.partition(SIGNATURE)[0].strip()


def empreinte_de(courriel: Courriel) -> str:
    """Tells two wordings apart: a page sends back the one it showed."""
    return hashlib.sha256(f"{courriel.sujet}\n{courriel.texte}".encode()).hexdigest()[:32]


def modifier_courriel(
    acteur: Acteur, seance: Seance, courriel_id: int, sujet: str, texte: str, *, vu: str
) -> bool:
    """Reword a held mail; did anything change?

    ``vu``: ``empreinte_de`` of what the page showed. Raises Introuvable, PasLeMoment (it left
    meanwhile), Conflit (reworded by somebody else), Invalide.
    """
    exiger(acteur, "seance.publier", seance)
    courriel = courriel_de_decision(acteur, seance, courriel_id)
    verrouiller(courriel)
    if courriel.etat is not EtatCourriel.RETENU:
        raise PasLeMoment(PARTI)
    if vu != empreinte_de(courriel):
        raise Conflit(
            "Une autre personne a modifié ce courriel pendant que vous écriviez.",
            "Comparez les deux textes, puis enregistrez de nouveau.",
        )
    neuf_sujet, neuf_texte = _verifier(sujet, texte)
    avant = empreinte_de(courriel)
    if (neuf_sujet, neuf_texte) == (courriel.sujet, corps_de(courriel)):
        return False
    _ecrire(courriel, neuf_texte, sujet=neuf_sujet)
    consigner(
        acteur,
        seance,
        "seance.modifier_courriel",
        f"Courriel réécrit avant son envoi\u00a0: {courriel.sujet}"[:300],
        donnees={"courriel": courriel.id, "avant": avant, "apres": empreinte_de(courriel)},
    )
    return True


def ajouter_mot(acteur: Acteur, seance: Seance, mot: str, *, attendus: int) -> int:
    """The same paragraph at the end of every held mail of the session; returns how many.

    ``attendus``: the count that the page showed. Raises Invalide, PasLeMoment (another count).
    """
    exiger(acteur, "seance.publier", seance)
    verrouiller(seance)
    propre = nettoyer(mot, lignes=True).strip()
    if not propre or len(propre) > MOT_MAX:
        phrase = f"Écrivez le paragraphe à ajouter, en {MOT_MAX} caractères au plus."
        raise Invalide(phrase, [Probleme(phrase, "mot")])
    ids = courriels_retenus(seance)
    if attendus != len(ids) or not ids:
        raise PasLeMoment(
            f"Courriels retenus maintenant\u00a0: {len(ids)}, et non {attendus}.",
            "Relisez la liste, puis ajoutez de nouveau le paragraphe.",
        )
    tenus = db.session.scalars(
        select(Courriel).where(Courriel.id.in_(ids)).order_by(Courriel.id).with_for_update()
    )
    for courriel in tenus:
        if not corps_de(courriel).endswith(propre):
            _ecrire(courriel, f"{corps_de(courriel)}\n\n{propre}")
    consigner(
        acteur,
        seance,
        "seance.ajouter_mot",
        f"Paragraphe ajouté à {accorder(len(ids), 'courriel retenu', 'courriels retenus')}",
        motif=propre,
        donnees={"nombre": len(ids)},
    )
    return len(ids)


def depart_vu(courriel: Courriel) -> str:
    """Where the mail is: a page sends it back, so that it asks what it showed and nothing more."""
    return f"{courriel.etat.value} {courriel.envoye_le.isoformat() if courriel.envoye_le else ''}"


def envoyer_un(acteur: Acteur, seance: Seance, courriel_id: int, *, vu: str | None = None) -> bool:
    """Let one held mail go, or send again one that left or failed; was it held?

    ``vu``: ``depart_vu`` of what the page showed. Raises Introuvable, PasLeMoment (about to leave
    or left already, sandbox).
    """
    exiger(acteur, "seance.publier", seance)
    courriel = courriel_de_decision(acteur, seance, courriel_id)
    verrouiller(courriel)
    if courriel.etat is EtatCourriel.A_ENVOYER:
        raise PasLeMoment("Ce courriel est déjà dans la file d’envoi.")
    if vu is not None and vu != depart_vu(courriel):
        raise PasLeMoment(
            "Ce courriel est déjà parti depuis l’affichage de la page\u00a0: il ne repart pas.",
            "Rechargez la page\u00a0; vous pourrez le renvoyer si c’est utile.",
        )
    if not peut_partir(seance, courriel.utilisateur_id):
        raise PasLeMoment("Ce courriel vient d’une campagne d’essai\u00a0: il ne part pas.")
    retenu = courriel.etat is EtatCourriel.RETENU
    courriel.etat = EtatCourriel.A_ENVOYER
    courriel.erreur = ""
    enfiler("envoyer_courriel", {"courriel_id": courriel.id})
    consigner(
        acteur,
        seance,
        "seance.envoyer_courriel",
        f"Courriel {'envoyé' if retenu else 'renvoyé'}\u00a0: {courriel.sujet}"[:300],
        donnees={"courriel": courriel.id},
    )
    return retenu


def _verifier(sujet: str, texte: str) -> tuple[str, str]:
    propre, corps = nettoyer(sujet, lignes=False).strip(), nettoyer(texte, lignes=True).strip()
    problemes = []
    if not 3 <= len(propre) <= SUJET_MAX:
        problemes.append(Probleme(f"Écrivez un objet de 3 à {SUJET_MAX} caractères.", "sujet"))
    if not TEXTE_MIN <= len(corps) <= TEXTE_MAX:
        problemes.append(
            Probleme(f"Écrivez un texte de {TEXTE_MIN} à {TEXTE_MAX} caractères.", "texte")
        )
    if problemes:
        raise Invalide("Ce courriel n’est pas enregistré.", problemes)
    return propre, corps


def _ecrire(courriel: Courriel, corps: str, sujet: str | None = None) -> None:
    _, marque, signature = courriel.texte.partition(SIGNATURE)
    courriel.texte = f"{corps}\n{marque}{signature}" if marque else f"{corps}\n"
    courriel.sujet = sujet or courriel.sujet
    courriel.html = mettre_en_page(corps)
    db.session.flush()
