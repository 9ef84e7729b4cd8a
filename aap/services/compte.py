"""Accounts: opened by their owner or by invitation, confirmed by mail, got back by mail.

No answer tells whether an account exists: the mail does, to the owner of the address only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.identifiants import cle_courriel
from aap.domaine.mots_de_passe import refus_mot_de_passe
from aap.extensions import db
from aap.models import Habilitation, Jeton, UsageJeton, Utilisateur
from aap.permissions import Acteur, exiger
from aap.requetes.comptes import jeton_valable, utilisateur_par_courriel
from aap.services.courriel import deposer_courriel
from aap.services.hachage import empreinte, hacher_mot_de_passe, nouvelle_cle
from aap.services.journal import consigner
from aap.services.session import Verification, revoquer_autres, verifier_identifiants
from aap.services.tentative import (
    ENVOIS_COURRIEL,
    PAR_COURRIEL,
    attente,
    compter,
    freiner_les_envois,
    oublier,
)

DUREES = {
    UsageJeton.CONFIRMATION: timedelta(hours=48),
    UsageJeton.REINITIALISATION: timedelta(hours=1),
    UsageJeton.INVITATION: timedelta(days=14),
}
CHOISIR = (UsageJeton.REINITIALISATION, UsageJeton.INVITATION)
LIEN_MORT = "Ce lien a déjà servi, ou sa durée de validité est passée."


def soi(utilisateur: Utilisateur) -> Acteur:
    """The person herself, before she is signed in (proved by her mail or her password)."""
    return Acteur(utilisateur_id=utilisateur.id, nom=utilisateur.nom_complet)


def _exiger_mot_de_passe(mot_de_passe: str, *identite: str) -> None:
    refus = refus_mot_de_passe(mot_de_passe, identite)
    if refus:
        raise Invalide(refus, [Probleme(refus, "mot_de_passe")])


def _emettre_jeton(utilisateur: Utilisateur, usage: UsageJeton) -> tuple[str, Jeton]:
    """A new secret for this use; the earlier ones die."""
    _eteindre_jetons(utilisateur, usage)
    cle = nouvelle_cle()
    jeton = Jeton(
        cle_hachee=empreinte(cle),
        utilisateur_id=utilisateur.id,
        usage=usage,
        expire_le=maintenant() + DUREES[usage],
    )
    db.session.add(jeton)
    db.session.flush()
    return cle, jeton


def _eteindre_jetons(utilisateur: Utilisateur, *usages: UsageJeton) -> None:
    db.session.execute(
        update(Jeton)
        .where(
            Jeton.utilisateur_id == utilisateur.id,
            Jeton.usage.in_(usages or tuple(UsageJeton)),
            Jeton.utilise_le.is_(None),
        )
        .values(utilise_le=maintenant())
    )


def _consommer(jeton: Jeton | None) -> Jeton:
    """Use a token once, whatever the number of requests that try. Raises PasLeMoment."""
    if jeton is not None:
        pris = db.session.execute(
            update(Jeton)
            .where(Jeton.id == jeton.id, Jeton.utilise_le.is_(None))
            .values(utilise_le=maintenant())
        )
        if pris.rowcount:  # type: ignore[attr-defined]
            return jeton
    raise PasLeMoment(LIEN_MORT, "Demandez-en un nouveau depuis la page de connexion.")


def _envoyer_jeton(utilisateur: Utilisateur, usage: UsageJeton, modele: str, **mots: Any) -> None:
    """Mail a token. Until the address is confirmed the name typed by a stranger is left out."""
    cle, jeton = _emettre_jeton(utilisateur, usage)
    inconnu = usage is UsageJeton.CONFIRMATION
    deposer_courriel(
        utilisateur.courriel if inconnu else utilisateur,
        modele,
        entite="utilisateur",
        entite_id=utilisateur.id,
        cle=cle,
        expire_le=jeton.expire_le,
        **mots,
    )


def inscrire(
    acteur: Acteur,
    courriel: str,
    prenom: str,
    nom: str,
    mot_de_passe: str,
    *,
    adresse: str = "",
    suite: str = "",
) -> None:
    """Ask for an account; the mail that follows depends on what exists, the answer does not.

    ``suite``: the path of this site that the visitor wanted, carried by the mailed link.

    Raises Invalide (password), TropDEssais (too many mails asked from ``adresse``).
    """
    exiger(acteur, "compte.inscription")
    _exiger_mot_de_passe(mot_de_passe, courriel, prenom, nom)
    libre = freiner_les_envois(courriel, adresse)
    hache = hacher_mot_de_passe(mot_de_passe)
    utilisateur = utilisateur_par_courriel(courriel)
    if utilisateur is None:
        utilisateur = Utilisateur(
            courriel=cle_courriel(courriel), prenom=prenom, nom=nom, mot_de_passe=hache
        )
        db.session.add(utilisateur)
        db.session.flush()
        consigner(soi(utilisateur), utilisateur, "compte.inscrire", "Compte demandé")
    elif utilisateur.confirme_le is None and utilisateur.mot_de_passe is not None:
        # asked before, never confirmed; a person invited by somebody has no password yet
        utilisateur.prenom, utilisateur.nom = prenom, nom
        utilisateur.mot_de_passe = hache
    if libre:
        _rappeler(utilisateur, suite)
    db.session.flush()


def _rappeler(utilisateur: Utilisateur, suite: str = "") -> None:
    """The mail that helps this person to come in, according to where she stands."""
    if utilisateur.desactive_le is not None:
        return
    if utilisateur.confirme_le is not None:
        deposer_courriel(
            utilisateur, "compte_deja_inscrit", entite="utilisateur", entite_id=utilisateur.id
        )
    elif utilisateur.mot_de_passe is None:
        _envoyer_jeton(utilisateur, UsageJeton.REINITIALISATION, "compte_reinitialisation")
    else:
        _envoyer_jeton(utilisateur, UsageJeton.CONFIRMATION, "compte_confirmation", suite=suite)


def renvoyer_confirmation(
    acteur: Acteur, courriel: str, *, adresse: str = "", suite: str = ""
) -> None:
    """Send the confirmation again; silent when there is nothing to confirm."""
    exiger(acteur, "compte.inscription")
    libre = freiner_les_envois(courriel, adresse)
    utilisateur = utilisateur_par_courriel(courriel)
    if libre and utilisateur is not None and utilisateur.confirme_le is None:
        _rappeler(utilisateur, suite)


def confirmer(acteur: Acteur, cle: str, mot_de_passe: str, *, adresse: str = "") -> Verification:
    """Confirm the address: who holds the mail must also know the password of the request.

    Otherwise a stranger could have an account opened with a password of hers. A wrong password
    is counted and returned, not raised. Raises PasLeMoment for a dead link.
    """
    exiger(acteur, "compte.recuperation")
    jeton = jeton_valable(empreinte(cle), [UsageJeton.CONFIRMATION])
    if jeton is None:
        raise PasLeMoment(LIEN_MORT, "Demandez-en un nouveau depuis la page de connexion.")
    verdict = verifier_identifiants(
        acteur, jeton.utilisateur.courriel, mot_de_passe, adresse=adresse
    )
    if verdict.utilisateur is None:
        return verdict
    utilisateur = _consommer(jeton).utilisateur
    utilisateur.confirme_le = maintenant()
    consigner(soi(utilisateur), utilisateur, "compte.confirmer", "Adresse confirmée")
    return verdict


def demander_reinitialisation(acteur: Acteur, courriel: str, *, adresse: str = "") -> None:
    """Mail a link to choose another password; silent for an unknown address."""
    exiger(acteur, "compte.recuperation")
    libre = freiner_les_envois(courriel, adresse)
    utilisateur = utilisateur_par_courriel(courriel)
    if libre and utilisateur is not None and utilisateur.desactive_le is None:
        _envoyer_jeton(utilisateur, UsageJeton.REINITIALISATION, "compte_reinitialisation")


def reinitialiser(acteur: Acteur, cle: str, mot_de_passe: str) -> Utilisateur:
    """Choose a password with a mailed link (reset or invitation); every session is closed.

    The link proves the address: the account is confirmed. Raises PasLeMoment, Invalide.
    """
    exiger(acteur, "compte.recuperation")
    jeton = jeton_valable(empreinte(cle), CHOISIR)
    if jeton is not None:
        u = jeton.utilisateur
        _exiger_mot_de_passe(mot_de_passe, u.courriel, u.prenom, u.nom)
    utilisateur = _consommer(jeton).utilisateur
    premier = utilisateur.mot_de_passe is None
    _poser_mot_de_passe(utilisateur, mot_de_passe)
    if utilisateur.confirme_le is None:
        utilisateur.confirme_le = maintenant()
    revoquer_autres(soi(utilisateur), utilisateur)
    libelle = "Mot de passe choisi" if premier else "Mot de passe réinitialisé"
    consigner(soi(utilisateur), utilisateur, "compte.reinitialiser", libelle)
    if not premier:
        _annoncer_changement(utilisateur)
    return utilisateur


def _poser_mot_de_passe(utilisateur: Utilisateur, mot_de_passe: str) -> None:
    utilisateur.mot_de_passe = hacher_mot_de_passe(mot_de_passe)
    _eteindre_jetons(utilisateur)
    oublier(PAR_COURRIEL, utilisateur.courriel)
    db.session.flush()


def _annoncer_changement(utilisateur: Utilisateur) -> None:
    deposer_courriel(
        utilisateur,
        "compte_mot_de_passe_change",
        entite="utilisateur",
        entite_id=utilisateur.id,
        le=maintenant(),
    )


def changer_mot_de_passe(
    acteur: Acteur,
    utilisateur: Utilisateur,
    ancien: str,
    nouveau: str,
    *,
    session_id: int | None = None,
    adresse: str = "",
) -> Verification:
    """Change one's password; the other sessions (all but ``session_id``) are closed.

    A wrong present password is counted and returned, not raised. Raises Invalide (new one).
    """
    exiger(acteur, "compte.modifier", utilisateur)
    _exiger_mot_de_passe(nouveau, utilisateur.courriel, utilisateur.prenom, utilisateur.nom)
    verdict = verifier_identifiants(acteur, utilisateur.courriel, ancien, adresse=adresse)
    if verdict.utilisateur is None:
        return verdict
    _poser_mot_de_passe(utilisateur, nouveau)
    revoquer_autres(acteur, utilisateur, session_id)
    consigner(acteur, utilisateur, "compte.changer_mot_de_passe", "Mot de passe changé")
    _annoncer_changement(utilisateur)
    return verdict


def modifier_profil(
    acteur: Acteur, utilisateur: Utilisateur, *, prenom: str, nom: str, telephone: str = ""
) -> None:
    """Change one's own name and telephone (E.164 or "")."""
    exiger(acteur, "compte.modifier", utilisateur)
    avant = {"prenom": utilisateur.prenom, "nom": utilisateur.nom}
    utilisateur.prenom, utilisateur.nom, utilisateur.telephone = prenom, nom, telephone
    if avant != {"prenom": prenom, "nom": nom}:
        consigner(acteur, utilisateur, "compte.modifier", "Nom modifié")
    db.session.flush()


