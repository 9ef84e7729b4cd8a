"""Life of a versement: one payment of a tranche (parcours.md §3.6).

Nobody pays alone: a second person validates what a first one proposed. The blocking rules of
parcours.md §5 (signed act above 23 000 €, CER, SIRET, RIB, bilan of the year before) are asked
three times, at proposal, validation and mandate, since they may stop being true in between.

Elsewhere: the numbers of mandate and engagement, the date of payment (``services/versement.py``);
the state of the line follows (``workflows/financement.py``, ``constater_acompte`` and
``constater_solde``); the 60 days of the loi 2000-321 art. 10 are a counter, not a state.
"""

from __future__ import annotations

from workflows.socle import EtatBase, Fiche, MachineTable, Role, Ton, Transition

_COURS = ("En cours", "Le financeur prépare le paiement. Rien à faire.")
_COURS_PUBLIC = ("En cours", "Le paiement est en préparation.")


class EtatVersement(EtatBase):
    PREVU = (
        "prevu",
        Fiche(
            Ton.NEUTRE,
            agent=("Prévu", "Proposer le versement à sa date."),
            porteur=("Prévu", "Vérifiez votre RIB et rendez les bilans demandés."),
            public=("Prévu", "Le paiement est prévu."),
        ),
    )
    PROPOSE = (
        "propose",
        Fiche(
            Ton.ACTION,
            agent=("Proposé", "Une deuxième personne vérifie et valide."),
            porteur=_COURS,
            public=_COURS_PUBLIC,
        ),
    )
    VALIDE = (
        "valide",
        Fiche(
            Ton.ACTION,
            agent=("Validé", "Émettre le mandat."),
            porteur=_COURS,
            public=_COURS_PUBLIC,
        ),
    )
    MANDATE = (
        "mandate",
        Fiche(
            Ton.ATTENTE,
            agent=("Mandaté", "Le comptable paie ; constater ensuite le paiement."),
            porteur=("Ordre de paiement émis", "Le comptable public va payer. Rien à faire."),
            public=_COURS_PUBLIC,
        ),
    )
    PAYE = (
        "paye",
        Fiche(
            Ton.SUCCES,
            agent=("Payé", "Rien : le versement est fait."),
            porteur=("Payé", "Vérifiez votre compte. Conservez vos justificatifs."),
            public=("Payé", "Le paiement est fait."),
            final=True,
        ),
    )
    REJETE = (
        "rejete",
        Fiche(
            Ton.ATTENTION,
            agent=("Rejeté", "Corriger ce qui est indiqué, puis reprendre, ou annuler."),
            porteur=("Suspendu", "Le financeur doit corriger un point. Il peut vous écrire."),
            public=_COURS_PUBLIC,
        ),
    )
    ANNULE = (
        "annule",
        Fiche(
            Ton.FIN,
            agent=("Annulé", "Rien : ce versement ne sera pas fait."),
            porteur=("Annulé", "Ce versement ne sera pas fait. Lisez le motif."),
            public=("Annulé", "Le paiement ne sera pas fait."),
            final=True,
        ),
    )


E = EtatVersement
FINANCE = frozenset({Role.FINANCE})

GARDES = {
    "tranche_ferme": "La tranche est ferme.",
    "convention_signee": "L’acte est en vigueur, et c’est une convention si le total de l’année "
    "dépasse le seuil légal.",
    "montant_dans_tranche": "La somme des versements ne dépasse pas la tranche.",
    "cer_signe": "Le contrat d’engagement républicain est signé, ou n’est pas exigé de cet "
    "organisme.",
    "siret_present": "Le SIRET de l’organisme est renseigné.",
    "rib_present": "L’organisme a un RIB valable.",
    "rib_inchange": "Le RIB est celui que la deuxième personne a vu.",
    "bilan_recu": "Aucun bilan de cet organisme pour ce financeur n’est en retard.",
    "deuxieme_personne": "La personne qui valide n’est pas celle qui a proposé.",
    "mandat_numerote": "Le numéro du mandat est saisi.",
    "aide_non_soldee": "L’aide n’est ni justifiée, ni close, ni à reverser.",
    "paiement_date": "La date du paiement est saisie et n’est pas à venir.",
}
PAIEMENT = (
    "tranche_ferme",
    "convention_signee",
    "montant_dans_tranche",
    "cer_signe",
    "siret_present",
    "rib_present",
    "bilan_recu",
)

TRANSITIONS = (
    Transition(
        declencheur="proposer",
        sources=(E.PREVU,),
        cible=E.PROPOSE,
        roles=FINANCE,
        gardes=PAIEMENT,
        libelle="Proposer le versement",
        passe="Versement proposé",
    ),
    Transition(
        declencheur="valider",
        sources=(E.PROPOSE,),
        cible=E.VALIDE,
        roles=FINANCE,
        gardes=("deuxieme_personne", *PAIEMENT),
        libelle="Valider le versement",
        passe="Versement validé",
    ),
    Transition(
        declencheur="mandater",
        sources=(E.VALIDE,),
        cible=E.MANDATE,
        roles=FINANCE,
        gardes=("mandat_numerote", *PAIEMENT, "rib_inchange"),
        libelle="Mandater",
        passe="Versement mandaté",
    ),
    Transition(
        declencheur="constater_paiement",
        sources=(E.MANDATE,),
        cible=E.PAYE,
        roles=FINANCE,
        gardes=("paiement_date",),
        libelle="Constater le paiement",
        passe="Versement payé",
    ),
    Transition(
        declencheur="rejeter",
        sources=(E.PROPOSE, E.VALIDE, E.MANDATE),
        cible=E.REJETE,
        roles=FINANCE,
        motif_requis=True,
        libelle="Rejeter",
        passe="Versement rejeté",
        aide="Pour une erreur de la proposition, ou un rejet du comptable ou de la banque.",
    ),
    # The bank sends the money back (closed account), or somebody ticked the wrong line.
    Transition(
        declencheur="constater_rejet",
        sources=(E.PAYE,),
        cible=E.REJETE,
        roles=FINANCE,
        gardes=("aide_non_soldee",),
        motif_requis=True,
        danger=True,
        libelle="Constater un paiement rejeté",
        passe="Paiement rejeté par la banque, ou constaté par erreur",
        aide="L’argent n’est pas arrivé. L’aide redevient à payer, et le porteur lit le motif.",
    ),
    Transition(
        declencheur="reprendre",
        sources=(E.REJETE,),
        cible=E.PREVU,
        roles=FINANCE,
        libelle="Reprendre après correction",
        passe="Versement repris après correction",
        aide="Il devra être proposé et validé de nouveau.",
    ),
    Transition(
        declencheur="annuler",
        sources=(E.PREVU, E.PROPOSE, E.VALIDE, E.REJETE),
        cible=E.ANNULE,
        roles=FINANCE,
        motif_requis=True,
        danger=True,
        libelle="Annuler le versement",
        passe="Versement annulé",
    ),
)

MACHINE = MachineTable("versement", EtatVersement, E.PREVU, TRANSITIONS, GARDES)
