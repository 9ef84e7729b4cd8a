"""Amounts and decisions of the committee; nothing is public before ``publier``."""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy import select

from aap.domaine.enveloppe import Conditions, Demande, raisons_ineligible, raisons_montant
from aap.domaine.erreurs import Conflit, Depassement, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.montants import en_euros
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    Decision,
    Dossier,
    Enveloppe,
    Financement,
    Seance,
    SensDecision,
)
from aap.permissions import Acteur, exiger
from aap.requetes.publication import decision_publiee
from aap.requetes.soldes import reste_a_attribuer
from aap.services.avertissement import avertir_porteur
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.seance import deportes
from aap.services.transition import effet, franchir
from workflows.financement import EtatFinancement
from workflows.seance import EtatSeance

ARBITRABLES = frozenset({EtatFinancement.AVIS_RENDU})
ETEINTES = frozenset(
    {EtatFinancement.NON_RECEVABLE, EtatFinancement.REFUSE, EtatFinancement.RENONCE}
)


def conditions_de(enveloppe: Enveloppe) -> Conditions:
    """The pure form of the enveloppe's eligibility."""
    return Conditions(
        communes=frozenset(c.code for c in enveloppe.communes),
        quartiers=frozenset(q.code for q in enveloppe.quartiers),
        orientations=frozenset(o.code for o in enveloppe.orientations),
        departement=enveloppe.departement,
        formes_juridiques=frozenset(enveloppe.formes_juridiques),
        montant_min=enveloppe.montant_min,
        montant_max=enveloppe.montant_max,
        taux_max=Fraction(enveloppe.taux_max_pour_mille, 1000)
        if enveloppe.taux_max_pour_mille
        else None,
    )


def demande_de(dossier: Dossier) -> Demande:
    """The pure form of what an enveloppe looks at in a dossier."""
    quartiers = [lien.quartier for lien in dossier.quartiers]
    return Demande(
        communes=frozenset(c.code for q in quartiers for c in q.communes),
        quartiers=frozenset(q.code for q in quartiers),
        orientation=dossier.orientation.code if dossier.orientation else "",
        forme_juridique=dossier.organisme.forme.value,
        departements=frozenset(q.departement for q in quartiers),
        budget=dossier.total_charges,
    )


def raisons_contre_enveloppe(
    enveloppe: Enveloppe, financement: Financement, montant: int
) -> list[str]:
    """Why this enveloppe may not pay this amount on this line (empty: it may)."""
    if enveloppe.financeur_id != financement.financeur_id:
        return ["Cette enveloppe est celle d’un autre financeur."]
    if enveloppe.campagne_id != financement.dossier.campagne_id:
        return ["Cette enveloppe est celle d’une autre campagne."]
    conditions, demande = conditions_de(enveloppe), demande_de(financement.dossier)
    return raisons_ineligible(conditions, demande) + raisons_montant(conditions, demande, montant)


def arbitrer(
    acteur: Acteur,
    financement: Financement,
    montant: int,
    enveloppe: Enveloppe | None,
    motif_ecart: str = "",
    *,
    version: int | None = None,
) -> Financement:
    """Write the amount (cents) that the committee considers on a line, before deciding.

    Raises Invalide (eligibility, above the request without motif), Depassement (with what
    remains), Conflit (stale page), PasLeMoment (decided, or no opinion yet). The triggers
    refuse an overrun that a concurrent writer would cause.
    """
    exiger(acteur, "financement.arbitrer", financement)
    if version is not None and financement.version != version:
        _refuser_perime(financement)
    if financement.etat not in ARBITRABLES:
        raise PasLeMoment(
            f"Cette ligne est « {financement.etat.libelle('agent')} » : "
            "son montant ne se saisit pas maintenant."
        )
    motif = nettoyer(motif_ecart, lignes=False).strip()[:500]
    problemes = []
    if montant < 0:
        problemes.append(Probleme("Le montant ne peut pas être négatif.", "montant"))
    if montant > financement.montant_demande and not motif:
        problemes.append(
            Probleme(
                f"Le montant dépasse la demande ({en_euros(financement.montant_demande)}) : "
                "indiquez pourquoi.",
                "motif_ecart",
            )
        )
    if montant > 0 and enveloppe is None:
        problemes.append(Probleme("Choisissez l’enveloppe qui paie.", "enveloppe"))
    if enveloppe is not None and montant > 0:
        problemes += [
            Probleme(raison, "enveloppe")
            for raison in raisons_contre_enveloppe(enveloppe, financement, montant)
        ]
    if problemes:
        raise Invalide("Ce montant ne peut pas être enregistré.", problemes)
    _poser_montant(acteur, financement, montant, enveloppe, motif)
    return financement


def _refuser_perime(financement: Financement) -> None:
    """Tell the value that somebody else has just written."""
    actuel = financement.montant_arbitre
    raise Conflit(
        "Une autre personne vient de modifier cette ligne : elle vaut maintenant "
        f"{en_euros(actuel) if actuel is not None else 'aucun montant'}.",
        "Vérifiez ce montant, puis corrigez-le si besoin.",
    )


