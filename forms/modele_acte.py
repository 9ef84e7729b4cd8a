"""Articles of a funder's model of act; the day it takes effect."""

from __future__ import annotations

from wtforms import SelectField

from aap.domaine.modele_acte import CORPS_MAX, TITRE_MAX, Article, Condition
from forms.base import FormulaireVersionne
from forms.champs import DateFr, SelectChoice, TexteCourt, TexteLong
from forms.validateurs import Facultatif, Obligatoire


class FormulaireArticle(FormulaireVersionne):
    """One article. The fields that it uses are checked by the service."""

    titre = TexteCourt(
        "Titre de l’article",
        [Obligatoire("Donnez un titre à l’article.")],
        max_length=TITRE_MAX,
        description="Sans numéro\u00a0: les articles sont numérotés dans l’ordre.",
    )
    corps = TexteLong(
        "Texte",
        [Obligatoire("Écrivez le texte de l’article.")],
        max_length=CORPS_MAX,
        rows=14,
        description="Chaque retour à la ligne commence un paragraphe. Une ligne qui commence par "
        "un tiret devient un point de liste. Une ligne dont tous les champs sont vides n’est pas "
        "imprimée.",
    )
    condition = SelectField(
        "Quand l’imprimer",
        choices=[SelectChoice(c.value, c.libelle) for c in Condition],
        default="toujours",
    )
    du = DateFr(
        "Valable à partir du",
        [Facultatif()],
        description="Pour un article daté\u00a0: jour de l’envoi de l’acte à la signature.",
    )
    au = DateFr("Valable jusqu’au", [Facultatif()], description="Ce jour compris.")

    def remplir(self, article: Article) -> None:
        """Show an article on a new page."""
        self.titre.data, self.corps.data = article.titre, article.corps
        self.condition.data = article.condition.value
        self.du.data, self.au.data = article.du, article.au

    def article(self, cle: int) -> Article:
        """What was typed, once the form is valid."""
        return Article(
            cle,
            self.titre.data,
            self.corps.data,
            Condition(self.condition.data),
            self.du.data,
            self.au.data,
        )


class FormulaireEffet(FormulaireVersionne):
    """From which day acts take this text."""

    effet_le = DateFr(
        "En vigueur à partir du",
        [Obligatoire("Choisissez un jour.")],
        description="Les actes envoyés à la signature à partir de ce jour prendront ce texte.",
    )
