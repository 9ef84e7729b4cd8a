"""Settings of the installation, edited on screen: name of the territory, logo, colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import Any

from aap.domaine.contraste import verifier_couleur_territoire
from aap.domaine.erreurs import Invalide, Probleme
from aap.extensions import db
from aap.models import Parametre
from aap.models.types import Json
from aap.permissions import Acteur, exiger
from aap.requetes.territoire import CODE, valeurs_territoire
from aap.requetes.votes_attendus import CODE as DELAI_VOTE
from aap.services.journal import consigner
from aap.stockage import stockage

LOGO_OCTETS_MAX = 200 * 1024
JOURS_VOTE_MAX = 730


class Installation:
    """What the journal of settings is written about (a setting has no number)."""

    __tablename__ = "parametre"
    id = 1


@dataclass(frozen=True)
class DonneesTerritoire:
    """Colours are « #rrggbb » or "" (the house's own). ``logo``: bytes of a PNG, or None.

    ``editeur``, ``directeur``, ``hebergeur`` (LCEN art. 1-1) and ``donnees`` (RGPD art. 13:
    who answers about personal data) are shown on the legal page.
    """

    nom: str
    sigle: str
    contact: str = ""
    couleur_principale: str = ""
    couleur_accent: str = ""
    editeur: str = ""
    directeur: str = ""
    hebergeur: str = ""
    donnees: str = ""
    logo: bytes | None = None
    retirer_logo: bool = False


def fixer_parametre(acteur: Acteur, code: str, valeur: Json) -> Parametre:
    """Set one parameter and journal its former value."""
    exiger(acteur, "admin.parametres")
    parametre = db.session.get(Parametre, code)
    avant: Any = dict(parametre.valeur) if parametre is not None else None
    if parametre is None:
        parametre = Parametre(code=code, valeur=valeur)
        db.session.add(parametre)
    else:
        parametre.valeur = valeur
    db.session.flush()
    consigner(
        acteur,
        Installation(),
        "parametre.fixer",
        "Réglage modifié",
        donnees={"code": code, "avant": avant, "apres": valeur},
    )
    return parametre


def fixer_delai_vote(acteur: Acteur, jours: int, depuis: date) -> Parametre:
    """Days left to the funders to vote what is published from ``depuis`` on.

    Versions stay: what was published before keeps its delay. Raises Interdit, Invalide.
    """
    exiger(acteur, "admin.parametres")
    if not 1 <= jours <= JOURS_VOTE_MAX:
        phrase = f"Indiquez un nombre de jours entre 1 et {JOURS_VOTE_MAX}."
        raise Invalide("Le délai n’est pas enregistré.", [Probleme(phrase, "jours")])
    actuel = db.session.get(Parametre, DELAI_VOTE)
    versions = actuel.valeur.get("versions", []) if actuel else []
    autres = [v for v in versions if v["depuis"] != depuis.isoformat()]
    nouvelles = sorted(
        [*autres, {"depuis": depuis.isoformat(), "jours": jours}], key=lambda v: str(v["depuis"])
    )
    return fixer_parametre(acteur, DELAI_VOTE, {"versions": nouvelles})


def fixer_territoire(acteur: Acteur, donnees: DonneesTerritoire) -> Parametre:
    """Set the identity of the territory. Raises Invalide (colours, logo)."""
    exiger(acteur, "admin.parametres")
    problemes: list[Probleme] = []
    couleurs = {
        champ: _couleur(champ, getattr(donnees, champ), problemes)
        for champ in ("couleur_principale", "couleur_accent")
    }
    image = _logo(donnees.logo, problemes)
    if problemes:
        raise Invalide("Ces réglages ne peuvent pas être enregistrés ainsi.", problemes)
    logo = "" if donnees.retirer_logo else valeurs_territoire()["logo"]
    if image is not None:
        logo = stockage().ecrire(image)[0]
    valeur = {
        "nom": donnees.nom,
        "sigle": donnees.sigle,
        "contact": donnees.contact,
        "editeur": donnees.editeur,
        "directeur": donnees.directeur,
        "hebergeur": donnees.hebergeur,
        "donnees": donnees.donnees,
        "logo": logo,
        **couleurs,
    }
    return fixer_parametre(acteur, CODE, valeur)


def _couleur(champ: str, valeur: str, problemes: list[Probleme]) -> str:
    if not valeur:
        return ""
    try:
        return verifier_couleur_territoire(valeur)
    except ValueError as erreur:
        problemes.append(Probleme(str(erreur), champ))
        return ""


def _logo(octets: bytes | None, problemes: list[Probleme]) -> bytes | None:
    """The image written anew (nothing hidden is kept), or a problem."""
    if octets is None:
        return None
    refus = ""
    if len(octets) > LOGO_OCTETS_MAX:
        refus = "Ce logo dépasse 200 ko. Réduisez l’image, puis envoyez-la de nouveau."
    else:
        try:
            # Pillow: 2 MB that a server without a new logo nor a photo never needs.
            propre: bytes = import_module("aap.pieces.logo").reecrire_logo(octets)
        except ValueError as erreur:
            refus = str(erreur)
        else:
            return propre
    problemes.append(Probleme(refus, "logo"))
    return None