def creer_utilisateur(
    acteur: Acteur,
    courriel: str,
    prenom: str,
    nom: str,
    mot_de_passe: str | None = None,
    confirme: bool = False,
) -> Utilisateur:
    """Create an account for somebody; without a password she gets an invitation by mail.

    Raises Invalide when the address has an account or when the password is refused.
    """
    exiger(acteur, "admin.comptes")
    if utilisateur_par_courriel(courriel) is not None:
        raise Invalide(
            "Cette adresse a déjà un compte.",
            [Probleme("Cette adresse a déjà un compte.", "courriel")],
        )
    if mot_de_passe is not None:
        _exiger_mot_de_passe(mot_de_passe, courriel, prenom, nom)
    return _creer(acteur, courriel, prenom, nom, mot_de_passe, confirme)


def _creer(
    acteur: Acteur,
    courriel: str,
    prenom: str,
    nom: str,
    mot_de_passe: str | None = None,
    confirme: bool = False,
) -> Utilisateur:
    utilisateur = Utilisateur(courriel=cle_courriel(courriel), prenom=prenom, nom=nom)
    utilisateur.mot_de_passe = hacher_mot_de_passe(mot_de_passe) if mot_de_passe else None
    utilisateur.confirme_le = maintenant() if confirme else None
    db.session.add(utilisateur)
    db.session.flush()
    consigner(acteur, utilisateur, "compte.creer", "Compte créé")
    if mot_de_passe is None:
        _inviter(acteur, utilisateur)
    return utilisateur


