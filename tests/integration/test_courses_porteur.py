"""Two people of one organisme at the same instant: one deposit, one paper, no text lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from aap.extensions import db
from aap.models import (
    Depot,
    Dossier,
    EngagementRepublicain,
    Membre,
    Organisme,
    Reponse,
    RoleMembre,
    TypePiece,
    Utilisateur,
)
from aap.permissions import Acteur, charger_acteur
from aap.services import depot
from aap.services import dossier as ecrire
from aap.services import organisme as orga
from tests.outils_course import courir, en_clair, un_seul
from tests.outils_porteur import Decor, dossier_complet, pdf, personne, planter


@pytest.fixture
def decor(session: Any) -> Decor:
    return planter()


def _moi(qui: Utilisateur) -> Callable[[], Acteur]:
    cle = qui.id
    return lambda: charger_acteur(db.session.get_one(Utilisateur, cle))


def _nombre(modele: type[Any], *conditions: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(modele).where(*conditions)) or 0


def test_deux_transmissions(app: Flask, session: Any, decor: Decor) -> None:
    cle, moi = dossier_complet(decor).id, _moi(decor.signataire)

    def transmettre() -> None:
        depot.transmettre(moi(), db.session.get_one(Dossier, cle))

    un_seul(courir(app, [transmettre, transmettre]))
    assert _nombre(Depot) == 1


def test_deux_onglets_sur_la_meme_reponse(app: Flask, session: Any, decor: Decor) -> None:
    """Both saw the same text: the second is told, and hers is still on her screen."""
    dossier = dossier_complet(decor)
    reponse = next(r for r in dossier.reponses if r.champ == "description")
    cle, version, moi = dossier.id, reponse.version, _moi(decor.signataire)

    def ecrire_texte(texte: str) -> Callable[[], object]:
        return lambda: ecrire.enregistrer_reponse(
            moi(), db.session.get_one(Dossier, cle), "description", texte, version=version
        )

    issues = courir(app, [ecrire_texte("Texte du premier onglet"), ecrire_texte("Le second")])
    un_seul(issues)
    garde = session.scalar(select(Reponse.valeur).where(Reponse.champ == "description"))
    assert garde == ("Texte du premier onglet" if issues[0] is None else "Le second")


def test_le_meme_papier_depose_deux_fois(app: Flask, session: Any, decor: Decor) -> None:
    """Statutes put in the vault by two people: one alone is in force."""
    cle, moi = decor.organisme.id, _moi(decor.signataire)

    def deposer(contenu: bytes) -> Callable[[], object]:
        return lambda: orga.deposer_piece(
            moi(), db.session.get_one(Organisme, cle), TypePiece.STATUTS, "statuts.pdf", contenu
        )

    en_clair(courir(app, [deposer(pdf("un")), deposer(pdf("deux"))]))
    session.expire_all()
    en_vigueur = [p for p in orga.pieces_valables(decor.organisme) if p.type is TypePiece.STATUTS]
    assert len(en_vigueur) == 1


def test_deux_signatures_de_l_engagement(app: Flask, session: Any, decor: Decor) -> None:
    cle, moi = decor.organisme.id, _moi(decor.signataire)

    def signer() -> None:
        orga.signer_cer(moi(), db.session.get_one(Organisme, cle))

    en_clair(courir(app, [signer, signer]))
    assert _nombre(EngagementRepublicain) == 1


def test_les_deux_signataires_partent_ensemble(app: Flask, session: Any, decor: Decor) -> None:
    autre = personne("Yann")
    session.add(
        Membre(organisme_id=decor.organisme.id, utilisateur_id=autre.id, role=RoleMembre.SIGNATAIRE)
    )
    session.commit()
    cle = decor.organisme.id

    def quitter(qui: Utilisateur) -> Callable[[], object]:
        moi = _moi(qui)
        return lambda: orga.quitter_organisme(moi(), db.session.get_one(Organisme, cle))

    un_seul(courir(app, [quitter(decor.signataire), quitter(autre)]))
    assert _nombre(Membre, Membre.parti_le.is_(None)) == 1
