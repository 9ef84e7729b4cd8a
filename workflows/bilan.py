"""Life of a bilan: the compte rendu financier and its narrative (parcours.md §3.7).

Due within six months of the end of the exercice (loi 2000-321 art. 10). Corrected as often as
needed between the porteur and the financeur. Without it, the clock declares it ``en_defaut``; a
late one is still welcome. Unused or misused money is asked back, after the porteur was heard.

Elsewhere: what was deposited is frozen with its hash (``services/bilan.py``); the computation of
what is to give back and the titre de reversement (``services/reversement.py``); the lines of the
financeurs follow (``workflows/financement.py``); new payments look at the due date, not at the
state, so typing a late bilan does not unblock them.
"""

from __future__ import annotations

from workflows.socle import EtatBase, Fiche, MachineTable, Role, Ton, Transition


class EtatBilan(EtatBase):
    ATTENDU = (
        "attendu",
        Fiche(
            Ton.ATTENTE,
            agent=("Attendu", "Le porteur doit rendre son bilan avant l’échéance."),
            porteur=("À rendre", "Commencez votre bilan et rendez-le avant l’échéance."),
            public=("Attendu", "Le bilan de l’action est attendu."),
            ton_porteur=Ton.ACTION,
        ),
    )
    EN_SAISIE = (
        "en_saisie",
        Fiche(
            Ton.ATTENTE,
            agent=("En cours de saisie", "Le porteur prépare son bilan."),
            porteur=("En cours de saisie", "Complétez le bilan, puis faites-le signer."),
            public=("Attendu", "Le bilan de l’action est attendu."),
            ton_porteur=Ton.ACTION,
        ),
    )
    DEPOSE = (
        "depose",
        Fiche(
            Ton.ACTION,
            agent=("Déposé", "Contrôler le bilan, puis le valider ou demander une correction."),
            porteur=("Déposé", "Le financeur contrôle votre bilan. Rien à faire."),
            public=("Déposé", "Le bilan de l’action est reçu et va être contrôlé."),
        ),
    )
    A_MODIFIER = (
        "a_modifier",
        Fiche(
            Ton.ATTENTION,
            agent=("À modifier", "Le porteur doit corriger son bilan."),
            porteur=("À modifier", "Corrigez les points indiqués, puis déposez de nouveau."),
            public=("Déposé", "Le bilan de l’action est reçu et va être contrôlé."),
        ),
    )
    VALIDE = (
        "valide",
        Fiche(
            Ton.SUCCES,
            agent=("Validé", "Rien, sauf somme à reverser."),
            porteur=("Validé", "Votre bilan est accepté. Rien à faire."),
            public=("Validé", "Le bilan de l’action est validé."),
            final=True,
        ),
    )
    EN_DEFAUT = (
        "en_defaut",
        Fiche(
            Ton.REFUS,
            agent=("En défaut", "Relancer le porteur, puis demander le reversement."),
            porteur=("En retard", "Rendez votre bilan : sans lui, aucun versement n’est possible."),
            public=("Non rendu", "Le bilan de l’action n’a pas été rendu à temps."),
        ),
    )
    REVERSEMENT_DEMANDE = (
        "reversement_demande",
        Fiche(
            Ton.ATTENTION,
            agent=(
                "Reversement demandé",
                "Recueillir les observations du porteur, puis encaisser.",
            ),
            porteur=("Reversement demandé", "Présentez vos observations, ou reversez la somme."),
            public=("En contrôle", "L’usage de l’aide est en cours de contrôle."),
        ),
    )
    REVERSE = (
        "reverse",
        Fiche(
            Ton.FIN,
            agent=("Reversé", "Rien : la somme demandée est encaissée."),
            porteur=("Reversé", "Rien : votre reversement est reçu."),
            public=("Reversé", "Une partie ou la totalité de l’aide a été rendue."),
            final=True,
        ),
    )


E = EtatBilan
PORTEUR = frozenset({Role.PORTEUR_REDACTEUR, Role.PORTEUR_SIGNATAIRE})
SIGNATAIRE = frozenset({Role.PORTEUR_SIGNATAIRE})
CONTROLE = frozenset({Role.FINANCE, Role.INSTRUCTEUR})
FINANCE = frozenset({Role.FINANCE})

