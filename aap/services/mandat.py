"""A mandate to sign dossiers and bilans for an organisme, between two dates.

It gives no other power of a signatory: neither the RIB, nor the members, nor the conventions.
"""

from __future__ import annotations

from datetime import date

from aap.domaine.calendrier import date_longue
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Mandat, Membre, RoleMembre
from aap.permissions import Acteur, exiger
from aap.requetes.mandats import mandats_vivants
from aap.services.journal import consigner
from aap.services.redaction import verrouiller

DUREE_MAX_JOURS = 366


def donner_mandat(
    acteur: Acteur, membre: Membre, du: date, au: date, precision: str = ""
) -> Mandat:
    """A signatory lets a writer sign from ``du`` to ``au`` (included, Europe/Paris).

    Raises Invalide (dates), PasLeMoment (gone, signs already, has a mandate on these days).
    """
    exiger(acteur, "membre.gerer", membre)
    verrouiller(membre.organisme)
    if membre.parti_le is not None:
        raise PasLeMoment("Cette personne ne fait plus partie de l’organisme.")
    if membre.role is RoleMembre.SIGNATAIRE:
        raise PasLeMoment("Cette personne signe déjà pour l’organisme.")
    problemes = _problemes(du, au)
    if problemes:
        raise Invalide("Ce mandat ne peut pas être donné ainsi.", problemes)
    if any(m.du <= au and du <= m.au for m in mandats_vivants(membre.organisme_id, membre.id)):
        raise PasLeMoment(
            "Cette personne a déjà un mandat à ces dates.",
            "Retirez d’abord ce mandat pour en changer les dates.",
        )
    mandat = Mandat(
        membre=membre,
        donne_par_id=acteur.utilisateur_id,
        du=du,
        au=au,
        precision=nettoyer(precision, lignes=False).strip()[:300],
    )
    db.session.add(mandat)
    db.session.flush()
    _consigner(acteur, mandat, "organisme.donner_mandat", "reçoit mandat de signer")
    return mandat


def _problemes(du: date, au: date) -> list[Probleme]:
    if au < du:
        return [Probleme("La fin du mandat vient après son début.", "au")]
    if au < aujourdhui():
        return [Probleme("Ce mandat serait déjà terminé.", "au")]
    if (au - du).days >= DUREE_MAX_JOURS:
        return [Probleme("Un mandat dure un an au plus.", "au")]
    return []


def reprendre_mandat(acteur: Acteur, mandat: Mandat) -> None:
    """End a mandate before its term; twice is once."""
    exiger(acteur, "mandat.reprendre", mandat)
    if mandat.repris_le is not None:
        return
    mandat.repris_le = maintenant()
    db.session.flush()
    _consigner(acteur, mandat, "organisme.reprendre_mandat", "n’a plus mandat de signer")


def _consigner(acteur: Acteur, mandat: Mandat, acte: str, suite: str) -> None:
    nom = mandat.membre.utilisateur.nom_complet
    consigner(
        acteur,
        mandat.membre.organisme,
        acte,
        f"{nom} {suite} (du {date_longue(mandat.du)} au {date_longue(mandat.au)})",
        donnees={"mandat": mandat.id, "du": mandat.du.isoformat(), "au": mandat.au.isoformat()},
        visible_porteur=True,
    )
