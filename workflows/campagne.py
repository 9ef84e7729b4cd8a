"""Life of a campagne: one call of one contrat for one exercice (parcours.md §3.1).

It opens and closes by the clock of the server (Europe/Paris), never by a click: only the system
fires ``ouvrir`` and ``clore``, as soon as the stated instants (and the stated grace) are reached.
Then the coordination leads it from step to step. ``rouvrir`` gives a new closing date to
everybody, with a motif; the late acceptance of one dossier is another act, on the dossier.

Elsewhere: lapsing the drafts at closing and the mails of opening and closing
(``services/campagne.py``), publication of the decisions (``services/decision.py``). Dossiers
follow their own machine: a call « au fil de l’eau » stays open while its dossiers are instructed.
"""

from __future__ import annotations

from workflows.socle import EtatBase, Fiche, MachineTable, Role, Ton, Transition


class EtatCampagne(EtatBase):
    PREPARATION = (
        "preparation",
        Fiche(
            Ton.NEUTRE,
            agent=(
                "En préparation",
                "La coordination règle les dates, les priorités et la grille, "
                "puis déclare la campagne prête.",
            ),
            porteur=("Bientôt ouverte", "Vous pourrez déposer un dossier à la date d’ouverture."),
            public=("À venir", "L’appel à projets ouvrira à la date annoncée."),
        ),
    )
    OUVERTE = (
        "ouverte",
        Fiche(
            Ton.ACTION,
            agent=("Ouverte", "Les porteurs déposent leurs dossiers jusqu’à la date de clôture."),
            porteur=("Ouverte", "Déposez votre dossier avant la date de clôture."),
            public=(
                "Ouvert",
                "Les associations et les autres porteurs peuvent déposer un dossier.",
            ),
            ton_porteur=Ton.ACTION,
        ),
    )
    CLOSE = (
        "close",
        Fiche(
            Ton.ATTENTE,
            agent=("Close", "La coordination affecte les dossiers et lance l’instruction."),
            porteur=("Close", "Les dépôts sont terminés. Votre dossier va être examiné."),
            public=("Clos", "Les dépôts sont terminés. Les dossiers vont être examinés."),
        ),
    )
    INSTRUCTION = (
        "instruction",
        Fiche(
            Ton.ACTION,
            agent=("En instruction", "Les instructeurs examinent, notent et rendent leurs avis."),
            porteur=(
                "En instruction",
                "Les financeurs examinent les dossiers. Répondez aux demandes de compléments.",
            ),
            public=("En cours d’examen", "Les financeurs examinent les dossiers déposés."),
        ),
    )
    COPIL = (
        "copil",
        Fiche(
            Ton.ACTION,
            agent=("Au COPIL", "Le comité de pilotage décide, puis la coordination publie."),
            porteur=("En décision", "Le comité de pilotage se réunit. Vous recevrez sa réponse."),
            public=("En décision", "Le comité de pilotage arrête la programmation."),
        ),
    )
    NOTIFIEE = (
        "notifiee",
        Fiche(
            Ton.SUCCES,
            agent=(
                "Notifiée",
                "Les financeurs votent, conventionnent et versent. Les porteurs "
                "réalisent leurs actions, puis rendent leurs bilans.",
            ),
            porteur=("Décisions publiées", "Consultez la réponse apportée à votre dossier."),
            public=("Décisions publiées", "La liste des actions retenues est publique."),
        ),
    )
    ARCHIVEE = (
        "archivee",
        Fiche(
            Ton.FIN,
            agent=("Archivée", "Tous les dossiers sont terminés. La campagne reste consultable."),
            porteur=("Terminée", "La campagne est terminée. Vos dossiers restent consultables."),
            public=("Terminé", "L’appel à projets est terminé."),
            final=True,
        ),
    )


E = EtatCampagne
COORDINATION = frozenset({Role.COORDINATEUR})
HORLOGE = frozenset({Role.SYSTEME})

GARDES = {
    "campagne_prete": "La coordination a déclaré la campagne prête.",
    "ouverture_atteinte": "La date et l’heure d’ouverture sont atteintes.",
    "cloture_atteinte": "La date et l’heure de clôture, délai de tolérance compris, sont passées.",
    "cloture_reportee": "Une nouvelle date de clôture, à venir, est fixée.",
    "grille_figee": "La grille d’évaluation de la campagne est figée.",
    "recevabilite_terminee": "Aucun dossier n’attend d’examen de recevabilité ni de compléments.",
    "seance_prevue": "Au moins une séance du COPIL est créée pour la campagne.",
    "decisions_publiees": "Tous les dossiers inscrits ont une décision, et elle est publiée.",
    "dossiers_termines": "Tous les dossiers de la campagne sont terminés.",
}

TRANSITIONS = (
    Transition(
        declencheur="ouvrir",
        sources=(E.PREPARATION,),
        cible=E.OUVERTE,
        roles=HORLOGE,
        gardes=("campagne_prete", "ouverture_atteinte"),
        libelle="Ouvrir la campagne",
        passe="Campagne ouverte",
        aide="L’ouverture se fait seule, à la date et à l’heure annoncées.",
    ),
    Transition(
        declencheur="clore",
        sources=(E.OUVERTE,),
        cible=E.CLOSE,
        roles=HORLOGE,
        gardes=("cloture_atteinte",),
        libelle="Clore la campagne",
        passe="Campagne close",
        aide="La clôture se fait seule. Les brouillons non transmis deviennent caducs.",
    ),
    Transition(
        declencheur="rouvrir",
        sources=(E.CLOSE, E.INSTRUCTION),
        cible=E.OUVERTE,
        roles=COORDINATION,
        gardes=("cloture_reportee",),
        motif_requis=True,
        danger=True,
        libelle="Rouvrir les dépôts",
        passe="Dépôts rouverts",
        aide="Tous les porteurs pourront déposer jusqu’à la nouvelle date de clôture.",
    ),
    Transition(
        declencheur="lancer_instruction",
        sources=(E.CLOSE,),
        cible=E.INSTRUCTION,
        roles=COORDINATION,
        gardes=("grille_figee",),
        libelle="Lancer l’instruction",
        passe="Instruction lancée",
    ),
    Transition(
        declencheur="passer_au_copil",
        sources=(E.INSTRUCTION,),
        cible=E.COPIL,
        roles=COORDINATION,
        gardes=("recevabilite_terminee", "seance_prevue"),
        libelle="Passer au COPIL",
        passe="Campagne passée au COPIL",
    ),
    Transition(
        declencheur="revenir_en_instruction",
        sources=(E.COPIL,),
        cible=E.INSTRUCTION,
        roles=COORDINATION,
        motif_requis=True,
        libelle="Revenir à l’instruction",
        passe="Campagne revenue en instruction",
    ),
    Transition(
        declencheur="notifier",
        sources=(E.COPIL,),
        cible=E.NOTIFIEE,
        roles=COORDINATION,
        gardes=("decisions_publiees",),
        libelle="Déclarer les décisions notifiées",
        passe="Décisions de la campagne notifiées",
    ),
    Transition(
        declencheur="archiver",
        sources=(E.NOTIFIEE,),
        cible=E.ARCHIVEE,
        roles=COORDINATION,
        gardes=("dossiers_termines",),
        danger=True,
        libelle="Archiver la campagne",
        passe="Campagne archivée",
    ),
)

MACHINE = MachineTable("campagne", EtatCampagne, E.PREPARATION, TRANSITIONS, GARDES)
