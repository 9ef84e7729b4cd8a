"""Outside opinions by a mailed link: asked, reminded, extended, revoked, answered once for all.

The key of a link is an HMAC of the request and of its end date under the house's secret: the
database keeps its SHA-256 only, a reminder holds the same link, another date makes another link
and kills the first. The guest is a person without account: no password, no right.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from aap.domaine.calendrier import date_longue
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui, depuis_paris, maintenant
from aap.domaine.identifiants import cle_courriel
from aap.domaine.texte import nettoyer
from aap.extensions import db, reglages
from aap.models import (
    Avis,
    DemandeAvis,
    Dossier,
    InvitationAvis,
    NatureInvite,
    PieceInvitation,
    Utilisateur,
    ValeurAvis,
)
from aap.permissions import Acteur, charger_acteur, exiger
from aap.permissions.avis import ATTENDENT_AVIS
from aap.requetes.comptes import utilisateur_par_courriel
from aap.requetes.conflits import personnes_en_conflit
from aap.requetes.invitations import a_rappeler, dernier_depot, pieces_a_montrer
from aap.services.avertissement import avertir_instruction
from aap.services.avis import EXTERIEURES, deja_demande
from aap.services.courriel import deposer_courriel
from aap.services.hachage import empreinte
from aap.services.journal import consigner
from aap.services.transition import verifier_version

RAPPEL = timedelta(days=3)
DUREE_MAX = timedelta(days=180)
TEXTE_MAX = 5000


@dataclass(frozen=True)
class DonneesInvitation:
    """``pieces``: ids of the dossier's files that the guest may read."""

    courriel: str
    prenom: str
    nom: str
    nature: NatureInvite
    qualite: str
    question: str
    echeance: date
    pieces: Collection[int] = ()


def _fin_du(jour: date) -> datetime:
    """The first instant after ``jour`` in Paris."""
    return depuis_paris(datetime.combine(jour + timedelta(days=1), time()))


