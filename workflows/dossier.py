"""Life of a dossier: one action asked for one exercice, or several (parcours.md §3.2).

Three phases. Deposit: a draft is saved in any condition; only the transmission by the signatory
checks it whole. A dossier goes back to the porteur as often as needed (``a_completer``), also
during the instruction, and each return is signed again: this is the common case in the field.
Instruction: admissibility, then scores and opinions of each financeur. COPIL: the dossier is put
on the agenda of a session, which decides. A decision is corrected freely until it is published.

Elsewhere, in the same transaction: snapshot, number and récépissé (``services/depot.py``), request
for complements (``services/recevabilite.py``), the lines of each financeur, which follow their own
machine (``workflows/financement.py``: irrecevable → lines non recevables, retire → lines renonce…)
and publication (``services/decision.py``). Until then the porteur reads « En instruction »: see
``aap/requetes/publication.py``. The wording below never tells a decision before its time.
"""

from __future__ import annotations

from workflows.dossier_etats import EtatDossier
from workflows.socle import MachineTable, Role, Transition

__all__ = ["GARDES", "MACHINE", "TRANSITIONS", "EtatDossier"]

E = EtatDossier
PORTEUR = frozenset({Role.PORTEUR_REDACTEUR, Role.PORTEUR_SIGNATAIRE})
SIGNATAIRE = frozenset({Role.PORTEUR_SIGNATAIRE})
INSTRUCTION = frozenset({Role.INSTRUCTEUR, Role.COORDINATEUR})
COORDINATION = frozenset({Role.COORDINATEUR})
SUITES = frozenset({Role.COORDINATEUR, Role.FINANCE, Role.SYSTEME})

GARDES = {
    "campagne_ouverte": "Le dépôt est ouvert à l’heure du serveur, délai de tolérance compris, "
    "ou un dépôt hors délai a été accepté pour ce dossier.",
    "campagne_fermee": "Le dépôt est fermé et aucun dépôt hors délai n’a été accepté.",
    "dossier_complet": "Toutes les réponses et toutes les pièces exigées sont là et valables.",
    "signataire_habilite": "La personne qui signe engage l’organisme à cette date.",
    "cer_signe": "Le contrat d’engagement républicain est signé, ou n’est pas exigé de cet "
    "organisme.",
    "complements_dans_delai": "Le délai de réponse à la demande de compléments n’est pas passé.",
    "deja_recevable": "Le dossier n’a pas encore été déclaré recevable.",
    "rien_d_indispensable": "Les compléments demandés étaient indispensables.",
    "complements_en_retard": "Le délai de réponse à la demande de compléments est passé.",
    "avis_rendus": "Chaque financeur sollicité a rendu son avis ou déclaré sa ligne non recevable.",
    "evaluation_envoyee": "Au moins une évaluation est envoyée.",
    "avis_conseil_citoyen": "Pour le fonds participatif, l’avis du conseil citoyen est rendu.",
    "a_l_ordre_du_jour": "Le dossier est à l’ordre du jour d’une séance préparée ou ouverte.",
    "seance_ouverte": "La séance où le dossier est inscrit est ouverte.",
    "quorum_atteint": "Le quorum de la séance est atteint, personnes déportées exclues.",
    "montants_arbitres": "Au moins un financeur a un montant arbitré supérieur à zéro.",
    "montants_dans_enveloppes": "Aucun montant ne dépasse son enveloppe ni ses conditions.",
    "decision_non_publiee": "La décision n’est pas encore publiée.",
    "attente_publiee": "La mise en liste d’attente est publiée.",
    "recours_examine": "Un recours du porteur est enregistré et a été examiné de nouveau.",
    "ligne_engagee": "Au moins un financeur a engagé son aide.",
    "aucune_ligne_engagee": "Aucun financeur n’a encore engagé son aide.",
    "lignes_terminees": "Tous les financements du dossier sont terminés.",
}

