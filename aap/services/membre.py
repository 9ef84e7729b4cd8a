"""People of an organisme: joining, inviting, roles, leaving; never without a signatory."""

from __future__ import annotations

from sqlalchemy import select, update

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.identifiants import cle_courriel, lire_courriel
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    DemandeRattachement,
    Dossier,
    EtatRattachement,
    Mandat,
    Membre,
    Organisme,
    RoleMembre,
    Utilisateur,
)
from aap.permissions import Acteur, exiger
from aap.services.avertissement import membres
from aap.services.compte import trouver_ou_inviter
from aap.services.courriel import deposer_courriel
from aap.services.faits_organisme import raison_signataire
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.redaction import verrouiller
from aap.services.tentative import freiner_les_invitations

SANS_SIGNATAIRE = (
    "Un organisme garde toujours au moins un signataire. "
    "Donnez d’abord ce rôle à quelqu’un d’autre."
)


def demander_rattachement(
    acteur: Acteur, organisme: Organisme, message: str = ""
) -> DemandeRattachement:
    """Ask to join; asking twice keeps one request. The signatories get a mail."""
    exiger(acteur, "organisme.rejoindre", organisme)
    en_cours = db.session.scalar(
        select(DemandeRattachement).where(
            DemandeRattachement.organisme_id == organisme.id,
            DemandeRattachement.utilisateur_id == acteur.utilisateur_id,
            DemandeRattachement.etat == EtatRattachement.DEMANDE,
        )
    )
    if en_cours is not None:
        return en_cours
    demande = DemandeRattachement(
        organisme=organisme,
        utilisateur_id=acteur.utilisateur_id,
        message=nettoyer(message)[:500],
    )
    db.session.add(demande)
    db.session.flush()
    for personne in membres(organisme, signataires=True):
        deposer_courriel(
            personne,
            "rattachement_demande",
            entite="organisme",
            entite_id=organisme.id,
            organisme=organisme,
            auteur=acteur.nom,
            message=demande.message,
            chemin=f"/porteur/organismes/{organisme.id}/membres",
        )
    consigner(acteur, organisme, "organisme.demander_rattachement", "Demande de rattachement")
    return demande


def repondre_rattachement(
    acteur: Acteur,
    demande: DemandeRattachement,
    accepte: bool,
    role: RoleMembre = RoleMembre.REDACTEUR,
) -> None:
    """Accept (with a role) or refuse; the person gets a mail. Raises PasLeMoment when answered."""
    exiger(acteur, "demande_rattachement.repondre", demande)
    if demande.etat is not EtatRattachement.DEMANDE:
        raise PasLeMoment("Quelqu’un a déjà répondu à cette demande.")
    demande.etat = EtatRattachement.ACCEPTE if accepte else EtatRattachement.REFUSE
    demande.repondu_par_id, demande.repondu_le = acteur.utilisateur_id, maintenant()
    if accepte:
        _faire_membre(demande.organisme, demande.utilisateur, role)
    deposer_courriel(
        demande.utilisateur,
        "rattachement_reponse",
        entite="organisme",
        entite_id=demande.organisme_id,
        organisme=demande.organisme,
        accepte=accepte,
        chemin="/porteur/",
    )
    consigner(
        acteur,
        demande.organisme,
        "organisme.repondre_rattachement",
        f"{demande.utilisateur.nom_complet} "
        + ("rejoint l’organisme" if accepte else "n’a pas été admis"),
        visible_porteur=True,
    )


def rattacher_d_office(
    acteur: Acteur, demande: DemandeRattachement, role: RoleMembre, motif: str
) -> None:
    """The administration answers in the place of members who do not: lost access, usurped number.

    ``motif``: which papers were checked; journaled, and mailed to every member, who may contest.
    A refusal of the members does not close this way: who usurped the number would refuse.
    Raises Invalide without it, PasLeMoment when the person is accepted or a member already.
    """
    exiger(acteur, "admin.rattacher", demande)
    propre = nettoyer(motif).strip()[:1000]
    if not propre:
        phrase = "Dites quels documents vous avez vérifiés."
        raise Invalide(phrase, [Probleme(phrase, "motif")])
    verrouiller(demande)
    organisme, personne = demande.organisme, demande.utilisateur
    deja_la = membres(organisme)
    deja_membre = personne.id in {membre.id for membre in deja_la}
    if demande.etat is EtatRattachement.ACCEPTE or deja_membre:
        raise PasLeMoment("Quelqu’un a déjà répondu à cette demande.")
    demande.etat = EtatRattachement.ACCEPTE
    demande.repondu_par_id, demande.repondu_le = acteur.utilisateur_id, maintenant()
    _faire_membre(organisme, personne, role)
    for qui in [*deja_la, personne]:
        deposer_courriel(
            qui,
            "rattachement_office",
            entite="organisme",
            entite_id=organisme.id,
            organisme=organisme,
            personne=personne,
            role=role,
            motif=propre,
            pour_soi=qui.id == personne.id,
            chemin=f"/porteur/organismes/{organisme.id}/membres",
        )
    consigner(
        acteur,
        organisme,
        "organisme.rattacher_d_office",
        f"L’administration rattache d’office {personne.nom_complet} ({role.libelle.lower()})",
        motif=propre,
        visible_porteur=True,
    )