def _poser_montant(
    acteur: Acteur,
    financement: Financement,
    montant: int,
    enveloppe: Enveloppe | None,
    motif: str,
) -> None:
    avant = financement.montant_arbitre
    if enveloppe is not None and montant > 0:
        libre = reste_a_attribuer(enveloppe, sans=financement)
        if montant > libre:
            raise Depassement(
                f"Il reste {en_euros(libre)} dans l’enveloppe « {enveloppe.libelle} » : "
                f"{en_euros(montant)} la dépasserait.",
                "Réduisez ce montant ou un autre de la même enveloppe.",
            )
    financement.montant_arbitre = montant
    financement.enveloppe = enveloppe if montant > 0 else financement.enveloppe or enveloppe
    if financement.enveloppe is None:
        financement.montant_arbitre = None
    financement.motif_ecart = motif
    db.session.flush()
    consigner(
        acteur,
        financement,
        "financement.arbitrer_montant",
        f"Montant arbitré : {en_euros(montant)}",
        motif=motif,
        donnees={
            "avant": avant,
            "apres": montant,
            "enveloppe": enveloppe.code if enveloppe else None,
        },
    )


DECLENCHEURS = {
    SensDecision.PROGRAMMER: "programmer",
    SensDecision.AJOURNER: "ajourner",
    SensDecision.REJETER: "rejeter",
    SensDecision.LISTE_ATTENTE: "mettre_en_liste_attente",
}


def decider(
    acteur: Acteur,
    seance: Seance,
    dossier: Dossier,
    sens: SensDecision,
    motif: str = "",
    *,
    rang_attente: int | None = None,
    version: int | None = None,
) -> Decision:
    """Record the committee's decision on a dossier; its lines follow. Hidden until publication.

    Raises Interdit, Invalide (motif), PasLeMoment (session, quorum, amounts, enveloppes).
    """
    exiger(acteur, "seance.decider", seance)
    if all(i.dossier_id != dossier.id for i in seance.inscriptions):
        raise Invalide("Ce dossier n’est pas à l’ordre du jour de cette séance.")
    franchir(
        acteur,
        dossier,
        DECLENCHEURS[sens],
        motif=motif,
        version=version,
        donnees={"seance": seance.id},
    )
    _eteindre_ou_arbitrer(acteur, dossier, sens, motif)
    decision = db.session.scalar(
        select(Decision).where(Decision.seance_id == seance.id, Decision.dossier_id == dossier.id)
    )
    if decision is None:
        decision = Decision(seance=seance, dossier=dossier)
        db.session.add(decision)
    decision.sens = sens
    decision.motif = nettoyer(motif).strip()
    decision.rang_attente = rang_attente if sens is SensDecision.LISTE_ATTENTE else None
    decision.montants = {
        str(f.id): f.montant_arbitre or 0
        for f in sorted(dossier.financements, key=lambda f: f.id)
        if f.etat is EtatFinancement.ARBITRE
    }
    decision.deportes = sorted(deportes(seance, dossier))
    decision.decidee_le = maintenant()
    decision.saisie_par_id = acteur.utilisateur_id or 0
    db.session.flush()
    return decision


def _eteindre_ou_arbitrer(acteur: Acteur, dossier: Dossier, sens: SensDecision, motif: str) -> None:
    """Bring the lines along: see docs/decisions/0004."""
    raison = motif.strip() or "Non retenu par le comité de pilotage pour ce financeur"
    for ligne in sorted(dossier.financements, key=lambda f: f.id):
        if ligne.etat in ETEINTES or sens is SensDecision.LISTE_ATTENTE:
            continue
        if sens is SensDecision.PROGRAMMER and ligne.montant_arbitre:
            franchir(acteur, ligne, "arbitrer")
        elif sens is SensDecision.AJOURNER:
            franchir(acteur, ligne, "ajourner", motif=raison)
        else:
            ligne.motif_refus = raison[:1000]
            franchir(acteur, ligne, "refuser", motif=raison)


@effet("dossier", "revenir_sur_decision")
def _lignes_reprises(acteur: Acteur, dossier: Dossier, _motif: str) -> None:
    """The lines come back to where the decision found them."""
    for ligne in sorted(dossier.financements, key=lambda f: f.id):
        if ligne.etat in (
            EtatFinancement.ARBITRE,
            EtatFinancement.REFUSE,
            EtatFinancement.AJOURNE,
        ):
            ligne.motif_refus = ""
            franchir(acteur, ligne, "revenir_sur_decision")


@effet("dossier", "inscrire")
def _lignes_reexaminees(acteur: Acteur, dossier: Dossier, _motif: str) -> None:
    """A postponed dossier comes back with its lines open."""
    for ligne in sorted(dossier.financements, key=lambda f: f.id):
        if ligne.etat is EtatFinancement.AJOURNE:
            franchir(acteur, ligne, "reexaminer")


