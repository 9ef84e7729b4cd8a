"""Writers of one enveloppe at the same time, on the real engines: none over, none lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from aap.domaine.erreurs import Depassement
from aap.domaine.horloge import horloge_fixee
from aap.erreurs_http import traduire
from aap.extensions import db
from aap.models import Enveloppe, Financement
from aap.requetes.soldes import RETENU
from aap.services.enveloppe import DonneesEnveloppe, creer_enveloppe
from tests import fabriques as f
from tests.outils_coordination import VEILLE, Coordination, monter
from workflows.financement import EtatFinancement

PART = 10_000_00


@pytest.fixture
def c(session: object):
    with horloge_fixee(VEILLE):
        decor = monter()
        db.session.commit()
        yield decor


def lignes(c: Coordination, nombre: int) -> list[int]:
    """Lines that draw nothing yet, one per dossier."""
    ids = []
    for i in range(nombre):
        dossier = f.dossier(c.campagne, c.organisme, intitule=f"Action {i}")
        ids.append(f.financement(dossier, c.etat, demande=PART, etat=EtatFinancement.AVIS_RENDU).id)
    db.session.commit()
    return ids


def ensemble(app: Flask, actes: list[Callable[[], None]]) -> list[Exception | None]:
    """Run every act in a thread of its own, all released together; what each one raised."""
    depart = threading.Barrier(len(actes))
    resultats: list[Exception | None] = [None] * len(actes)

    def courir(rang: int) -> None:
        with app.app_context():
            try:
                depart.wait(30)
                actes[rang]()
                db.session.commit()
            except Exception as erreur:
                db.session.rollback()
                resultats[rang] = erreur
            finally:
                db.session.remove()

    fils = [threading.Thread(target=courir, args=(i,)) for i in range(len(actes))]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(120)
    assert not any(fil.is_alive() for fil in fils)
    return resultats


def attribuer(ligne_id: int, enveloppe_id: int, montant: int) -> Callable[[], None]:
    """Straight to the row, without the friendly check: only the database stands guard."""

    def acte() -> None:
        ligne = db.session.get_one(Financement, ligne_id)
        ligne.enveloppe_id, ligne.montant_arbitre = enveloppe_id, montant
        db.session.flush()

    return acte


def tire(enveloppe_id: int) -> int:
    db.session.expire_all()
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(RETENU), 0)).where(
                Financement.enveloppe_id == enveloppe_id
            )
        )
        or 0
    )


def sont_des_depassements(erreurs: list[Exception | None]) -> int:
    refus = [e for e in erreurs if e is not None]
    for e in refus:
        sens = traduire(e) if isinstance(e, DBAPIError) else e
        assert isinstance(sens, Depassement), e
    return len(refus)


@pytest.mark.parametrize(("ecrivains", "places"), [(2, 1), (20, 7)])
def test_lignes_simultanees(app: Flask, c: Coordination, ecrivains: int, places: int) -> None:
    """Room for ``places`` lines: exactly so many pass, whoever comes first."""
    enveloppe_id = c.enveloppe.id
    c.enveloppe.montant = places * PART + PART - 1
    ids = lignes(c, ecrivains)
    resultats = ensemble(app, [attribuer(i, enveloppe_id, PART) for i in ids])
    assert sont_des_depassements(resultats) == ecrivains - places
    assert tire(enveloppe_id) == places * PART


def test_vingt_qui_tiennent_tous(app: Flask, c: Coordination) -> None:
    """None is lost when everything fits, to the cent."""
    enveloppe_id = c.enveloppe.id
    c.enveloppe.montant = 20 * PART
    ids = lignes(c, 20)
    assert ensemble(app, [attribuer(i, enveloppe_id, PART) for i in ids]) == [None] * 20
    assert tire(enveloppe_id) == 20 * PART


def test_reduire_l_enveloppe_pendant_qu_on_y_puise(app: Flask, c: Coordination) -> None:
    """A line and a cut at the same time: one of them is refused, never both accepted."""
    enveloppe_id = c.enveloppe.id
    c.enveloppe.montant = PART
    (ligne,) = lignes(c, 1)

    def reduire() -> None:
        db.session.get_one(Enveloppe, enveloppe_id).montant = PART - 1
        db.session.flush()

    resultats = ensemble(app, [attribuer(ligne, enveloppe_id, PART), reduire])
    assert sum(r is None for r in resultats) == 1
    assert sont_des_depassements(resultats) == 1
    db.session.expire_all()
    assert tire(enveloppe_id) <= db.session.get_one(Enveloppe, enveloppe_id).montant


def test_sous_enveloppes_simultanees(app: Flask, c: Coordination) -> None:
    """Twenty children at once through the service: their sum stays under the parent."""
    mere, campagne_id, etat, acteur = c.enveloppe.id, c.campagne.id, c.etat.id, c.acteur
    c.enveloppe.montant = 7 * PART
    db.session.commit()

    def creer(rang: int) -> Callable[[], None]:
        def acte() -> None:
            campagne = db.session.get_one(type(c.campagne), campagne_id)
            creer_enveloppe(
                acteur,
                campagne,
                DonneesEnveloppe(f"Fille {rang}", PART, etat, parent_id=mere),
            )

        return acte

    resultats = ensemble(app, [creer(i) for i in range(20)])
    assert sont_des_depassements(resultats) == 13
    db.session.expire_all()
    somme = db.session.scalar(
        select(func.sum(Enveloppe.montant)).where(Enveloppe.parent_id == mere)
    )
    assert somme == 7 * PART
