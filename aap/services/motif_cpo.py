"""Why an aid is not in a CPO: local circumstances, written by those who sign or coordinate."""

from __future__ import annotations

from sqlalchemy import select

from aap.domaine.erreurs import Conflit, Interdit, Introuvable, Invalide, Probleme
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Financeur, MotifCpo, Organisme
from aap.permissions import Acteur, exiger
from aap.requetes.motifs_cpo import motif_de, organisme_aide
from aap.services.journal import consigner

TAILLE_MAX = 1000


def poser_motif_cpo(
    acteur: Acteur,
    financeur: Financeur,
    exercice: int,
    texte: str,
    *,
    organisme_id: int | None = None,
    version: int | None = None,
) -> MotifCpo:
    """Write, change or (empty text) withdraw the reason of a funder for a year.

    ``organisme_id``: the organisme that stays out of a CPO; None: the rate of the funder.
    ``version``: 0 says that the page showed no reason. The funder's row is locked: two people
    cannot write two first reasons. Raises Interdit (conflict of interest), Introuvable (this
    funder does not aid it), Invalide, Conflit.
    """
    exiger(acteur, "financeur.motiver_cpo", financeur)
    db.session.execute(
        select(Financeur.id).where(Financeur.id == financeur.id).with_for_update(key_share=True)
    )
    organisme = _organisme(acteur, financeur, exercice, organisme_id)
    propre = nettoyer(texte).strip()
    if len(propre) > TAILLE_MAX:
        raise Invalide(
            "Ce motif est trop long.",
            [Probleme(f"Le motif tient en {TAILLE_MAX} caractères.", "texte")],
        )
    motif = motif_de(financeur.id, exercice, organisme_id)
    if version is not None and version != (motif.version if motif is not None else 0):
        raise Conflit(
            "Quelqu’un a écrit ce motif depuis que vous l’avez ouvert.",
            "Rechargez la page pour le lire, puis recommencez si besoin.",
        )
    avant = motif.texte if motif is not None else ""
    if propre == avant and motif is not None:
        return motif
    if not propre and motif is None:
        raise Invalide("Rien n’est écrit.", [Probleme("Écrivez le motif.", "texte")])
    motif = _ecrire(acteur, motif, financeur, exercice, organisme_id, propre)
    _journaliser(acteur, motif, organisme, avant)
    return motif


def _organisme(
    acteur: Acteur, financeur: Financeur, exercice: int, organisme_id: int | None
) -> Organisme | None:
    if organisme_id is None:
        return None
    if organisme_id in acteur.deports:
        raise Interdit(
            "Vous êtes déporté pour cet organisme\u00a0: une autre personne écrit ce motif."
        )
    organisme = organisme_aide(financeur.id, exercice, organisme_id)
    if organisme is None:
        raise Introuvable("Ce financeur n’aide pas cet organisme cette année-là.")
    return organisme


def _ecrire(
    acteur: Acteur,
    motif: MotifCpo | None,
    financeur: Financeur,
    exercice: int,
    organisme_id: int | None,
    texte: str,
) -> MotifCpo:
    if motif is None:
        motif = MotifCpo(financeur_id=financeur.id, exercice=exercice, organisme_id=organisme_id)
        db.session.add(motif)
    motif.texte = texte
    motif.pose_par_id = acteur.utilisateur_id or 0
    db.session.flush()
    return motif


def _journaliser(acteur: Acteur, motif: MotifCpo, organisme: Organisme | None, avant: str) -> None:
    quoi = f"pour {organisme.nom}" if organisme is not None else "pour son taux de CPO"
    verbe = "écrites" if not avant else "retirées" if not motif.texte else "modifiées"
    consigner(
        acteur,
        motif,
        "financeur.motiver_cpo",
        f"Circonstances locales {verbe} {quoi}, exercice {motif.exercice}",
        motif=motif.texte,
        donnees={"exercice": motif.exercice, "organisme": motif.organisme_id, "avant": avant},
    )
