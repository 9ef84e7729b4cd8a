"""Scenarios of a campaign, for the pages: list, board, changes since, comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    Fiche,
    IndicateurQuartier,
    MontantScenario,
    Quartier,
    Scenario,
    Seance,
    Utilisateur,
)
from aap.permissions import Acteur
from aap.requetes.tableau import CelluleLue, RangeeTableau, Tableau
from aap.requetes.totaux_scenario import Montants, Totaux, recus, totaliser
from workflows.scenario import EtatScenario
from workflows.seance import EtatSeance

COMPARES_MAX = 3
POPULATION = "population"
VERROU_CACHE = "Un montant verrouillé d’un dossier qui ne vous est pas montré"


@dataclass(frozen=True)
class LigneScenario:
    """A scenario in the list, with its totals."""

    scenario: Scenario
    totaux: Totaux
    ecart: bool


def scenarios_de(campagne: Campagne) -> Sequence[Scenario]:
    """Latest first (1 query)."""
    return db.session.scalars(
        select(Scenario)
        .where(Scenario.campagne_id == campagne.id)
        .options(joinedload(Scenario.auteur), joinedload(Scenario.seance))
        .order_by(Scenario.cree_le.desc(), Scenario.id.desc())
    ).all()


def montants_des(scenarios: Sequence[Scenario]) -> dict[int, dict[int, tuple[int, int]]]:
    """Scenario -> its amounts (1 query)."""
    trouves: dict[int, dict[int, tuple[int, int]]] = {s.id: {} for s in scenarios}
    lignes = db.session.execute(
        select(
            MontantScenario.scenario_id,
            MontantScenario.financement_id,
            MontantScenario.enveloppe_id,
            MontantScenario.montant,
        ).where(
            MontantScenario.scenario_id.in_(sorted(trouves)), MontantScenario.montant.is_not(None)
        )
    )
    for scenario, ligne, enveloppe, montant in lignes:
        trouves[scenario][ligne] = (int(enveloppe or 0), int(montant or 0))
    return trouves


def liste_scenarios(campagne: Campagne, tableau: Tableau) -> list[LigneScenario]:
    """Every scenario with its totals (2 queries beside the board)."""
    scenarios = scenarios_de(campagne)
    montants = montants_des(scenarios)
    lignes = []
    for s in scenarios:
        totaux = totaliser(tableau, montants[s.id])
        lignes.append(LigneScenario(s, totaux, bool(totaux.depassees)))
    return lignes


def cellules_de(scenario: Scenario) -> dict[int, CelluleLue]:
    """Line -> cell (1 query)."""
    lignes = db.session.execute(
        select(
            MontantScenario.financement_id,
            MontantScenario.enveloppe_id,
            MontantScenario.montant,
            MontantScenario.verrouille,
            MontantScenario.motif_ecart,
            MontantScenario.numero,
        ).where(MontantScenario.scenario_id == scenario.id)
    )
    return {ligne[0]: CelluleLue(*ligne) for ligne in lignes}


def en_montants(cellules: Mapping[int, CelluleLue]) -> dict[int, tuple[int, int]]:
    """Cells that hold an amount."""
    return {
        cle: (m.enveloppe_id, m.montant)
        for cle, m in cellules.items()
        if m.montant is not None and m.enveloppe_id is not None
    }


def changements(acteur: Acteur, scenario: Scenario, depuis: int) -> list[dict[str, Any]]:
    """Cells changed after a number, with who did it; lines of déports left out (1 query)."""
    lignes = db.session.execute(
        select(MontantScenario, Utilisateur.prenom, Utilisateur.nom)
        .outerjoin(Utilisateur, Utilisateur.id == MontantScenario.modifie_par_id)
        .where(MontantScenario.scenario_id == scenario.id, MontantScenario.numero > depuis)
        .options(joinedload(MontantScenario.financement))
        .order_by(MontantScenario.numero)
    )
    caches = _caches(acteur, scenario)
    return [
        decrire(m, f"{prenom or ''} {nom or ''}".strip())
        for m, prenom, nom in lignes
        if m.financement.dossier_id not in caches
    ]


def _caches(acteur: Acteur, scenario: Scenario) -> set[int]:
    if not acteur.deports:
        return set()
    from_db = select(Dossier.id).where(
        Dossier.campagne_id == scenario.campagne_id,
        Dossier.organisme_id.in_(sorted(acteur.deports)),
    )
    return set(db.session.scalars(from_db))


def decrire(m: MontantScenario, qui: str = "") -> dict[str, Any]:
    """A cell as the page's script reads it; amounts in cents."""
    return {
        "ligne": m.financement_id,
        "enveloppe": m.enveloppe_id,
        "montant": m.montant,
        "verrou": m.verrouille,
        "motif": m.motif_ecart,
        "numero": m.numero,
        "qui": qui,
    }


def seances_ouvertes(campagne: Campagne) -> Sequence[Seance]:
    """Sessions whose amounts may still change (1 query)."""
    etats = (EtatSeance.PREPAREE, EtatSeance.OUVERTE, EtatSeance.SUSPENDUE)
    return db.session.scalars(
        select(Seance)
        .where(Seance.campagne_id == campagne.id, Seance.etat.in_(etats))
        .order_by(Seance.prevue_le)
    ).all()


