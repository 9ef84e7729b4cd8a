"""The numbered articles of a convention, in plain language."""

from __future__ import annotations

from collections.abc import Callable

from aap.documents import mentions, tableaux
from aap.documents.donnees import DonneesConvention
from aap.documents.redaction import Redaction
from aap.documents.texte import Gras, Morceau
from aap.domaine.montants import en_euros, en_lettres
from aap.filtres import date_longue

Article = tuple[str, Callable[[Redaction, DonneesConvention], None]]


def montant_complet(centimes: int) -> list[Morceau]:
    """« **12 000 €** (douze-mille euros) »."""
    return [Gras(en_euros(centimes)), f" ({en_lettres(centimes)})"]


def ecrire(r: Redaction, d: DonneesConvention) -> None:
    """All the articles, numbered in sequence; those that do not apply are left out."""
    for numero, (titre, corps) in enumerate(_choisir(d), start=1):
        r.h2(f"Article {numero if numero > 1 else '1er'} – {titre}")
        corps(r, d)


def _choisir(d: DonneesConvention) -> list[Article]:
    association = mentions.est_association(d.beneficiaire)
    return [
        ("Objet", _objet),
        ("Durée", _duree),
        ("Montant de la subvention", _montant),
        ("Versements", _versements),
        ("Obligations du bénéficiaire", _obligations),
        ("Compte rendu financier et bilan", _compte_rendu),
        ("Contrôle et évaluation", _controle),
        ("Part non dépensée", _part_non_depensee),
        *([("Contrat d’engagement républicain", _cer)] if association else []),
        ("Communication", _communication),
        ("Modification de la convention", _avenants),
        ("Résiliation", _resiliation),
        ("Reversement", _reversement),
        ("Litiges", _litiges),
    ]


def _objet(r: Redaction, d: DonneesConvention) -> None:
    r.p(
        "Par cette convention, le bénéficiaire s’engage, à son initiative et sous sa "
        f"responsabilité, à réaliser l’action «\u00a0{d.action.intitule}\u00a0»."
    )
    r.libre(d.objet)
    if d.action.quartiers:
        r.p("Quartiers concernés\u00a0: ", ", ".join(d.action.quartiers), ".")
    r.p(
        "Le financeur contribue à cette action par une subvention au sens de l’article 9-1 de la "
        "loi du 12 avril 2000. Il n’achète pas de prestation."
    )


def _duree(r: Redaction, d: DonneesConvention) -> None:
    annees = f"Elle porte sur {len(d.tranches)} exercices. " if len(d.tranches) > 1 else ""
    r.p(
        f"L’action se déroule du {date_longue(d.debut)} au {date_longue(d.fin)}. {annees}"
        "La convention prend effet à la date de la dernière signature. Elle se termine quand le "
        "financeur a accepté le dernier compte rendu."
    )
    if d.type == "cpo":
        r.p("Elle n’est pas renouvelée par tacite reconduction.")


def _montant(r: Redaction, d: DonneesConvention) -> None:
    if d.type == "annuelle":
        r.p(
            f"Pour l’exercice {d.action.exercice}, le financeur attribue une subvention de ",
            *montant_complet(d.montant),
            ".",
        )
    else:
        premiere = d.tranches[0]
        r.p(
            "Pour toute la durée de la convention, la contribution prévue est de ",
            *montant_complet(d.montant),
            f". Pour l’exercice {premiere.exercice}, elle est de ",
            *montant_complet(premiere.montant),
            ".",
        )
        r.p(
            "Les montants des exercices suivants sont prévisionnels (annexe 2). Ils ne sont dus "
            "que si trois conditions sont réunies\u00a0: les crédits sont votés, le bénéficiaire a "
            "tenu ses obligations, et le financeur a vérifié que l’aide ne dépasse pas le coût de "
            "l’action."
        )
    r.p(
        "Ce montant est un plafond\u00a0: il n’est pas augmenté si l’action coûte plus cher "
        "que prévu."
    )
    if d.imputation:
        r.p("Imputation budgétaire\u00a0: ", d.imputation, ".")


def _versements(r: Redaction, d: DonneesConvention) -> None:
    suite = f" pour l’exercice {d.tranches[0].exercice}" if d.type == "cpo" else ""
    r.p(f"La subvention est versée ainsi{suite}\u00a0:")
    tableaux.echeancier(r, d.echeancier)
    if d.type == "cpo":
        r.p(
            "Les exercices suivants sont versés selon le même rythme, l’avance au plus tard le "
            "31 mars."
        )
    r.p(
        "Le paiement intervient dans les soixante jours qui suivent la notification de l’acte ou "
        "l’événement indiqué dans le tableau."
    )
    if d.iban:
        r.p(
            "Compte crédité\u00a0: ",
            mentions.compte(d.titulaire_compte, d.iban).replace("\n", ", "),
            ".",
        )


