"""Fifty people write at once on one tree of enveloppes: what fits is kept, nothing goes over.

No guard of the services here: the statements go straight to the base, as if each service had read
« enough is left » before the others wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, NullPool, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError

from aap.extensions import db
from aap.models import Enveloppe, Financement
from tests.outils_copil import ajouter_dossier, enveloppe_de, planter_copil

ECRIVAINS = 50
PART = 10_000
PLACE = 30
# SQLite lets one writer in at a time: the others wait, in seconds.
ATTENTE: dict[str, dict[str, int]] = {"sqlite": {"timeout": 60}, "postgresql": {}}
POSER = "UPDATE financement SET enveloppe_id = :e, montant_arbitre = :m WHERE id = :cible"
CROITRE = "UPDATE enveloppe SET montant = montant + :m WHERE id = :e"
# Root, sub-enveloppe of an orientation, leaf of a commune.
RACINE, BRANCHE, FEUILLE = "racine", "branche", "feuille"


@pytest.fixture
def arbre(session: Any) -> dict[str, int]:
    """Ids of three enveloppes, one in the other, and room for ``PLACE`` parts at each level."""
    decor = planter_copil(dossiers=0)
    for n in range(ECRIVAINS):
        ajouter_dossier(decor, n + 1)
    place = PLACE * PART
    racine = enveloppe_de(decor.campagne, decor.etat, 3 * place, code=RACINE)
    branche = enveloppe_de(decor.campagne, decor.etat, 2 * place, code=BRANCHE, parent_id=racine.id)
    feuille = enveloppe_de(decor.campagne, decor.etat, place, code=FEUILLE, parent_id=branche.id)
    db.session.commit()
    return {RACINE: racine.id, BRANCHE: branche.id, FEUILLE: feuille.id}


def _lignes() -> list[int]:
    return list(
        db.session.scalars(
            select(func.min(Financement.id))
            .group_by(Financement.dossier_id)
            .order_by(func.min(Financement.id))
        )
    )


def ecrire_ensemble(actes: list[tuple[str, dict[str, int]]]) -> list[str]:
    """Run them at the same instant, each on its own connection: « écrit » or « refusé »."""
    adresse = db.engine.url
    db.session.remove()
    moteur: Engine = create_engine(
        adresse, poolclass=NullPool, connect_args=ATTENTE[adresse.get_dialect().name]
    )
    depart = Barrier(len(actes))

    def ecrire(acte: tuple[str, dict[str, int]]) -> str:
        with moteur.connect() as connexion:
            depart.wait(timeout=30)
            try:
                connexion.execute(text(acte[0]), acte[1])
                connexion.commit()
            except DBAPIError as erreur:
                connexion.rollback()
                assert "enveloppe_depassee" in str(erreur), erreur  # never a deadlock
                return "refusé"
            return "écrit"

    with ThreadPoolExecutor(len(actes)) as tous:
        return list(tous.map(ecrire, actes))


def _sommes(arbre: dict[str, int]) -> dict[str, tuple[int, int, int]]:
    """Level -> its amount, what is drawn on it, what its children hold."""
    sommes = {}
    for nom, cle in arbre.items():
        tire = db.session.scalar(
            select(func.sum(Financement.montant_arbitre)).where(Financement.enveloppe_id == cle)
        )
        delegue = db.session.scalar(
            select(func.sum(Enveloppe.montant)).where(Enveloppe.parent_id == cle)
        )
        montant = db.session.get_one(Enveloppe, cle).montant
        sommes[nom] = (montant, int(tire or 0), int(delegue or 0))
    return sommes


@pytest.mark.parametrize("niveau", [RACINE, BRANCHE, FEUILLE])
def test_ce_qui_tient_est_ecrit(arbre: dict[str, int], niveau: str) -> None:
    """Fifty lines drawn on one enveloppe with room for thirty: thirty, and not one cent over."""
    actes = [(POSER, {"e": arbre[niveau], "m": PART, "cible": ligne}) for ligne in _lignes()]
    assert Counter(ecrire_ensemble(actes)) == {"écrit": PLACE, "refusé": ECRIVAINS - PLACE}
    montant, tire, delegue = _sommes(arbre)[niveau]
    assert tire == PLACE * PART and montant == tire + delegue


@pytest.mark.parametrize("niveau", [BRANCHE, FEUILLE])
def test_ce_qui_se_delegue_tient(arbre: dict[str, int], niveau: str) -> None:
    """Fifty raises of one sub-enveloppe, its parent having room for thirty."""
    avant = _sommes(arbre)[niveau][0]
    actes = [(CROITRE, {"e": arbre[niveau], "m": PART})] * ECRIVAINS
    assert Counter(ecrire_ensemble(actes)) == {"écrit": PLACE, "refusé": ECRIVAINS - PLACE}
    assert _sommes(arbre)[niveau][0] == avant + PLACE * PART


def test_tout_a_la_fois(arbre: dict[str, int]) -> None:
    """Lines on each level, raises, cuts, together: whatever the order, no level is exceeded and
    each write that was acknowledged is there."""
    ligne = iter(_lignes())
    gestes: list[Callable[[], tuple[str, dict[str, int]]]] = [
        lambda: (POSER, {"e": arbre[FEUILLE], "m": PART, "cible": next(ligne)}),
        lambda: (POSER, {"e": arbre[BRANCHE], "m": 3 * PART, "cible": next(ligne)}),
        lambda: (POSER, {"e": arbre[RACINE], "m": 4 * PART, "cible": next(ligne)}),
        lambda: (CROITRE, {"e": arbre[FEUILLE], "m": 4 * PART}),
        lambda: (CROITRE, {"e": arbre[BRANCHE], "m": 5 * PART}),
        lambda: (CROITRE, {"e": arbre[FEUILLE], "m": -3 * PART}),
        lambda: (CROITRE, {"e": arbre[RACINE], "m": -4 * PART}),
    ]
    avant = _sommes(arbre)
    actes = [geste() for geste in islice(cycle(gestes), ECRIVAINS)]
    issues = ecrire_ensemble(actes)
    assert {"écrit", "refusé"} == set(issues)
    ecrits = [acte for acte, issue in zip(actes, issues, strict=True) if issue == "écrit"]
    apres = _sommes(arbre)
    for nom, cle in arbre.items():
        montant, tire, delegue = apres[nom]
        assert 0 <= tire + delegue <= montant, nom
        assert tire == sum(p["m"] for s, p in ecrits if s == POSER and p["e"] == cle), nom
        change = sum(p["m"] for s, p in ecrits if s == CROITRE and p["e"] == cle)
        assert montant == avant[nom][0] + change, nom
