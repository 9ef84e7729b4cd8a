"""Papers of the vaults: small real PDFs, marked as fictitious, some of them out of date."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from aap.demo.monde import Monde
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Organisme, RoleMembre, TypePiece
from aap.permissions import charger_acteur
from aap.services.budget_organisme import enregistrer_budget_organisme
from aap.services.coffre import deposer_piece, rappeler_pieces

FICTIF = "Document fictif, fabriqué pour la démonstration. Il n’engage personne."
# What the record of an organisation tells beside its name (CERFA 12156 §1 to 4).
IDENTITE = {
    "date_jo": "2009-04-18",
    "site": "demo.example.org",
    "representant_courriel": "presidence@demo.example.org",
    "charge_nom": "Camille Exemple",
    "charge_fonction": "Coordination",
    "charge_courriel": "coordination@demo.example.org",
    "agrements": "Jeunesse et éducation populaire, préfecture, 2019",
    "rup": "non",
    "impots_commerciaux": "non",
    "affiliations": "Fédération des centres sociaux",
    "benevoles": 24,
    "volontaires": 1,
    "salaries": 3,
    "emplois_aides": 1,
    "etpt": "2,4",
    "mis_a_disposition": 0,
    "adherents": 180,
}
BUDGET = (
    ("charge", "606", "6 500"),
    ("charge", "613", "14 000"),
    ("charge", "641", "58 000"),
    ("charge", "645", "21 500"),
    ("produit", "74commune", "38 000"),
    ("produit", "74etat", "30 000"),
    ("produit", "756", "7 000"),
    ("produit", "70", "25 000"),
)


@dataclass(frozen=True)
class Papier:
    """A paper: deposited ``il_y_a`` days ago, valid until ``fin`` days from now (None: no end)."""

    type: TypePiece
    il_y_a: int
    fin: int | None
    lignes: tuple[str, ...]


T = TypePiece
STATUTS = Papier(T.STATUTS, 900, None, ("Article 1. Nom et siège.", "Article 2. Objet."))
BUREAU = Papier(T.LISTE_DIRIGEANTS, 340, 18, ("Présidence, trésorerie, secrétariat.",))
BUREAU_ANCIEN = Papier(T.LISTE_DIRIGEANTS, 430, -45, ("Bureau élu l’an dernier.",))
RIB = Papier(T.RIB, 700, None, ("Relevé d’identité bancaire.", "IBAN : voir la fiche."))
COMPTES = Papier(T.COMPTES, 200, 190, ("Charges 100 000 €, produits 100 000 €.",))
COMPTES_ANCIENS = Papier(T.COMPTES, 500, -20, ("Comptes de l’avant-dernier exercice.",))
ACTIVITE = Papier(T.RAPPORT_ACTIVITE, 190, None, ("L’année en quelques pages.",))
# One vault after the other: complete, ending soon, out of date, barely begun.
COFFRES: tuple[tuple[Papier, ...], ...] = (
    (STATUTS, BUREAU, RIB, COMPTES_ANCIENS, ACTIVITE),
    (STATUTS, RIB, COMPTES, ACTIVITE),
    (STATUTS, BUREAU_ANCIEN, RIB, COMPTES),
    (RIB, COMPTES_ANCIENS),
    (STATUTS, BUREAU, RIB, COMPTES, ACTIVITE),
    (STATUTS,),
)


def remplir_coffres(monde: Monde, organismes: Sequence[Organisme]) -> None:
    """Papers and budgets of the first associations; the members are told of what ends.

    The chance of the rest of the story is left as it was.
    """
    hasard = monde.hasard.getstate()
    associations = [o for o in organismes if o.forme.signe_le_cer]
    for organisme, papiers in zip(associations, COFFRES, strict=False):
        acteur = charger_acteur(
            next(m for m in organisme.membres if m.role is RoleMembre.SIGNATAIRE).utilisateur
        )
        for papier in papiers:
            jour = aujourdhui()
            fin = None if papier.fin is None else jour + timedelta(days=papier.fin)
            with monde.le(papier.il_y_a):
                nom = f"{papier.type.value.replace('_', '-')}.pdf"
                deposer_piece(acteur, organisme, papier.type, nom, _pdf(organisme, papier), fin)
        with monde.le(3):
            enregistrer_budget_organisme(acteur, organisme, aujourdhui().year, BUDGET)
    with monde.le(1):
        rappeler_pieces()
    monde.hasard.setstate(hasard)
    db.session.commit()


def _pdf(organisme: Organisme, papier: Papier) -> bytes:
    tampon = io.BytesIO()
    page = Canvas(tampon, pagesize=A4, invariant=1)
    page.setTitle(f"{papier.type.libelle} – {organisme.nom}")
    page.setFont("Helvetica-Bold", 16)
    page.drawString(25 * mm, 265 * mm, papier.type.libelle)
    page.setFont("Helvetica", 11)
    for rang, ligne in enumerate((organisme.nom, organisme.adresse, *papier.lignes)):
        page.drawString(25 * mm, (250 - 8 * rang) * mm, ligne)
    page.setFont("Helvetica-Oblique", 9)
    page.drawString(25 * mm, 20 * mm, FICTIF)
    page.showPage()
    page.save()
    return tampon.getvalue()