GARDES = {
    "bilan_complet": "Les textes, les montants réalisés, les écarts expliqués et les mesures "
    "exigés sont là et valables.",
    "signataire_habilite": "La personne qui signe engage l’organisme à cette date.",
    "echeance_depassee": "L’échéance du bilan est passée.",
    "reversement_calcule": "Au moins une somme à reverser est calculée et motivée.",
    "reversement_encaisse": "Toutes les sommes demandées sont encaissées.",
    "bilan_depose": "Un bilan a été déposé.",
    "bilan_absent": "Aucun bilan n’a été déposé.",
}

TRANSITIONS = (
    Transition(
        declencheur="commencer_saisie",
        sources=(E.ATTENDU,),
        cible=E.EN_SAISIE,
        roles=PORTEUR,
        libelle="Commencer le bilan",
        passe="Saisie du bilan commencée",
    ),
    Transition(
        declencheur="commencer_saisie",
        sources=(E.EN_DEFAUT,),
        cible=E.EN_SAISIE,
        roles=PORTEUR,
        libelle="Rendre le bilan en retard",
        passe="Saisie du bilan commencée après l’échéance",
    ),
    Transition(
        declencheur="deposer",
        sources=(E.EN_SAISIE, E.A_MODIFIER),
        cible=E.DEPOSE,
        roles=SIGNATAIRE,
        gardes=("bilan_complet", "signataire_habilite"),
        libelle="Signer et déposer le bilan",
        passe="Bilan déposé",
        aide="Vous attestez l’exactitude des comptes.",
    ),
    Transition(
        declencheur="demander_modification",
        sources=(E.DEPOSE,),
        cible=E.A_MODIFIER,
        roles=CONTROLE,
        motif_requis=True,
        libelle="Demander une correction",
        passe="Correction du bilan demandée",
    ),
    Transition(
        declencheur="valider",
        sources=(E.DEPOSE,),
        cible=E.VALIDE,
        roles=CONTROLE,
        libelle="Valider le bilan",
        passe="Bilan validé",
    ),
    Transition(
        declencheur="mettre_en_defaut",
        sources=(E.ATTENDU, E.EN_SAISIE, E.A_MODIFIER),
        cible=E.EN_DEFAUT,
        roles=FINANCE | {Role.SYSTEME},
        gardes=("echeance_depassee",),
        libelle="Déclarer en défaut",
        passe="Bilan en défaut : échéance dépassée",
        aide="Aucun nouveau versement ne sera possible.",
    ),
    Transition(
        declencheur="demander_reversement",
        sources=(E.VALIDE, E.EN_DEFAUT),
        cible=E.REVERSEMENT_DEMANDE,
        roles=FINANCE,
        gardes=("reversement_calcule",),
        motif_requis=True,
        danger=True,
        libelle="Demander un reversement",
        passe="Reversement demandé",
        aide="Le porteur est d’abord invité à présenter ses observations.",
    ),
    Transition(
        declencheur="constater_reversement",
        sources=(E.REVERSEMENT_DEMANDE,),
        cible=E.REVERSE,
        roles=FINANCE,
        gardes=("reversement_encaisse",),
        libelle="Constater le reversement",
        passe="Reversement encaissé",
    ),
    Transition(
        declencheur="abandonner_reversement",
        sources=(E.REVERSEMENT_DEMANDE,),
        cible=E.DEPOSE,
        roles=FINANCE,
        gardes=("bilan_depose",),
        motif_requis=True,
        libelle="Abandonner le reversement",
        passe="Demande de reversement abandonnée : bilan à contrôler de nouveau",
    ),
    Transition(
        declencheur="accepter_bilan_tardif",
        sources=(E.REVERSEMENT_DEMANDE,),
        cible=E.EN_SAISIE,
        roles=FINANCE,
        gardes=("bilan_absent",),
        motif_requis=True,
        libelle="Accepter un bilan tardif",
        passe="Saisie rouverte pour un bilan tardif",
    ),
)

MACHINE = MachineTable("bilan", EtatBilan, E.ATTENDU, TRANSITIONS, GARDES)
