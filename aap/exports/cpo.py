"""The acts behind a figure of the CPO objective, given out whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from aap.domaine.candidats_cpo import mots
from aap.domaine.objectif_cpo import Stade
from aap.domaine.tableur import Montant
from aap.exports.classeur import Table
from aap.exports.finances import Champ, table_de
from aap.requetes.choix_cpo import ChoixCpo

TYPES = {"arrete": "Arrêté attributif", "annuelle": "Convention annuelle", "cpo": "CPO"}
ACTES = (
    Champ("Acte", 12, lambda x: x.numero or ""),
    Champ("Type", 22, lambda x: TYPES[x.type]),
    Champ("Situation", 20, lambda x: Stade(x.stade).seul),
    Champ("Exercice", 10, lambda x: x.exercice),
    Champ("Financeur", 34, lambda x: x.financeur),
    Champ("Organisme", 34, lambda x: x.organisme),
    Champ("SIRET", 17, lambda x: x.siret),
    Champ("Forme", 24, lambda x: x.forme.libelle),
    Champ("Dossier", 13, lambda x: x.dossier),
    Champ("Action", 42, lambda x: x.intitule),
    Champ("Campagne", 34, lambda x: x.campagne),
    Champ("Montant (euros)", 14, lambda x: Montant(x.montant)),
)
CANDIDATS = (
    Champ("Organisme", 34, lambda x: x.organisme),
    Champ("SIRET", 17, lambda x: x.siret),
    Champ("Financeur", 34, lambda x: x.financeur),
    Champ("Acte", 12, lambda x: x.numero or ""),
    Champ("Type", 22, lambda x: TYPES[x.type]),
    Champ("Situation", 20, lambda x: x.stade.seul),
    Champ("Exercice", 10, lambda x: x.exercice),
    Champ("Dossier", 13, lambda x: x.dossier),
    Champ("Action", 42, lambda x: x.intitule),
    Champ("Montant (euros)", 14, lambda x: Montant(x.montant)),
    Champ("Pourquoi", 60, lambda x: mots(x.raisons)),
    Champ("Circonstances locales", 60, lambda x: x.motif),
)


def table_actes(lues: Iterable[Any], choix: ChoixCpo, jour: date) -> Table:
    """One row per act of the year; the reading notes say what was counted."""
    notice = (
        f"Exercice {choix.exercice}. Situation : {choix.stade.titre}. {choix.stade.definition}",
        f"Comptés : {choix.filtre.texte}.",
        "Type d’une aide sans acte : celui que la règle propose.",
    )
    return table_de("Actes CPO", jour, ACTES, lues, notice)


def table_candidats(lues: Iterable[Any], choix: ChoixCpo, jour: date) -> Table:
    """One row per candidate, the best first, with its reasons and what is written against it."""
    notice = (
        f"Exercice {choix.exercice}. Situation : {choix.stade.titre}. {choix.stade.definition}",
        f"Comptés : {choix.filtre.texte}.",
        "Candidats : actes comptés hors CPO, sans bilan en retard, avec une raison au moins.",
    )
    return table_de("Candidats CPO", jour, CANDIDATS, lues, notice)
