"""Calibration: everybody first scores the same few dossiers, then the differences are discussed.

While the round is open, only its dossiers are scored. Their evaluations count like the others:
they were sent blindly, and they are what the severities are best measured on.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import exists, select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    Etalonnage,
    EtalonnageDossier,
)
from aap.permissions import Acteur, exiger
from aap.permissions.instruction import NOTABLES
from aap.requetes.etalonnage import notation_commencee
from aap.services.journal import consigner
from aap.services.redaction import verrouiller

DOSSIERS_MIN, DOSSIERS_MAX = 2, 10
COMPTE_RENDU_MAX = 5000


def etalonnage_de(campagne_id: int) -> Etalonnage | None:
    """The calibration round of a campaign, open or closed."""
    return db.session.get(Etalonnage, campagne_id)


def refuser_hors_etalonnage(dossier: Dossier) -> None:
    """Raises PasLeMoment for another dossier than those of an open round (1 query)."""
    ouvert = db.session.scalar(
        select(Etalonnage.campagne_id).where(
            Etalonnage.campagne_id == dossier.campagne_id,
            Etalonnage.clos_le.is_(None),
            ~exists().where(EtalonnageDossier.dossier_id == dossier.id),
        )
    )
    if ouvert is not None:
        raise PasLeMoment(
            "L’étalonnage est ouvert : seuls ses dossiers se notent.",
            "La coordination ouvrira la notation des autres quand les écarts seront discutés.",
        )


def ouvrir_etalonnage(acteur: Acteur, campagne: Campagne, dossiers: Iterable[int]) -> Etalonnage:
    """Choose the dossiers that everybody scores first.

    Raises Interdit, PasLeMoment (a round was held, scoring has begun), Invalide (number, state).
    """
    exiger(acteur, "campagne.etalonner", campagne)
    verrouiller(campagne)
    if etalonnage_de(campagne.id) is not None:
        raise PasLeMoment("L’étalonnage de cette campagne a déjà été ouvert.")
    if notation_commencee(campagne.id):
        raise PasLeMoment(
            "Des notations sont déjà envoyées.", "L’étalonnage s’ouvre avant la première."
        )
    voulus = sorted(set(dossiers))
    if not DOSSIERS_MIN <= len(voulus) <= DOSSIERS_MAX:
        phrase = f"Choisissez de {DOSSIERS_MIN} à {DOSSIERS_MAX} dossiers."
        raise Invalide(phrase, [Probleme(phrase, "dossiers")])
    connus = db.session.scalars(
        select(Dossier.id).where(
            Dossier.id.in_(voulus),
            Dossier.campagne_id == campagne.id,
            Dossier.etat.in_(sorted(NOTABLES)),
        )
    ).all()
    if set(connus) != set(voulus):
        phrase = "Un de ces dossiers ne peut plus être noté : choisissez-en un autre."
        raise Invalide(phrase, [Probleme(phrase, "dossiers")])
    etalonnage = Etalonnage(
        campagne_id=campagne.id,
        ouvert_le=maintenant(),
        dossiers=[EtalonnageDossier(dossier_id=i) for i in voulus],
    )
    db.session.add(etalonnage)
    db.session.flush()
    consigner(
        acteur, campagne, "etalonnage.ouvrir", "Étalonnage ouvert", donnees={"dossiers": voulus}
    )
    return etalonnage


def clore_etalonnage(acteur: Acteur, campagne: Campagne, compte_rendu: str) -> Etalonnage:
    """Open the scoring of every dossier; what was agreed on is kept.

    Raises Interdit, PasLeMoment (no open round), Invalide (nothing written).
    """
    exiger(acteur, "campagne.etalonner", campagne)
    verrouiller(campagne)
    etalonnage = etalonnage_de(campagne.id)
    if etalonnage is None or etalonnage.clos_le is not None:
        raise PasLeMoment("Aucun étalonnage n’est ouvert dans cette campagne.")
    propre = nettoyer(compte_rendu).strip()[:COMPTE_RENDU_MAX]
    if not propre:
        phrase = "Écrivez ce qui a été convenu."
        raise Invalide(phrase, [Probleme(phrase, "compte_rendu")])
    etalonnage.clos_le = maintenant()
    etalonnage.compte_rendu = propre
    db.session.flush()
    consigner(acteur, campagne, "etalonnage.clore", "Étalonnage clos", motif=propre)
    return etalonnage
