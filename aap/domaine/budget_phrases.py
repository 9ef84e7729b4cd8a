"""What the budget page says, in words: one wording for the server and for the live totals.

The page carries ``PHRASES`` as data; ``budget.js`` fills the same sentences while one types.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from aap.domaine.montants import en_euros, pourcent

if TYPE_CHECKING:
    from aap.domaine.budget import Totaux

PHRASES: dict[str, str] = {
    "vide": "Écrivez les premières charges.",
    "illisible": "Un montant n’est pas lisible\u00a0: corrigez-le pour voir l’équilibre.",
    "manque_produits": "Il manque {montant} de produits pour équilibrer le budget.",
    "manque_charges": "Les produits dépassent les charges de {montant}\u00a0: il manque des "
    "charges, ou une aide demandée est trop forte.",
    "equilibre": "Le budget est équilibré à {montant}.",
    "manque_87": "Contributions volontaires\u00a0: il manque {montant} au compte 87 pour égaler "
    "le compte 86.",
    "manque_86": "Contributions volontaires\u00a0: il manque {montant} au compte 86 pour égaler "
    "le compte 87.",
    "nature": "Les contributions volontaires sont équilibrées à {montant}.",
    "public": "L’argent public représente {taux} des produits.",
    "public_conseil": "L’argent public représente {taux} des produits\u202f; la campagne "
    "conseille {maximum} au plus.",
    "public_ferme": "L’argent public représente {taux} des produits\u00a0: la campagne accepte "
    "{maximum} au plus.",
    "indirectes": "Les charges indirectes représentent {taux} des charges.",
}


@dataclass(frozen=True)
class Constat:
    """A sentence of the page; ``ton``: succes, attention or neutre."""

    sujet: str
    texte: str
    ton: str = "neutre"


def phrase_equilibre(totaux: Totaux) -> str:
    """« Il manque 1 250 € de produits pour équilibrer le budget. »"""
    if totaux.ecart > 0:
        return PHRASES["manque_produits"].format(montant=en_euros(totaux.ecart))
    if totaux.ecart < 0:
        return PHRASES["manque_charges"].format(montant=en_euros(-totaux.ecart))
    return PHRASES["equilibre"].format(montant=en_euros(totaux.charges))


def phrase_nature(totaux: Totaux) -> str:
    """The balance of accounts 86 and 87; nothing when both are empty."""
    if totaux.ecart_nature > 0:
        return PHRASES["manque_87"].format(montant=en_euros(totaux.ecart_nature))
    if totaux.ecart_nature < 0:
        return PHRASES["manque_86"].format(montant=en_euros(-totaux.ecart_nature))
    if not totaux.emplois_en_nature:
        return ""
    return PHRASES["nature"].format(montant=en_euros(totaux.emplois_en_nature))


def phrase_public(totaux: Totaux, maximum: Fraction, *, ferme: bool = False) -> str:
    """The share of public money; nothing while there is no produit."""
    taux = totaux.taux_public
    if taux is None:
        return ""
    nom = "public" if taux <= maximum else "public_ferme" if ferme else "public_conseil"
    return PHRASES[nom].format(taux=pourcent(taux), maximum=pourcent(maximum))


def constats(totaux: Totaux, maximum: Fraction, *, ferme: bool = False) -> list[Constat]:
    """Everything the page says of the balance, in order; ``maximum``: public rate allowed."""
    vide = not (totaux.charges or totaux.produits)
    trop = totaux.taux_public is not None and totaux.taux_public > maximum
    indirect = totaux.taux_indirect if totaux.indirectes else None
    return [
        Constat(
            "equilibre",
            PHRASES["vide"] if vide else phrase_equilibre(totaux),
            "neutre" if vide else "attention" if totaux.ecart else "succes",
        ),
        Constat("nature", phrase_nature(totaux), "attention" if totaux.ecart_nature else "neutre"),
        Constat(
            "public",
            phrase_public(totaux, maximum, ferme=ferme),
            "attention" if trop else "neutre",
        ),
        Constat(
            "indirectes",
            PHRASES["indirectes"].format(taux=pourcent(indirect)) if indirect else "",
        ),
    ]
