"""Life of a financement: the line dossier × financeur × exercice (parcours.md §3.3).

The real state of the money lives here, one line per financeur, since financeurs normally disagree.
The COPIL arbitrates, which is political; each financeur then takes its own legal act, with its own
date, amount and state (domaine.md §1). What the COPIL did is corrected freely until published.

Elsewhere: amounts and enveloppe are written before the row is fired (``services/decision.py``,
``services/vote.py``); the database refuses an overrun; the dossier brings its lines along when
it is decided, retired or declared irrecevable; payments and bilans bring theirs
(``services/versement.py``, ``services/bilan.py``). Nothing paid is stored here.
"""

from __future__ import annotations

from workflows.financement_etats import EtatFinancement
from workflows.socle import MachineTable, Role, Transition

__all__ = ["GARDES", "MACHINE", "TRANSITIONS", "EtatFinancement"]

E = EtatFinancement
INSTRUCTION = frozenset({Role.INSTRUCTEUR, Role.COORDINATEUR})
COORDINATION = frozenset({Role.COORDINATEUR})
VOTANTS = frozenset({Role.FINANCE, Role.COORDINATEUR})
FINANCE = frozenset({Role.FINANCE})
CONSEQUENCE = frozenset({Role.FINANCE, Role.SYSTEME})
SIGNATAIRE = frozenset({Role.PORTEUR_SIGNATAIRE, Role.COORDINATEUR})

GARDES = {
    "dossier_depose": "Le dossier est déposé.",
    "avis_enregistre": "L’avis du financeur est enregistré, avec son montant proposé.",
    "dossier_en_instruction": "Le dossier est en instruction.",
    "montant_arbitre_saisi": "Un montant arbitré supérieur à zéro et son enveloppe sont saisis.",
    "montant_dans_enveloppe": "Le montant tient dans l’enveloppe et respecte ses conditions.",
    "decision_non_publiee": "La décision n’est pas encore publiée.",
    "decision_publiee": "La décision du COPIL est publiée.",
    "montant_vote_saisi": "Le montant voté est saisi.",
    "acte_renseigne": "Le type, le numéro et la date de l’acte du financeur sont saisis.",
    "convention_signee": "L’acte qui engage (arrêté ou convention) est signé de tous.",
    "aucun_versement": "Rien n’est payé ni en cours de paiement sur cette ligne.",
    "versement_paye": "Au moins un versement de la ligne est payé.",
    "rien_de_paye": "Aucun versement de la ligne n’est payé.",
    "tout_est_verse": "La somme payée atteint le montant engagé.",
    "plus_rien_a_verser": "Aucun versement de la ligne n’est en attente.",
    "bilan_valide": "Le bilan de l’exercice est validé.",
    "aucun_paiement_en_cours": "Aucun versement de la ligne n’est proposé, validé ni mandaté.",
    "reversement_calcule": "La somme à reverser est calculée et motivée.",
    "reversement_encaisse": "La somme demandée est encaissée.",
}

