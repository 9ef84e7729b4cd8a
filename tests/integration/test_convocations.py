"""Convocations: what each mail carries, and what agendas are told when the session moves."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO
from typing import Any

import pypdf
import pytest
from flask import Flask
from sqlalchemy import select

from aap.domaine.erreurs import PasLeMoment
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Courriel, Seance, Utilisateur
from aap.services import seance as service
from aap.taches.convocations import joindre
from aap.taches.courriels import composer
from tests.outils_copil import DecorCopil, deporter, planter_copil, seance_prete
from tests.outils_porteur import connecte


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def donnees(seance: Seance, **change: Any) -> service.DonneesSeance:
    valeurs = {"titre": seance.titre, "prevue_le": seance.prevue_le, "lieu": seance.lieu,
               "quorum": seance.quorum}  # fmt: skip
    return service.DonneesSeance(**{**valeurs, **change})


def dernier(qui: Utilisateur) -> tuple[Courriel, EmailMessage]:
    """The last mail of a person, as it leaves."""
    courriel = db.session.scalars(
        select(Courriel).where(Courriel.utilisateur_id == qui.id).order_by(Courriel.id.desc())
    ).first()
    assert courriel is not None
    message = composer(courriel, "aap@exemple.fr")
    joindre(message, courriel)
    return courriel, message


def agenda(message: EmailMessage) -> dict[str, str]:
    (piece,) = [p for p in message.iter_attachments() if p.get_content_subtype() == "calendar"]
    texte = piece.get_payload(decode=True).decode().replace("\r\n ", "")  # type: ignore[union-attr]
    lignes = dict(x.split(":", 1) for x in texte.split("\r\n") if ":" in x)
    assert piece.get_param("method") == lignes["METHOD"]
    return {cle.partition(";")[0]: valeur for cle, valeur in lignes.items()}


def convocation(message: EmailMessage) -> str:
    (piece,) = [p for p in message.iter_attachments() if p.get_content_subtype() == "pdf"]
    lecteur = pypdf.PdfReader(BytesIO(piece.get_payload(decode=True)))  # type: ignore[arg-type]
    return " ".join(page.extract_text() for page in lecteur.pages)


def test_la_convocation_son_changement_son_annulation(decor: DecorCopil) -> None:
    seance = seance_prete(decor, ouverte=False)
    deporter(decor, decor.membre, decor.dossiers[0])
    assert service.modifier_seance(decor.acteur, seance, donnees(seance, lieu="Mairie")) == 0
    service.envoyer_convocations(decor.acteur, seance)
    _, message = dernier(decor.membre)
    premier, page = agenda(message), convocation(message)
    assert premier["METHOD"] == "REQUEST" and premier["LOCATION"] == "Mairie"
    assert premier["ATTENDEE"] == f"mailto:{decor.membre.courriel}"
    assert premier["DTSTART"] == f"{seance.prevue_le:%Y%m%dT%H%M%SZ}"
    assert decor.dossiers[1].reference in page and decor.dossiers[0].reference not in page
    assert "1 dossier n’est pas montré" in " ".join(page.split())
    plus_tard = seance.prevue_le + timedelta(days=7)
    assert service.modifier_seance(decor.acteur, seance, donnees(seance, prevue_le=plus_tard)) == 2
    assert service.modifier_seance(decor.acteur, seance, donnees(seance, quorum=2)) == 0
    courriel, message = dernier(decor.membre)
    change = agenda(message)
    assert courriel.modele == "convocation_changee" and change["METHOD"] == "REQUEST"
    assert change["UID"] == premier["UID"] and change["DTSTART"] != premier["DTSTART"]
    assert int(change["SEQUENCE"]) > int(premier["SEQUENCE"])
    assert service.annuler_convocations(decor.acteur, seance, "Salle prise") == 2
    courriel, message = dernier(decor.membre)
    annule = agenda(message)
    assert "Salle prise" in courriel.texte and annule["METHOD"] == "CANCEL"
    assert annule["STATUS"] == "CANCELLED" and annule["UID"] == premier["UID"]
    assert int(annule["SEQUENCE"]) > int(change["SEQUENCE"])
    assert [p.get_filename() for p in message.iter_attachments()] == ["seance.ics"]
    with pytest.raises(PasLeMoment, match="rien à annuler"):
        service.annuler_convocations(decor.acteur, seance, "")
    service.envoyer_convocations(decor.acteur, seance)  # at another date
    assert int(agenda(dernier(decor.membre)[1])["SEQUENCE"]) > int(annule["SEQUENCE"])


def test_qui_quitte_la_liste_le_sait(decor: DecorCopil) -> None:
    seance = seance_prete(decor, ouverte=False)
    presence = next(p for p in seance.presences if p.utilisateur_id == decor.membre.id)
    service.marquer_presence(decor.acteur, presence, False)
    service.envoyer_convocations(decor.acteur, seance)
    assert service.decommander(decor.acteur, presence) is True
    assert agenda(dernier(decor.membre)[1])["METHOD"] == "CANCEL"
    retour = service.convoquer(decor.acteur, seance, decor.membre)
    assert service.decommander(decor.acteur, retour) is False


def test_pages(app: Flask, decor: DecorCopil) -> None:
    seance = seance_prete(decor, ouverte=False)
    service.envoyer_convocations(decor.acteur, seance)
    db.session.commit()
    membre, base = connecte(app, decor.membre), f"/copil/seances/{seance.id}"
    pdf, ics = membre.get(f"{base}/convocation.pdf"), membre.get(f"{base}/seance.ics")
    assert pdf.data.startswith(b"%PDF") and "METHOD:PUBLISH" in ics.text
    assert ics.content_type.startswith("text/calendar") and "ATTENDEE" not in ics.text
    assert f"{base}/seance.ics" in membre.get(base).text
    assert membre.post(f"{base}/convocations/annuler", data={}).status_code == 403
    client = connecte(app, decor.coordo)
    assert "convocation envoyée" in client.get(f"{base}/membres").text
    champs = {"titre": "Autre titre", "lieu": "Salle", "quorum": "1", "version": seance.version,
              "prevue_le": maintenant().strftime("%Y-%m-%dT%H:%M")}  # fmt: skip
    suite = client.post(f"{base}/modifier", data=champs, follow_redirects=True)
    assert "prévenus par courriel" in suite.text
    annule = client.post(
        f"{base}/convocations/annuler", data={"motif": "Grève"}, follow_redirects=True
    )
    assert "2\u00a0membres prévenus" in annule.text and "convocation envoyée" not in annule.text
    assert client.post(f"{base}/convocations/annuler", data={}).status_code == 409
