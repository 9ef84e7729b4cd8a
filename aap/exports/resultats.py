"""The results of a campaign as a spreadsheet or as CSV, exactly as the reader sees them.

Text typed by people is never read as a formula: strings are written as strings in XLSX, and a
CSV cell that a spreadsheet would compute begins with an apostrophe.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO

from aap.domaine.tableur import Cellule
from aap.exports.classeur import Colonne, Table, ecrire_csv, ecrire_xlsx
from aap.requetes.resultats import LigneResultat

EN_TETES = (
    "Rang",
    "Dossier",
    "Action",
    "Organisme",
    "Orientation",
    "État",
    "Demandé (euros)",
    "Note sur 100",
    "Note exacte",
    "Moyenne",
    "Médiane",
    "Étendue",
    "Note corrigée de la sévérité",
    "Rang corrigé",
    "Notations envoyées",
    "Notations attendues",
    "Consensus",
    "Sous un seuil",
)
LARGEURS = (6, 13, 42, 34, 12, 18, 14, 12, 16, 10, 10, 10, 14, 10, 11, 11, 11, 30)


def _cellules(ligne: LigneResultat) -> list[Cellule]:
    r = ligne.resultat
    d = r.dispersion
    return [
        r.rang,
        r.reference,
        ligne.intitule,
        ligne.organisme,
        ligne.orientation,
        ligne.etat.libelle("agent"),
        Fraction(ligne.demande, 100),
        r.score,
        "" if r.score is None else str(r.score),
        d.moyenne if d else None,
        d.mediane if d else None,
        d.etendue if d else None,
        r.score_normalise,
        r.rang_normalise,
        r.evaluations,
        ligne.attendues,
        "oui" if r.consensus else "non",
        " ; ".join(r.sous_seuil),
    ]


def _table(lignes: Sequence[LigneResultat], titre: str, notice: Sequence[str]) -> Table:
    return Table(
        nom="Résultats",
        titre=titre,
        colonnes=[Colonne(nom, x) for nom, x in zip(EN_TETES, LARGEURS, strict=True)],
        rangees=map(_cellules, lignes),
        notice=notice,
        figees=3,
    )


def resultats_csv(lignes: Sequence[LigneResultat]) -> bytes:
    """Semicolons and decimal commas, as French spreadsheets open them; UTF-8 with its mark."""
    flux = BytesIO()
    ecrire_csv(flux, _table(lignes, "", ()))
    return flux.getvalue()


def resultats_xlsx(lignes: Sequence[LigneResultat], titre: str, notice: Sequence[str]) -> bytes:
    """One sheet for the list, one for what the columns mean (``notice``)."""
    flux = BytesIO()
    ecrire_xlsx(flux, _table(lignes, titre, notice))
    return flux.getvalue()
