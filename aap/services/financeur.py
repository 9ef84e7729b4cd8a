"""Funders of a contrat: never deleted, put aside when they no longer pay."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.texte import normaliser, slug
from aap.extensions import db
from aap.models import Commune, Contrat, Financeur, TypeFinanceur
from aap.permissions import Acteur, exiger
from aap.services.journal import consigner


@dataclass(frozen=True)
class DonneesFinanceur:
    """What the form gives. ``departement``: « 94 »; ``contact``: e-mail or telephone, free."""

    nom: str
    type: TypeFinanceur
    sigle: str = ""
    departement: str | None = None
    commune_id: int | None = None
    siret: str | None = None
    service: str = ""
    contact: str = ""
    note: str = ""


def creer_financeur(acteur: Acteur, contrat: Contrat, donnees: DonneesFinanceur) -> Financeur:
    """Add a funder to a contrat; its code comes from its name. Raises Invalide."""
    exiger(acteur, "admin.financeurs")
    _verifier(contrat.id, donnees)
    _refuser_homonyme(contrat.id, donnees.nom)
    financeur = Financeur(contrat_id=contrat.id, code=_code_libre(contrat, donnees.nom))
    _poser(financeur, donnees)
    db.session.add(financeur)
    db.session.flush()
    consigner(acteur, financeur, "financeur.creer", "Financeur ajouté")
    return financeur


def modifier_financeur(
    acteur: Acteur, financeur: Financeur, donnees: DonneesFinanceur
) -> Financeur:
    """Change what is known of a funder; its code does not move. Raises Invalide."""
    exiger(acteur, "admin.financeurs")
    _verifier(financeur.contrat_id, donnees)
    if donnees.nom != financeur.nom:
        _refuser_homonyme(financeur.contrat_id, donnees.nom)
    _poser(financeur, donnees)
    db.session.flush()
    consigner(acteur, financeur, "financeur.modifier", "Financeur modifié")
    return financeur


def activer_financeur(acteur: Acteur, financeur: Financeur, actif: bool) -> None:
    """Offer a funder to porteurs again, or no longer (what it already pays goes on)."""
    exiger(acteur, "admin.financeurs")
    if financeur.actif is actif:
        return
    financeur.actif = actif
    libelle = "Financeur remis en service" if actif else "Financeur mis de côté"
    consigner(acteur, financeur, "financeur.activer", libelle, donnees={"actif": actif})


def _verifier(contrat_id: int, donnees: DonneesFinanceur) -> None:
    problemes = []
    if not donnees.nom.strip():
        problemes.append(Probleme("Indiquez le nom du financeur.", "nom"))
    if donnees.type is TypeFinanceur.COMMUNE and donnees.commune_id is None:
        problemes.append(Probleme("Choisissez la commune qui finance.", "commune"))
    if donnees.commune_id is not None:
        commune = db.session.get(Commune, donnees.commune_id)
        if commune is None or commune.contrat_id != contrat_id:
            problemes.append(Probleme("Cette commune n’appartient pas à ce contrat.", "commune"))
    if problemes:
        raise Invalide("Ce financeur ne peut pas être enregistré ainsi.", problemes)


def _refuser_homonyme(contrat_id: int, nom: str) -> None:
    """Nobody could tell two funders of one name apart. Raises Invalide."""
    noms = db.session.scalars(select(Financeur.nom).where(Financeur.contrat_id == contrat_id))
    if normaliser(nom) in {normaliser(n) for n in noms}:
        phrase = "Un financeur de ce contrat porte déjà ce nom."
        raise Invalide(phrase, [Probleme(phrase, "nom")])


def _poser(financeur: Financeur, donnees: DonneesFinanceur) -> None:
    financeur.nom = donnees.nom
    financeur.sigle = donnees.sigle
    financeur.type = donnees.type
    financeur.departement = donnees.departement
    financeur.commune_id = donnees.commune_id
    financeur.siret = donnees.siret
    financeur.service = donnees.service
    financeur.contact = donnees.contact
    financeur.note = donnees.note


def _code_libre(contrat: Contrat, nom: str) -> str:
    base = slug(nom, 50) or "financeur"
    pris = set(db.session.scalars(select(Financeur.code).where(Financeur.contrat_id == contrat.id)))
    code, rang = base, 2
    while code in pris:
        code, rang = f"{base}-{rang}", rang + 1
    return code