def inviter_membre(
    acteur: Acteur,
    organisme: Organisme,
    courriel: str,
    role: RoleMembre = RoleMembre.REDACTEUR,
    *,
    prenom: str = "",
    nom: str = "",
) -> Membre:
    """Make somebody a member by her address; without an account she receives a link to open one.

    Raises Invalide (address), Conflit (already a member), TropDEssais.
    """
    exiger(acteur, "organisme.gerer_membres", organisme)
    try:
        adresse = cle_courriel(lire_courriel(courriel))
    except ValueError as erreur:
        raise Invalide(str(erreur), [Probleme(str(erreur), "courriel")]) from erreur
    freiner_les_invitations(acteur.utilisateur_id)
    personne = trouver_ou_inviter(
        acteur,
        adresse,
        nettoyer(prenom, lignes=False)[:120],
        nettoyer(nom, lignes=False)[:120] or adresse.partition("@")[0],
    )
    _exiger_son_accord(personne)
    membre = _faire_membre(organisme, personne, role)
    deposer_courriel(
        personne,
        "invitation_organisme",
        entite="organisme",
        entite_id=organisme.id,
        organisme=organisme,
        auteur=acteur.nom,
        chemin="/porteur/",
    )
    consigner(
        acteur,
        organisme,
        "organisme.inviter_membre",
        f"{personne.nom_complet} rejoint l’organisme ({role.libelle.lower()})",
        visible_porteur=True,
    )
    return membre


def _exiger_son_accord(personne: Utilisateur) -> None:
    """Membership closes the dossiers of the organisme to an agent: it is hers to ask for it.

    Otherwise an organisme could put aside whoever examines its dossiers. Raises Invalide.
    """
    jour = aujourdhui()
    droits = [h for h in personne.habilitations if h.retiree_le is None]
    if any(h.au is None or h.au >= jour for h in droits):
        phrase = (
            "Cette personne participe à l’examen des demandes\u00a0: elle ne peut pas être ajoutée "
            "sans l’avoir demandé. Proposez-lui de demander à rejoindre l’organisme depuis son "
            "compte. Vous accepterez ensuite sa demande."
        )
        raise Invalide(phrase, [Probleme(phrase, "courriel")])


def _faire_membre(organisme: Organisme, personne: Utilisateur, role: RoleMembre) -> Membre:
    """Open a place, or reopen the one she left. Raises Conflit when she has one."""
    membre = db.session.scalar(
        select(Membre).where(
            Membre.organisme_id == organisme.id, Membre.utilisateur_id == personne.id
        )
    )
    if membre is not None and membre.parti_le is None:
        raise Conflit(f"{personne.nom_complet} fait déjà partie de l’organisme.")
    if membre is None:
        membre = Membre(organisme=organisme, utilisateur=personne, role=role)
        db.session.add(membre)
    membre.role, membre.parti_le = role, None
    db.session.flush()
    return membre


def changer_role_membre(acteur: Acteur, membre: Membre, role: RoleMembre) -> None:
    """Give or take the right to sign. Raises PasLeMoment for the last signatory."""
    exiger(acteur, "membre.gerer", membre)
    if membre.parti_le is not None:
        raise PasLeMoment("Cette personne ne fait plus partie de l’organisme.")
    if membre.role is role:
        return
    if role is not RoleMembre.SIGNATAIRE:
        _garder_un_signataire(membre)
        _finir_mandats(membre)  # given before she signed herself: it must not come back to life
    membre.role = role
    consigner(
        acteur,
        membre.organisme,
        "organisme.changer_role",
        f"{membre.utilisateur.nom_complet} : {role.libelle.lower()}",
        visible_porteur=True,
    )


def retirer_membre(acteur: Acteur, membre: Membre) -> None:
    """A signatory closes somebody's place. Raises PasLeMoment for the last signatory."""
    exiger(acteur, "membre.gerer", membre)
    _partir(acteur, membre, f"{membre.utilisateur.nom_complet} ne fait plus partie de l’organisme")


def quitter_organisme(acteur: Acteur, organisme: Organisme) -> None:
    """Leave. Raises PasLeMoment for the last signatory."""
    exiger(acteur, "organisme.quitter", organisme)
    membre = db.session.scalar(
        select(Membre).where(
            Membre.organisme_id == organisme.id,
            Membre.utilisateur_id == acteur.utilisateur_id,
            Membre.parti_le.is_(None),
        )
    )
    if membre is None:
        raise PasLeMoment("Vous ne faites plus partie de cet organisme.")
    _partir(acteur, membre, f"{acteur.nom} a quitté l’organisme")
    acteur.membres.pop(organisme.id, None)


def _partir(acteur: Acteur, membre: Membre, phrase: str) -> None:
    if membre.parti_le is not None:
        return
    _garder_un_signataire(membre)
    _finir_mandats(membre)
    membre.parti_le = maintenant()
    consigner(acteur, membre.organisme, "organisme.depart", phrase, visible_porteur=True)


def _finir_mandats(membre: Membre) -> None:
    """A mandate ends with the place it was given for: coming back does not bring it back."""
    db.session.execute(
        update(Mandat)
        .where(Mandat.membre_id == membre.id, Mandat.repris_le.is_(None))
        .values(repris_le=maintenant())
    )


def _garder_un_signataire(partant: Membre) -> None:
    """Under a lock on the organisme, so that two signatories cannot leave at the same time."""
    verrouiller(partant.organisme)
    if partant.role is not RoleMembre.SIGNATAIRE:
        return
    autre = db.session.scalar(
        select(Membre.id)
        .where(
            Membre.organisme_id == partant.organisme_id,
            Membre.id != partant.id,
            Membre.role == RoleMembre.SIGNATAIRE,
            Membre.parti_le.is_(None),
        )
        .limit(1)
    )
    if autre is None:
        raise PasLeMoment(SANS_SIGNATAIRE)


@garde_de("dossier", "signataire_habilite")
def _signataire_habilite(acteur: Acteur, dossier: Dossier) -> str | None:
    """Read again in the database: the right may have been taken back since the page was shown."""
    return raison_signataire(acteur, dossier.organisme_id, mandat=True)