@dataclass(frozen=True)
class LigneComparee:
    """A dossier in two or three scenarios: cents, and the reason when it was computed."""

    rangee: RangeeTableau
    donnes: tuple[int, ...]
    raisons: tuple[str, ...]

    @property
    def differe(self) -> bool:
        return len(set(self.donnes)) > 1


@dataclass(frozen=True)
class LieuCompare:
    """A quartier in each scenario: cents, and cents per inhabitant when they are known."""

    libelle: str
    habitants: int | None
    donnes: tuple[int, ...]

    @property
    def par_habitant(self) -> tuple[int | None, ...]:
        if not self.habitants:
            return tuple(None for _ in self.donnes)
        return tuple(d // self.habitants for d in self.donnes)


@dataclass(frozen=True)
class Comparaison:
    """``axes``: (title, places); quartiers carry their inhabitants."""

    scenarios: tuple[Scenario, ...]
    totaux: tuple[Totaux, ...]
    lignes: tuple[LigneComparee, ...]
    axes: tuple[tuple[str, tuple[LieuCompare, ...]], ...]

    @property
    def differences(self) -> int:
        return sum(1 for x in self.lignes if x.differe)


def comparer(campagne: Campagne, tableau: Tableau, scenarios: Sequence[Scenario]) -> Comparaison:
    """Side by side (2 queries beside the board)."""
    montants = montants_des(scenarios)
    par_scenario = [montants[s.id] for s in scenarios]
    totaux = tuple(totaliser(tableau, m) for m in par_scenario)
    donnes = [recus(tableau, m) for m in par_scenario]
    lignes = tuple(
        LigneComparee(
            r,
            tuple(d[r.id] for d in donnes),
            tuple(_raison(s, m, r) for s, m in zip(scenarios, par_scenario, strict=True)),
        )
        for r in tableau.rangees
    )
    return Comparaison(tuple(scenarios), totaux, lignes, _axes(campagne, totaux))


def _raison(scenario: Scenario, montants: Montants, r: RangeeTableau) -> str:
    """Why a computed scenario gives no more; only while it says what was computed."""
    dossiers = (scenario.resultat or {}).get("dossiers", {})
    lu = dossiers.get(str(r.id))
    recu = sum(montants.get(v.id, (0, 0))[1] for v in r.lignes)
    if lu is None or lu["recu"] != recu:
        return ""
    mots = [mot for liste in lu["obstacles"].values() for mot in liste]
    return ", ".join(dict.fromkeys(mots))


def _axes(
    campagne: Campagne, totaux: Sequence[Totaux]
) -> tuple[tuple[str, tuple[LieuCompare, ...]], ...]:
    habitants = _habitants(campagne)
    axes = []
    for i, (code, titre, lieux) in enumerate(totaux[0].axes):
        colonnes = [[x.donne for x in t.axes[i][2]] for t in totaux]
        axes.append(
            (
                titre,
                tuple(
                    LieuCompare(
                        lieu.libelle,
                        habitants.get(lieu.libelle) if code == "quartier" else None,
                        tuple(colonne[rang] for colonne in colonnes),
                    )
                    for rang, lieu in enumerate(lieux)
                ),
            )
        )
    return tuple(axes)


def _habitants(campagne: Campagne) -> dict[str, int]:
    """Quartier -> inhabitants, the latest figure that is not set aside (1 query).

    A figure printed for several quartiers together is nobody's.
    """
    lignes = db.session.execute(
        select(Fiche.id, Quartier.nom, IndicateurQuartier.valeur_milliemes)
        .select_from(IndicateurQuartier)
        .join(Fiche, Fiche.id == IndicateurQuartier.fiche_id)
        .join(Fiche.quartiers)
        .where(
            Quartier.contrat_id == campagne.contrat_id,
            IndicateurQuartier.code == POPULATION,
            IndicateurQuartier.ecarte.is_(False),
        )
        .order_by(IndicateurQuartier.annee, IndicateurQuartier.id)
    ).all()
    couvre = Counter(fiche for fiche, _, _ in lignes)
    return {nom: valeur // 1000 for fiche, nom, valeur in lignes if couvre[fiche] == 1}


def nombre_de_scenarios(campagnes: Sequence[int]) -> dict[int, int]:
    """Campaign -> how many scenarios (1 query)."""
    lignes = db.session.execute(
        select(Scenario.campagne_id, func.count())
        .where(Scenario.campagne_id.in_(campagnes))
        .group_by(Scenario.campagne_id)
    )
    return {cle: n for cle, n in lignes}


def est_modifiable(scenario: Scenario) -> bool:
    """A draft that no calculation is filling."""
    return scenario.etat is EtatScenario.BROUILLON


def resultat_visible(scenario: Scenario, tableau: Tableau) -> dict[str, Any]:
    """The answer of a calculation without what names a dossier that the reader may not see."""
    resultat = dict(scenario.resultat or {})
    montres = {str(r.id) for r in tableau.rangees}
    lignes = {f"verrou:{v.id}" for r in tableau.rangees for v in r.lignes}
    if "dossiers" in resultat:
        resultat["dossiers"] = {d: x for d, x in resultat["dossiers"].items() if d in montres}
    if "conflit" in resultat:
        regles = [
            mots if not code.startswith("verrou:") or code in lignes else VERROU_CACHE
            for code, mots in resultat["conflit"]["regles"]
        ]
        resultat["conflit"] = {**resultat["conflit"], "regles": regles}
    return resultat