def _obligations(r: Redaction, d: DonneesConvention) -> None:
    r.p("Le bénéficiaire\u00a0:")
    r.liste(
        [
            "emploie la subvention pour la seule action décrite à l’article 1er\u00a0;",
            "ne la reverse à aucun autre organisme sans l’accord écrit du financeur\u00a0;",
            "tient une comptabilité conforme aux règles qui lui sont applicables\u00a0;",
            "signale sans délai tout retard, tout changement de l’action ou de ses statuts\u00a0;",
            "déclare les autres aides publiques reçues pour la même action\u00a0;",
            "nomme un commissaire aux comptes et publie ses comptes s’il reçoit plus de "
            "153\u202f000\u00a0€ d’aides publiques par an.",
        ]
    )


def _compte_rendu(r: Redaction, d: DonneesConvention) -> None:
    r.p(
        "Dans les ",
        Gras("six mois"),
        " qui suivent la fin de chaque exercice, le bénéficiaire remet au financeur\u00a0:",
    )
    r.liste(
        [
            "le compte rendu financier (formulaire CERFA 15059), qui compare le prévu et le "
            "réalisé\u00a0;",
            "le bilan de l’action et les résultats des indicateurs\u00a0;",
            "les comptes annuels approuvés et le rapport d’activité.",
        ]
    )
    r.p("Première échéance\u00a0: ", Gras(date_longue(d.bilan_avant_le)), ".")


def _controle(r: Redaction, d: DonneesConvention) -> None:
    r.p(
        "Le financeur peut vérifier à tout moment, sur pièces ou sur place, l’usage de la "
        "subvention. Le bénéficiaire lui donne accès aux documents utiles et les garde dix ans."
    )
    r.p(
        "L’évaluation porte sur les indicateurs annexés. Les parties l’examinent ensemble avant "
        "la fin de la convention. Le contrôle vérifie aussi que l’aide n’excède pas le coût de "
        "l’action."
    )


def _part_non_depensee(r: Redaction, d: DonneesConvention) -> None:
    r.p(
        "Si la subvention n’est pas entièrement dépensée, le bénéficiaire peut conserver la part "
        f"restante dans la limite de {d.part_conservable}\u00a0% du montant attribué, à titre "
        "d’excédent raisonnable, pour une action du même objet. Au-delà, il la reverse, sauf si le "
        "financeur accepte par écrit de la reporter sur l’exercice suivant (loi du 1er juillet "
        "2021, article 1er)."
    )


def _cer(r: Redaction, d: DonneesConvention) -> None:
    r.p(
        "Le bénéficiaire a souscrit le contrat d’engagement républicain annexé au décret "
        "n° 2021-1947 du 31 décembre 2021. Il le respecte, en informe ses membres et répond de "
        "ses dirigeants, salariés et bénévoles agissant en cette qualité. En cas de manquement, "
        "le financeur peut retirer l’aide, après avoir entendu le bénéficiaire. La somme à rendre "
        "est calculée au prorata de la période qui reste à courir après le manquement."
    )


def _communication(r: Redaction, d: DonneesConvention) -> None:
    r.p(
        "Le bénéficiaire indique le soutien du financeur et du contrat de ville sur ses documents "
        "et lors des événements liés à l’action. Il accepte la publication des données "
        "essentielles de cette convention (nom, objet, montant), prévue par la loi."
    )


def _avenants(r: Redaction, d: DonneesConvention) -> None:
    r.p(
        "Toute modification fait l’objet d’un avenant signé par les deux parties. La demande est "
        "écrite et motivée. L’avenant ne change pas les objectifs généraux fixés à l’article 1er."
    )


def _resiliation(r: Redaction, d: DonneesConvention) -> None:
    r.p(
        "Si l’une des parties ne tient pas un de ses engagements, l’autre peut résilier la "
        "convention deux mois après une mise en demeure restée sans effet, envoyée par lettre "
        "recommandée avec accusé de réception."
    )


def _reversement(r: Redaction, d: DonneesConvention) -> None:
    r.p(
        "Le financeur peut demander le reversement de tout ou partie de la subvention si l’action "
        "n’est pas réalisée, si l’aide a servi à autre chose, si le compte rendu manque ou si "
        "l’aide dépasse le coût de l’action. Le bénéficiaire présente d’abord ses observations. "
        f"Il paie dans les {d.duree_reversement_jours} jours qui suivent le titre de recette."
    )


def _litiges(r: Redaction, d: DonneesConvention) -> None:
    r.p(
        "Les parties cherchent d’abord un accord. À défaut, le litige est porté devant le "
        f"{d.territoire.tribunal}."
    )
