"""Liasses de mandatement: one mandated, one cancelled, one that waits for its mandates."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from aap.demo.monde import Monde
from aap.demo.vies import payer
from aap.extensions import db
from aap.models import Convention, Dossier, Financement, Organisme, Tranche, Versement
from aap.requetes.liasses import lignes_de
from aap.services.convention import acte_vivant
from aap.services.liasse import Choisi, annuler_liasse, etablir_liasse
from aap.services.mandatement import MandatSaisi, mandater_liasse
from aap.services.signature import mettre_en_vigueur
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.versement import EtatVersement

# Payments validated for a funder; the others are still to be proposed.
VALIDES = 9
PAYABLES = (EtatFinancement.ENGAGE, EtatFinancement.VERSE_PARTIEL)


def remettre(monde: Monde, code: str) -> None:
    """Put acts in force, validate payments of this funder, then hand most of them over."""
    with monde.le(7):
        for ligne in _lignes(monde, code)[:VALIDES]:
            _mettre_en_vigueur(monde, ligne)
            payer(monde, ligne, combien=2, jusqua="valide")
    valides = _valides(monde, code)
    # The last third is left to be chosen.
    attendent, partis = valides[::3], valides[1::3]
    if partis:
        with monde.le(6):
            _remettre(monde, code, partis, mandats=True)
    if attendent:
        with monde.le(5):
            _remettre(monde, code, attendent, motif="Engagements à reprendre sur le bon exercice.")
        with monde.le(3):
            _remettre(monde, code, attendent)
    db.session.commit()


def _remettre(
    monde: Monde,
    code: str,
    versements: Sequence[Versement],
    *,
    mandats: bool = False,
    motif: str = "",
) -> None:
    """``mandats``: recorded at once; ``motif``: cancelled for this reason."""
    saisie = monde.acteur("finance.saisie")
    choisis = [Choisi(v, v.version, f"210{v.id:07d}") for v in versements]
    liasse = etablir_liasse(saisie, monde.financeurs[code], choisis)
    if mandats:
        numeros = {x.id: MandatSaisi(f"BORD-{x.rang:03d}") for x in lignes_de(liasse)}
        mandater_liasse(saisie, liasse, numeros)
    if motif:
        annuler_liasse(saisie, liasse, motif)


def _mettre_en_vigueur(monde: Monde, ligne: Financement) -> None:
    acte = acte_vivant(ligne)
    if acte is not None and acte.etat is EtatConvention.SIGNEE:
        mettre_en_vigueur(monde.acteur("finance.controle"), acte)


def _lignes(monde: Monde, code: str) -> list[Financement]:
    requete = (
        select(Financement)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .where(
            Financement.financeur_id == monde.financeurs[code].id,
            Financement.etat.in_(PAYABLES),
            Organisme.iban.is_not(None),
        )
    )
    # One in two: the other signed acts still wait to be put in force.
    return list(db.session.scalars(requete.order_by(Financement.id)))[::2]


def _valides(monde: Monde, code: str) -> list[Versement]:
    requete = (
        select(Versement)
        .join(Tranche, Tranche.id == Versement.tranche_id)
        .join(Convention, Convention.id == Tranche.convention_id)
        .where(
            Convention.financeur_id == monde.financeurs[code].id,
            Versement.etat == EtatVersement.VALIDE,
        )
    )
    return list(db.session.scalars(requete.order_by(Versement.id)))
