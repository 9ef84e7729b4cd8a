"""Acts prepared together: a lot of one funder, still as drafts, and aids left to be chosen."""

from __future__ import annotations

from aap.demo.monde import Monde
from aap.extensions import db
from aap.models import Financeur
from aap.requetes.lot_actes import AidePreparable, aides_a_preparer
from aap.services.lot_actes import Visee, lancer_lot_actes

PART = 2  # one aid out of two is prepared, the others wait


def preparer_ensemble(monde: Monde) -> None:
    """One lot for each funder of whom at least two aids wait for an act."""
    acteur = monde.acteur("finance.saisie")
    par_financeur: dict[Financeur, list[AidePreparable]] = {}
    for aide in aides_a_preparer(acteur):
        par_financeur.setdefault(aide.ligne.financeur, []).append(aide)
    with monde.le(11):
        for financeur, aides in par_financeur.items():
            choisies = aides[: len(aides) // PART]
            if choisies:
                visees = [_visee(a) for a in choisies]
                lancer_lot_actes(acteur, financeur, visees, f"demonstration-{financeur.id}")
    db.session.commit()


def _visee(aide: AidePreparable) -> Visee:
    montant = aide.ligne.montant_vote or 0
    return Visee(aide.ligne.id, aide.ligne.version, (montant,) * aide.suites)
