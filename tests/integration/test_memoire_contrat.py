"""What is read of the contract is kept until its files change, never longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aap.extensions import db
from aap.requetes import memoire_contrat
from aap.requetes.lecture_contrat import lire_par_le_contrat
from tests import outils_instruction as o
from tests.outils_porteur import compter_requetes


@pytest.fixture(autouse=True)
def memoire_vide() -> Iterator[None]:
    memoire_contrat.oublier()
    yield
    memoire_contrat.oublier()


def _decor(empreinte: str) -> o.Decor:
    decor = o.planter()
    decor.contrat.empreinte = empreinte
    db.session.flush()
    return decor


def test_relire_ne_coute_rien(session) -> None:
    decor = _decor("a" * 64)
    premiere = lire_par_le_contrat(decor.dossier)
    assert compter_requetes(lambda: lire_par_le_contrat(decor.dossier)) == 0
    assert lire_par_le_contrat(decor.dossier) == premiere


def test_un_contrat_recharge_est_relu(session) -> None:
    decor = _decor("a" * 64)
    lire_par_le_contrat(decor.dossier)
    decor.est.fiches[0].titre = "Fiche corrigée"
    decor.contrat.empreinte = "b" * 64
    db.session.flush()
    lu = lire_par_le_contrat(decor.dossier)
    assert lu is not None and list(lu.quartiers[0].fiches) == ["Fiche corrigée"]


def test_un_autre_dossier_ne_lit_pas_le_premier(session) -> None:
    decor = _decor("a" * 64)
    un = lire_par_le_contrat(decor.dossier)
    decor.dossier.quartiers[0].quartier = decor.ouest
    db.session.flush()
    deux = lire_par_le_contrat(decor.dossier)
    assert un is not None and deux is not None
    assert [q.quartier.nom for q in deux.quartiers] == ["Quartier Ouest"]
    assert un.quartiers[0].correspondance is not deux.quartiers[0].correspondance


def test_sans_fichiers_rien_n_est_garde(session) -> None:
    decor = _decor("")
    lire_par_le_contrat(decor.dossier)
    decor.est.fiches[0].titre = "Autre titre"
    db.session.flush()
    lu = lire_par_le_contrat(decor.dossier)
    assert lu is not None and list(lu.quartiers[0].fiches) == ["Autre titre"]


def test_la_memoire_est_bornee(session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memoire_contrat, "TAILLE", 3)
    decor = _decor("c" * 64)
    for i in range(10):
        assert memoire_contrat.du_contrat(decor.contrat, i, lambda i=i: i * 2) == i * 2
    assert memoire_contrat.du_contrat(decor.contrat, 9, lambda: -1) == 18
    assert memoire_contrat.du_contrat(decor.contrat, 0, lambda: -1) == -1
