"""The rule of the poches de pauvreté, fed from the rows (4 queries, none off the poches)."""

from __future__ import annotations

from sqlalchemy import exists, func, select

from aap.domaine.poches import PROGRAMME_VILLE, TYPE_POCHE, refus_poche, seulement_en_poche
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import (
    ETATS_SANS_CREDIT,
    Dossier,
    DossierQuartier,
    Enveloppe,
    Financement,
    Quartier,
    TypeFinanceur,
)
from aap.requetes.soldes import RETENU

COLLECTIVITES = frozenset({TypeFinanceur.COMMUNE, TypeFinanceur.EPT, TypeFinanceur.DEPARTEMENT})


def raison_poche(enveloppe: Enveloppe, financement: Financement, montant: int) -> str:
    """Why this State enveloppe may not pay ``montant`` cents to an action in a poche, or empty."""
    dossier = financement.dossier
    racine = departementale_des_poches(enveloppe, dossier)
    if racine is None:
        return ""
    return refus_poche(
        montant,
        enveloppe=racine.montant,
        part=int(valeur_regle(dossier.campagne, "poches_part_max")),
        deja=_deja(racine, financement),
        cofinance=_cofinance(dossier),
    )


def departementale_des_poches(enveloppe: Enveloppe, dossier: Dossier) -> Enveloppe | None:
    """The enveloppe whose share for the poches this dossier would draw on; None: no such rule."""
    if not seulement_en_poche(lien.quartier.type for lien in dossier.quartiers):
        return None
    lignee = _lignee(enveloppe)
    return _departementale(lignee) if _programme_ville(lignee) else None


def _lignee(enveloppe: Enveloppe) -> list[Enveloppe]:
    """The enveloppe, its parent, up to the root."""
    lignee = [enveloppe]
    while lignee[-1].parent is not None:
        lignee.append(lignee[-1].parent)
    return lignee


def _programme_ville(lignee: list[Enveloppe]) -> bool:
    return lignee[0].financeur.type is TypeFinanceur.ETAT and any(
        e.programme == PROGRAMME_VILLE for e in lignee
    )


def _departementale(lignee: list[Enveloppe]) -> Enveloppe:
    """The highest enveloppe that is kept to a department; the root when none says so."""
    return next((e for e in reversed(lignee) if e.departement), lignee[-1])


def _descendance(racine: Enveloppe) -> set[int]:
    parents = db.session.execute(
        select(Enveloppe.id, Enveloppe.parent_id).where(Enveloppe.campagne_id == racine.campagne_id)
    ).all()
    trouves, neuves = {racine.id}, {racine.id}
    while neuves:
        neuves = {i for i, parent in parents if parent in neuves} - trouves
        trouves |= neuves
    return trouves


def _deja(racine: Enveloppe, sans: Financement) -> int:
    """Cents that other lines draw on the department for actions led only in poches."""
    liens = (
        select(DossierQuartier.dossier_id)
        .join(Quartier, Quartier.id == DossierQuartier.quartier_id)
        .where(DossierQuartier.dossier_id == Financement.dossier_id)
    )
    somme = select(func.coalesce(func.sum(RETENU), 0)).where(
        Financement.enveloppe_id.in_(_descendance(racine)),
        Financement.id != sans.id,
        exists(liens.where(Quartier.type == TYPE_POCHE)),
        ~exists(liens.where(Quartier.type != TYPE_POCHE)),
    )
    return int(db.session.scalar(somme) or 0)


def _cofinance(dossier: Dossier) -> bool:
    return any(
        f.financeur.type in COLLECTIVITES and f.montant_demande > 0
        for f in dossier.financements
        if f.etat not in ETATS_SANS_CREDIT
    )