EN_EXAMEN = (E.DEPOSE, E.A_COMPLETER, E.EN_INSTRUCTION, E.INSTRUIT, E.INSCRIT)
EN_SUSPENS = (E.AJOURNE, E.LISTE_ATTENTE)
DECISION = ("seance_ouverte", "quorum_atteint")

DEPOT = (
    Transition(
        declencheur="demander_signature",
        sources=(E.BROUILLON,),
        cible=E.EN_ATTENTE_SIGNATURE,
        roles=PORTEUR,
        gardes=("campagne_ouverte", "dossier_complet"),
        libelle="Demander la signature",
        passe="Signature demandée",
        aide="Le signataire reçoit un courriel. Le dossier n’est plus modifiable entre-temps.",
    ),
    Transition(
        declencheur="rendre_a_la_redaction",
        sources=(E.EN_ATTENTE_SIGNATURE,),
        cible=E.BROUILLON,
        roles=PORTEUR,
        libelle="Reprendre la rédaction",
        passe="Dossier rendu à la rédaction",
    ),
    Transition(
        declencheur="transmettre",
        sources=(E.BROUILLON, E.EN_ATTENTE_SIGNATURE),
        cible=E.DEPOSE,
        roles=SIGNATAIRE,
        gardes=("campagne_ouverte", "dossier_complet", "signataire_habilite", "cer_signe"),
        libelle="Signer et transmettre",
        passe="Dossier transmis",
        aide="Vous engagez votre organisme. Le récépissé est envoyé aussitôt.",
    ),
    Transition(
        declencheur="declarer_caduc",
        sources=(E.BROUILLON, E.EN_ATTENTE_SIGNATURE),
        cible=E.CADUC,
        roles=frozenset({Role.SYSTEME}),
        gardes=("campagne_fermee",),
        libelle="Déclarer caduc",
        passe="Brouillon caduc à la clôture de la campagne",
    ),
    Transition(
        declencheur="ranimer",
        sources=(E.CADUC,),
        cible=E.BROUILLON,
        roles=PORTEUR | COORDINATION | {Role.SYSTEME},
        gardes=("campagne_ouverte",),
        libelle="Rouvrir le brouillon",
        passe="Brouillon rouvert",
    ),
)

RECEVABILITE = (
    Transition(
        declencheur="demander_complements",
        sources=(E.DEPOSE, E.EN_INSTRUCTION),
        cible=E.A_COMPLETER,
        roles=INSTRUCTION,
        motif_requis=True,
        libelle="Demander des compléments",
        passe="Compléments demandés",
        aide="Le porteur reçoit la liste et le délai. Le délai légal est suspendu.",
    ),
    Transition(
        declencheur="retransmettre",
        sources=(E.A_COMPLETER,),
        cible=E.DEPOSE,
        roles=SIGNATAIRE,
        gardes=("complements_dans_delai", "dossier_complet", "signataire_habilite", "cer_signe"),
        libelle="Signer et transmettre les compléments",
        passe="Compléments transmis",
    ),
    Transition(
        declencheur="lever_la_demande",
        sources=(E.A_COMPLETER,),
        cible=E.DEPOSE,
        roles=INSTRUCTION,
        motif_requis=True,
        libelle="Reprendre sans attendre les compléments",
        passe="Demande de compléments levée",
        aide="Une pièce qui n’est pas indispensable ne doit pas arrêter l’examen.",
    ),
    Transition(
        declencheur="declarer_irrecevable",
        sources=(E.DEPOSE,),
        cible=E.IRRECEVABLE,
        roles=INSTRUCTION,
        motif_requis=True,
        danger=True,
        libelle="Déclarer irrecevable",
        passe="Dossier déclaré irrecevable",
        aide="Le porteur reçoit le motif et les voies de recours.",
    ),
    Transition(
        declencheur="declarer_irrecevable",
        sources=(E.A_COMPLETER,),
        cible=E.IRRECEVABLE,
        roles=INSTRUCTION,
        gardes=("complements_en_retard",),
        motif_requis=True,
        danger=True,
        libelle="Déclarer irrecevable",
        passe="Dossier déclaré irrecevable, faute de compléments",
        aide="Possible une fois le délai de réponse passé.",
    ),
    Transition(
        declencheur="prendre_en_instruction",
        sources=(E.DEPOSE,),
        cible=E.EN_INSTRUCTION,
        roles=INSTRUCTION,
        libelle="Déclarer recevable",
        passe="Dossier déclaré recevable et pris en instruction",
    ),
    Transition(
        declencheur="poursuivre_examen",
        sources=(E.DEPOSE,),
        cible=E.EN_INSTRUCTION,
        roles=frozenset({Role.SYSTEME}),
        gardes=("deja_recevable", "rien_d_indispensable"),
        libelle="Poursuivre l’examen",
        passe="Examen poursuivi\u00a0: ce qui était demandé n’était pas indispensable",
    ),
)

