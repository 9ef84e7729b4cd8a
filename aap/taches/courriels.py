"""Sending of the outbox, one message per job, with a stable Message-ID."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from sqlalchemy.exc import NoResultFound

from aap.domaine.horloge import maintenant
from aap.extensions import db, reglages
from aap.models import Courriel, EtatCourriel
from aap.taches.registre import tache


def composer(courriel: Courriel, expediteur: str) -> EmailMessage:
    """The message as sent: text and HTML parts, marked as automatic."""
    message = EmailMessage()
    message["Subject"] = courriel.sujet
    message["From"] = expediteur
    message["To"] = courriel.destinataire
    message["Date"] = formatdate(courriel.cree_le.timestamp())
    message["Message-ID"] = f"<{courriel.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(courriel.texte)
    if courriel.html:
        message.add_alternative(courriel.html, subtype="html")
    return message


def _connexion() -> smtplib.SMTP:
    r = reglages()
    if r.smtp_securite == "tls":
        serveur: smtplib.SMTP = smtplib.SMTP_SSL(
            r.smtp_hote,
            r.smtp_port,
            timeout=r.smtp_delai_secondes,
            context=ssl.create_default_context(),
        )
    else:
        serveur = smtplib.SMTP(r.smtp_hote, r.smtp_port, timeout=r.smtp_delai_secondes)
    if r.smtp_securite == "starttls":
        serveur.starttls(context=ssl.create_default_context())
    if r.smtp_utilisateur:
        serveur.login(r.smtp_utilisateur, r.smtp_mot_de_passe)
    return serveur


@tache("envoyer_courriel", essais_max=8)
def envoyer_courriel(courriel_id: int) -> None:
    """Send one mail; without an SMTP host (demonstration) it stays readable in the outbox."""
    courriel = db.session.get(Courriel, courriel_id)
    if courriel is None:
        raise NoResultFound(f"courriel {courriel_id}")
    if courriel.etat is EtatCourriel.ENVOYE or not reglages().smtp_hote:
        return
    with _connexion() as serveur:
        serveur.send_message(composer(courriel, reglages().expediteur))
    courriel.etat = EtatCourriel.ENVOYE
    courriel.envoye_le = maintenant()