EXAMINER = (
    Transition(
        declencheur="prendre_en_charge",
        sources=(E.SOLLICITE,),
        cible=E.PRIS_EN_CHARGE,
        roles=INSTRUCTION,
        gardes=("dossier_depose",),
        libelle="Prendre en charge",
        passe="Demande prise en charge par le financeur",
    ),
    Transition(
        declencheur="declarer_non_recevable",
        sources=(E.SOLLICITE, E.PRIS_EN_CHARGE, E.AVIS_RENDU),
        cible=E.NON_RECEVABLE,
        # SYSTEME: the dossier is declared irrecevable, the lines of every funder follow.
        roles=INSTRUCTION | {Role.SYSTEME},
        motif_requis=True,
        danger=True,
        libelle="Déclarer non recevable",
        passe="Demande déclarée non recevable par le financeur",
    ),
    Transition(
        declencheur="rendre_avis",
        sources=(E.PRIS_EN_CHARGE,),
        cible=E.AVIS_RENDU,
        roles=INSTRUCTION,
        gardes=("avis_enregistre",),
        libelle="Rendre l’avis",
        passe="Avis du financeur rendu",
    ),
    Transition(
        declencheur="reprendre_avis",
        sources=(E.AVIS_RENDU,),
        cible=E.PRIS_EN_CHARGE,
        roles=INSTRUCTION,
        gardes=("dossier_en_instruction",),
        libelle="Reprendre l’avis",
        passe="Avis du financeur repris",
    ),
    Transition(
        declencheur="arbitrer",
        sources=(E.AVIS_RENDU,),
        cible=E.ARBITRE,
        roles=COORDINATION,
        gardes=("montant_arbitre_saisi", "montant_dans_enveloppe"),
        libelle="Arbitrer",
        passe="Montant arbitré par le COPIL",
    ),
    Transition(
        declencheur="ajourner",
        sources=(E.AVIS_RENDU,),
        cible=E.AJOURNE,
        roles=COORDINATION,
        motif_requis=True,
        libelle="Ajourner",
        passe="Demande ajournée",
    ),
    Transition(
        declencheur="reexaminer",
        sources=(E.AJOURNE,),
        cible=E.AVIS_RENDU,
        roles=INSTRUCTION,
        libelle="Réexaminer",
        passe="Demande ajournée remise à l’examen",
    ),
    Transition(
        declencheur="refuser",
        sources=(E.SOLLICITE, E.PRIS_EN_CHARGE, E.AVIS_RENDU, E.AJOURNE),
        cible=E.REFUSE,
        roles=COORDINATION,
        motif_requis=True,
        danger=True,
        libelle="Refuser",
        passe="Demande refusée",
    ),
    Transition(
        declencheur="revenir_sur_decision",
        sources=(E.ARBITRE, E.REFUSE, E.AJOURNE),
        cible=E.AVIS_RENDU,
        roles=COORDINATION,
        gardes=("decision_non_publiee",),
        libelle="Revenir sur la décision",
        passe="Arbitrage remis en discussion",
    ),
    Transition(
        declencheur="admettre_recours",
        sources=(E.NON_RECEVABLE,),
        cible=E.PRIS_EN_CHARGE,
        roles=INSTRUCTION,
        motif_requis=True,
        libelle="Faire droit au recours",
        passe="Non-recevabilité levée",
    ),
    Transition(
        declencheur="admettre_recours",
        sources=(E.REFUSE,),
        cible=E.AVIS_RENDU,
        roles=COORDINATION,
        motif_requis=True,
        libelle="Faire droit au recours",
        passe="Refus levé sur recours",
    ),
)

VOTER = (
    Transition(
        declencheur="enregistrer_vote",
        sources=(E.ARBITRE,),
        cible=E.VOTE,
        roles=VOTANTS,
        gardes=(
            "decision_publiee",
            "montant_vote_saisi",
            "acte_renseigne",
            "montant_dans_enveloppe",
        ),
        libelle="Enregistrer le vote",
        passe="Vote du financeur enregistré",
    ),
    Transition(
        declencheur="refuser_vote",
        sources=(E.ARBITRE,),
        cible=E.REFUSE,
        roles=VOTANTS,
        gardes=("decision_publiee",),
        motif_requis=True,
        danger=True,
        libelle="Enregistrer un vote défavorable",
        passe="Aide refusée par le vote du financeur",
        aide="Les crédits sont libérés. Le porteur reçoit le motif.",
    ),
    Transition(
        declencheur="corriger_vote",
        sources=(E.VOTE,),
        cible=E.ARBITRE,
        roles=VOTANTS,
        motif_requis=True,
        libelle="Corriger le vote",
        passe="Vote repris pour correction",
    ),
    Transition(
        declencheur="notifier",
        sources=(E.VOTE,),
        cible=E.NOTIFIE,
        roles=VOTANTS,
        libelle="Notifier",
        passe="Décision du financeur notifiée",
        aide="Le porteur reçoit la lettre. Le délai de paiement de 60 jours commence.",
    ),
    Transition(
        declencheur="engager",
        sources=(E.NOTIFIE,),
        cible=E.ENGAGE,
        roles=CONSEQUENCE,
        gardes=("convention_signee",),
        libelle="Engager",
        passe="Crédits engagés",
    ),
)

