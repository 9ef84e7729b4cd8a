"""The thread of a dossier between the porteur and the instructors."""

from __future__ import annotations

from aap.domaine.erreurs import Invalide
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Dossier, Message
from aap.permissions import Acteur, exiger
from aap.services.avertissement import avertir_instruction, avertir_porteur


def ecrire_message(acteur: Acteur, dossier: Dossier, texte: str) -> Message:
    """Write on the thread; the other side gets a mail without the text."""
    exiger(acteur, "dossier.ecrire_message", dossier)
    propre = nettoyer(texte).strip()
    if not propre:
        raise Invalide("Écrivez votre message avant de l’envoyer.")
    if len(propre) > 5000:
        raise Invalide("Ce message dépasse 5 000 caractères : raccourcissez-le.")
    du_porteur = dossier.organisme_id in acteur.membres
    message = Message(
        dossier_id=dossier.id,
        auteur_id=acteur.utilisateur_id,
        du_porteur=du_porteur,
        texte=propre,
    )
    db.session.add(message)
    db.session.flush()
    if du_porteur:
        avertir_instruction(dossier, "message_recu", auteur=acteur.nom)
    else:
        avertir_porteur(dossier, "message_recu", auteur=acteur.nom)
    return message
