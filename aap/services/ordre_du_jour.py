"""The agenda of a session: which dossiers, in which order, which one now."""

from __future__ import annotations

from collections.abc import Sequence

from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.extensions import db
from aap.models import Dossier, Inscription, Seance
from aap.permissions import Acteur, exiger
from aap.services.gardes_seance import EN_PREPARATION
from aap.services.transition import franchir
from workflows.seance import EtatSeance

INSCRIPTIONS_MAX = 500


def exiger_preparation(acteur: Acteur, seance: Seance) -> None:
    """Right, and moment: the session is not over."""
    exiger(acteur, "seance.preparer", seance)
    if seance.etat not in EN_PREPARATION:
        raise PasLeMoment("La séance est close : sa préparation ne change plus.")


def inscrire(acteur: Acteur, seance: Seance, dossier: Dossier) -> Inscription:
    """Put a dossier at the end of the agenda. Raises PasLeMoment when it is on another one."""
    exiger_preparation(acteur, seance)
    if dossier.campagne_id != seance.campagne_id:
        raise Invalide("Ce dossier relève d’une autre campagne.")
    if any(i.dossier_id == dossier.id for i in seance.inscriptions):
        raise PasLeMoment("Ce dossier est déjà à l’ordre du jour.")
    rang = 1 + max((i.rang for i in seance.inscriptions), default=0)
    inscription = Inscription(dossier=dossier, rang=rang)
    seance.inscriptions.append(inscription)
    db.session.flush()
    franchir(acteur, dossier, "inscrire", donnees={"seance": seance.id})
    return inscription


def inscrire_plusieurs(acteur: Acteur, seance: Seance, dossiers: Sequence[Dossier]) -> int:
    """Put several dossiers on the agenda, in this order; returns how many.

    All or nothing. Raises Invalide for an empty or an absurdly long choice.
    """
    exiger_preparation(acteur, seance)
    if not dossiers:
        raise Invalide("Choisissez au moins un dossier.")
    if len(dossiers) > INSCRIPTIONS_MAX:
        raise Invalide(f"Choisissez au plus {INSCRIPTIONS_MAX} dossiers à la fois.")
    for dossier in dossiers:
        inscrire(acteur, seance, dossier)
    return len(dossiers)


def desinscrire(
    acteur: Acteur, seance: Seance, dossier: Dossier, *, version: int | None = None
) -> None:
    """Take a dossier off the agenda; its amounts are given back to the enveloppes."""
    exiger_preparation(acteur, seance)
    inscription = next((i for i in seance.inscriptions if i.dossier_id == dossier.id), None)
    if inscription is None:
        raise PasLeMoment("Ce dossier n’est pas à l’ordre du jour.")
    franchir(acteur, dossier, "desinscrire", version=version, donnees={"seance": seance.id})
    seance.inscriptions.remove(inscription)
    if seance.dossier_courant_id == dossier.id:
        seance.dossier_courant_id = None
    db.session.flush()


def ordonner(acteur: Acteur, seance: Seance, ids: Sequence[int]) -> None:
    """Fix the order of the agenda: every dossier inscribed, once."""
    exiger_preparation(acteur, seance)
    par_dossier = {i.dossier_id: i for i in seance.inscriptions}
    if sorted(ids) != sorted(par_dossier):
        raise Invalide("L’ordre doit citer chaque dossier inscrit, une fois.")
    for rang, dossier_id in enumerate(ids, 1):
        par_dossier[dossier_id].rang = rang
    db.session.flush()
    db.session.expire(seance, ["inscriptions"])


def passer_au_dossier(acteur: Acteur, seance: Seance, dossier: Dossier) -> None:
    """Make it the current dossier of the session (what the projection shows)."""
    exiger(acteur, "seance.preparer", seance)
    if seance.etat is not EtatSeance.OUVERTE:
        raise PasLeMoment("Ouvrez ou reprenez d’abord la séance.")
    if all(i.dossier_id != dossier.id for i in seance.inscriptions):
        raise Invalide("Ce dossier n’est pas à l’ordre du jour.")
    seance.dossier_courant_id = dossier.id
    db.session.flush()
