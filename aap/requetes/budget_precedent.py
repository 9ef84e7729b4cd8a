"""Last year's figures beside each line of the budget, when the dossier follows another one."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.extensions import db
from aap.models import Bilan, Campagne, Dossier, Financement
from aap.requetes.publication import lignes_porteur

Compte = tuple[str, str]


@dataclass
class Repere:
    """Cents of last year; ``realise`` and ``vote`` are None when they are not known."""

    prevu: int = 0
    realise: int | None = None
    vote: int | None = None

    @property
    def connu(self) -> bool:
        return bool(self.prevu) or self.realise is not None or self.vote is not None


@dataclass
class Precedent:
    """``comptes``: (cote, account) -> figures; ``aides``: (financeur id, origin) -> figures.

    The aids asked last year from funders of the call stand in ``aides`` only.
    """

    exercice: int
    intitule: str
    comptes: dict[Compte, Repere] = field(default_factory=dict)
    aides: dict[tuple[int, str], Repere] = field(default_factory=dict)
    noms: dict[tuple[int, str], str] = field(default_factory=dict)

    def compte(self, cote: str, compte: str) -> Repere | None:
        repere = self.comptes.get((cote, compte))
        return repere if repere and repere.connu else None

    def aide(self, financeur_id: int, origine: str) -> Repere | None:
        return self.aides.get((financeur_id, origine))


def precedent_de(dossier: Dossier) -> Precedent | None:
    """What the dossier copied from asked, got (once published) and spent (its bilan).

    None when the dossier follows no other one; 5 queries otherwise.
    """
    if dossier.precedent_id is None:
        return None
    source = db.session.scalar(
        select(Dossier)
        .where(Dossier.id == dossier.precedent_id, Dossier.organisme_id == dossier.organisme_id)
        .options(
            joinedload(Dossier.campagne).load_only(Campagne.exercice),
            selectinload(Dossier.lignes),
            selectinload(Dossier.financements).joinedload(Financement.financeur),
        )
    )
    if source is None:
        return None
    lu = Precedent(source.campagne.exercice, source.intitule)
    _budget(lu, source)
    _aides(lu, source)
    _bilan(lu, source.id)
    return lu


def _budget(lu: Precedent, source: Dossier) -> None:
    for ligne in source.lignes:
        if ligne.annee == 1 and ligne.financement_id is None and ligne.montant:
            repere = lu.comptes.setdefault((ligne.cote.value, ligne.compte), Repere())
            repere.prevu += ligne.montant


def _aides(lu: Precedent, source: Dossier) -> None:
    for ligne in lignes_porteur(source):
        f = ligne.financement
        cle = (f.financeur_id, f.origine.value)
        lu.aides[cle] = Repere(f.montant_demande, None, ligne.montant)
        lu.noms[cle] = f.financeur.nom


def _bilan(lu: Precedent, dossier_id: int) -> None:
    """The realised amounts of the first exercice; a subsidy of the call is found by its name."""
    bilan = db.session.scalar(
        select(Bilan)
        .where(Bilan.dossier_id == dossier_id)
        .options(selectinload(Bilan.lignes))
        .order_by(Bilan.exercice)
        .limit(1)
    )
    if bilan is None:
        return
    par_nom: dict[str, list[Repere]] = {}
    for cle, nom in lu.noms.items():
        par_nom.setdefault(nom, []).append(lu.aides[cle])
    for ligne in bilan.lignes:
        if ligne.realise is None:
            continue
        siens = [r for r in par_nom.get(ligne.libelle, []) if r.prevu == ligne.prevu]
        aide = siens[0] if ligne.compte.startswith("74") and len(siens) == 1 else None
        repere = aide or lu.comptes.setdefault((ligne.cote.value, ligne.compte), Repere())
        repere.realise = (repere.realise or 0) + ligne.realise