INSTRUIRE = (
    Transition(
        declencheur="clore_instruction",
        sources=(E.EN_INSTRUCTION,),
        cible=E.INSTRUIT,
        roles=INSTRUCTION,
        gardes=("avis_rendus", "evaluation_envoyee", "avis_conseil_citoyen"),
        libelle="Clore l’instruction",
        passe="Instruction close",
    ),
    Transition(
        declencheur="reprendre_instruction",
        sources=(E.INSTRUIT, E.AJOURNE),
        cible=E.EN_INSTRUCTION,
        roles=INSTRUCTION,
        motif_requis=True,
        libelle="Reprendre l’instruction",
        passe="Instruction reprise",
    ),
    Transition(
        declencheur="inscrire",
        sources=(E.INSTRUIT, *EN_SUSPENS),
        cible=E.INSCRIT,
        roles=COORDINATION,
        gardes=("a_l_ordre_du_jour",),
        libelle="Inscrire à une séance",
        passe="Dossier inscrit à l’ordre du jour du COPIL",
    ),
    Transition(
        declencheur="desinscrire",
        sources=(E.INSCRIT,),
        cible=E.INSTRUIT,
        roles=COORDINATION,
        libelle="Retirer de l’ordre du jour",
        passe="Dossier retiré de l’ordre du jour",
    ),
)

DECIDER = (
    Transition(
        declencheur="programmer",
        sources=(E.INSCRIT,),
        cible=E.PROGRAMME,
        roles=COORDINATION,
        gardes=(*DECISION, "montants_arbitres", "montants_dans_enveloppes"),
        libelle="Programmer",
        passe="Dossier programmé par le COPIL",
    ),
    Transition(
        declencheur="ajourner",
        sources=(E.INSCRIT,),
        cible=E.AJOURNE,
        roles=COORDINATION,
        gardes=DECISION,
        motif_requis=True,
        libelle="Ajourner",
        passe="Dossier ajourné par le COPIL",
    ),
    Transition(
        declencheur="rejeter",
        sources=(E.INSCRIT,),
        cible=E.REJETE,
        roles=COORDINATION,
        gardes=DECISION,
        motif_requis=True,
        danger=True,
        libelle="Rejeter",
        passe="Dossier rejeté par le COPIL",
    ),
    Transition(
        declencheur="rejeter",
        sources=(E.LISTE_ATTENTE,),
        cible=E.REJETE,
        roles=COORDINATION,
        gardes=("attente_publiee",),
        motif_requis=True,
        danger=True,
        libelle="Rejeter, faute de crédits",
        passe="Dossier en liste d’attente rejeté, faute de crédits",
    ),
    Transition(
        declencheur="mettre_en_liste_attente",
        sources=(E.INSCRIT,),
        cible=E.LISTE_ATTENTE,
        roles=COORDINATION,
        gardes=DECISION,
        libelle="Mettre en liste d’attente",
        passe="Dossier mis en liste d’attente par le COPIL",
    ),
    Transition(
        declencheur="repecher",
        sources=(E.LISTE_ATTENTE,),
        cible=E.PROGRAMME,
        roles=COORDINATION,
        gardes=("attente_publiee", "montants_arbitres", "montants_dans_enveloppes"),
        motif_requis=True,
        libelle="Programmer sur crédits libérés",
        passe="Dossier de la liste d’attente programmé",
    ),
    Transition(
        declencheur="revenir_sur_decision",
        sources=(E.PROGRAMME, E.AJOURNE, E.REJETE, E.LISTE_ATTENTE),
        cible=E.INSCRIT,
        roles=COORDINATION,
        gardes=("seance_ouverte", "decision_non_publiee"),
        libelle="Revenir sur la décision",
        passe="Décision remise en discussion en séance",
    ),
    Transition(
        declencheur="admettre_recours",
        sources=(E.IRRECEVABLE,),
        cible=E.DEPOSE,
        roles=COORDINATION,
        gardes=("recours_examine",),
        motif_requis=True,
        libelle="Faire droit au recours",
        passe="Irrecevabilité levée sur recours",
    ),
    Transition(
        declencheur="admettre_recours",
        sources=(E.REJETE,),
        cible=E.INSTRUIT,
        roles=COORDINATION,
        gardes=("recours_examine",),
        motif_requis=True,
        libelle="Faire droit au recours",
        passe="Rejet levé sur recours : le dossier repassera devant le COPIL",
    ),
)

