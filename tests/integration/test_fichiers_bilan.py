"""Files of a bilan take the way of the others: read as a stream, or arrived by pieces; accept."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from aap.domaine.horloge import horloge_fixee
from aap.pieces.controle import ACCEPTE
from aap.routes import fichier_recu
from aap.services.bilan import pieces_bilan
from tests.integration.test_pages_finance import connecter
from tests.outils_porteur import pdf
from tests.parcours.test_argent import (
    BILAN,
    PRINTEMPS,
    Monde,
    bilan_de,
    creer_monde,
    en_vigueur,
    notifier,
)


@pytest.fixture
def bilan(session: Any) -> Iterator[Any]:
    with horloge_fixee(PRINTEMPS):
        m: Monde = creer_monde()
        notifier(m)
        en_vigueur(m)
    with horloge_fixee(BILAN):
        yield m, bilan_de(m, session)


def test_joint_sans_lire_tout_en_memoire(
    app: Flask, bilan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    m, b = bilan
    bilan_id, lus = b.id, []
    vrai = fichier_recu.controler

    def espion(nom: str, contenu: Any, limite: int) -> Any:
        lus.append(type(contenu))
        return vrai(nom, contenu, limite)

    monkeypatch.setattr(fichier_recu, "controler", espion)
    client = connecter(app.test_client(), m.sam)
    envoi = {"fichier": (io.BytesIO(pdf()), "photo.pdf")}
    page = client.post(f"/porteur/bilans/{bilan_id}/pieces", data=envoi, follow_redirects=True)
    assert "Le fichier est joint au bilan." in page.text and "photo.pdf" in page.text
    assert lus and bytes not in lus


def test_arrive_par_morceaux(app: Flask, bilan: Any) -> None:
    m, b = bilan
    adresse, octets = f"/porteur/bilans/{b.id}/pieces", pdf()
    client = connecter(app.test_client(), m.sam)
    annonce = client.post(
        "/porteur/envois",
        json={
            "nom": "comptes.pdf",
            "taille": len(octets),
            "empreinte": hashlib.sha256(octets).hexdigest(),
        },
    ).json
    client.post(f"/porteur/envois/{annonce['id']}/morceaux/0", data=octets)
    page = client.post(adresse, data={"envoi": annonce["id"]}, follow_redirects=True)
    assert "Le fichier est joint au bilan." in page.text and "comptes.pdf" in page.text


@pytest.mark.parametrize(
    ("envoi", "phrase"),
    [
        ({}, "Choisissez un fichier"),
        ({"fichier": "un texte"}, "Choisissez un fichier"),
        ({"envoi": "999999"}, "recommencez|Choisissez|arrivé"),
        ({"fichier": (b"\0\0\0\x18ftypheic" + b"\0" * 100, "IMG_1.HEIC")}, "capture d’écran"),
        ({"fichier": (b"MZ" + b"\0" * 400, "outil.exe")}, "type accepté"),
    ],
)
def test_un_refus_se_dit(app: Flask, bilan: Any, envoi: dict[str, Any], phrase: str) -> None:
    m, b = bilan
    if isinstance(envoi.get("fichier"), tuple):
        octets, nom = envoi["fichier"]
        envoi = {"fichier": (io.BytesIO(octets), nom)}
    client = connecter(app.test_client(), m.sam)
    page = client.post(f"/porteur/bilans/{b.id}/pieces", data=envoi, follow_redirects=True)
    assert page.status_code == 200 and re.search(phrase, page.text)
    assert pieces_bilan(b) == []


def test_le_choix_du_telephone_propose_ses_photos(app: Flask, bilan: Any) -> None:
    """HEIC too: on a computer, the photos of an iPhone bear that name."""
    m, b = bilan
    page = connecter(app.test_client(), m.sam).get(f"/porteur/bilans/{b.id}").text
    (accept,) = re.findall(
        r'type="file"[^>]* ?accept="([^"]+)"|accept="([^"]+)"[^>]*type="file"', page
    )
    lu = next(filter(None, accept))
    assert lu == ACCEPTE and "image/jpeg" in lu
    assert ".heic" in lu and "image/*" not in lu
