"""Typed reasons of a refusal before examination, of a dossier or of one funder's line.

The type makes refusals comparable over the years; the words written beside it are the reasons of
the decision that the CRPA (L211-2, L211-5) wants in writing, with the facts.
"""

from __future__ import annotations

from enum import StrEnum


class MotifIrrecevabilite(StrEnum):
    """Why a whole dossier cannot be examined."""

    HORS_TERRITOIRE = "hors_territoire"
    HORS_OBJET = "hors_objet"
    PORTEUR_INELIGIBLE = "porteur_ineligible"
    PIECE_INDISPENSABLE = "piece_indispensable"
    SANS_ENGAGEMENT = "sans_engagement"
    HORS_DELAI = "hors_delai"
    DOUBLON = "doublon"
    DEJA_REALISEE = "deja_realisee"
    AUTRE = "autre"

    @property
    def libelle(self) -> str:
        return {
            "hors_territoire": "L’action ne touche pas les habitants des quartiers du contrat",
            "hors_objet": "L’action n’entre pas dans les orientations de l’appel à projets",
            "porteur_ineligible": "L’organisme ne peut pas recevoir cette aide",
            "piece_indispensable": "Une pièce indispensable manque, malgré la demande",
            "sans_engagement": "Le contrat d’engagement républicain n’est pas souscrit",
            "hors_delai": "Le dossier est arrivé après la clôture de l’appel à projets",
            "doublon": "La même action est déjà demandée dans un autre dossier",
            "deja_realisee": "L’action est déjà réalisée",
            "autre": "Autre motif",
        }[self.value]


class MotifLigne(StrEnum):
    """Why one funder does not examine its line."""

    HORS_COMPETENCE = "hors_competence"
    DROIT_COMMUN = "droit_commun"
    HORS_TERRITOIRE = "hors_territoire"
    DEPENSE_INELIGIBLE = "depense_ineligible"
    CUMUL = "cumul"
    AUTRE = "autre"

    @property
    def libelle(self) -> str:
        return {
            "hors_competence": "L’action n’est pas de la compétence de ce financeur",
            "droit_commun": "L’action relève d’une aide de droit commun",
            "hors_territoire": "L’action est hors du territoire de ce financeur",
            "depense_ineligible": "Les dépenses ne peuvent pas être aidées par ce financeur",
            "cumul": "L’action reçoit déjà une aide de ce financeur pour la même dépense",
            "autre": "Autre motif",
        }[self.value]


TypeMotif = MotifIrrecevabilite | MotifLigne


def composer_motif(type_motif: TypeMotif | None, texte: str) -> str:
    """The reason as people read it: the type in words, then the facts."""
    propre = texte.strip()
    if type_motif is None or type_motif.value == "autre" or not propre:
        return propre
    return f"{type_motif.libelle}. {propre}"