FINIR = (
    Transition(
        declencheur="mettre_en_execution",
        sources=(E.PROGRAMME,),
        cible=E.EN_EXECUTION,
        roles=SUITES,
        gardes=("ligne_engagee",),
        libelle="Mettre en exécution",
        passe="Dossier mis en exécution",
    ),
    Transition(
        declencheur="cloturer",
        sources=(E.EN_EXECUTION,),
        cible=E.CLOS,
        roles=SUITES,
        gardes=("lignes_terminees",),
        libelle="Clôturer le dossier",
        passe="Dossier clos",
    ),
    Transition(
        declencheur="retirer",
        sources=(E.BROUILLON, E.EN_ATTENTE_SIGNATURE),
        cible=E.RETIRE,
        roles=PORTEUR,
        danger=True,
        libelle="Abandonner le brouillon",
        passe="Brouillon abandonné par le porteur",
    ),
    Transition(
        declencheur="retirer",
        sources=(*EN_EXAMEN, *EN_SUSPENS),
        cible=E.RETIRE,
        roles=SIGNATAIRE,
        danger=True,
        libelle="Retirer le dossier",
        passe="Dossier retiré par le porteur",
        aide="Votre demande ne sera plus examinée.",
    ),
    # Until publication nothing, not even a missing button, may tell the porteur the decision.
    Transition(
        declencheur="retirer",
        sources=(E.PROGRAMME, E.REJETE),
        cible=E.RETIRE,
        roles=SIGNATAIRE,
        gardes=("decision_non_publiee",),
        danger=True,
        libelle="Retirer le dossier",
        passe="Dossier retiré par le porteur",
        aide="Votre demande ne sera plus examinée.",
    ),
    Transition(
        declencheur="classer_sans_suite",
        sources=(*EN_EXAMEN, *EN_SUSPENS),
        cible=E.SANS_SUITE,
        roles=COORDINATION,
        motif_requis=True,
        danger=True,
        libelle="Classer sans suite",
        passe="Dossier classé sans suite",
    ),
    Transition(
        declencheur="classer_sans_suite",
        sources=(E.PROGRAMME,),
        cible=E.SANS_SUITE,
        roles=COORDINATION,
        gardes=("aucune_ligne_engagee",),
        motif_requis=True,
        danger=True,
        libelle="Classer sans suite",
        passe="Dossier programmé, puis classé sans suite",
        aide="Quand tous les financeurs ont refusé leur vote ou que le porteur renonce.",
    ),
)

TRANSITIONS = (*DEPOT, *RECEVABILITE, *INSTRUIRE, *DECIDER, *FINIR)
MACHINE = MachineTable("dossier", EtatDossier, E.BROUILLON, TRANSITIONS, GARDES)
