"""Life of a seance of the comité de pilotage (parcours.md §3.4).

The agenda may still change while the session is open. The decisions themselves are transitions
of the dossiers (``workflows/dossier.py``), which ask for an open session and for its quorum. The
minutes are frozen last, with their hash.

Elsewhere: convening, attendance, order and current dossier (``services/seance.py``); déports
(``aap.permissions``); publication of the decisions, which is no state of the session
(``publiee_le``, ``services/decision.py``); mails and PDF of the minutes.
"""

from __future__ import annotations

from workflows.socle import EtatBase, Fiche, MachineTable, Role, Ton, Transition


class EtatSeance(EtatBase):
    PREPAREE = (
        "preparee",
        Fiche(
            Ton.NEUTRE,
            agent=("Préparée", "La coordination établit l’ordre du jour et convoque."),
            porteur=("À venir", "Le comité de pilotage va se réunir. Rien à faire."),
            public=("À venir", "Le comité de pilotage va se réunir."),
        ),
    )
    OUVERTE = (
        "ouverte",
        Fiche(
            Ton.ACTION,
            agent=("Ouverte", "Le comité examine les dossiers un à un et décide."),
            porteur=("En cours", "Le comité de pilotage est réuni. Rien à faire."),
            public=("En cours", "Le comité de pilotage est réuni."),
        ),
    )
    SUSPENDUE = (
        "suspendue",
        Fiche(
            Ton.ATTENTE,
            agent=("Suspendue", "La coordination reprend la séance ou la clôt."),
            porteur=("En cours", "Le comité de pilotage est réuni. Rien à faire."),
            public=("En cours", "Le comité de pilotage est réuni."),
        ),
    )
    CLOSE = (
        "close",
        Fiche(
            Ton.ATTENTE,
            agent=("Close", "La coordination relit le procès-verbal et l’arrête."),
            porteur=("Terminée", "Vous recevrez la réponse dès sa publication."),
            public=("Terminée", "Le comité de pilotage s’est réuni."),
        ),
    )
    PV_ARRETE = (
        "pv_arrete",
        Fiche(
            Ton.FIN,
            agent=(
                "Procès-verbal arrêté",
                "La coordination publie les décisions, si ce n’est pas fait.",
            ),
            porteur=("Terminée", "Vous recevrez la réponse dès sa publication."),
            public=("Terminée", "Le comité de pilotage s’est réuni."),
            final=True,
        ),
    )


E = EtatSeance
COORDINATION = frozenset({Role.COORDINATEUR})

GARDES = {
    "ordre_du_jour_etabli": "Au moins un dossier est à l’ordre du jour.",
    "membres_convoques": "Assez de membres sont convoqués pour atteindre le quorum.",
    "dossiers_tous_traites": "Chaque dossier à l’ordre du jour a une décision ou en est retiré.",
    "decisions_non_publiees": "Aucune décision de la séance n’est encore publiée.",
}

TRANSITIONS = (
    Transition(
        declencheur="ouvrir",
        sources=(E.PREPAREE,),
        cible=E.OUVERTE,
        roles=COORDINATION,
        gardes=("ordre_du_jour_etabli", "membres_convoques"),
        libelle="Ouvrir la séance",
        passe="Séance ouverte",
    ),
    Transition(
        declencheur="suspendre",
        sources=(E.OUVERTE,),
        cible=E.SUSPENDUE,
        roles=COORDINATION,
        libelle="Suspendre la séance",
        passe="Séance suspendue",
        aide="Aucune décision ne peut être prise pendant la suspension.",
    ),
    Transition(
        declencheur="reprendre",
        sources=(E.SUSPENDUE,),
        cible=E.OUVERTE,
        roles=COORDINATION,
        libelle="Reprendre la séance",
        passe="Séance reprise",
    ),
    Transition(
        declencheur="clore",
        sources=(E.OUVERTE, E.SUSPENDUE),
        cible=E.CLOSE,
        roles=COORDINATION,
        gardes=("dossiers_tous_traites",),
        danger=True,
        libelle="Clore la séance",
        passe="Séance close",
    ),
    Transition(
        declencheur="rouvrir",
        sources=(E.CLOSE,),
        cible=E.OUVERTE,
        roles=COORDINATION,
        gardes=("decisions_non_publiees",),
        motif_requis=True,
        libelle="Rouvrir la séance",
        passe="Séance rouverte",
    ),
    Transition(
        declencheur="arreter_pv",
        sources=(E.CLOSE,),
        cible=E.PV_ARRETE,
        roles=COORDINATION,
        danger=True,
        libelle="Arrêter le procès-verbal",
        passe="Procès-verbal arrêté",
        aide="Le procès-verbal ne pourra plus être modifié.",
    ),
)

MACHINE = MachineTable("seance", EtatSeance, E.PREPAREE, TRANSITIONS, GARDES)
