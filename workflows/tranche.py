"""Life of a tranche: one exercice of a convention (parcours.md §3.5).

The amounts of the later years of a CPO are indicative: a tranche becomes firm through an act of
the year, once the credits are open and the bilan of the year before is received (circulaire du
29 septembre 2015). The only tranche of an annual act becomes firm with its signature.

Elsewhere: the light yearly form that ties the tranche to the line of the year, and the schedule of
payments (``services/convention.py``); each payment has its own machine (``versement.py``).
"""

from __future__ import annotations

from workflows.socle import EtatBase, Fiche, MachineTable, Role, Ton, Transition


class EtatTranche(EtatBase):
    PREVISIONNELLE = (
        "previsionnelle",
        Fiche(
            Ton.NEUTRE,
            agent=("Prévisionnelle", "Le financeur l’affermit quand ses crédits sont ouverts."),
            porteur=("Prévue", "Montant indicatif. Rendez le bilan de l’année précédente."),
            public=("Prévue", "Le montant de cette année est indicatif."),
        ),
    )
    FERME = (
        "ferme",
        Fiche(
            Ton.SUCCES,
            agent=("Ferme", "Verser selon l’échéancier, puis contrôler le bilan."),
            porteur=("Confirmée", "Réalisez l’action de l’année, puis rendez votre bilan."),
            public=("Confirmée", "L’aide de cette année est confirmée."),
        ),
    )
    CLOSE = (
        "close",
        Fiche(
            Ton.FIN,
            agent=("Close", "Rien : l’année est payée et justifiée."),
            porteur=("Terminée", "Rien à faire pour cette année."),
            public=("Terminée", "L’aide de cette année est versée et justifiée."),
            final=True,
        ),
    )
    ABANDONNEE = (
        "abandonnee",
        Fiche(
            Ton.REFUS,
            agent=("Abandonnée", "Rien : aucun versement ne sera fait pour cette année."),
            porteur=("Abandonnée", "Lisez le motif. Aucun versement ne sera fait cette année."),
            public=("Abandonnée", "Aucune aide n’est versée pour cette année."),
            final=True,
        ),
    )


E = EtatTranche
FINANCE = frozenset({Role.FINANCE})
CONSEQUENCE = frozenset({Role.FINANCE, Role.SYSTEME})

GARDES = {
    "convention_signee": "La convention est signée et n’est ni échue ni résiliée.",
    "financement_rattache": "Une ligne de financement votée, du même exercice et d’un montant au "
    "moins égal, est rattachée.",
    "credits_ouverts": "L’enveloppe de l’exercice est ouverte et couvre le montant.",
    "bilan_recu": "Le bilan de l’exercice précédent est déposé, ou c’est le premier exercice.",
    "versements_termines": "Tous les versements de la tranche sont payés ou annulés.",
    "bilan_valide": "Le bilan de l’exercice est validé.",
    "aucun_versement": "Rien n’est payé ni en cours de paiement sur la tranche.",
}

TRANSITIONS = (
    Transition(
        declencheur="affermir",
        sources=(E.PREVISIONNELLE,),
        cible=E.FERME,
        roles=CONSEQUENCE,
        gardes=("convention_signee", "financement_rattache", "credits_ouverts", "bilan_recu"),
        libelle="Affermir la tranche",
        passe="Tranche affermie",
        aide="Les versements de l’année pourront être proposés.",
    ),
    Transition(
        declencheur="clore",
        sources=(E.FERME,),
        cible=E.CLOSE,
        roles=CONSEQUENCE,
        gardes=("versements_termines", "bilan_valide"),
        libelle="Clore la tranche",
        passe="Tranche close",
    ),
    Transition(
        declencheur="abandonner",
        sources=(E.PREVISIONNELLE,),
        cible=E.ABANDONNEE,
        roles=CONSEQUENCE,
        motif_requis=True,
        danger=True,
        libelle="Abandonner la tranche",
        passe="Tranche abandonnée",
    ),
    Transition(
        declencheur="abandonner",
        sources=(E.FERME,),
        cible=E.ABANDONNEE,
        roles=FINANCE,
        gardes=("aucun_versement",),
        motif_requis=True,
        danger=True,
        libelle="Abandonner la tranche",
        passe="Tranche ferme abandonnée",
        aide="Possible tant que rien n’est payé ni en cours de paiement.",
    ),
)

MACHINE = MachineTable("tranche", EtatTranche, E.PREVISIONNELLE, TRANSITIONS, GARDES)
