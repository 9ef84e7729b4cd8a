"""Convocations to a session: sent, told again when the session changes, cancelled.

The agenda (PDF) and the meeting (.ics) are made and attached when the mail leaves
(``taches/convocations``), so that they are those of the moment.
"""

from __future__ import annotations

from aap.domaine.erreurs import PasLeMoment
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Seance, Utilisateur
from aap.permissions import Acteur, exiger
from aap.requetes.convocation import ANNULEE, CHANGEE, CONVOCATION, convoques
from aap.services.courriel import deposer_courriel
from aap.services.journal import consigner
from workflows.seance import EtatSeance

MOTIF_MAX = 500


def envoyer_convocations(acteur: Acteur, seance: Seance) -> int:
    """One mail to each member on the list; returns how many. Raises PasLeMoment once opened."""
    _exiger_preparee(acteur, seance)
    if not seance.presences:
        raise PasLeMoment("Inscrivez d’abord les membres à convoquer.")
    for presence in seance.presences:
        _ecrire(seance, presence.utilisateur, CONVOCATION)
    nombre = len(seance.presences)
    consigner(
        acteur, seance, "seance.convocations", "Convocations envoyées", donnees={"nombre": nombre}
    )
    return nombre


def annoncer_changement(seance: Seance) -> int:
    """Tell those already convened that the title, the date or the place changed."""
    deja = convoques(seance)
    prevenus = [p.utilisateur for p in seance.presences if p.utilisateur_id in deja]
    for utilisateur in prevenus:
        _ecrire(seance, utilisateur, CHANGEE)
    return len(prevenus)


def annoncer_retrait(seance: Seance, utilisateur: Utilisateur) -> bool:
    """Tell a person who was convened that she is no longer."""
    if utilisateur.id not in convoques(seance):
        return False
    _ecrire(seance, utilisateur, ANNULEE, motif="")
    return True


def annuler_convocations(acteur: Acteur, seance: Seance, motif: str) -> int:
    """The meeting will not be held as convened: every member is told and her agenda freed.

    The list and the agenda stay, so that the session can be convened at another date. Returns
    how many were told. Raises PasLeMoment (opened, nobody convened).
    """
    _exiger_preparee(acteur, seance)
    deja = convoques(seance)
    prevenus = [p.utilisateur for p in seance.presences if p.utilisateur_id in deja]
    if not prevenus:
        raise PasLeMoment("Personne n’est convoqué\u00a0: il n’y a rien à annuler.")
    propre = nettoyer(motif, lignes=False)[:MOTIF_MAX]
    for utilisateur in prevenus:
        _ecrire(seance, utilisateur, ANNULEE, motif=propre)
    consigner(
        acteur,
        seance,
        "seance.annuler_convocations",
        "Convocations annulées",
        motif=propre,
        donnees={"nombre": len(prevenus)},
    )
    db.session.flush()
    return len(prevenus)


def _exiger_preparee(acteur: Acteur, seance: Seance) -> None:
    exiger(acteur, "seance.preparer", seance)
    if seance.etat is not EtatSeance.PREPAREE:
        raise PasLeMoment("La séance a déjà été ouverte.")


def _ecrire(seance: Seance, utilisateur: Utilisateur, modele: str, motif: str = "") -> None:
    deposer_courriel(
        utilisateur,
        modele,
        entite="seance",
        entite_id=seance.id,
        seance=seance,
        nombre=len(seance.inscriptions),
        motif=motif,
        chemin=f"/copil/seances/{seance.id}",
    )