def cle_de(invitation: InvitationAvis) -> str:
    """The secret of the link (256 bits, URL-safe); only its recipient and this house know it."""
    message = f"invitation:{invitation.demande_avis_id}:{int(invitation.expire_le.timestamp())}"
    brut = hmac.new(reglages().cle_secrete.encode(), message.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(brut).rstrip(b"=").decode()


def _ecrire(invitation: InvitationAvis, modele: str) -> None:
    demande = invitation.demande
    deposer_courriel(
        demande.utilisateur,
        modele,
        entite="dossier",
        entite_id=demande.dossier_id,
        dossier=demande.dossier,
        demande=demande,
        chemin=f"/avis/invitation/{cle_de(invitation)}",
    )


def inviter(acteur: Acteur, dossier: Dossier, donnees: DonneesInvitation) -> InvitationAvis:
    """Ask an opinion from somebody without account. Raises Invalide, PasLeMoment."""
    exiger(acteur, "dossier.demander_avis", dossier)
    depot = dernier_depot(dossier)
    if dossier.etat not in ATTENDENT_AVIS or depot is None:
        raise PasLeMoment("L’instruction de ce dossier est close : aucun avis ne se demande plus.")
    problemes = _problemes_date(donnees.echeance)
    connues = dict(pieces_a_montrer(dossier))
    if set(donnees.pieces) - set(connues):
        problemes.append(Probleme("Choisissez parmi les documents du dossier.", "pieces"))
    invite = utilisateur_par_courriel(donnees.courriel)
    if invite is not None and invite.id in personnes_en_conflit(dossier.organisme_id):
        problemes.append(
            Probleme(
                "Cette personne a un lien avec l’organisme : demandez à une autre.", "courriel"
            )
        )
    if problemes:
        raise Invalide("L’invitation n’est pas complète.", problemes)
    if invite is not None and deja_demande(dossier, invite):
        raise PasLeMoment("L’avis de cette personne est déjà demandé sur ce dossier.")
    demande = DemandeAvis(
        dossier=dossier,
        utilisateur=invite or _personne(donnees),
        qualite=nettoyer(donnees.qualite, lignes=False)[:200],
        question=nettoyer(donnees.question)[:TEXTE_MAX],
        demandee_par_id=acteur.utilisateur_id,
        echeance=donnees.echeance,
    )
    db.session.add(demande)
    db.session.flush()
    invitation = InvitationAvis(
        demande_avis_id=demande.id,
        demande=demande,
        nature=donnees.nature,
        depot_id=depot.id,
        expire_le=_fin_du(donnees.echeance),
        pieces=[PieceInvitation(fichier_id=i, libelle=connues[i]) for i in sorted(donnees.pieces)],
    )
    invitation.cle_hachee = empreinte(cle_de(invitation))
    db.session.add(invitation)
    db.session.flush()
    _consigner(acteur, invitation, "avis.inviter", "Avis demandé par invitation à")
    _ecrire(invitation, "avis_invitation")
    return invitation


def _personne(donnees: DonneesInvitation) -> Utilisateur:
    """A person to whom mails go: neither password, nor right, nor invitation to open an account."""
    personne = Utilisateur(
        courriel=cle_courriel(donnees.courriel), prenom=donnees.prenom, nom=donnees.nom
    )
    db.session.add(personne)
    db.session.flush()
    return personne


def _problemes_date(echeance: date) -> list[Probleme]:
    if echeance <= aujourdhui():
        return [Probleme("Fixez une date dans le futur.", "echeance")]
    if echeance - aujourdhui() > DUREE_MAX:
        return [Probleme("Fixez une date à moins de six mois.", "echeance")]
    return []


def _consigner(acteur: Acteur, invitation: InvitationAvis, acte: str, libelle: str) -> None:
    demande = invitation.demande
    consigner(
        acteur,
        demande,
        acte,
        f"{libelle} {demande.utilisateur.nom_complet} ({invitation.nature.libelle})",
        donnees={
            "echeance": demande.echeance.isoformat(),
            "depot": invitation.depot_id,
            "pieces": [p.fichier_id for p in invitation.pieces],
        },
    )


def prolonger(acteur: Acteur, invitation: InvitationAvis, echeance: date) -> None:
    """Another date, another link, another mail; a revoked invitation lives again.

    Raises Invalide (date), PasLeMoment (answered, refused by the guest, examination closed).
    """
    exiger(acteur, "invitation.gerer", invitation)
    problemes = _problemes_date(echeance)
    if not problemes and _fin_du(echeance) == invitation.expire_le:
        problemes = [Probleme("C’est déjà la date fixée : choisissez-en une autre.", "echeance")]
    if problemes:
        raise Invalide("La date ne convient pas.", problemes)
    if invitation.rendue_le is not None:
        raise PasLeMoment("Cette personne a déjà répondu.")
    if invitation.recusee_le is not None:
        raise PasLeMoment("Cette personne s’est récusée : demandez un avis à quelqu’un d’autre.")
    if invitation.demande.dossier.etat not in ATTENDENT_AVIS:
        raise PasLeMoment("L’instruction de ce dossier est close.")
    invitation.demande.echeance = echeance
    invitation.expire_le = _fin_du(echeance)
    invitation.cle_hachee = empreinte(cle_de(invitation))
    invitation.revoquee_le = invitation.rappelee_le = None
    db.session.flush()
    _consigner(acteur, invitation, "avis.prolonger", "Nouvelle échéance pour l’avis de")
    _ecrire(invitation, "avis_invitation")


def revoquer(acteur: Acteur, invitation: InvitationAvis) -> None:
    """The link opens nothing more, at once; the guest is told. Raises PasLeMoment."""
    exiger(acteur, "invitation.gerer", invitation)
    if invitation.rendue_le is not None:
        raise PasLeMoment("Cette personne a déjà répondu : son avis reste au dossier.")
    if invitation.revoquee_le is not None:
        return
    invitation.revoquee_le = maintenant()
    db.session.flush()
    _consigner(acteur, invitation, "avis.revoquer", "Invitation retirée à")
    _ecrire(invitation, "avis_invitation_retiree")


def invite_de(invitation: InvitationAvis) -> Acteur:
    """The guest, proved by the link: her déports and memberships are those of today."""
    return charger_acteur(invitation.demande.utilisateur)


def accepter(acteur: Acteur, invitation: InvitationAvis) -> None:
    """The guest declares to have no link with the organisme: the dossier opens."""
    exiger(acteur, "invitation.repondre", invitation)
    if invitation.acceptee_le is None:
        invitation.acceptee_le = maintenant()
        db.session.flush()
        _consigner(acteur, invitation, "avis.ouvrir", "Dossier ouvert pour avis par")


def recuser(acteur: Acteur, invitation: InvitationAvis) -> None:
    """The guest has a link with the organisme: the door closes, the instructors are told."""
    exiger(acteur, "invitation.repondre", invitation)
    invitation.recusee_le = maintenant()
    invitation.brouillon_valeur, invitation.brouillon = None, ""
    db.session.flush()
    _consigner(acteur, invitation, "avis.recuser", "Lien avec l’organisme déclaré par")
    qualite = f"{invitation.demande.qualite} (récusation : lien avec l’organisme)"
    avertir_instruction(invitation.demande.dossier, "avis_exterieur_recuse", qualite=qualite)


def garder_brouillon(
    acteur: Acteur,
    invitation: InvitationAvis,
    valeur: ValeurAvis | None,
    texte: str,
    *,
    version: int | None = None,
) -> None:
    """Keep what is typed; nobody else reads it. Raises Conflit (two windows), Invalide."""
    exiger(acteur, "invitation.repondre", invitation)
    _exiger_ouverte(invitation)
    verifier_version(invitation, version)
    if valeur is not None and valeur not in EXTERIEURES:
        raise Invalide("Choisissez l’un des avis proposés.")
    invitation.brouillon_valeur = valeur
    invitation.brouillon = nettoyer(texte)[:TEXTE_MAX]
    invitation.brouillon_le = maintenant()
    db.session.flush()


def _exiger_ouverte(invitation: InvitationAvis) -> None:
    if invitation.acceptee_le is None:
        raise PasLeMoment("Dites d’abord si vous avez un lien avec l’organisme.")


def rendre(
    acteur: Acteur,
    invitation: InvitationAvis,
    valeur: ValeurAvis,
    texte: str,
    *,
    version: int | None = None,
) -> Avis:
    """The answer, frozen at once, with a receipt by mail. Raises Invalide, Conflit, PasLeMoment."""
    exiger(acteur, "invitation.repondre", invitation)
    _exiger_ouverte(invitation)
    verifier_version(invitation, version)
    propre = nettoyer(texte).strip()
    problemes = []
    if valeur not in EXTERIEURES:
        problemes.append(Probleme("Choisissez l’un des avis proposés.", "valeur"))
    if not propre:
        problemes.append(Probleme("Expliquez votre avis.", "commentaire"))
    elif len(propre) > TEXTE_MAX:
        problemes.append(Probleme("Votre texte dépasse 5 000 caractères.", "commentaire"))
    if problemes:
        raise Invalide("L’avis n’est pas complet.", problemes)
    demande = invitation.demande
    avis = Avis(
        dossier_id=demande.dossier_id,
        demande_avis_id=demande.id,
        auteur_id=demande.utilisateur_id,
        valeur=valeur,
        commentaire=propre,
        rendu_le=maintenant(),
    )
    db.session.add(avis)
    db.session.flush()
    invitation.brouillon_valeur, invitation.brouillon, invitation.brouillon_le = None, "", None
    invitation.empreinte = empreinte_avis(avis)
    invitation.rendue_le = avis.rendu_le
    db.session.flush()
    consigner(
        acteur,
        demande,
        "avis.rendre",
        "Avis extérieur rendu par invitation",
        donnees={"avis": valeur.value, "sha256": invitation.empreinte},
    )
    _recepisse(invitation, avis)
    avertir_instruction(demande.dossier, "avis_exterieur_rendu", qualite=demande.qualite)
    return avis


def empreinte_avis(avis: Avis) -> str:
    """SHA-256 (hex) of an answer as given."""
    corps = [avis.demande_avis_id, avis.valeur.value, avis.commentaire, avis.rendu_le.isoformat()]
    return hashlib.sha256(json.dumps(corps, ensure_ascii=False).encode()).hexdigest()


def _recepisse(invitation: InvitationAvis, avis: Avis) -> None:
    demande = invitation.demande
    deposer_courriel(
        demande.utilisateur,
        "avis_invitation_recu",
        entite="dossier",
        entite_id=demande.dossier_id,
        dossier=demande.dossier,
        demande=demande,
        avis=avis,
        empreinte=invitation.empreinte,
        jour=date_longue(aujourdhui()),
    )


def rappeler_invitations() -> int:
    """Remind, once, those whose date comes within three days (daily job)."""
    dues = a_rappeler(RAPPEL)
    for invitation in dues:
        invitation.rappelee_le = maintenant()
        _ecrire(invitation, "avis_invitation_rappel")
    db.session.flush()
    return len(dues)