def _inviter(acteur: Acteur, utilisateur: Utilisateur) -> None:
    _envoyer_jeton(utilisateur, UsageJeton.INVITATION, "compte_invitation", invitant=acteur.nom)


def inviter(acteur: Acteur, utilisateur: Utilisateur) -> None:
    """Send the invitation again. Raises PasLeMoment when the person has already come."""
    exiger(acteur, "admin.comptes")
    if utilisateur.confirme_le is not None or utilisateur.desactive_le is not None:
        raise PasLeMoment("Cette personne n’attend pas d’invitation.")
    _inviter(acteur, utilisateur)
    consigner(acteur, utilisateur, "compte.inviter", "Invitation renvoyée")


def trouver_ou_inviter(acteur: Acteur, courriel: str, prenom: str, nom: str) -> Utilisateur:
    """The account of an address, created with an invitation when there is none.

    For the services that add somebody (member of an organisme, guest of a session). Somebody
    who has not come yet gets her invitation again, a few times an hour at most.
    """
    exiger(acteur, "compte.inviter")
    utilisateur = utilisateur_par_courriel(courriel)
    if utilisateur is None:
        utilisateur = _creer(acteur, courriel, prenom, nom)
    elif utilisateur.mot_de_passe is None and not attente(ENVOIS_COURRIEL, utilisateur.courriel):
        compter(ENVOIS_COURRIEL, utilisateur.courriel)
        _inviter(acteur, utilisateur)
    return utilisateur


def desactiver(acteur: Acteur, utilisateur: Utilisateur, motif: str = "") -> None:
    """Close an account: sessions, pending links and the delegations it has given."""
    exiger(acteur, "admin.desactiver", utilisateur)
    if utilisateur.desactive_le is not None:
        return
    utilisateur.desactive_le = maintenant()
    revoquer_autres(acteur, utilisateur)
    _eteindre_jetons(utilisateur)
    db.session.execute(
        update(Habilitation)
        .where(Habilitation.delegue_par_id == utilisateur.id, Habilitation.retiree_le.is_(None))
        .values(retiree_le=maintenant())
    )
    consigner(acteur, utilisateur, "compte.desactiver", "Compte désactivé", motif=motif)


def reactiver(acteur: Acteur, utilisateur: Utilisateur) -> None:
    """Open an account again, with the rights that are still in force."""
    exiger(acteur, "admin.comptes")
    if utilisateur.desactive_le is None:
        return
    utilisateur.desactive_le = None
    consigner(acteur, utilisateur, "compte.reactiver", "Compte réactivé")
