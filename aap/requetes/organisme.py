"""The organisme's record: which pages are filled, its budgets, what the register says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from aap.annuaire import FicheEntreprise
from aap.extensions import db
from aap.models import FormeJuridique, LigneBudgetOrganisme, Organisme

# Legal categories of the INSEE whose meaning for us is certain; the longest prefix wins.
FORMES_INSEE = {
    "92": FormeJuridique.ASSOCIATION,
    "93": FormeJuridique.FONDATION,
    "7210": FormeJuridique.COMMUNE,
    "7361": FormeJuridique.COMMUNE,
    "7331": FormeJuridique.ETABLISSEMENT_SCOLAIRE,
    "7410": FormeJuridique.GIP,
}


@dataclass(frozen=True)
class Avancement:
    """How much of a page of the record is filled."""

    remplis: int
    total: int

    @property
    def complet(self) -> bool:
        return self.remplis == self.total


def valeurs(organisme: Organisme, champs: Sequence[str]) -> dict[str, Any]:
    """Stored values of these answers, wherever they are kept (columns or ``identite``)."""
    colonnes = Organisme.__table__.columns
    return {
        nom: getattr(organisme, nom) if nom in colonnes else _gardee(organisme, nom)
        for nom in champs
    }


def _gardee(organisme: Organisme, nom: str) -> Any:
    """An answer of ``identite``; dates are kept there as « 2027-03-14 »."""
    valeur = organisme.identite.get(nom)
    if nom.startswith("date_") and isinstance(valeur, str):
        try:
            return date.fromisoformat(valeur)
        except ValueError:
            return None
    return valeur


def avancement(organisme: Organisme, champs: Sequence[str]) -> Avancement:
    """Answers given on one page of the record."""
    lues = valeurs(organisme, champs).values()
    return Avancement(sum(v not in (None, "") for v in lues), len(champs))


def budget_organisme(organisme_id: int, exercice: int) -> list[LigneBudgetOrganisme]:
    """Lines of one exercice, in the order of the chart's accounts."""
    return list(
        db.session.scalars(
            select(LigneBudgetOrganisme)
            .where(
                LigneBudgetOrganisme.organisme_id == organisme_id,
                LigneBudgetOrganisme.exercice == exercice,
            )
            .order_by(LigneBudgetOrganisme.cote, LigneBudgetOrganisme.compte)
        )
    )


def exercices_connus(organisme_id: int) -> list[int]:
    """Exercices that have a budget, the last first."""
    return list(
        db.session.scalars(
            select(LigneBudgetOrganisme.exercice)
            .where(LigneBudgetOrganisme.organisme_id == organisme_id)
            .distinct()
            .order_by(LigneBudgetOrganisme.exercice.desc())
        )
    )


def depuis_annuaire(fiche: FicheEntreprise) -> dict[str, Any]:
    """Answers that the register gives; what it does not say is left out."""
    forme = next(
        (f for n in (4, 2) if (f := FORMES_INSEE.get(fiche.categorie[:n])) is not None), None
    )
    lues: dict[str, Any] = {
        "nom": fiche.nom,
        "sigle": fiche.sigle,
        "siret": fiche.siret,
        "rna": fiche.rna,
        "adresse": fiche.adresse,
        "code_postal": fiche.code_postal,
        "ville": fiche.ville,
        "date_creation": fiche.date_creation,
        "forme": forme.value if forme else "",
    }
    return {nom: v for nom, v in lues.items() if v}


@dataclass(frozen=True)
class Ecart:
    """A value that differs: what is stored, what somebody else says."""

    champ: str
    ici: Any
    ailleurs: Any


def ecarts(ici: Mapping[str, Any], ailleurs: Mapping[str, Any]) -> list[Ecart]:
    """Answers that another source gives differently (texts compared without case)."""
    return [
        Ecart(nom, ici.get(nom), v)
        for nom, v in ailleurs.items()
        if nom in ici and str(ici.get(nom) or "").casefold() != str(v or "").casefold()
    ]
