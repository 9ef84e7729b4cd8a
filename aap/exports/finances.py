"""The lists of the finance rooms given out whole: acts, payments, sums asked back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aap.domaine.horloge import a_paris
from aap.domaine.liasse import numero_liasse
from aap.domaine.tableur import Cellule, Montant
from aap.exports.classeur import Colonne, Table


@dataclass(frozen=True)
class Champ:
    """A column, and how it is read on a row of ``requetes.exports_finance``."""

    nom: str
    largeur: int
    lire: Callable[[Any], Cellule]


def _jour(instant: datetime | None) -> date | None:
    return a_paris(instant).date() if instant is not None else None


def _liasse(x: Any) -> str:
    return numero_liasse(x.annee, x.rang) if x.annee is not None else ""


CONVENTIONS = (
    Champ("Acte", 12, lambda x: x.numero),
    Champ("Type", 26, lambda x: x.type.libelle),
    Champ("État", 22, lambda x: x.etat.libelle("agent")),
    Champ("Financeur", 34, lambda x: x.financeur),
    Champ("Organisme", 34, lambda x: x.organisme),
    Champ("SIRET", 17, lambda x: x.siret),
    Champ("Dossier", 13, lambda x: x.dossier),
    Champ("Action", 42, lambda x: x.intitule),
    Champ("Premier exercice", 10, lambda x: x.exercice),
    Champ("Dernier exercice", 10, lambda x: x.dernier_exercice),
    Champ("Montant (euros)", 14, lambda x: Montant(x.montant)),
    Champ("Dont ferme (euros)", 14, lambda x: Montant(x.ferme)),
    Champ("Payé (euros)", 14, lambda x: Montant(x.paye)),
    Champ("Signé le", 12, lambda x: _jour(x.signee_le)),
    Champ("Notifié le", 12, lambda x: _jour(x.notifiee_le)),
)
VERSEMENTS = (
    Champ("Organisme", 34, lambda x: x.organisme),
    Champ("SIRET", 17, lambda x: x.siret),
    Champ("Financeur", 34, lambda x: x.financeur),
    Champ("Acte", 12, lambda x: x.acte),
    Champ("Type d’acte", 26, lambda x: x.type_acte.libelle),
    Champ("Exercice", 10, lambda x: x.exercice),
    Champ("Versement", 18, lambda x: x.type.libelle),
    Champ("Prévu le", 12, lambda x: x.prevu_le),
    Champ("État", 14, lambda x: x.etat.libelle("agent")),
    Champ("Montant (euros)", 14, lambda x: Montant(x.montant)),
    Champ("Engagement", 16, lambda x: x.numero_ej),
    Champ("Mandat", 16, lambda x: x.numero_mandat),
    Champ("Liasse", 12, _liasse),
    Champ("Payé le", 12, lambda x: x.paye_le),
    Champ("Dossier", 13, lambda x: x.dossier),
    Champ("Action", 42, lambda x: x.intitule),
    Champ("Dernier motif", 40, lambda x: x.motif),
)
TITRES = (
    Champ("Organisme", 34, lambda x: x.organisme),
    Champ("SIRET", 17, lambda x: x.siret),
    Champ("Financeur", 34, lambda x: x.financeur),
    Champ("Dossier", 13, lambda x: x.dossier),
    Champ("Action", 42, lambda x: x.intitule),
    Champ("Exercice", 10, lambda x: x.exercice),
    Champ("Aide votée (euros)", 14, lambda x: Montant(x.montant_vote or 0)),
    Champ("À reverser (euros)", 14, lambda x: Montant(x.montant)),
    Champ("Motif", 50, lambda x: x.motif),
    Champ("Demandé le", 12, lambda x: _jour(x.cree_le)),
    Champ("Titre", 16, lambda x: x.numero_titre),
    Champ("Encaissé le", 12, lambda x: x.recu_le),
)
NOTICE_CONVENTIONS = (
    "Montant : somme des tranches de tous les exercices, prévisionnelles comprises, abandonnées "
    "mises à part.",
    "Dont ferme : tranches fermes ou closes. Payé : versements constatés par le comptable.",
)
NOTICE_VERSEMENTS = (
    "Montant : celui du mandat, ou celui que le comptable a payé s’il a payé moins.",
    "Liasse : celle qui tient le versement maintenant ; vide s’il en est sorti.",
)
NOTICE_TITRES = (
    "À reverser : somme demandée au porteur. Encaissé le : vide tant qu’elle est due.",
)


def table_de(
    nom: str, jour: date, champs: tuple[Champ, ...], lues: Iterable[Any], notice: tuple[str, ...]
) -> Table:
    def rangees() -> Iterator[list[Cellule]]:
        for x in lues:
            yield [c.lire(x) for c in champs]

    return Table(
        nom=nom,
        titre=f"{nom}, {jour:%d/%m/%Y}",
        colonnes=[Colonne(c.nom, c.largeur) for c in champs],
        rangees=rangees(),
        notice=notice,
    )


def table_conventions(lues: Iterable[Any], jour: date) -> Table:
    return table_de("Actes", jour, CONVENTIONS, lues, NOTICE_CONVENTIONS)


def table_versements(lues: Iterable[Any], jour: date) -> Table:
    return table_de("Versements", jour, VERSEMENTS, lues, NOTICE_VERSEMENTS)


def table_titres(lues: Iterable[Any], jour: date) -> Table:
    return table_de("Reversements", jour, TITRES, lues, NOTICE_TITRES)
