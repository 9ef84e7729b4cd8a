"""The committee cannot give the poches more than the campaign allows."""

from __future__ import annotations

import pytest
from flask import Flask

from aap.domaine.erreurs import Depassement
from aap.extensions import db
from aap.models import RegleCampagne
from aap.requetes.poches import raison_poche
from aap.services.arbitrage import arbitrer
from tests.outils_copil import enveloppe_de, lignes, planter_copil
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement


def test_les_poches_s_arretent_a_leur_part(app: Flask) -> None:
    with app.app_context():
        decor = planter_copil(credits=10_000_000)
        decor.env_etat.programme, decor.env_etat.departement = "147", "94"
        fille = enveloppe_de(
            decor.campagne, decor.etat, 5_000_000, code="fille", parent_id=decor.env_etat.id
        )
        for q in decor.quartiers:
            q.type = "poche"
        for d in decor.dossiers:
            d.etat = EtatDossier.INSCRIT
        db.session.flush()
        a, b, c = (lignes(d)[0] for d in decor.dossiers)
        arbitrer(decor.acteur, a, 200_000, decor.env_etat)
        with pytest.raises(Depassement, match="poches"):
            arbitrer(decor.acteur, b, 50_001, fille)
        arbitrer(decor.acteur, b, 50_000, fille)
        decor.quartiers[1].type = "qpv"
        db.session.flush()
        en_poche = [x for x in (a, b, c) if x.dossier.quartiers[0].quartier.type == "poche"]
        hors = next(x for x in (a, b, c) if x not in en_poche)
        assert raison_poche(decor.env_etat, hors, 5_000_000) == ""
        lignes(en_poche[0].dossier)[1].etat = EtatFinancement.REFUSE
        db.session.flush()
        assert "commune" in raison_poche(decor.env_etat, en_poche[0], 100)


def test_la_campagne_change_la_part(app: Flask) -> None:
    with app.app_context():
        decor = planter_copil(credits=10_000_000)
        decor.env_etat.programme = "147"
        for q in decor.quartiers:
            q.type = "poche"
        decor.campagne.regles.append(
            RegleCampagne(code="poches_part_max", valeur={"v": 50}, effet="bloque")
        )
        db.session.flush()
        ligne = lignes(decor.dossiers[0])[0]
        assert raison_poche(decor.env_etat, ligne, 500_000) == ""
        assert "5\u00a0%" in raison_poche(decor.env_etat, ligne, 500_001)
