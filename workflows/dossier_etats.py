"""States of a dossier and what they say to each audience; the table is in ``dossier.py``.

Nothing here tells a decision before its publication: the same words cover the whole examination.
"""

from __future__ import annotations

from workflows.socle import EtatBase, Fiche, Ton

_EXAMEN = ("En instruction", "Les financeurs examinent votre dossier. Rien à faire pour l’instant.")
_EXAMEN_PUBLIC = ("En cours d’examen", "Les financeurs examinent la demande.")


class EtatDossier(EtatBase):
    BROUILLON = (
        "brouillon",
        Fiche(
            Ton.NEUTRE,
            agent=("Brouillon", "Le porteur prépare sa demande."),
            porteur=("Brouillon", "Remplissez le dossier, puis faites-le signer avant la clôture."),
            public=("En préparation", "Le porteur prépare sa demande."),
        ),
    )
    EN_ATTENTE_SIGNATURE = (
        "en_attente_signature",
        Fiche(
            Ton.ATTENTE,
            agent=("En attente de signature", "Le signataire du porteur doit transmettre."),
            porteur=("À signer", "Le signataire doit relire et transmettre avant la clôture."),
            public=("En préparation", "Le porteur prépare sa demande."),
            ton_porteur=Ton.ACTION,
        ),
    )
    DEPOSE = (
        "depose",
        Fiche(
            Ton.ACTION,
            agent=("Déposé", "Un instructeur vérifie que le dossier est recevable."),
            porteur=("Déposé", "Votre dossier est bien reçu. Un instructeur va le vérifier."),
            public=("Déposé", "La demande est reçue et va être examinée."),
        ),
    )
    A_COMPLETER = (
        "a_completer",
        Fiche(
            Ton.ATTENTION,
            agent=("À compléter", "Le porteur doit répondre à la demande de compléments."),
            porteur=("À compléter", "Répondez à la demande de compléments dans le délai indiqué."),
            public=_EXAMEN_PUBLIC,
        ),
    )
    IRRECEVABLE = (
        "irrecevable",
        Fiche(
            Ton.REFUS,
            agent=("Irrecevable", "Rien, sauf recours du porteur."),
            porteur=("Irrecevable", "Lisez le motif. Vous pouvez former un recours."),
            public=("Non recevable", "La demande ne remplit pas les conditions de l’appel."),
            final=True,
        ),
    )
    EN_INSTRUCTION = (
        "en_instruction",
        Fiche(
            Ton.ACTION,
            agent=("En instruction", "Les évaluateurs notent et chaque financeur rend son avis."),
            porteur=_EXAMEN,
            public=_EXAMEN_PUBLIC,
        ),
    )
    INSTRUIT = (
        "instruit",
        Fiche(
            Ton.ATTENTE,
            agent=("Instruit", "La coordination inscrit le dossier à une séance du COPIL."),
            porteur=_EXAMEN,
            public=_EXAMEN_PUBLIC,
        ),
    )
    INSCRIT = (
        "inscrit",
        Fiche(
            Ton.ATTENTE,
            agent=("Inscrit au COPIL", "Le comité de pilotage décide en séance."),
            porteur=_EXAMEN,
            public=_EXAMEN_PUBLIC,
        ),
    )
    PROGRAMME = (
        "programme",
        Fiche(
            Ton.SUCCES,
            agent=("Programmé", "Chaque financeur vote son montant, puis établit son acte."),
            porteur=("Retenu", "Attendez l’acte de chaque financeur avant de compter sur l’aide."),
            public=("Retenu", "L’action figure dans la programmation."),
        ),
    )
    AJOURNE = (
        "ajourne",
        Fiche(
            Ton.ATTENTION,
            agent=(
                "Ajourné",
                "La coordination l’inscrit à une autre séance, une fois les points "
                "soulevés réglés.",
            ),
            porteur=("Ajourné", "Lisez le motif. Votre dossier repassera devant le comité."),
            public=_EXAMEN_PUBLIC,
        ),
    )
    REJETE = (
        "rejete",
        Fiche(
            Ton.REFUS,
            agent=("Rejeté", "Rien, sauf recours du porteur."),
            porteur=("Non retenu", "Lisez le motif. Vous pouvez former un recours."),
            public=("Non retenu", "L’action ne figure pas dans la programmation."),
            final=True,
        ),
    )
    LISTE_ATTENTE = (
        "liste_attente",
        Fiche(
            Ton.ATTENTE,
            agent=(
                "Liste d’attente",
                "La coordination le programme si des crédits se libèrent, sinon le rejette.",
            ),
            porteur=("Liste d’attente", "Votre dossier sera retenu si des crédits se libèrent."),
            public=_EXAMEN_PUBLIC,
        ),
    )
    EN_EXECUTION = (
        "en_execution",
        Fiche(
            Ton.ACTION,
            agent=("En exécution", "Suivre les versements et les bilans jusqu’au dernier."),
            porteur=(
                "En cours de réalisation",
                "Réalisez l’action, puis rendez votre bilan dans "
                "les six mois qui suivent la fin de l’exercice.",
            ),
            public=("En cours de réalisation", "L’action est financée et se déroule."),
            ton_porteur=Ton.SUCCES,
        ),
    )
    CLOS = (
        "clos",
        Fiche(
            Ton.FIN,
            agent=("Clos", "Rien : tous les financements sont terminés."),
            porteur=("Terminé", "Rien à faire. Conservez vos justificatifs."),
            public=("Terminé", "L’action est terminée."),
            final=True,
        ),
    )
    RETIRE = (
        "retire",
        Fiche(
            Ton.FIN,
            agent=("Retiré", "Rien : le porteur a retiré sa demande."),
            porteur=("Retiré", "Rien : vous avez retiré votre demande."),
            public=("Retiré", "Le porteur a retiré sa demande."),
            final=True,
        ),
    )
    SANS_SUITE = (
        "sans_suite",
        Fiche(
            Ton.FIN,
            agent=("Sans suite", "Rien : le dossier est classé."),
            porteur=("Classé sans suite", "Lisez le motif. Écrivez à la coordination au besoin."),
            public=("Sans suite", "La demande a été classée sans suite."),
            final=True,
        ),
    )
    CADUC = (
        "caduc",
        Fiche(
            Ton.FIN,
            agent=("Caduc", "Rien, sauf dépôt hors délai accepté ou campagne rouverte."),
            porteur=(
                "Non transmis à temps",
                "La campagne est close. Vous pourrez reprendre ce contenu l’an prochain.",
            ),
            public=("Non transmis", "La demande n’a pas été transmise avant la clôture."),
            final=True,
        ),
    )
