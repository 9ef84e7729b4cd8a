"""Second chances: mails sent again or let go, failed jobs tried again."""

from __future__ import annotations

from aap.domaine.erreurs import PasLeMoment
from aap.domaine.horloge import maintenant
from aap.domaine.liens_secrets import MODELES as SECRETS
from aap.extensions import db
from aap.models import Courriel, EtatCourriel, EtatTache, Tache
from aap.permissions import Acteur, exiger
from aap.requetes.copil_publication import MODELES
from aap.services.courriel import ESSAI
from aap.services.journal import consigner
from aap.services.taches import enfiler


def renvoyer_courriel(acteur: Acteur, courriel: Courriel) -> None:
    """Send a mail again (same text, same Message-ID), or let a retained one go.

    Raises PasLeMoment for a mail that is already about to leave, for one of a sandbox campaign
    and for a decision: it leaves when the coordination says so, on the page of the session.
    """
    exiger(acteur, "admin.courriels")
    if courriel.etat is EtatCourriel.A_ENVOYER:
        raise PasLeMoment("Ce message est déjà dans la file d’envoi.")
    if courriel.etat is EtatCourriel.ENVOYE and courriel.modele in SECRETS:
        raise PasLeMoment(
            "Ce message contenait un lien secret, qui n’est pas gardé.",
            "La personne peut en demander un nouveau, ou recevoir une nouvelle invitation.",
        )
    retenu = courriel.etat is EtatCourriel.RETENU
    if retenu and courriel.sujet.startswith(ESSAI):
        raise PasLeMoment("Ce message vient d’une campagne d’essai\u00a0: il ne part pas.")
    if retenu and courriel.modele in MODELES.values():
        raise PasLeMoment(
            "Ce message annonce une décision.",
            "La coordination le laisse partir depuis la page de publication de la séance.",
        )
    courriel.etat = EtatCourriel.A_ENVOYER
    courriel.erreur = ""
    enfiler("envoyer_courriel", {"courriel_id": courriel.id})
    libelle = "Message retenu envoyé" if retenu else "Message renvoyé"
    consigner(acteur, courriel, "courriel.renvoyer", libelle)


def relancer_tache(acteur: Acteur, tache: Tache) -> None:
    """Give a failed job all its tries again. Raises PasLeMoment when it has not failed."""
    exiger(acteur, "admin.taches")
    if tache.etat is not EtatTache.ECHOUEE:
        raise PasLeMoment("Cette tâche n’est pas en échec.")
    tache.etat = EtatTache.PRETE
    tache.essais = 0
    tache.quand = maintenant()
    db.session.flush()
    consigner(acteur, tache, "tache.relancer", "Tâche relancée")
