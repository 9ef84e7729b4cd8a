"""Ids slipped into a form: nothing of another contrat, dossier, campaign or person is taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from aap.domaine.erreurs import ErreurMetier, Interdit, Introuvable, Invalide
from aap.extensions import db
from aap.models import (
    Dossier,
    Enveloppe,
    Financeur,
    OrigineCredits,
    PieceDossier,
    Quartier,
    TypeDossier,
)
from aap.requetes.eligibilite import raisons_contre_enveloppe
from aap.services import dossier as ecrire
from aap.services.piece import joindre_piece, retirer_piece
from aap.services.televersement import commencer, du_formulaire, recevoir
from tests import fabriques as f
from tests import outils_porteur as o


def _ailleurs() -> tuple[Quartier, Financeur]:
    """A quartier and a funder of another contrat."""
    autre = f.contrat("autre")
    quartier = Quartier(contrat=autre, code="loin", nom="Loin", departement="91")
    db.session.add(quartier)
    db.session.flush()
    return quartier, f.financeur(autre, "loin", "Mairie de Loin")


GESTES: dict[str, Callable[[o.Decor, Dossier, Quartier, Financeur], object]] = {
    "quartier": lambda d, x, q, _f: ecrire.choisir_quartiers(d.acteur, x, {q.id: 50}),
    "quartier inconnu": lambda d, x, _q, _f: ecrire.choisir_quartiers(d.acteur, x, {10**6: 50}),
    "orientation": lambda d, x, _q, _f: ecrire.choisir_objectifs(d.acteur, x, 10**6, []),
    "objectif": lambda d, x, _q, _f: ecrire.choisir_objectifs(
        d.acteur, x, d.orientation.id, [d.objectif.id, 10**6]
    ),
    "objectif local": lambda d, x, _q, _f: ecrire.choisir_objectifs_locaux(
        d.acteur, x, [d.objectif_local.id, 10**6]
    ),
    "financeur": lambda d, x, _q, fin: ecrire.demander_financement(d.acteur, x, fin, 1_000_00),
}


@pytest.mark.parametrize("quoi", sorted(GESTES))
def test_ce_qui_n_est_pas_du_contrat_est_refuse(session, quoi: str) -> None:
    decor = o.planter()
    dossier = o.dossier_complet(decor)
    quartier, financeur = _ailleurs()
    avant = (
        sorted(q.quartier_id for q in dossier.quartiers),
        sorted(x.id for x in dossier.objectifs_locaux),
        sorted(x.financeur_id for x in dossier.financements),
    )
    with pytest.raises(Invalide):
        GESTES[quoi](decor, dossier, quartier, financeur)
    db.session.refresh(dossier)
    assert avant == (
        sorted(q.quartier_id for q in dossier.quartiers),
        sorted(x.id for x in dossier.objectifs_locaux),
        sorted(x.financeur_id for x in dossier.financements),
    )


def test_le_dossier_d_un_autre_organisme_ne_se_recopie_pas(session) -> None:
    decor = o.planter()
    leur = o.dossier_complet(decor)
    curieuse = o.personne("Curieuse")
    sien = f.organisme("Le sien", signataire=curieuse)
    with pytest.raises(ErreurMetier):
        ecrire.creer_dossier(
            f.acteur(curieuse), sien, decor.campagne, TypeDossier.ACTION, precedent=leur
        )
    with pytest.raises(Interdit):
        ecrire.creer_dossier(
            f.acteur(curieuse), decor.organisme, decor.campagne, TypeDossier.ACTION
        )


def test_une_piece_ne_se_retire_que_de_son_dossier(app: Flask, session) -> None:
    decor = o.planter()
    un = o.dossier_complet(decor)
    deux = ecrire.creer_dossier(decor.acteur, decor.organisme, decor.campagne, TypeDossier.ACTION)
    piece: PieceDossier = joindre_piece(decor.acteur, un, "devis.pdf", o.pdf(), "Devis")
    with pytest.raises(Invalide):
        retirer_piece(decor.acteur, deux, piece)
    assert piece.retiree_le is None


def test_l_envoi_d_un_autre_ne_se_prend_ni_ne_se_complete(app: Flask, session) -> None:
    decor = o.planter()
    envoi = commencer(decor.acteur, "plan.pdf", 10, "")
    intruse = f.acteur(o.personne("Intruse"))
    with pytest.raises(Introuvable):
        du_formulaire(intruse, str(envoi.id))
    with pytest.raises(ErreurMetier):
        recevoir(intruse, envoi, 0, b"x" * 10)
    for texte in ("", "-1", "²", "1e3", "9" * 40, "1 OR 1=1"):
        assert du_formulaire(intruse, texte) is None


def test_l_enveloppe_d_une_autre_campagne_ne_paie_pas(session) -> None:
    decor = o.planter()
    dossier = o.dossier_complet(decor)
    [ligne] = dossier.financements
    ailleurs = f.campagne(decor.contrat, exercice=2031)
    voisine: Enveloppe = f.enveloppe(ailleurs, decor.etat, 100_000_00)
    bonne: Enveloppe = f.enveloppe(decor.campagne, decor.etat, 100_000_00)
    bonne.origine = voisine.origine = ligne.origine or OrigineCredits.SPECIFIQUES
    db.session.flush()
    assert raisons_contre_enveloppe(voisine, ligne, 1_000_00)
    assert not raisons_contre_enveloppe(bonne, ligne, 1_000_00)
    d_un_autre: Enveloppe = f.enveloppe(decor.campagne, decor.commune, 100_000_00)
    assert raisons_contre_enveloppe(d_un_autre, ligne, 1_000_00)
