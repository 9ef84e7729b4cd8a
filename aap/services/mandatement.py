"""Mandate the payments of a liasse together: each by the service of one, with its own result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm.exc import StaleDataError

from aap.domaine.erreurs import ErreurMetier, Invalide, Probleme
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Liasse, LigneLiasse
from aap.permissions import Acteur, exiger
from aap.services.journal import consigner
from aap.services.liasse import MANDAT_MAX, MANDATES, exiger_vivante, lignes_tenues, numero_lisible
from aap.services.versement import mandater
from workflows.versement import EtatVersement


@dataclass(frozen=True)
class MandatSaisi:
    """Number of the mandate (or payment request) of a line; the engagement if it had none."""

    numero: str
    numero_ej: str = ""


@dataclass(frozen=True)
class Mandates:
    """Lines mandated now, found mandated already, refused (the reason is beside each)."""

    faits: int
    deja: int
    refuses: int


def mandater_liasse(acteur: Acteur, liasse: Liasse, mandats: Mapping[int, MandatSaisi]) -> Mandates:
    """Mandate the lines (id -> number) that are still to be; a refusal stops no other line.

    Raises Interdit, PasLeMoment (cancelled liasse), Invalide (no number at all).
    """
    exiger(acteur, "liasse.mandater", liasse)
    lignes = lignes_tenues(liasse)
    exiger_vivante(liasse)
    demandees = [(x, mandats[x.id]) for x in lignes if x.id in mandats and mandats[x.id].numero]
    if not demandees:
        phrase = "Indiquez le numéro de mandat d’au moins un versement."
        raise Invalide(phrase, [Probleme(phrase, "numero_commun")])
    issues = [_mandater(acteur, ligne, saisi) for ligne, saisi in demandees]
    fait = Mandates(issues.count("fait"), issues.count("deja"), issues.count("refuse"))
    db.session.flush()
    if fait.faits:
        s = "s" if fait.faits > 1 else ""
        consigner(
            acteur,
            liasse,
            "liasse.mandater",
            f"{fait.faits} versement{s} mandaté{s}",
            donnees={"mandates": fait.faits, "refuses": fait.refuses},
        )
    return fait


def _mandater(acteur: Acteur, ligne: LigneLiasse, saisi: MandatSaisi) -> str:
    versement = ligne.versement
    if versement.etat in MANDATES:
        return "deja"
    numero = nettoyer(saisi.numero, lignes=False).strip()
    ej = ligne.numero_ej or nettoyer(saisi.numero_ej, lignes=False).strip()
    raison = _raison(ligne, numero, ej)
    if not raison:
        try:
            with db.session.begin_nested():
                mandater(acteur, versement, numero, ej)
        except ErreurMetier as refus:
            raison = refus.message
        except StaleDataError:
            raison = "Ce versement vient de changer\u00a0: rien n’a été fait pour lui."
    ligne.message = raison[:500]
    return "refuse" if raison else "fait"


def _raison(ligne: LigneLiasse, numero: str, ej: str) -> str:
    """What no guard of the payment knows: the numbers, and the amount handed over."""
    if not numero_lisible(numero, MANDAT_MAX) or not numero_lisible(ej):
        return "Recopiez le numéro sans signe particulier\u00a0: lettres, chiffres, tirets."
    v = ligne.versement
    if v.etat is EtatVersement.VALIDE and v.montant != ligne.montant:
        return "Le montant du versement n’est plus celui de la liasse\u00a0: rejetez-le."
    return ""
