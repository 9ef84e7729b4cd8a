"""Counts of large selections: kept a minute, dated, never shared beyond the same readers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import RoleHabilitation
from aap.permissions import charger_acteur
from aap.requetes import comptes_dossiers
from aap.requetes.instruction import lire_filtres, liste
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_porteur import connecte


@pytest.fixture(autouse=True)
def memoire_propre(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this test counts is forgotten with it."""
    monkeypatch.setattr(comptes_dossiers, "MEMOIRE", comptes_dossiers.Memoire())


def _un_de_plus(decor: o.Decor) -> None:
    dossier = f.dossier(decor.campagne, decor.organisme)
    o.deposer(dossier, decor.porteur)


def _page(qui, **arguments):
    return liste(charger_acteur(qui), lire_filtres(arguments))


def test_petite_selection_toujours_comptee(session) -> None:
    decor = o.planter()
    avant = _page(decor.instructrice)
    _un_de_plus(decor)
    assert _page(decor.instructrice).total == avant.total + 1
    assert avant.arretes_le is None


def test_grande_selection_gardee_et_datee(
    app: Flask, session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comptes_dossiers, "SEUIL", 0)
    decor = o.planter()
    premiere = _page(decor.instructrice)
    assert premiere.arretes_le is None
    _un_de_plus(decor)
    db.session.commit()
    assert _page(decor.instructrice).total == premiere.total
    assert "comptes arrêtés le" in connecte(app, decor.instructrice).get("/instruction/").text
    assert _page(decor.instructrice, q="introuvable").total == 0, "other filters count apart"
    plus_tard = maintenant() + comptes_dossiers.DUREE + timedelta(seconds=1)
    monkeypatch.setattr(comptes_dossiers, "maintenant", lambda: plus_tard)
    assert _page(decor.instructrice).total == premiere.total + 1


def test_autre_lecteur_autres_comptes(session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A déport, or a right elsewhere, never reads another reader's figures."""
    monkeypatch.setattr(comptes_dossiers, "SEUIL", 0)
    decor = o.planter()
    assert _page(decor.instructrice).total == 1
    deportee = f.agent(RoleHabilitation.INSTRUCTEUR, decor.contrat, decor.etat, "Liée")
    o.deporter(deportee, decor.organisme)
    assert _page(deportee).total == 0
    etrangere = f.agent(RoleHabilitation.COORDINATEUR, f.contrat("autre"))
    assert _page(etrangere).total == 0
