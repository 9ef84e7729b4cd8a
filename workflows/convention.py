"""Life of a convention: the act between one financeur and one organisme (parcours.md §3.5).

An arrêté is signed by the financeur alone and is allowed up to the threshold of 23 000 € per
financeur, organisme and year (loi 2000-321 art. 10, décret 2001-495 art. 1); an annual convention
or a CPO is signed by the porteur first, then by the financeur, on the same text.

Elsewhere: number, frozen content and its hash, PDF, avenants (``services/convention.py``); each
exercice is a tranche with its own machine (``workflows/tranche.py``); the signed act commits the
line of the financeur (``workflows/financement.py``, ``engager``); the data to publish within three
months of the signature are a counter, not a state.
"""

from __future__ import annotations

from workflows.socle import EtatBase, Fiche, MachineTable, Role, Ton, Transition

_PREPARATION_PUBLIC = ("En préparation", "L’acte qui accorde l’aide est en préparation.")


class EtatConvention(EtatBase):
    PROJET = (
        "projet",
        Fiche(
            Ton.NEUTRE,
            agent=("Projet", "Le financeur relit l’acte et l’envoie à la signature."),
            porteur=("En préparation", "Le financeur prépare l’acte. Rien à faire."),
            public=_PREPARATION_PUBLIC,
        ),
    )
    SIGNATURE_PORTEUR = (
        "signature_porteur",
        Fiche(
            Ton.ATTENTE,
            agent=("À signer par le porteur", "Le signataire du porteur lit l’acte et le signe."),
            porteur=("À signer", "Votre signataire lit l’acte et le signe."),
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
    SIGNEE = (
        "signee",
        Fiche(
            Ton.ATTENTE,
            agent=("Signée", "Le financeur la notifie au porteur : elle prend alors effet."),
            porteur=("Signée", "Attendez la notification. Rien à faire."),
            public=("Signée", "L’acte qui accorde l’aide est signé."),
        ),
    )
    EN_VIGUEUR = (
        "en_vigueur",
        Fiche(
            Ton.SUCCES,
            agent=("En vigueur", "Verser selon l’échéancier et suivre les bilans."),
            porteur=("En vigueur", "Réalisez l’action et rendez vos bilans à temps."),
            public=("En vigueur", "L’action est financée et se déroule."),
        ),
    )
    ECHUE = (
        "echue",
        Fiche(
            Ton.FIN,
            agent=("Échue", "Rien : l’acte est arrivé à son terme."),
            porteur=("Terminée", "Rien à faire. Conservez vos justificatifs."),
            public=("Terminée", "L’acte est arrivé à son terme."),
            final=True,
        ),
    )
    RESILIEE = (
        "resiliee",
        Fiche(
            Ton.REFUS,
            agent=("Résiliée ou abandonnée", "Régler les versements et les reversements restants."),
            porteur=("Résiliée ou abandonnée", "Lisez le motif. Écrivez au financeur au besoin."),
            public=("Arrêtée", "L’acte a été abandonné ou résilié avant son terme."),
            final=True,
        ),
    )


E = EtatConvention
FINANCE = frozenset({Role.FINANCE})
SIGNATAIRE = frozenset({Role.PORTEUR_SIGNATAIRE})
CONSEQUENCE = frozenset({Role.FINANCE, Role.SYSTEME})

GARDES = {
    "tranches_conformes": "Chaque exercice a sa tranche, et la première égale le montant voté.",
    "deux_signatures": "L’acte est une convention, annuelle ou pluriannuelle.",
    "signature_unique": "L’acte est un arrêté, signé du seul financeur.",
    "sous_seuil_convention": "Les aides de ce financeur à cet organisme dans l’année ne dépassent "
    "pas le seuil qui rend la convention obligatoire.",
    "signataire_habilite": "La personne qui signe engage l’organisme à cette date.",
    "cer_signe": "Le contrat d’engagement républicain est signé, ou n’est pas exigé de cet "
    "organisme.",
    "copie_jointe": "L’exemplaire signé par le porteur est joint à l’acte.",
    "texte_inchange": "Le texte est celui qui a été envoyé à la signature.",
    "acte_notifie": "L’acte signé est notifié au porteur.",
    "terme_atteint": "Le dernier exercice est terminé.",
    "tranches_terminees": "Toutes les tranches sont closes ou abandonnées.",
}

TRANSITIONS = (
    Transition(
        declencheur="envoyer_a_la_signature",
        sources=(E.PROJET,),
        cible=E.SIGNATURE_PORTEUR,
        roles=FINANCE,
        gardes=("deux_signatures", "tranches_conformes"),
        libelle="Envoyer à la signature du porteur",
        passe="Convention envoyée à la signature du porteur",
        aide="Le texte est figé. Le signataire du porteur reçoit un courriel.",
    ),
    Transition(
        declencheur="soumettre_arrete",
        sources=(E.PROJET,),
        cible=E.SIGNATURE_FINANCEUR,
        roles=FINANCE,
        gardes=("signature_unique", "sous_seuil_convention", "tranches_conformes"),
        libelle="Soumettre l’arrêté à la signature",
        passe="Arrêté soumis à la signature du financeur",
    ),
    Transition(
        declencheur="signer_porteur",
        sources=(E.SIGNATURE_PORTEUR,),
        cible=E.SIGNATURE_FINANCEUR,
        roles=SIGNATAIRE,
        gardes=("signataire_habilite", "cer_signe", "texte_inchange"),
        libelle="Signer la convention",
        passe="Convention signée par le porteur",
        aide="Vous engagez votre organisme.",
    ),
    Transition(
        declencheur="constater_signature_porteur",
        sources=(E.SIGNATURE_PORTEUR,),
        cible=E.SIGNATURE_FINANCEUR,
        roles=FINANCE,
        gardes=("copie_jointe", "cer_signe", "texte_inchange"),
        libelle="Constater la signature du porteur",
        passe="Signature du porteur constatée sur un exemplaire papier",
        aide="L’exemplaire signé est conservé avec l’acte.",
    ),
    Transition(
        declencheur="renvoyer_en_projet",
        sources=(E.SIGNATURE_PORTEUR, E.SIGNATURE_FINANCEUR),
        cible=E.PROJET,
        roles=FINANCE | SIGNATAIRE,
        motif_requis=True,
        libelle="Demander une correction",
        passe="Acte renvoyé en projet pour correction",
        aide="Les signatures déjà données sont annulées.",
    ),
    Transition(
        declencheur="signer_financeur",
        sources=(E.SIGNATURE_FINANCEUR,),
        cible=E.SIGNEE,
        roles=FINANCE,
        gardes=("texte_inchange",),
        libelle="Signer pour le financeur",
        passe="Acte signé par le financeur",
    ),
    Transition(
        declencheur="mettre_en_vigueur",
        sources=(E.SIGNEE,),
        cible=E.EN_VIGUEUR,
        roles=CONSEQUENCE,
        gardes=("acte_notifie",),
        libelle="Mettre en vigueur",
        passe="Acte notifié et en vigueur",
    ),
    Transition(
        declencheur="constater_echeance",
        sources=(E.EN_VIGUEUR,),
        cible=E.ECHUE,
        roles=CONSEQUENCE,
        gardes=("terme_atteint", "tranches_terminees"),
        libelle="Constater l’échéance",
        passe="Acte arrivé à échéance",
    ),
    Transition(
        declencheur="abandonner",
        sources=(E.PROJET, E.SIGNATURE_PORTEUR, E.SIGNATURE_FINANCEUR),
        cible=E.RESILIEE,
        # SYSTEME: the porteur gave up the aid that the draft was for.
        roles=CONSEQUENCE,
        motif_requis=True,
        danger=True,
        libelle="Abandonner le projet d’acte",
        passe="Projet d’acte abandonné avant signature",
        aide="Le numéro reste attribué. Un nouvel acte pourra être préparé.",
    ),
    Transition(
        declencheur="resilier",
        sources=(E.SIGNEE, E.EN_VIGUEUR),
        cible=E.RESILIEE,
        roles=FINANCE,
        motif_requis=True,
        danger=True,
        libelle="Résilier",
        passe="Acte résilié",
        aide="Recueillez d’abord les observations du porteur. Les tranches à venir tombent.",
    ),
)

MACHINE = MachineTable("convention", EtatConvention, E.PROJET, TRANSITIONS, GARDES)
