"""Mails through a real SMTP server: what leaves, what waits, what fails and how it is told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select

from aap.domaine.horloge import horloge_fixee, maintenant
from aap.extensions import reglages
from aap.models import Courriel, EtatCourriel, EtatTache, Tache
from aap.permissions import SYSTEME
from aap.services.courriel import deposer_courriel
from aap.services.envoi import renvoyer_courriel
from aap.taches.courriels import composer
from aap.taches.ouvrier import vider
from tests import fabriques as f


class Boite:
    """Handler of the test server: keeps the messages, refuses some recipients."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.reponse_destinataire = ""
        self.reponse_message = ""
        self.reponse_quit = "221 au revoir"

    async def handle_QUIT(self, _serveur: Any, _session: Any, _enveloppe: Any) -> str:
        return self.reponse_quit

    async def handle_RCPT(
        self, _serveur: Any, _s: Any, enveloppe: Any, adresse: str, _o: Any
    ) -> str:
        if self.reponse_destinataire:
            return self.reponse_destinataire
        enveloppe.rcpt_tos.append(adresse)
        return "250 OK"

    async def handle_DATA(self, _serveur: Any, _session: Any, enveloppe: Any) -> str:
        if self.reponse_message:
            return self.reponse_message
        message = message_from_bytes(enveloppe.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port: int = prise.getsockname()[1]
        return port


@pytest.fixture
def boite(regler: Callable[..., None]) -> Iterator[Boite]:
    """A real SMTP server on this machine, named in the settings."""
    courrier, port = Boite(), port_libre()
    serveur = Controller(courrier, hostname="127.0.0.1", port=port)
    serveur.start()
    regler(smtp_hote="127.0.0.1", smtp_port=port, smtp_delai_secondes=2)
    yield courrier
    serveur.stop()


def poser(session: Any, adresse: str = "porteur@exemple.test") -> Courriel:
    courriel = deposer_courriel(adresse, "compte_mot_de_passe_change", le=maintenant())
    session.commit()
    return courriel


def tache(session: Any) -> Tache:
    session.expire_all()
    trouvee: Tache = session.scalars(select(Tache).order_by(Tache.id.desc())).first()
    return trouvee


def test_le_message_est_lisible_partout(session: Any, boite: Boite) -> None:
    courriel = poser(session)
    courriel.sujet = "Votre dossier « Été à l’école » : 1 500 € accordés"
    session.commit()
    vider()
    (message,) = boite.messages
    assert message["Subject"] == courriel.sujet
    assert message["To"] == "porteur@exemple.test"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{courriel.message_id}>"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
    texte, html = message.get_body(("plain",)), message.get_body(("html",))
    assert texte is not None and html is not None
    assert texte.get_content().split() == courriel.texte.split()
    assert html.get_content().split() == courriel.html.split()
    session.expire_all()
    assert courriel.etat is EtatCourriel.ENVOYE and courriel.envoye_le is not None


def test_un_renvoi_garde_son_identifiant(session: Any, boite: Boite) -> None:
    courriel = poser(session)
    vider()
    session.expire_all()
    courriel.etat = EtatCourriel.ECHEC
    session.commit()
    renvoyer_courriel(SYSTEME, courriel)
    session.commit()
    vider()
    assert len(boite.messages) == 2
    assert len({m["Message-ID"] for m in boite.messages}) == 1
    assert len({m["Date"] for m in boite.messages}) == 1


def test_un_message_envoye_ne_part_pas_deux_fois(session: Any, boite: Boite) -> None:
    poser(session)
    vider()
    en_double = tache(session)
    en_double.etat = EtatTache.PRETE  # the worker died after the commit was lost
    session.commit()
    vider()
    assert len(boite.messages) == 1


def test_sans_serveur_le_message_reste_lisible(session: Any) -> None:
    courriel = poser(session)
    assert vider() == 1
    session.expire_all()
    assert courriel.etat is EtatCourriel.A_ENVOYER and courriel.erreur == ""


def test_un_retour_en_arriere_n_envoie_rien(session: Any, boite: Boite) -> None:
    deposer_courriel("porteur@exemple.test", "compte_mot_de_passe_change", le=maintenant())
    session.rollback()
    assert vider() == 0
    assert boite.messages == []


def test_un_serveur_muet_ne_bloque_pas_l_ouvrier(session: Any, regler: Callable[..., None]) -> None:
    """It accepts the connection and says nothing: the delay ends it, the mail is tried again."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        prise.listen(5)
        regler(smtp_hote="127.0.0.1", smtp_port=prise.getsockname()[1], smtp_delai_secondes=1)
        courriel = poser(session)
        debut = time.monotonic()
        vider()
        assert time.monotonic() - debut < 5
    t = tache(session)
    assert t.etat is EtatTache.PRETE and t.essais == 1 and "timed out" in t.erreur
    assert t.quand > maintenant()
    assert courriel.etat is EtatCourriel.A_ENVOYER


def test_un_serveur_muet_ne_bloque_pas_les_autres_ecritures(
    app: Flask, session: Any, regler: Callable[..., None]
) -> None:
    """While the worker waits for the server, somebody else writes at once (SQLite too)."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        prise.listen(5)
        regler(smtp_hote="127.0.0.1", smtp_port=prise.getsockname()[1], smtp_delai_secondes=4)
        poser(session)

        def ouvrier() -> None:
            with app.app_context():
                vider()

        fil = threading.Thread(target=ouvrier)
        fil.start()
        prise.accept()  # the worker is now waiting for a greeting
        debut = time.monotonic()
        f.utilisateur()
        session.commit()
        attente = time.monotonic() - debut
        fil.join(20)
    assert attente < 2


def test_un_serveur_retabli_envoie_au_nouvel_essai(session: Any, boite: Boite) -> None:
    boite.reponse_destinataire = "451 reessayez plus tard"
    courriel = poser(session)
    vider()
    t = tache(session)
    assert t.etat is EtatTache.PRETE
    boite.reponse_destinataire = ""
    with horloge_fixee(t.quand + timedelta(seconds=1)):
        vider()
    session.expire_all()
    assert courriel.etat is EtatCourriel.ENVOYE
    assert len(boite.messages) == 1


@pytest.mark.parametrize("ou", ["reponse_destinataire", "reponse_message"])
def test_un_refus_definitif_est_dit_tout_de_suite(session: Any, boite: Boite, ou: str) -> None:
    setattr(boite, ou, "550 boite inconnue")
    courriel = poser(session)
    vider()
    t = tache(session)
    assert t.etat is EtatTache.ECHOUEE and t.essais == 1
    assert courriel.etat is EtatCourriel.ECHEC
    assert "550" in courriel.erreur and "boite inconnue" in courriel.erreur


def test_apres_le_dernier_essai_le_courriel_est_en_echec(
    session: Any, regler: Callable[..., None]
) -> None:
    regler(smtp_hote="127.0.0.1", smtp_port=port_libre(), smtp_delai_secondes=1)
    courriel = poser(session)
    instant = maintenant()
    for essai in range(1, 9):
        with horloge_fixee(instant):
            assert vider() == 1
        t = tache(session)
        assert t.essais == essai
        assert (t.etat is EtatTache.ECHOUEE) == (essai == 8)
        assert (courriel.etat is EtatCourriel.ECHEC) == (essai == 8)
        instant = t.quand + timedelta(seconds=1)
    assert "ConnectionRefusedError" in courriel.erreur


def test_une_injection_d_en_tete_est_impossible(app: Flask, session: Any) -> None:
    courriel = poser(session)
    courriel.sujet = "Bonjour\r\nBcc: espion@exemple.test"
    with pytest.raises(ValueError), session.no_autoflush:
        composer(courriel, reglages().expediteur)


def test_un_au_revoir_mal_recu_ne_renvoie_pas_le_message(session: Any, boite: Boite) -> None:
    """The mail was taken; what the server answers to QUIT changes nothing to it."""
    boite.reponse_quit = "421 fermeture"
    courriel = poser(session)
    vider()
    assert courriel.etat is EtatCourriel.ENVOYE and len(boite.messages) == 1
    assert tache(session).etat is EtatTache.FAITE
