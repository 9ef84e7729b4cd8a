"""The scanner: clean, infected, down. A file that was not scanned never passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Courriel, EtatAnalyse, EtatTache, Fichier, PieceOrganisme, Tache, TypePiece
from aap.pieces.antivirus import AntivirusInjoignable, analyser
from aap.services import organisme as orga
from aap.stockage import stockage
from aap.taches.ouvrier import vider
from aap.taches.registre import executer
from tests.outils_fichiers import EICAR, clamd
from tests.outils_porteur import archive, connecte, pdf, planter


def infecte() -> bytes:
    """A well-formed document that carries the test signature."""
    return pdf() + b"\n%" + EICAR


@pytest.mark.parametrize("local", [False, True])
def test_protocole(tmp_path: Path, local: bool) -> None:
    with clamd(str(tmp_path / "clamd") if local else "") as scanner:
        assert not analyser(scanner.adresse, [b"abc", b"", b"def"], 5).infecte
        assert scanner.lus == [b"abcdef"]
        verdict = analyser(scanner.adresse, [EICAR[:20], EICAR[20:]], 5)
        assert verdict.signature == "Eicar-Test-Signature"


@pytest.mark.parametrize("humeur", ["muet", "erreur", "raccroche"])
def test_sans_verdict(humeur: str) -> None:
    with clamd() as scanner:
        scanner.humeur = humeur
        with pytest.raises(AntivirusInjoignable):
            analyser(scanner.adresse, [b"abc"], 1)
    with pytest.raises(AntivirusInjoignable):
        analyser(scanner.adresse, [b"abc"], 1)
    with pytest.raises(AntivirusInjoignable):
        analyser("unix:/nulle/part", [b"abc"], 1)


def deposer(d, octets: bytes | None = None) -> Fichier:
    return orga.deposer_piece(
        d.acteur, d.organisme, TypePiece.STATUTS, "statuts.pdf", octets or pdf()
    ).fichier


def test_sain(session, regler: Callable[..., None]) -> None:
    d = planter()
    with clamd() as scanner:
        regler(antivirus=scanner.adresse)
        numero = deposer(d).id
        session.commit()
        assert session.get(Fichier, numero).analyse is EtatAnalyse.EN_ATTENTE
        vider()
    fichier = session.get(Fichier, numero)
    assert fichier.analyse is EtatAnalyse.SAIN and fichier.analyse_le
    assert scanner.lus == [stockage().lire(fichier.cle)]
    assert fichier.vignette_cle  # pictured only after the scan


def test_infecte_est_retire_efface_et_dit(session, regler: Callable[..., None]) -> None:
    d = planter()
    with clamd() as scanner:
        regler(antivirus=scanner.adresse)
        numero = deposer(d, infecte()).id
        session.commit()
        vider()
    fichier = session.get(Fichier, numero)
    assert fichier.analyse is EtatAnalyse.INFECTE
    assert [o for o in stockage().lister() if o.cle == fichier.cle] == []
    assert session.scalar(db.select(PieceOrganisme.remplacee_le)) is not None
    courriel = session.scalar(db.select(Courriel).where(Courriel.modele == "fichier_refuse"))
    assert courriel.destinataire == d.signataire.courriel
    assert "statuts.pdf" in courriel.texte


def test_antivirus_en_panne_le_fichier_attend(
    app: Flask, session, regler: Callable[..., None]
) -> None:
    """Down for hours: the file never passes, the job comes back, then it is released."""
    d = planter()
    yann = orga.inviter_membre(d.acteur, d.organisme, "yann@exemple.fr").utilisateur
    yann.confirme_le = maintenant()
    regler(antivirus="tcp:127.0.0.1:9")
    numero = deposer(d).id
    session.commit()
    depart = maintenant()
    vider()
    adresse = f"/fichiers/{numero}"
    deposante, membre = connecte(app, d.signataire), connecte(app, yann)
    assert deposante.get(adresse).status_code == 200
    refus = membre.get(adresse)
    assert refus.status_code == 403 and "antivirus" in refus.text
    a_venir = session.scalars(
        db.select(Tache).where(Tache.nom == "analyser_fichier", Tache.etat == EtatTache.PRETE)
    ).all()
    assert len(a_venir) == 1 and a_venir[0].quand > depart
    with clamd() as scanner:
        regler(antivirus=scanner.adresse)
        a_venir[0].quand = depart
        session.commit()
        vider()
    assert session.get(Fichier, numero).analyse is EtatAnalyse.SAIN
    assert membre.get(adresse).status_code == 200


def test_relance_horaire(session, regler: Callable[..., None]) -> None:
    d = planter()
    regler(antivirus="tcp:127.0.0.1:9")
    deposer(d)
    session.execute(db.delete(Tache))
    executer("fichiers_en_attente", {})
    executer("fichiers_en_attente", {})
    assert session.scalars(db.select(Tache.nom)).all() == ["analyser_fichier"]


def test_antivirus_debranche(session, regler: Callable[..., None]) -> None:
    """Turned off while files wait: they are released, and marked as not scanned."""
    d = planter()
    regler(antivirus="tcp:127.0.0.1:9")
    numero = deposer(d).id
    regler(antivirus="")
    session.commit()
    vider()
    assert session.get(Fichier, numero).analyse is EtatAnalyse.NON_ANALYSE


def test_sans_antivirus_rien_n_attend(session) -> None:
    d = planter()
    assert deposer(d, archive("word/document.xml")).analyse is EtatAnalyse.NON_ANALYSE


def test_telechargement_protege(app: Flask, session) -> None:
    d = planter()
    fichier = deposer(d)
    numero, cle = fichier.id, fichier.cle
    client = connecte(app, d.signataire)
    vider()
    reponse = client.get(f"/fichiers/{numero}")
    assert reponse.headers["Content-Disposition"].startswith("attachment")
    assert reponse.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reponse.headers["Content-Security-Policy"]
    image = client.get(f"/fichiers/{numero}/vignette")
    assert image.mimetype == "image/jpeg" and image.data.startswith(b"\xff\xd8")
    assert image.headers["X-Content-Type-Options"] == "nosniff"
    inconnu = app.test_client()
    for adresse in (f"/fichiers/{numero}", f"/fichiers/{numero}/vignette"):
        assert inconnu.get(adresse).status_code == 303
    assert client.get(f"/fichiers/{cle}").status_code == 404
    assert client.get(f"/static/{cle}").status_code == 404
