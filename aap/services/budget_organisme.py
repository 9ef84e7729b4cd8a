"""The organisme's own budget (CERFA §5): one set of accounts per exercice, typed once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete

from aap.domaine.budget import Ligne, calculer_totaux
from aap.domaine.budget_plan import plan_au
from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.montants import lire_montant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import CoteBudget, LigneBudgetOrganisme, Organisme
from aap.permissions import Acteur, exiger
from aap.services.journal import consigner
from aap.services.transition import verifier_version

ANNEES_AVANT, ANNEES_APRES = 4, 2


def exercices_permis() -> range:
    """Exercices whose budget may be typed."""
    annee = aujourdhui().year
    return range(annee - ANNEES_AVANT, annee + ANNEES_APRES + 1)


def enregistrer_budget_organisme(
    acteur: Acteur,
    organisme: Organisme,
    exercice: int,
    lignes: Iterable[tuple[str, str, str]],
    *,
    version: int | None = None,
) -> None:
    """Replace the lines of an exercice by (cote, compte, typed amount); empty ones disappear.

    What cannot be read is kept as typed, without an amount. The yearly budget of the record
    follows the charges of the current exercice. Raises Invalide (exercice), Conflit (stale page).
    """
    exiger(acteur, "organisme.modifier", organisme)
    verifier_version(organisme, version)
    if exercice not in exercices_permis():
        raise Invalide("Choisissez un exercice proche de l’année en cours.")
    db.session.execute(
        delete(LigneBudgetOrganisme).where(
            LigneBudgetOrganisme.organisme_id == organisme.id,
            LigneBudgetOrganisme.exercice == exercice,
        )
    )
    neuves = _lire(organisme, exercice, lignes)
    db.session.add_all(neuves)
    charges = calculer_totaux(
        plan_au(date(exercice, 1, 1)),
        [Ligne(n.compte, n.cote.value, n.montant) for n in neuves],
    ).charges
    if exercice == aujourdhui().year and charges:
        organisme.budget_annuel = charges
    organisme.modifie_le = maintenant()
    consigner(
        acteur,
        organisme,
        "organisme.enregistrer_budget",
        f"Budget {exercice} de l’organisme enregistré",
        donnees={"exercice": exercice, "charges": charges},
        visible_porteur=True,
    )


def _lire(
    organisme: Organisme, exercice: int, lignes: Iterable[tuple[str, str, str]]
) -> list[LigneBudgetOrganisme]:
    plan = plan_au(date(exercice, 1, 1))
    neuves: dict[tuple[str, str], LigneBudgetOrganisme] = {}
    for cote, compte, saisie in lignes:
        connu = plan.trouver(compte, cote)
        brut = nettoyer(saisie, lignes=False)[:40]
        if connu is None or connu.titre or connu.indirecte or not brut:
            continue
        neuves[cote, compte] = LigneBudgetOrganisme(
            organisme_id=organisme.id,
            exercice=exercice,
            cote=CoteBudget(cote),
            compte=compte,
            saisie=brut,
            montant=_centimes(brut),
        )
    return list(neuves.values())


def _centimes(texte: str) -> int | None:
    try:
        montant = lire_montant(texte)
    except ValueError:
        return None
    return montant if montant >= 0 else None