PAYER = (
    Transition(
        declencheur="constater_acompte",
        sources=(E.ENGAGE,),
        cible=E.VERSE_PARTIEL,
        roles=CONSEQUENCE,
        gardes=("versement_paye",),
        libelle="Constater un premier versement",
        passe="Premier versement constaté",
    ),
    Transition(
        declencheur="constater_solde",
        sources=(E.ENGAGE, E.VERSE_PARTIEL),
        cible=E.VERSE,
        roles=CONSEQUENCE,
        gardes=("tout_est_verse",),
        libelle="Constater le versement complet",
        passe="Aide entièrement versée",
    ),
    # A payment came back from the bank: the line says again what is really paid.
    Transition(
        declencheur="revenir_partiel",
        sources=(E.VERSE,),
        cible=E.VERSE_PARTIEL,
        roles=CONSEQUENCE,
        gardes=("versement_paye",),
        libelle="Revenir au versement partiel",
        passe="Paiement revenu, aide versée en partie",
    ),
    Transition(
        declencheur="revenir_engage",
        sources=(E.VERSE_PARTIEL, E.VERSE),
        cible=E.ENGAGE,
        roles=CONSEQUENCE,
        gardes=("rien_de_paye",),
        libelle="Revenir à l’engagement",
        passe="Paiement revenu, plus rien n’est versé",
    ),
    # An actual cost below the forecast leaves a balance that will never be paid.
    Transition(
        declencheur="justifier",
        sources=(E.VERSE_PARTIEL, E.VERSE),
        cible=E.JUSTIFIE,
        roles=CONSEQUENCE | {Role.INSTRUCTEUR},
        gardes=("bilan_valide", "plus_rien_a_verser"),
        libelle="Déclarer justifié",
        passe="Usage de l’aide justifié",
    ),
    Transition(
        declencheur="clore",
        sources=(E.JUSTIFIE,),
        cible=E.CLOS,
        roles=CONSEQUENCE,
        libelle="Clore la ligne",
        passe="Financement clos",
    ),
    Transition(
        declencheur="demander_reversement",
        sources=(E.VERSE_PARTIEL, E.VERSE, E.JUSTIFIE, E.CLOS),
        cible=E.A_REVERSER,
        roles=FINANCE,
        gardes=("reversement_calcule", "aucun_paiement_en_cours"),
        motif_requis=True,
        danger=True,
        libelle="Demander un reversement",
        passe="Reversement demandé",
        aide="Le porteur est d’abord invité à présenter ses observations.",
    ),
    Transition(
        declencheur="abandonner_reversement",
        sources=(E.A_REVERSER,),
        cible=E.JUSTIFIE,
        roles=FINANCE,
        gardes=("bilan_valide",),
        motif_requis=True,
        libelle="Abandonner le reversement",
        passe="Demande de reversement abandonnée",
    ),
    Transition(
        declencheur="constater_reversement",
        sources=(E.A_REVERSER,),
        cible=E.REVERSE,
        roles=CONSEQUENCE,
        gardes=("reversement_encaisse",),
        libelle="Constater le reversement",
        passe="Reversement encaissé",
    ),
    Transition(
        declencheur="renoncer",
        sources=(
            E.SOLLICITE,
            E.PRIS_EN_CHARGE,
            E.AVIS_RENDU,
            E.AJOURNE,
            E.ARBITRE,
            E.VOTE,
            E.NOTIFIE,
        ),
        cible=E.RENONCE,
        roles=SIGNATAIRE,
        danger=True,
        libelle="Renoncer à cette aide",
        passe="Aide abandonnée par le porteur",
        aide="Les crédits sont libérés pour d’autres dossiers.",
    ),
    Transition(
        declencheur="renoncer",
        sources=(E.ENGAGE,),
        cible=E.RENONCE,
        roles=SIGNATAIRE,
        gardes=("aucun_versement",),
        motif_requis=True,
        danger=True,
        libelle="Renoncer à cette aide",
        passe="Aide engagée abandonnée par le porteur",
        aide="Possible tant que rien n’est payé ni en cours de paiement.",
    ),
)

TRANSITIONS = (*EXAMINER, *VOTER, *PAYER)
MACHINE = MachineTable("financement", EtatFinancement, E.SOLLICITE, TRANSITIONS, GARDES)
