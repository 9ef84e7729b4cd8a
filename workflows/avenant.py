"""Life of an avenant: what both parties change in a convention already in force.

An avenant changes amounts (exercice by exercice), the period or the objectives. It is signed by
the porteur first, then by the financeur, on the same text; it takes effect with the last
signature and never before: until then nothing of the convention moves.

Elsewhere: number without holes per convention, frozen content and its hash, what the signature
writes on tranches, votes and payments (``services/avenant.py``, ``services/effets_avenant.py``).
An arrêté has no avenant: the funder alone signs it, another arrêté replaces it.
"""

from __future__ import annotations

from workflows.socle import EtatBase, Fiche, MachineTable, Role, Ton, Transition

_PREPARATION_PUBLIC = ("En préparation", "Une modification de l’acte est en préparation.")


class EtatAvenant(EtatBase):
    PROJET = (
        "projet",
        Fiche(
            Ton.NEUTRE,
            agent=("Projet", "Le financeur relit l’avenant et l’envoie à la signature."),
            porteur=("En préparation", "Le financeur prépare l’avenant. Rien à faire."),
            public=_PREPARATION_PUBLIC,
        ),
    )
    SIGNATURE_PORTEUR = (
        "signature_porteur",
        Fiche(
            Ton.ATTENTE,
            agent=("À signer par le porteur", "Le signataire du porteur lit l’avenant et signe."),
            porteur=("À signer", "Votre signataire lit l’avenant et le signe."),
            public=_PREPARATION_PUBLIC,
            ton_porteur=Ton.ACTION,
        ),
    )
    SIGNATURE_FINANCEUR = (
        "signature_financeur",
        Fiche(
            Ton.ACTION,
            agent=("À signer par le financeur", "Le représentant du financeur signe."),
            porteur=("En signature", "Le financeur doit signer à son tour. Rien à faire."),
            public=_PREPARATION_PUBLIC,
        ),
    )
    SIGNE = (
        "signe",
        Fiche(
            Ton.SUCCES,
            agent=("Signé", "Rien : l’avenant a pris effet."),
            porteur=("Signé", "L’avenant a pris effet. Conservez-le avec la convention."),
            public=("Signé", "L’acte a été modifié d’un commun accord."),
            final=True,
        ),
    )
    ABANDONNE = (
        "abandonne",
        Fiche(
            Ton.FIN,
            agent=("Abandonné", "Rien : la convention reste inchangée."),
            porteur=("Abandonné", "Rien à faire : la convention reste inchangée."),
            public=("Abandonné", "L’acte reste inchangé."),
            final=True,
        ),
    )


E = EtatAvenant
FINANCE = frozenset({Role.FINANCE})
SIGNATAIRE = frozenset({Role.PORTEUR_SIGNATAIRE})

GARDES = {
    "convention_en_vigueur": "La convention est en vigueur.",
    "effets_possibles": "Chaque changement est encore possible : la tranche est celle qui a été "
    "lue, ce qui est payé n’est pas repris, la hausse est votée et tient dans l’enveloppe.",
    "signataire_habilite": "La personne qui signe engage l’organisme à cette date.",
    "cer_signe": "Le contrat d’engagement républicain est signé, ou n’est pas exigé de cet "
    "organisme.",
    "copie_jointe": "L’exemplaire signé par le porteur est joint à l’avenant.",
    "texte_inchange": "Le texte est celui qui a été envoyé à la signature.",
}

TRANSITIONS = (
    Transition(
        declencheur="envoyer_a_la_signature",
        sources=(E.PROJET,),
        cible=E.SIGNATURE_PORTEUR,
        roles=FINANCE,
        gardes=("convention_en_vigueur", "effets_possibles"),
        libelle="Envoyer à la signature du porteur",
        passe="Avenant envoyé à la signature du porteur",
        aide="Le texte est figé. Le signataire du porteur reçoit un courriel.",
    ),
    Transition(
        declencheur="signer_porteur",
        sources=(E.SIGNATURE_PORTEUR,),
        cible=E.SIGNATURE_FINANCEUR,
        roles=SIGNATAIRE,
        gardes=(
            "convention_en_vigueur",
            "signataire_habilite",
            "cer_signe",
            "texte_inchange",
            "effets_possibles",
        ),
        libelle="Signer l’avenant",
        passe="Avenant signé par le porteur",
        aide="Vous engagez votre organisme.",
    ),
    Transition(
        declencheur="constater_signature_porteur",
        sources=(E.SIGNATURE_PORTEUR,),
        cible=E.SIGNATURE_FINANCEUR,
        roles=FINANCE,
        gardes=(
            "convention_en_vigueur",
            "copie_jointe",
            "cer_signe",
            "texte_inchange",
            "effets_possibles",
        ),
        libelle="Constater la signature du porteur",
        passe="Signature du porteur constatée sur un exemplaire papier",
        aide="L’exemplaire signé est conservé avec l’avenant.",
    ),
    Transition(
        declencheur="renvoyer_en_projet",
        sources=(E.SIGNATURE_PORTEUR, E.SIGNATURE_FINANCEUR),
        cible=E.PROJET,
        roles=FINANCE | SIGNATAIRE,
        motif_requis=True,
        libelle="Demander une correction",
        passe="Avenant renvoyé en projet pour correction",
        aide="Les signatures déjà données sont annulées.",
    ),
    Transition(
        declencheur="signer_financeur",
        sources=(E.SIGNATURE_FINANCEUR,),
        cible=E.SIGNE,
        roles=FINANCE,
        gardes=("convention_en_vigueur", "texte_inchange", "effets_possibles"),
        libelle="Signer pour le financeur",
        passe="Avenant signé par le financeur : il prend effet",
        aide="Les montants, les versements prévus et l’échéance du bilan changent aussitôt.",
    ),
    Transition(
        declencheur="abandonner",
        sources=(E.PROJET, E.SIGNATURE_PORTEUR, E.SIGNATURE_FINANCEUR),
        cible=E.ABANDONNE,
        # SYSTEME: the convention ended, what was to change it falls.
        roles=FINANCE | {Role.SYSTEME},
        motif_requis=True,
        danger=True,
        libelle="Abandonner l’avenant",
        passe="Projet d’avenant abandonné",
        aide="La convention reste inchangée. Le numéro reste attribué.",
    ),
)

MACHINE = MachineTable("avenant", EtatAvenant, E.PROJET, TRANSITIONS, GARDES)
