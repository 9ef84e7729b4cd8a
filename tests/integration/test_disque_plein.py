"""A full disk when a document arrives: told in words, nothing half-done, nothing typed lost."""

from __future__ import annotations

import errno
from io import BytesIO
from typing import Any

import obstore
import pytest
from flask import Flask
from sqlalchemy import func, select

from aap.extensions import db
from aap.models import Fichier, PieceDossier, Reponse
from aap.services.journal import verifier_journal
from tests import outils_porteur as o


@pytest.fixture
def disque_plein(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuser(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(obstore, "put", refuser)


def _compter() -> tuple[int, ...]:
    return tuple(
        db.session.scalar(select(func.count()).select_from(t)) or 0
        for t in (Fichier, PieceDossier, Reponse)
    )


def test_document_refuse_en_mots_et_rien_a_moitie(app: Flask, session, disque_plein: None) -> None:
    decor = o.planter()
    dossier = o.dossier_complet(decor)
    client = o.connecte(app, decor.signataire)
    avant = _compter()
    reponse = client.post(
        f"/porteur/dossiers/{dossier.id}/rubriques/pieces",
        data={"libelle": "Devis", "fichier": (BytesIO(o.pdf()), "devis.pdf")},
        content_type="multipart/form-data",
    )
    assert reponse.status_code == 503
    texte = reponse.get_data(as_text=True)
    assert "<h1" in texte and "Traceback" not in texte and "ENOSPC" not in texte
    db.session.rollback()
    assert _compter() == avant
    assert verifier_journal()[1] is None
    ecrit = client.post(
        f"/porteur/dossiers/{dossier.id}/reponses/besoin",
        json={"valeur": "Le texte se garde quand même.", "version": 1},
    )
    assert ecrit.status_code == 200, "the texts do not go through the storage"


def test_le_document_passe_quand_la_place_revient(app: Flask, session) -> None:
    decor = o.planter()
    dossier = o.dossier_complet(decor)
    client = o.connecte(app, decor.signataire)
    with pytest.MonkeyPatch.context() as plein:
        plein.setattr(obstore, "put", lambda *_a, **_k: (_ for _ in ()).throw(OSError(28, "x")))
        assert _joindre(client, dossier.id) == 503
    assert _joindre(client, dossier.id) == 303


def _joindre(client: Any, dossier_id: int) -> int:
    code: int = client.post(
        f"/porteur/dossiers/{dossier_id}/rubriques/pieces",
        data={"libelle": "Devis", "fichier": (BytesIO(o.pdf()), "devis.pdf")},
        content_type="multipart/form-data",
    ).status_code
    return code
