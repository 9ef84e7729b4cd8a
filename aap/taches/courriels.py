"""Sending of the outbox, one message per job, with a stable Message-ID."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate

from sqlalchemy.exc import NoResultFound

from aap.domaine.horloge import maintenant
from aap.domaine.liens_secrets import sans_lien_secret
from aap.extensions import db, lecture_seule, reglages
from aap.models import Courriel, EtatCourriel
from aap.taches.convocations import joindre
from aap.taches.registre import EchecDefinitif, tache


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


def _refus_definitif(erreur: smtplib.SMTPException) -> str:
    """What the server answered when it will never take this mail (5xx); empty otherwise.

    Faults of our own settings (sign-in, sender refused) are not of this kind: they are mended,
    and the mail then leaves.
    """
    code: int
    texte: bytes | str
    if isinstance(erreur, smtplib.SMTPRecipientsRefused):
        code, texte = next(iter(erreur.recipients.values()))
    elif isinstance(erreur, smtplib.SMTPDataError):
        code, texte = erreur.smtp_code, erreur.smtp_error
    else:
        return ""
    brut = texte.decode("utf-8", "replace") if isinstance(texte, bytes) else str(texte)
    return f"{code} {brut}" if 500 <= code < 600 else ""


def _abandonner(erreur: str, courriel_id: int) -> None:
    """No try is left: the outbox says so, and why (« Renvoyer » starts again)."""
    courriel = db.session.get(Courriel, courriel_id)
    if courriel is not None and courriel.etat is not EtatCourriel.ENVOYE:
        courriel.etat = EtatCourriel.ECHEC
        courriel.erreur = erreur[:500]


def _a_envoyer(courriel_id: int) -> EmailMessage | None:
    """The message, read and let go (no transaction stays open); None: nothing to send."""
    with lecture_seule():
        courriel = db.session.get(Courriel, courriel_id)
        if courriel is None:
            raise NoResultFound(f"courriel {courriel_id}")
        deja = courriel.etat is EtatCourriel.ENVOYE
        message = None
        if not deja:
            message = composer(courriel, reglages().expediteur)
            joindre(message, courriel)
        db.session.rollback()
    return message


def _raccrocher(serveur: smtplib.SMTP) -> None:
    """Say goodbye; whatever is answered, the mail was taken or refused before."""
    with suppress(smtplib.SMTPException, OSError):
        serveur.quit()
    serveur.close()


def expedier(courriel_id: int) -> None:
    """Hand the mail to the SMTP server. Raises EchecDefinitif when it is refused for ever.

    A crash between this and the commit sends it again, with the same Message-ID.
    """
    if not reglages().smtp_hote:
        return
    message = _a_envoyer(courriel_id)
    if message is None:
        return
    serveur = _connexion()
    try:
        serveur.send_message(message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as erreur:
        refus = _refus_definitif(erreur)
        if refus:
            raise EchecDefinitif(refus) from erreur
        raise
    finally:
        _raccrocher(serveur)


@tache("envoyer_courriel", essais_max=8, dehors=expedier, abandon=_abandonner)
def envoyer_courriel(courriel_id: int) -> None:
    """Note that the mail left; without an SMTP host (demonstration) it stays in the outbox."""
    courriel = db.session.get_one(Courriel, courriel_id)
    if courriel.etat is EtatCourriel.ENVOYE or not reglages().smtp_hote:
        return
    courriel.etat = EtatCourriel.ENVOYE
    courriel.envoye_le = maintenant()
    # The base keeps no key that opens an account: tokens are hashed, their mails forget them.
    courriel.texte = sans_lien_secret(courriel.texte)
    courriel.html = sans_lien_secret(courriel.html)
    courriel.erreur = ""
