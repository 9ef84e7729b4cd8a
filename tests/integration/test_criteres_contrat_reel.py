"""Computed criteria on the signed contract shipped with the house, theme by theme."""

from __future__ import annotations

import pytest

from aap.domaine.besoin import theme_de_calcul
from aap.extensions import db
from aap.models import Contrat, DossierQuartier, ObjectifLocal, Quartier, SectionTheme, Theme
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.requetes.criteres_calcules import (
    expliquer_besoin,
    expliquer_conformite,
    mesures_du_contrat,
)
from aap.requetes.fiche_dossier import fiche
from aap.services.referentiel import charger_contrat
from tests import fabriques as f


@pytest.fixture
def contrat(session) -> Contrat:
    charger_contrat(lire_contrat(DONNEES / "gosb-2024-2030"))
    db.session.flush()
    return session.query(Contrat).one()


def test_chaque_theme_se_calcule(session, contrat: Contrat) -> None:
    for theme in session.query(Theme):
        assert theme_de_calcul(theme.titre) is not None, theme.titre


def test_besoin_de_chaque_quartier(session, contrat: Contrat) -> None:
    """Every QPV has a need between 0 and 4; what is missing is said, never counted as zero."""
    campagne = f.campagne(contrat)
    dossier = f.dossier(campagne, f.organisme())
    dossier.theme = session.query(Theme).order_by(Theme.ordre).first()
    mesures = mesures_du_contrat(contrat.id)
    assert len({m.quartier for m in mesures}) >= 36
    rangs = []
    for quartier in session.query(Quartier).where(Quartier.code_qpv.is_not(None)):
        dossier.quartiers = [DossierQuartier(quartier=quartier, part=100)]
        besoin = expliquer_besoin(dossier)
        if quartier.nom.startswith("Commune De Paris"):  # its figures are another quartier's
            assert besoin.valeur is None and "douteuse" in besoin.reserves[0]
            continue
        assert besoin.valeur is not None, quartier.nom
        assert 0 <= besoin.valeur <= 4
        rangs.append(besoin.valeur)
    assert len(rangs) >= 35 and max(rangs) > 3 and min(rangs) < 1


def test_pauvrete_inconnue_dite(session, contrat: Contrat) -> None:
    """Sorbiers-Lallier has no poverty rate in the contract (PIEGES.md §1)."""
    quartier = session.query(Quartier).where(Quartier.nom.contains("Sorbiers")).first()
    assert quartier is not None
    dossier = f.dossier(f.campagne(contrat), f.organisme())
    dossier.theme = session.query(Theme).where(Theme.titre.contains("manci")).one()
    dossier.quartiers = [DossierQuartier(quartier=quartier, part=100)]
    besoin = expliquer_besoin(dossier)
    assert besoin.valeur is not None
    assert any("Taux de pauvreté" in r for r in besoin.reserves)


def test_objectif_local_choisi(session, contrat: Contrat) -> None:
    """A quartier whose themes stand in its commune's fiche is matched through it."""
    section = session.query(SectionTheme).join(ObjectifLocal).order_by(SectionTheme.id).first()
    assert section is not None
    objectif = section.objectifs[0]
    quartier = next(
        q
        for q in session.query(Quartier)
        if any((fiche.themes_fiche_id or fiche.id) == section.fiche_id for fiche in q.fiches)
    )
    dossier = f.dossier(f.campagne(contrat), f.organisme())
    dossier.theme, dossier.orientation = section.theme, section.theme.orientations[0]
    dossier.objectifs_locaux = [objectif]
    dossier.quartiers = [DossierQuartier(quartier=quartier, part=100)]
    phrases = [x.phrase for x in expliquer_conformite(dossier).lignes]
    assert any("un objectif de la fiche du quartier est choisi" in p for p in phrases)


def test_chiffres_montres(session, contrat: Contrat) -> None:
    """Figures set aside are not shown; two fiches that disagree are both told."""
    dossier = f.dossier(f.campagne(contrat), f.organisme())
    dossier.quartiers = [
        DossierQuartier(quartier=q)
        for q in session.query(Quartier).where(
            Quartier.code.in_(["commune-de-paris-8-mai-1945", "polognes-plateau-saint-martin"])
        )
    ]
    db.session.flush()
    paris, polognes = fiche(dossier).quartiers
    assert paris.indicateurs and all(i.valeur is None for i in paris.indicateurs)
    chomage = next(i for i in polognes.indicateurs if i.libelle == "Taux de chômage")
    assert chomage.douteux and "19,3 et 19,5" in chomage.note
