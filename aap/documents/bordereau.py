"""Bordereau of a liasse de mandatement: its payments, its total, the hash of its file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from aap.documents import tableaux
from aap.documents.donnees import Cartouche, Signataire, Territoire
from aap.documents.redaction import Redaction
from aap.documents.tableaux import Rang
from aap.documents.texte import Gras
from aap.domaine.montants import en_euros, en_lettres
from aap.filtres import date_longue


@dataclass(frozen=True)
class LigneBordereau:
    """One payment as it was handed over (cents). ``sortie``: why it is no longer in, or empty."""

    rang: int
    beneficiaire: str
    siret: str
    compte: str
    acte: str
    numero_ej: str
    exercice: int
    montant: int
    sortie: str = ""


@dataclass(frozen=True)
class DonneesBordereau:
    """``annulee``: sentence saying when and why the liasse was cancelled, or empty."""

    territoire: Territoire
    cartouche: Cartouche
    numero: str
    etablie_le: datetime
    etablie_par: str
    financeur: str
    siret_financeur: str
    fichier: str
    lignes: tuple[LigneBordereau, ...]
    signataires: tuple[Signataire, ...]
    annulee: str = ""


def produire(d: DonneesBordereau) -> bytes:
    """PDF of the bordereau, whose total is that of the file."""
    total = sum(x.montant for x in d.lignes)
    r = Redaction(d.territoire, d.cartouche, f"Liasse de mandatement n° {d.numero}", d.financeur)
    r.entete()
    r.h1("Bordereau de mandatement", f"Liasse n° {d.numero}")
    if d.annulee:
        r.p(Gras(d.annulee))
    tableaux.fiche(r, _identite(d, total))
    r.h2("Versements de la liasse")
    _lignes(r, d, total)
    r.signer([_conclusion(d, total)], *d.signataires)
    return r.rendre()


def _nombre(d: DonneesBordereau) -> str:
    return f"{len(d.lignes)} versement{'s' if len(d.lignes) > 1 else ''}"


def _par_huit(empreinte: str) -> str:
    """The hash in groups that can be compared by eye, and that a line may end after."""
    return " ".join(empreinte[i : i + 8] for i in range(0, len(empreinte), 8))


def _identite(d: DonneesBordereau, total: int) -> list[tuple[str, str]]:
    return [
        ("Financeur", d.financeur),
        ("SIRET du financeur", d.siret_financeur),
        ("Établie le", f"{date_longue(d.etablie_le)} par {d.etablie_par}"),
        ("Versements", f"{_nombre(d)}, {en_euros(total, cents='toujours')}"),
        ("Fichier remis", d.fichier),
        ("Empreinte du fichier (SHA-256)", _par_huit(d.cartouche.sha256)),
    ]


def _lignes(r: Redaction, d: DonneesBordereau, total: int) -> None:
    rangs = []
    for x in d.lignes:
        rangs.append(
            Rang(
                (
                    f"{x.rang:03d}",
                    f"{x.beneficiaire} – SIRET {x.siret} – {x.compte}",
                    " – ".join(filter(None, (x.acte, x.numero_ej and f"EJ\u00a0{x.numero_ej}"))),
                    str(x.exercice),
                    en_euros(x.montant, cents="toujours"),
                )
            )
        )
        if x.sortie:
            rangs.append(
                Rang((f"Ligne {x.rang:03d} sortie de la liasse. {x.sortie}",), "note", True)
            )
    rangs += _totaux(d, total)
    tableaux.tableau(
        r,
        ("Ligne", "Bénéficiaire et compte", "Acte et engagement", "Exercice", "Montant"),
        rangs,
        [1.1, 5.2, 3, 1.4, 2.2],
        droites=(4,),
    )


def _totaux(d: DonneesBordereau, total: int) -> list[Rang]:
    """One sum per exercice when there are several, then the total."""
    par_exercice: dict[int, int] = defaultdict(int)
    for x in d.lignes:
        par_exercice[x.exercice] += x.montant
    rangs = []
    if len(par_exercice) > 1:
        rangs = [
            Rang(("", f"Exercice {an}", "", "", en_euros(somme, cents="toujours")), "total")
            for an, somme in sorted(par_exercice.items())
        ]
    return [*rangs, Rang(("", "Total", "", "", en_euros(total, cents="toujours")), "total")]


def _conclusion(d: DonneesBordereau, total: int) -> str:
    return f"Arrêté le présent bordereau à {_nombre(d)}, pour la somme de {en_lettres(total)}."
