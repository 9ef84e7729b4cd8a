"""A funder with its own text of arrêté: one version in force, the next one being written."""

from __future__ import annotations

from datetime import timedelta

from aap.demo.monde import Monde
from aap.domaine.horloge import aujourdhui
from aap.domaine.modele_acte import Article, Condition
from aap.extensions import db
from aap.models import TypeConvention
from aap.services.modele_acte import commencer_modele, enregistrer_article, mettre_en_vigueur

AFFICHAGE = (
    "{{ organisme.nom }} place le logo du financeur et celui du contrat de ville sur ses "
    "affiches, ses invitations et son site.\n"
    "- Il prévient le financeur de tout événement public, quinze jours avant.\n"
    "- Il envoie deux photos de l’action avec le bilan, au plus tard le {{ bilan.echeance }}."
)
QUARTIERS = "Les habitants de ces quartiers sont accueillis en priorité : {{ action.quartiers }}."
RESTE = (
    "La part de la subvention qui n’est pas dépensée est rendue au financeur, sauf accord écrit "
    "pour la reporter sur l’année suivante."
)


def ecrire_un_modele(monde: Monde, code: str) -> None:
    """Version 1 was put in force long ago: the year's arrêtés take it. Version 2 is a draft."""
    financeur = monde.financeurs[code]
    with monde.le(900):
        saisie = monde.acteur("finance.saisie")
        premier = commencer_modele(saisie, financeur, TypeConvention.ARRETE)
        for article in (
            Article(0, "Affichage et communication", AFFICHAGE),
            Article(0, "Quartiers prioritaires", QUARTIERS, Condition.QPV),
        ):
            enregistrer_article(saisie, premier, article)
        mettre_en_vigueur(monde.acteur("finance.controle"), premier, aujourdhui())
    with monde.le(6):
        suivant = commencer_modele(saisie, financeur, TypeConvention.ARRETE)
        enregistrer_article(saisie, suivant, Article(0, "Part non dépensée", RESTE))
        fin = aujourdhui() + timedelta(days=200)
        texte = "Cette année, le porteur participe à la fête des dix ans du contrat de ville."
        enregistrer_article(saisie, suivant, Article(0, "Dix ans du contrat", texte, au=fin))
    db.session.commit()
