"""The money step by step, line by line, given out whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from aap.domaine.tableur import Montant
from aap.exports.classeur import Table
from aap.exports.finances import Champ, table_de
from aap.requetes.comptes_argent import ETAPES, LigneCompte


def _etape(code: str) -> Champ:
    titre = next(e.titre for e in ETAPES if e.code == code)
    return Champ(f"{titre} (euros)", 14, lambda x: Montant(getattr(x.sommes, code)))


LIGNES = (
    Champ("Exercice", 10, lambda x: x.exercice),
    Champ("Financeur", 34, lambda x: x.financeur),
    Champ("Organisme", 34, lambda x: x.organisme),
    Champ("Dossier", 13, lambda x: x.reference),
    Champ("Action", 42, lambda x: x.intitule),
    Champ("Enveloppe", 34, lambda x: x.enveloppe),
    Champ("Acte", 12, lambda x: x.acte),
    Champ("État", 22, lambda x: x.etat.libelle("agent")),
    *(_etape(e.code) for e in ETAPES),
)


def table_comptes(lues: Iterable[LigneCompte], jour: date) -> Table:
    """One row per line; the reading notes tell how each figure is made."""
    notice = tuple(f"{e.titre} : {e.definition}." for e in ETAPES)
    return table_de("Comptes", jour, LIGNES, lues, notice)
