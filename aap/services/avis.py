"""Opinions: of each funder on its line, and of those whose outside view is asked."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.montants import en_euros
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    Avis,
    DemandeAvis,
    Dossier,
    Financement,
    InvitationAvis,
    NatureInvite,
    RoleHabilitation,
    TypeCampagne,
    Utilisateur,
    ValeurAvis,
)
from aap.permissions import Acteur, exiger
from aap.requetes.conflits import personnes_en_conflit
from aap.requetes.examen import examen_ouvert
from aap.services.avertissement import avertir_instruction, personnes_habilitees
from aap.services.courriel import deposer_courriel
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.transition import franchir, verifier_version
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

DEFAVORABLES = frozenset(
    {ValeurAvis.DEFAVORABLE, ValeurAvis.HORS_COMPETENCE, ValeurAvis.DROIT_COMMUN}
)
SANS_MONTANT = DEFAVORABLES | {ValeurAvis.AJOURNE}
# What an outside person may answer: the other values belong to those who pay.
EXTERIEURES = frozenset(
    {
        ValeurAvis.FAVORABLE,
        ValeurAvis.FAVORABLE_RESERVE,
        ValeurAvis.RESERVE,
        ValeurAvis.DEFAVORABLE,
    }
)
ATTENDENT_AVIS = frozenset(
    {EtatDossier.DEPOSE, EtatDossier.A_COMPLETER, EtatDossier.EN_INSTRUCTION}
)


def rendre_avis(
    acteur: Acteur,
    financement: Financement,
    valeur: ValeurAvis,
    commentaire: str,
    montant_propose: int | None,
    *,
    version: int | None = None,
) -> Avis:
    """The funder's opinion and the amount it proposes (cents) on its own line.

    Rendered again before the end of the instruction, it replaces the former one.
    Raises Invalide (amount over the request, missing comment), PasLeMoment, Conflit.
    """
    exiger(acteur, "financement.rendre_avis", financement)
    verifier_version(financement, version)
    texte = nettoyer(commentaire).strip()
    _verifier_avis(financement, valeur, texte, montant_propose)
    if not examen_ouvert(financement.dossier):
        raise PasLeMoment("L’avis se rend pendant l’instruction du dossier.")
    if financement.etat is EtatFinancement.SOLLICITE:
        franchir(acteur, financement, "prendre_en_charge")
    elif financement.etat is EtatFinancement.AVIS_RENDU:
        franchir(acteur, financement, "reprendre_avis", motif="Avis modifié")
    avis = db.session.scalar(
        select(Avis).where(
            Avis.dossier_id == financement.dossier_id,
            Avis.financeur_id == financement.financeur_id,
        )
    )
    if avis is None:
        avis = Avis(dossier_id=financement.dossier_id, financeur_id=financement.financeur_id)
        db.session.add(avis)
    avis.auteur_id = acteur.utilisateur_id or 0
    avis.valeur, avis.commentaire, avis.rendu_le = valeur, texte, maintenant()
    financement.montant_propose = montant_propose or 0
    db.session.flush()
    franchir(
        acteur,
        financement,
        "rendre_avis",
        donnees={"avis": valeur.value, "montant_propose": montant_propose},
    )
    return avis


def _verifier_avis(
    financement: Financement, valeur: ValeurAvis, texte: str, montant: int | None
) -> None:
    problemes = []
    if valeur is not ValeurAvis.FAVORABLE and not texte:
        problemes.append(Probleme("Expliquez votre avis en quelques mots.", "commentaire"))
    if montant is not None and montant < 0:
        problemes.append(Probleme("Un montant n’est jamais négatif.", "montant_propose"))
    if montant is not None and montant > financement.montant_demande:
        problemes.append(
            Probleme(
                f"Le porteur ne demande que {en_euros(financement.montant_demande)}.",
                "montant_propose",
            )
        )
    if valeur in DEFAVORABLES and montant:
        problemes.append(Probleme("Avec cet avis, le montant proposé est zéro.", "montant_propose"))
    if valeur not in SANS_MONTANT and montant is None:
        problemes.append(Probleme("Indiquez le montant proposé.", "montant_propose"))
    if problemes:
        raise Invalide("L’avis n’est pas complet.", problemes)


def personnes_sollicitables(dossier: Dossier) -> list[Utilisateur]:
    """Observateurs of the contrat today, those in conflict with the organisme left out."""
    lies = personnes_en_conflit(dossier.organisme_id)
    contrat_id = dossier.campagne.contrat_id
    habilitees = personnes_habilitees(RoleHabilitation.OBSERVATEUR, contrat_id)
    return [u for u in habilitees if u.id not in lies]


def deja_demande(dossier: Dossier, utilisateur: Utilisateur) -> bool:
    """Was this person asked already on this dossier?"""
    demande = select(DemandeAvis.id).where(
        DemandeAvis.dossier_id == dossier.id, DemandeAvis.utilisateur_id == utilisateur.id
    )
    return db.session.scalar(demande) is not None


def demander_avis(
    acteur: Acteur,
    dossier: Dossier,
    utilisateur: Utilisateur,
    qualite: str,
    question: str,
    echeance: date,
) -> DemandeAvis:
    """Ask an outside opinion (conseil citoyen, expert, service) by a date.

    Raises Invalide (date, person without the role or in conflict of interest), PasLeMoment
    (instruction closed, already asked).
    """
    exiger(acteur, "dossier.demander_avis", dossier)
    if dossier.etat not in ATTENDENT_AVIS:
        raise PasLeMoment("L’instruction de ce dossier est close : aucun avis ne se demande plus.")
    problemes = []
    if echeance <= aujourdhui():
        problemes.append(Probleme("Fixez une date dans le futur.", "echeance"))
    if utilisateur.id not in {u.id for u in personnes_sollicitables(dossier)}:
        problemes.append(
            Probleme(
                "Choisissez une personne habilitée à donner un avis, sans lien avec l’organisme.",
                "utilisateur_id",
            )
        )
    if problemes:
        raise Invalide("La demande d’avis n’est pas complète.", problemes)
    if deja_demande(dossier, utilisateur):
        raise PasLeMoment("L’avis de cette personne est déjà demandé sur ce dossier.")
    demande = DemandeAvis(
        dossier=dossier,
        utilisateur=utilisateur,
        qualite=nettoyer(qualite, lignes=False)[:200],
        question=nettoyer(question)[:5000],
        demandee_par_id=acteur.utilisateur_id,
        echeance=echeance,
    )
    db.session.add(demande)
    db.session.flush()
    consigner(
        acteur,
        demande,
        "dossier.demander_avis",
        f"Avis demandé à {demande.qualite or utilisateur.nom_complet}",
    )
    deposer_courriel(
        utilisateur,
        "avis_demande",
        entite="dossier",
        entite_id=dossier.id,
        dossier=dossier,
        demande=demande,
        chemin=f"/avis/{demande.id}",
    )
    return demande


def rendre_avis_externe(
    acteur: Acteur,
    demande: DemandeAvis,
    valeur: ValeurAvis,
    commentaire: str,
    *,
    version: int | None = None,
) -> Avis:
    """The outside opinion, with its reasons; it may be corrected until the instruction is closed.

    ``version``: of the opinion shown (0: none yet). Raises Invalide, PasLeMoment, Conflit.
    """
    exiger(acteur, "avis.rendre", demande)
    texte = nettoyer(commentaire).strip()
    problemes = []
    if valeur not in EXTERIEURES:
        problemes.append(Probleme("Choisissez l’un des avis proposés.", "valeur"))
    if not texte:
        problemes.append(Probleme("Expliquez votre avis.", "commentaire"))
    if problemes:
        raise Invalide("L’avis n’est pas complet.", problemes)
    if demande.dossier.etat not in ATTENDENT_AVIS:
        raise PasLeMoment("L’instruction de ce dossier est close : l’avis n’est plus attendu.")
    avis = avis_de_la_demande(demande)
    if avis is not None and db.session.get(InvitationAvis, demande.id) is not None:
        raise PasLeMoment("Cet avis a été rendu par le lien reçu : il ne se modifie plus.")
    if avis is None:
        avis = Avis(dossier_id=demande.dossier_id, demande_avis_id=demande.id)
        db.session.add(avis)
    else:
        verifier_version(avis, version)
    avis.auteur_id = acteur.utilisateur_id or 0
    avis.valeur, avis.commentaire, avis.rendu_le = valeur, texte, maintenant()
    db.session.flush()
    consigner(acteur, demande, "avis.rendre", "Avis extérieur rendu")
    avertir_instruction(demande.dossier, "avis_exterieur_rendu", qualite=demande.qualite)
    return avis


def avis_de_la_demande(demande: DemandeAvis) -> Avis | None:
    """What was answered to this request."""
    return db.session.scalar(select(Avis).where(Avis.demande_avis_id == demande.id))


@garde_de("financement", "avis_enregistre")
def _avis_enregistre(_acteur: Acteur, financement: Financement) -> str | None:
    avis = db.session.scalar(
        select(Avis.id).where(
            Avis.dossier_id == financement.dossier_id,
            Avis.financeur_id == financement.financeur_id,
        )
    )
    return None if avis else "L’avis de ce financeur n’est pas encore enregistré."


@garde_de("financement", "dossier_en_instruction")
def _en_instruction(_acteur: Acteur, financement: Financement) -> str | None:
    if examen_ouvert(financement.dossier):
        return None
    return "Le dossier n’est plus en instruction."


@garde_de("dossier", "avis_rendus")
def _avis_rendus(_acteur: Acteur, dossier: Dossier) -> str | None:
    attendus = sorted(
        f.financeur.sigle or f.financeur.nom
        for f in dossier.financements
        if f.etat in (EtatFinancement.SOLLICITE, EtatFinancement.PRIS_EN_CHARGE)
    )
    return f"Avis encore attendus : {', '.join(attendus)}." if attendus else None


@garde_de("dossier", "avis_conseil_citoyen")
def _avis_conseil_citoyen(_acteur: Acteur, dossier: Dossier) -> str | None:
    """FPCC: the conseil citoyen's reasoned opinion is mandatory (contract l.7623)."""
    if dossier.campagne.type is not TypeCampagne.FPCC:
        return None
    rendu = db.session.scalar(
        select(Avis.id)
        .outerjoin(InvitationAvis, InvitationAvis.demande_avis_id == Avis.demande_avis_id)
        .where(
            Avis.dossier_id == dossier.id,
            Avis.demande_avis_id.is_not(None),
            or_(
                InvitationAvis.demande_avis_id.is_(None),
                InvitationAvis.nature == NatureInvite.CONSEIL_CITOYEN,
            ),
        )
        .limit(1)
    )
    return None if rendu else "L’avis motivé du conseil citoyen est obligatoire."
