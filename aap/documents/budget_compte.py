"""From the lines of a budget, stored or frozen, to the two columns that documents print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aap.documents.donnees import Budget, LigneCompte
from aap.domaine.budget import PlanComptable, plan_au, plans
from aap.domaine.horloge import a_paris
from aap.models import Dossier, EtatProduit, OrigineCredits

ORIGINES_COURTES = {
    OrigineCredits.SPECIFIQUES.value: "crédits spécifiques",
    OrigineCredits.DROIT_COMMUN.value: "droit commun",
}


@dataclass(frozen=True)
class LigneLue:
    """One line, whatever it was read from; ``precision``: state and origin of an aid."""

    cote: str
    compte: str
    montant: int
    libelle: str = ""
    precision: str = ""


def precision_aide(etat: str | None, origine: str | None) -> str:
    """« demandé, crédits spécifiques »; nothing when neither is known."""
    mots = [EtatProduit(etat).libelle.lower()] if etat else []
    mots += [ORIGINES_COURTES[origine]] if origine else []
    return ", ".join(mots)


def budget_de(d: Dossier, annee: int = 1) -> Budget:
    """The budget of one year as it is stored now; lines without readable amount left out."""
    origines = {f.id: f.origine.value for f in d.financements}
    return budget_lu(
        plan_au(a_paris(d.campagne.ouverture_le).date()),
        [
            LigneLue(
                x.cote.value,
                x.compte,
                x.montant,
                x.libelle,
                precision_aide(
                    x.etat_produit.value if x.etat_produit else None,
                    origines.get(x.financement_id or 0) or (x.origine.value if x.origine else None),
                ),
            )
            for x in sorted(d.lignes, key=lambda x: x.rang)
            if x.annee == annee and x.montant
        ],
    )


def budget_fige(plan: PlanComptable, lignes: Iterable[Sequence[Any]], annee: int) -> Budget:
    """The budget of one year of a frozen content: [year, side, account, label, cents, …]."""
    return budget_lu(
        plan,
        [
            LigneLue(
                x[1],
                x[2],
                x[4],
                x[3],
                precision_aide(
                    x[5] if len(x) > 5 else None,
                    x[6] if len(x) > 6 else None,
                ),
            )
            for x in lignes
            if x[0] == annee and x[4]
        ],
    )


def plan_fige(code: str | None, ouverture: PlanComptable) -> PlanComptable:
    """The chart a content was written in; an older content does not name it."""
    return next((p for p in plans() if p.code == code), ouverture)


def budget_lu(plan: PlanComptable, lignes: Sequence[LigneLue]) -> Budget:
    """Charges and produits by groups of accounts, contributions in kind apart."""

    def cote(voulu: str, nature: str = "") -> tuple[LigneCompte, ...]:
        return _grouper(plan, [x for x in lignes if x.cote == voulu and _nature(x) == nature])

    return Budget(
        charges=cote("charge"),
        produits=cote("produit"),
        emplois_nature=cote("charge", "86"),
        contributions_nature=cote("produit", "87"),
    )


def _nature(ligne: LigneLue) -> str:
    """« 86 » or « 87 » for a contribution in kind, nothing for money."""
    return ligne.compte[:2] if ligne.compte.startswith(("86", "87")) else ""


def _grouper(plan: PlanComptable, lignes: list[LigneLue]) -> tuple[LigneCompte, ...]:
    """In the order of the chart, each group headed by its title."""
    rangs: dict[tuple[str, str], int] = {(c.compte, c.cote): i for i, c in enumerate(plan.comptes)}
    sortie: list[LigneCompte] = []
    dernier = ""
    for x in sorted(lignes, key=lambda x: rangs.get((x.compte, x.cote), 999)):
        compte = plan.trouver(x.compte, x.cote)
        groupe = (compte.groupe if compte else None) or ""
        if groupe and groupe != dernier:
            titre = plan.trouver(groupe, x.cote)
            sortie.append(LigneCompte(groupe, titre.libelle if titre else groupe, groupe=True))
        dernier = groupe
        libelle = x.libelle or (compte.libelle if compte else x.compte)
        sortie.append(LigneCompte(x.compte, libelle, x.montant, precision=x.precision))
    return tuple(sortie)
