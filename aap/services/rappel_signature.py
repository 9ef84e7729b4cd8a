"""Once a week: acts and avenants that a porteur was asked to sign, and has not signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Avenant, Campagne, Convention, Dossier
from aap.services.avertissement import avertir_porteur
from workflows.avenant import EtatAvenant
from workflows.convention import EtatConvention

# Time left to sign before the first reminder; then one a week.
PATIENCE = timedelta(days=7)


def rappeler_signatures() -> None:
    """A mail to the signatories for each; those of a sandbox campaign are left out."""
    for acte in _actes():
        _rappeler(acte, acte.dossier, f"/porteur/conventions/{acte.id}")
    for avenant in _avenants():
        _rappeler(avenant, avenant.convention.dossier, f"/porteur/avenants/{avenant.id}")


def _rappeler(objet: Convention | Avenant, dossier: Dossier, page: str) -> None:
    acte = objet.convention if isinstance(objet, Avenant) else objet
    avertir_porteur(
        dossier,
        "signature_rappel",
        signataires=True,
        designation=objet.designation,
        financeur=acte.financeur,
        page=page,
    )


def _actes() -> Sequence[Convention]:
    return db.session.scalars(
        select(Convention)
        .join(Convention.dossier)
        .join(Dossier.campagne)
        .where(
            Convention.etat == EtatConvention.SIGNATURE_PORTEUR,
            Convention.modifie_le <= maintenant() - PATIENCE,
            Campagne.bac_a_sable.is_(False),
        )
        .options(contains_eager(Convention.dossier))
        .order_by(Convention.id)
    ).all()


def _avenants() -> Sequence[Avenant]:
    return db.session.scalars(
        select(Avenant)
        .join(Avenant.convention)
        .join(Convention.dossier)
        .join(Dossier.campagne)
        .where(
            Avenant.etat == EtatAvenant.SIGNATURE_PORTEUR,
            Avenant.modifie_le <= maintenant() - PATIENCE,
            Campagne.bac_a_sable.is_(False),
        )
        .options(contains_eager(Avenant.convention).contains_eager(Convention.dossier))
        .order_by(Avenant.id)
    ).all()
