"""What goes with a convocation: the agenda as a PDF, the meeting as an .ics file.

Made when the mail leaves, so that they are those of the moment; the organismes with which the
recipient has declared a link are not in her agenda.
"""

from __future__ import annotations

from email.message import EmailMessage

from aap import documents
from aap.domaine.agenda import Methode, ecrire_agenda
from aap.extensions import db
from aap.models import Courriel, Seance
from aap.permissions import charger_acteur
from aap.requetes.convocation import ANNULEE, MODELES, reunion

AGENDA = "seance.ics"


def joindre(message: EmailMessage, courriel: Courriel) -> None:
    """Attach to a mail of ``MODELES``; any other mail is left alone."""
    if courriel.modele not in MODELES or courriel.entite != "seance":
        return
    seance = db.session.get(Seance, courriel.entite_id)
    invite = courriel.utilisateur
    if seance is None or invite is None:
        return
    methode: Methode = "CANCEL" if courriel.modele == ANNULEE else "REQUEST"
    if methode == "REQUEST":
        octets = documents.pdf_convocation(
            seance, charger_acteur(invite).deports, courriel.cree_le, invite.nom_complet
        )
        message.add_attachment(
            octets, maintype="application", subtype="pdf", filename="convocation.pdf"
        )
    message.add_attachment(
        ecrire_agenda(reunion(seance, courriel.cree_le, invite), methode),
        maintype="text",
        subtype="calendar",
        filename=AGENDA,
        params={"method": methode, "charset": "utf-8"},
    )
