"""The rule of the poches de pauvreté for a whole board (``requetes.poches``: line by line)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import exists, select

from aap.domaine.montants import en_euros
from aap.domaine.poches import PROGRAMME_VILLE, TYPE_POCHE, plafond_poches
from aap.domaine.proposition import Borne
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    DossierQuartier,
    Enveloppe,
    Financement,
    Quartier,
    TypeFinanceur,
)
from aap.requetes.poches import departementale_des_poches
from aap.requetes.soldes import RETENU
from aap.requetes.tableau import REPARTIS, RangeeTableau


def _racine(enveloppe: Enveloppe, toutes: Mapping[int, Enveloppe]) -> Enveloppe | None:
    """The departmental enveloppe whose share for the poches this one draws on, or None."""
    lignee = [enveloppe]
    while lignee[-1].parent_id is not None:
        lignee.append(toutes[lignee[-1].parent_id])
    etat = enveloppe.financeur.type is TypeFinanceur.ETAT
    if not etat or not any(e.programme == PROGRAMME_VILLE for e in lignee):
        return None
    return next((e for e in reversed(lignee) if e.departement), lignee[-1])


def sans_cofinancement(
    rangees: Iterable[RangeeTableau], enveloppes: Mapping[int, Enveloppe]
) -> set[tuple[int, int]]:
    """(dossier, enveloppe) pairs that the rule closes: no collectivité pays beside the State."""
    villes = {i for i, e in enveloppes.items() if _racine(e, enveloppes) is not None}
    return {
        (r.id, i)
        for r in rangees
        if r.poche and not any(v.collectivite and v.demande > 0 for v in r.lignes)
        for i in villes
    }


def bornes_poches(
    campagne: Campagne,
    rangees: Iterable[RangeeTableau],
    enveloppes: Mapping[int, Enveloppe],
) -> list[Borne]:
    """One ceiling per departmental enveloppe, less what decided dossiers already draw."""
    lignes = frozenset(str(v.id) for r in rangees if r.poche for v in r.lignes)
    if not lignes:
        return []
    groupes: dict[int, set[int]] = {}
    for i, e in enveloppes.items():
        racine = _racine(e, enveloppes)
        if racine is not None:
            groupes.setdefault(racine.id, set()).add(i)
    part = int(valeur_regle(campagne, "poches_part_max"))
    bornes = []
    for racine_id, membres in sorted(groupes.items()):
        racine = enveloppes[racine_id]
        plafond = max(0, plafond_poches(racine.montant, part) - _deja(campagne, racine_id))
        libelle = f"Poches de pauvreté, {racine.libelle}\u00a0: au plus {en_euros(plafond)}"
        caisses = frozenset(str(i) for i in membres)
        bornes.append(
            Borne(f"poches:{racine_id}", libelle, lignes, maximum=plafond, caisses=caisses)
        )
    return bornes


def _deja(campagne: Campagne, racine_id: int) -> int:
    """Cents that dossiers out of the board, led only in poches, draw on the department."""
    lignes = db.session.execute(
        select(Financement, RETENU)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(
            Dossier.campagne_id == campagne.id,
            Dossier.etat.not_in(REPARTIS),
            Financement.enveloppe_id.is_not(None),
            exists().where(
                DossierQuartier.dossier_id == Dossier.id,
                DossierQuartier.quartier_id == Quartier.id,
                Quartier.type == TYPE_POCHE,
            ),
        )
    )
    total = 0
    for f, retenu in lignes:
        if f.enveloppe is None or not retenu:
            continue
        racine = departementale_des_poches(f.enveloppe, f.dossier)
        total += int(retenu) if racine is not None and racine.id == racine_id else 0
    return total
