"""A criterion kept for some funders: the others see it, do not score it, and it weighs the same."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flask.testing import FlaskClient

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.requetes.notation import resultats
from aap.requetes.page_evaluation import page_evaluation
from aap.services.evaluation import NoteSaisie, enregistrer_evaluation, envoyer_evaluation
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_connexion import se_connecter


def partager(decor: o.Decor) -> dict[str, int]:
    criteres = {c.code: c for c in decor.grille.criteres}
    criteres["qualite"].reserve_a = ["etat"]
    criteres["egalite"].reserve_a = ["commune"]
    db.session.commit()
    return {code: c.id for code, c in criteres.items()}


def test_chacun_sa_part_et_chaque_poids(session: object) -> None:
    decor = o.planter()
    ids = partager(decor)
    etat, ville = f.acteur(decor.instructrice), f.acteur(decor.collegue)
    with pytest.raises(Invalide, match="que vous notez"):
        enregistrer_evaluation(etat, decor.dossier, {ids["egalite"]: NoteSaisie(4)})
    db.session.rollback()
    for acteur, note in (
        (etat, {ids["qualite"]: NoteSaisie(4)}),
        (ville, {ids["egalite"]: NoteSaisie(1)}),
    ):
        envoyer_evaluation(acteur, enregistrer_evaluation(acteur, decor.dossier, note))
    [r] = resultats(decor.campagne)
    assert r.score == Fraction(100, 400) * (20 * Fraction(16, 5) + 20 * 4 + 40 * 4 + 20 * 1)
    assert r.moyennes["qualite"] == 4 and r.moyennes["egalite"] == 1
    page = page_evaluation(etat, decor.dossier, None)
    assert {x.critere.code: x.reserve for x in page.lignes}["egalite"] == "Commune"
    assert page.score is not None and page.score.manquants == ("qualite",)


def test_la_page_dit_qui_note(client: FlaskClient, session: object) -> None:
    decor = o.planter()
    ids = partager(decor)
    se_connecter(client, decor.instructrice)
    page = client.get(f"/instruction/dossiers/{decor.dossier.id}/evaluation").text
    assert "Commune. Ce critère ne compte pas" in page
    assert f"note-{ids['qualite']}" in page and f"note-{ids['egalite']}" not in page
