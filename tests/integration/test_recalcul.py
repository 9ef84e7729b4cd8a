"""``notation recalculer``: everything again, nothing written, frozen values compared."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from aap.extensions import db
from aap.models import Evaluation, IndicateurQuartier
from aap.requetes.recalcul import recalculer
from tests import outils_instruction as o
from tests.outils_porteur import compter_requetes


def test_compare_au_fige(session) -> None:
    decor = o.planter()
    o.noter(decor, decor.instructrice)
    intact = recalculer(decor.campagne)
    assert [(b.critere.code, b.connus, b.ecarts) for b in intact.criteres] == [
        ("conformite", 1, []),
        ("besoin", 1, []),
    ]
    for i in session.query(IndicateurQuartier):
        i.ecarte = True
    db.session.flush()
    _, besoin = recalculer(decor.campagne).criteres
    assert besoin.sans_objet == 1 and besoin.ecarts == [decor.dossier.reference]
    assert besoin.moyenne is None


def test_requetes_constantes(session) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 2)
    db.session.expire_all()
    avant = compter_requetes(lambda: recalculer(decor.campagne))
    o.dossiers_en_plus(decor, 14, depuis=2)
    db.session.expire_all()
    assert compter_requetes(lambda: recalculer(decor.campagne)) == avant


def test_la_commande(session, app: Flask, tmp_path: Path) -> None:
    decor = o.planter()
    o.noter(decor, decor.instructrice)
    db.session.commit()
    ident, reference = decor.campagne.id, decor.dossier.reference
    sortie = tmp_path / "valeurs.csv"
    lance = app.test_cli_runner()
    resultat = lance.invoke(args=["notation", "recalculer", str(ident), "--fichier", str(sortie)])
    assert resultat.exit_code == 0, resultat.output
    assert "1 dossiers recalculés" in resultat.output and "moyenne 4/4" in resultat.output
    texte = sortie.read_text(encoding="utf-8-sig")
    assert texte.splitlines() == ["dossier;conformite;besoin", f"{reference};16/5;4"]
    assert session.query(Evaluation).one().calcules["besoin"]["valeur"] == "4"
    inconnue = lance.invoke(args=["notation", "recalculer", "9999"])
    assert inconnue.exit_code == 1 and "Aucune campagne" in inconnue.output
