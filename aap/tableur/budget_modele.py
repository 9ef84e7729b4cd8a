"""The model of a budget as an XLSX file, with what the dossier already holds.

Columns: account, label, amount, words or funder, state, origin. Sums are formulas, stored with
their value: ``budget_lecture`` reads the very file back. Text typed by people is never a formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import Any

from aap.domaine.budget_bloc import DANS_L_APPEL
from aap.domaine.budget_plan import Compte, PlanComptable

EN_TETES = (
    "Compte",
    "Intitulé",
    "Montant en euros",
    "Précision, ou nom du financeur",
    "État de l’aide",
    "Origine des crédits",
)
LARGEURS = (11, 52, 18, 38, 16, 26)
ETATS = {"demande": "Demandé", "acquis": "Acquis", "envisage": "Envisagé"}
ORIGINES = {
    "droit_commun": "Droit commun",
    "credits_specifiques": "Crédits spécifiques politique de la ville",
}
MODE_D_EMPLOI = (
    "Écrivez les montants dans la colonne C, en euros.",
    "Une ligne par financeur sous le compte 74 : son nom en colonne D, l’état et l’origine à côté.",
    "Pour détailler un compte, insérez une ligne dessous et recopiez-y son numéro en colonne A.",
    "Les lignes en gras sont des totaux : elles se calculent seules.",
    "Les aides demandées dans cet appel se changent sur le site, page « Les aides que vous "
    "demandez ». Ne les écrivez pas une seconde fois ici.",
    "Quand c’est fini, enregistrez le fichier, puis déposez-le sur la page du budget. "
    "Vous verrez ce qui a été compris avant que quoi que ce soit ne change.",
)


@dataclass(frozen=True)
class LigneModele:
    """A line already written; ``montant`` in cents, None when it cannot be read."""

    montant: int | None
    libelle: str = ""
    etat: str = ""
    origine: str = ""
    dans_l_appel: bool = False


Contenu = Mapping[tuple[str, str], Sequence[LigneModele]]
PARTIES = (
    ("CHARGES", "charge", False),
    ("PRODUITS", "produit", False),
    ("EMPLOIS DES CONTRIBUTIONS VOLONTAIRES", "charge", True),
    ("CONTRIBUTIONS VOLONTAIRES", "produit", True),
)


def ecrire_modele(plan: PlanComptable, contenu: Contenu, titre: str) -> bytes:
    """The file; ``contenu``: (cote, account) -> its lines, aids of the call included."""
    flux = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ecriture = import_module("xlsxwriter")  # 12 MB that only this sheet needs
    with ecriture.Workbook(flux, options) as classeur:
        _Redacteur(classeur, plan, contenu).ecrire(titre)
    return flux.getvalue()


class _Redacteur:
    """Writes the sheet row after row; ``rang`` is the next row, counted from 0."""

    def __init__(self, classeur: Any, plan: PlanComptable, contenu: Contenu) -> None:
        self.plan = plan
        self.contenu = contenu
        euros = "#,##0.00"
        self.gras = classeur.add_format({"bold": True, "font_size": 13})
        self.tete = classeur.add_format(
            {"bold": True, "bg_color": "#f3ece1", "border": 1, "text_wrap": True}
        )
        self.titre = classeur.add_format({"bold": True, "bg_color": "#f3ece1"})
        self.somme = classeur.add_format({"bold": True, "bg_color": "#f3ece1", "num_format": euros})
        self.texte = classeur.add_format({"text_wrap": True, "valign": "top"})
        self.saisie = classeur.add_format({"num_format": euros, "border": 1, "valign": "top"})
        self.fixe = classeur.add_format({"num_format": euros, "italic": True})
        self.feuille = classeur.add_worksheet("Budget")
        self.notice = classeur.add_worksheet("Mode d’emploi")
        self.rang = 0

    def ecrire(self, titre: str) -> None:
        self.feuille.write_string(0, 0, titre[:200], self.gras)
        for colonne, (nom, largeur) in enumerate(zip(EN_TETES, LARGEURS, strict=True)):
            self.feuille.write_string(2, colonne, nom, self.tete)
            self.feuille.set_column(colonne, colonne, largeur)
        self.feuille.freeze_panes(3, 0)
        self.feuille.set_landscape()
        self.feuille.fit_to_pages(1, 0)
        self.rang = 3
        for nom, cote, contribution in PARTIES:
            self._partie(nom, cote, contribution)
        self._listes()
        self.notice.set_column(0, 0, 110)
        for rang, phrase in enumerate(MODE_D_EMPLOI):
            self.notice.write_string(rang, 0, phrase, self.texte)

    def _partie(self, nom: str, cote: str, contribution: bool) -> None:
        self.feuille.write_string(self.rang, 1, nom, self.gras)
        self.rang += 1
        debut = self.rang
        comptes = [
            c for c in self.plan.comptes if c.cote == cote and c.contribution == contribution
        ]
        somme = 0
        for compte in comptes:
            somme += self._titre(compte) if compte.titre else self._compte(compte)
        formule = f'=SUMIF(G{debut + 1}:G{self.rang},"<>titre",C{debut + 1}:C{self.rang})'
        self.feuille.write_string(self.rang, 1, f"TOTAL DES {nom}", self.titre)
        self.feuille.write_formula(self.rang, 2, formule, self.somme, somme / 100)
        self.rang += 2

    def _titre(self, compte: Compte) -> int:
        """A heading with the sum of its lines; it takes no amount."""
        lignes = sum(len(self._lignes(c)) for c in self.plan.sous_comptes(compte.compte))
        self.feuille.write_string(self.rang, 0, compte.numero, self.titre)
        self.feuille.write_string(self.rang, 1, compte.libelle, self.titre)
        plage = f"C{self.rang + 2}:C{self.rang + 1 + lignes}"
        somme = sum(
            x.montant or 0 for c in self.plan.sous_comptes(compte.compte) for x in self._lignes(c)
        )
        self.feuille.write_formula(self.rang, 2, f"=SUM({plage})", self.somme, somme / 100)
        self.feuille.write_string(self.rang, 6, "titre")
        self.rang += 1
        return 0

    def _lignes(self, compte: Compte) -> list[LigneModele]:
        """Lines already written, and an empty one to go on."""
        ecrites = list(self.contenu.get((compte.cote, compte.compte), ()))
        propres = [x for x in ecrites if not x.dans_l_appel]
        return ecrites + ([LigneModele(None)] if compte.subvention or not propres else [])

    def _compte(self, compte: Compte) -> int:
        lignes = self._lignes(compte)
        for ligne in lignes:
            self._ligne(compte, ligne)
        return sum(x.montant or 0 for x in lignes)

    def _ligne(self, compte: Compte, x: LigneModele) -> None:
        f, rang = self.feuille, self.rang
        f.write_string(rang, 0, "" if x.dans_l_appel else compte.numero, self.texte)
        f.write_string(rang, 1, compte.libelle, self.texte)
        forme = self.fixe if x.dans_l_appel else self.saisie
        if x.montant is None:
            f.write_blank(rang, 2, None, forme)
        else:
            f.write_number(rang, 2, x.montant / 100, forme)
        f.write_string(rang, 3, x.libelle, self.texte)
        f.write_string(rang, 4, DANS_L_APPEL if x.dans_l_appel else ETATS.get(x.etat, ""))
        f.write_string(rang, 5, ORIGINES.get(x.origine, ""))
        self.rang += 1

    def _listes(self) -> None:
        """Choices of state and origin, in a list at each cell; the marks of the headings hidden."""
        fin = self.rang
        for colonne, choix in ((4, ETATS), (5, ORIGINES)):
            self.feuille.data_validation(
                3,
                colonne,
                fin,
                colonne,
                {"validate": "list", "source": list(choix.values()), "error_type": "information"},
            )
        self.feuille.set_column(6, 6, None, None, {"hidden": True})
