"""Life of a scenario: a named allocation of a campaign (parcours.md §6).

A draft is edited by several people. Frozen, it stays as it was compared: to change it, copy it.
Promoted, its amounts have become those of a session, and it keeps what was proposed.

Elsewhere: amounts, copies, promotion (``services/scenario.py``); calculation of a proposal
(``services/proposition.py``); decisions themselves (``workflows/dossier.py``).
"""

from __future__ import annotations

from workflows.socle import EtatBase, Fiche, MachineTable, Role, Ton, Transition


class EtatScenario(EtatBase):
    BROUILLON = (
        "brouillon",
        Fiche(
            Ton.NEUTRE,
            agent=("Modifiable", "La coordination en ajuste les montants, puis le fige."),
            porteur=("En préparation", "Le comité de pilotage se prépare. Rien à faire."),
            public=("En préparation", "Le comité de pilotage se prépare."),
        ),
    )
    FIGE = (
        "fige",
        Fiche(
            Ton.ATTENTE,
            agent=("Figé", "La coordination le compare, le copie ou le retient pour une séance."),
            porteur=("En préparation", "Le comité de pilotage se prépare. Rien à faire."),
            public=("En préparation", "Le comité de pilotage se prépare."),
        ),
    )
    PROMU = (
        "promu",
        Fiche(
            Ton.FIN,
            agent=("Retenu pour une séance", "Rien\u00a0: ses montants sont ceux de la séance."),
            porteur=("En préparation", "Le comité de pilotage se prépare. Rien à faire."),
            public=("En préparation", "Le comité de pilotage se prépare."),
            final=True,
        ),
    )


E = EtatScenario
COORDINATION = frozenset({Role.COORDINATEUR})

GARDES = {
    "montants_saisis": "Au moins un montant est saisi.",
    "calcul_termine": "Aucun calcul n’est en cours sur ce scénario.",
}

TRANSITIONS = (
    Transition(
        declencheur="figer",
        sources=(E.BROUILLON,),
        cible=E.FIGE,
        roles=COORDINATION,
        gardes=("calcul_termine",),
        libelle="Figer le scénario",
        passe="Scénario figé",
        aide="Ses montants ne changeront plus. Pour les changer, vous pourrez le copier.",
    ),
    Transition(
        declencheur="promouvoir",
        sources=(E.BROUILLON, E.FIGE),
        cible=E.PROMU,
        roles=COORDINATION,
        gardes=("montants_saisis", "calcul_termine"),
        danger=True,
        libelle="Retenir pour la séance",
        passe="Scénario retenu pour la séance",
        aide="Ses montants remplacent ceux de la séance. Il ne changera plus.",
    ),
)

MACHINE = MachineTable("scenario", EtatScenario, E.BROUILLON, TRANSITIONS, GARDES)