def revenir_sur_decision(
    acteur: Acteur, seance: Seance, dossier: Dossier, *, version: int | None = None
) -> None:
    """Take a decision back while the session is open and nothing is published."""
    exiger(acteur, "seance.decider", seance)
    franchir(acteur, dossier, "revenir_sur_decision", version=version)
    decision = db.session.scalar(
        select(Decision).where(Decision.seance_id == seance.id, Decision.dossier_id == dossier.id)
    )
    if decision is not None:
        db.session.delete(decision)
        db.session.flush()


def a_publier(seance: Seance) -> list[Decision]:
    """Decisions of the session that porteurs do not see yet."""
    return list(
        db.session.scalars(
            select(Decision)
            .where(Decision.seance_id == seance.id, Decision.publiee_le.is_(None))
            .order_by(Decision.id)
        )
    )


MODELES = {
    SensDecision.PROGRAMMER: "decision_programmer",
    SensDecision.AJOURNER: "decision_ajourner",
    SensDecision.REJETER: "decision_rejeter",
    SensDecision.LISTE_ATTENTE: "decision_liste_attente",
}


def publier(acteur: Acteur, seance: Seance, *, attendues: int | None = None) -> int:
    """Make every decision of the session visible, with one mail per porteur; returns how many.

    ``attendues``: the count that the person saw and confirmed; another one is a Conflit-like
    refusal (PasLeMoment). Published twice, it is published once.
    """
    exiger(acteur, "seance.publier", seance)
    if seance.etat is not EtatSeance.PV_ARRETE:
        raise PasLeMoment("Arrêtez d’abord le procès-verbal de la séance.")
    decisions = a_publier(seance)
    if attendues is not None and attendues != len(decisions):
        raise PasLeMoment(
            f"{len(decisions)} décision(s) sont maintenant à publier, et non {attendues}.",
            "Relisez la liste, puis confirmez de nouveau.",
        )
    instant = maintenant()
    for decision in decisions:
        decision.publiee_le = instant
        consigner(
            acteur,
            decision,
            "decision.publier",
            f"Décision publiée : {decision.sens.libelle.lower()}",
            motif=decision.motif,
            visible_porteur=True,
        )
        avertir_porteur(decision.dossier, MODELES[decision.sens], decision=decision)
    if seance.publiee_le is None:
        seance.publiee_le = instant
    consigner(
        acteur,
        seance,
        "seance.publier",
        f"{len(decisions)} décision(s) publiée(s)",
        donnees={"nombre": len(decisions)},
    )
    return len(decisions)


@garde_de("dossier", "montants_arbitres")
def _montants_arbitres(_acteur: Acteur, dossier: Dossier) -> str | None:
    if any(f.montant_arbitre and f.etat not in ETEINTES for f in dossier.financements):
        return None
    return "Aucun financeur n’a de montant supérieur à zéro sur ce dossier."


@garde_de("dossier", "montants_dans_enveloppes")
def _dans_enveloppes(_acteur: Acteur, dossier: Dossier) -> str | None:
    raisons = [
        f"{f.financeur.sigle or f.financeur.nom} : {raison}"
        for f in dossier.financements
        if f.montant_arbitre and f.enveloppe is not None and f.etat not in ETEINTES
        for raison in raisons_contre_enveloppe(f.enveloppe, f, f.montant_arbitre)
    ]
    return " ".join(raisons) or None


@garde_de("financement", "montant_arbitre_saisi")
def _montant_saisi(_acteur: Acteur, financement: Financement) -> str | None:
    return None if financement.montant_arbitre else "Aucun montant n’est arbitré sur cette ligne."


@garde_de("financement", "montant_dans_enveloppe")
def _dans_enveloppe(_acteur: Acteur, financement: Financement) -> str | None:
    montant = financement.montant_retenu or financement.montant_arbitre or 0
    if financement.enveloppe is None:
        return "Aucune enveloppe n’est choisie pour cette ligne."
    if montant > reste_a_attribuer(financement.enveloppe, sans=financement):
        return f"L’enveloppe « {financement.enveloppe.libelle} » serait dépassée."
    return None


@garde_de("dossier", "decision_non_publiee")
def _non_publiee(_acteur: Acteur, dossier: Dossier) -> str | None:
    if decision_publiee(dossier):
        return "La décision est publiée : elle ne se retire plus."
    return None


@garde_de("financement", "decision_non_publiee")
def _ligne_non_publiee(acteur: Acteur, financement: Financement) -> str | None:
    return _non_publiee(acteur, financement.dossier)


@garde_de("financement", "decision_publiee")
def _publiee(_acteur: Acteur, financement: Financement) -> str | None:
    if decision_publiee(financement.dossier):
        return None
    return "La décision du comité de pilotage n’est pas encore publiée."
