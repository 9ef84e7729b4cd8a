"""States of a financement and what they say to each audience; table in ``financement.py``.

From ``arbitre`` to publication the porteur still reads that the request is being examined.
"""

from __future__ import annotations

from workflows.socle import EtatBase, Fiche, Ton

_EXAMEN = ("En examen", "Ce financeur examine votre demande.")
_EXAMEN_PUBLIC = ("En cours d’examen", "Le financeur examine la demande.")


class EtatFinancement(EtatBase):
    SOLLICITE = (
        "sollicite",
        Fiche(
            Ton.NEUTRE,
            agent=("Sollicité", "Le financeur prend la demande en charge ou l’écarte."),
            porteur=("Demandé", "Votre demande s’adresse à ce financeur."),
            public=("Demandé", "Une aide est demandée à ce financeur."),
        ),
    )
    PRIS_EN_CHARGE = (
        "pris_en_charge",
        Fiche(
            Ton.ACTION,
            agent=("Pris en charge", "L’instructeur du financeur rend son avis."),
            porteur=_EXAMEN,
            public=_EXAMEN_PUBLIC,
        ),
    )
    AVIS_RENDU = (
        "avis_rendu",
        Fiche(
            Ton.ATTENTE,
            agent=("Avis rendu", "Le comité de pilotage arbitre le montant."),
            porteur=_EXAMEN,
            public=_EXAMEN_PUBLIC,
        ),
    )
    ARBITRE = (
        "arbitre",
        Fiche(
            Ton.ATTENTE,
            agent=("Arbitré", "Le financeur vote le montant (arrêté ou délibération)."),
            porteur=(
                "En attente de vote",
                "Le comité y est favorable. Le financeur doit encore voter.",
            ),
            public=_EXAMEN_PUBLIC,
        ),
    )
    VOTE = (
        "vote",
        Fiche(
            Ton.ATTENTE,
            agent=("Voté", "Le financeur notifie sa décision au porteur."),
            porteur=("Voté", "L’aide est votée. Attendez la notification."),
            public=("Voté", "L’aide est votée."),
        ),
    )
    NOTIFIE = (
        "notifie",
        Fiche(
            Ton.ATTENTE,
            agent=("Notifié", "Faire signer l’acte, puis engager les crédits."),
            porteur=("Notifié", "Signez la convention si le financeur vous en envoie une."),
            public=("Accordé", "L’aide est accordée."),
        ),
    )
    ENGAGE = (
        "engage",
        Fiche(
            Ton.ACTION,
            agent=("Engagé", "Verser selon l’échéancier."),
            porteur=("Engagé", "Les versements suivent l’échéancier de l’acte."),
            public=("Accordé", "L’aide est accordée."),
            ton_porteur=Ton.SUCCES,
        ),
    )
    VERSE_PARTIEL = (
        "verse_partiel",
        Fiche(
            Ton.ACTION,
            agent=("Versé en partie", "Verser le reste selon l’échéancier."),
            porteur=(
                "Versé en partie",
                "Rendez votre bilan pour recevoir le reste, si l’acte le prévoit.",
            ),
            public=("Versé en partie", "Une partie de l’aide est versée."),
            ton_porteur=Ton.SUCCES,
        ),
    )
    VERSE = (
        "verse",
        Fiche(
            Ton.ATTENTE,
            agent=("Versé", "Attendre le bilan, puis le contrôler."),
            porteur=("Versé", "Rendez votre bilan dans les six mois qui suivent l’exercice."),
            public=("Versé", "L’aide est versée."),
            ton_porteur=Ton.SUCCES,
        ),
    )
    JUSTIFIE = (
        "justifie",
        Fiche(
            Ton.SUCCES,
            agent=("Justifié", "Clore la ligne, ou demander un reversement."),
            porteur=("Justifié", "Votre bilan est accepté. Rien à faire."),
            public=("Justifié", "L’usage de l’aide est justifié."),
        ),
    )
    CLOS = (
        "clos",
        Fiche(
            Ton.FIN,
            agent=("Clos", "Rien, sauf contrôle ultérieur."),
            porteur=("Terminé", "Rien à faire. Conservez vos justificatifs."),
            public=("Terminé", "L’aide est versée et justifiée."),
            final=True,
        ),
    )
    NON_RECEVABLE = (
        "non_recevable",
        Fiche(
            Ton.REFUS,
            agent=("Non recevable", "Rien, sauf recours du porteur."),
            porteur=("Non recevable", "Ce financeur ne peut pas vous aider. Lisez le motif."),
            public=("Non recevable", "La demande ne relève pas de ce financeur."),
            final=True,
        ),
    )
    REFUSE = (
        "refuse",
        Fiche(
            Ton.REFUS,
            agent=("Refusé", "Rien, sauf recours du porteur."),
            porteur=("Refusé", "Lisez le motif. Vous pouvez former un recours."),
            public=("Non accordé", "L’aide n’est pas accordée."),
            final=True,
        ),
    )
    AJOURNE = (
        "ajourne",
        Fiche(
            Ton.ATTENTION,
            agent=("Ajourné", "Attendre le nouvel examen du dossier."),
            porteur=("Ajourné", "Votre demande sera réexaminée."),
            public=_EXAMEN_PUBLIC,
        ),
    )
    RENONCE = (
        "renonce",
        Fiche(
            Ton.FIN,
            agent=("Abandonné par le porteur", "Rien : les crédits sont libérés."),
            porteur=("Abandonné", "Rien : vous avez renoncé à cette aide."),
            public=("Abandonné", "Le porteur a renoncé à cette aide."),
            final=True,
        ),
    )
    A_REVERSER = (
        "a_reverser",
        Fiche(
            Ton.ATTENTION,
            agent=("À reverser", "Recueillir les observations du porteur, puis encaisser."),
            porteur=("À reverser", "Présentez vos observations, ou reversez la somme demandée."),
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
