"""Optional look-up of the public company register: the « Recherche d’entreprises » API.

One documented request (``GET /search?q=…&page=1&per_page=…``), a short delay, no redirection, a
bounded answer: whatever goes wrong, the person fills the form by hand and is told so. Off as long
as no base address is set (AAP_ANNUAIRE). The numbers are public; nothing else is sent.
"""

from __future__ import annotations

import json
import logging
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import date
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

from aap.domaine.erreurs import Indisponible
from aap.domaine.texte import nettoyer

journal = logging.getLogger("aap.annuaire")
REPONSE_MAX = 1024 * 1024
PAR_PAGE = 5
AGENT = "aap (appels a projets)"
MUET = "L’annuaire des entreprises ne répond pas pour le moment."
QUE_FAIRE = "Remplissez le formulaire à la main : rien d’autre n’est bloqué."


@dataclass(frozen=True)
class FicheEntreprise:
    """What the register says; empty or None when it says nothing.

    ``categorie``: legal category of the INSEE (four digits). ``active``: not closed.
    """

    nom: str
    sigle: str = ""
    siret: str = ""
    rna: str = ""
    categorie: str = ""
    adresse: str = ""
    code_postal: str = ""
    ville: str = ""
    date_creation: date | None = None
    active: bool = True


class _SansDetour(urllib.request.HTTPRedirectHandler):
    """The address is a setting: nobody else chooses where we go."""

    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None


_OUVREUR = urllib.request.build_opener(_SansDetour)


def chercher(
    base: str, delai_secondes: int, *, siret: str = "", rna: str = ""
) -> FicheEntreprise | None:
    """The body that bears exactly this number, None when the register knows none.

    ``siret`` (14 digits) wins over ``rna``. Raises Indisponible (no answer in time, refusal,
    unreadable answer).
    """
    numero = siret or rna
    adresse = (
        f"{base.rstrip('/')}/search?{urlencode({'q': numero, 'page': 1, 'per_page': PAR_PAGE})}"
    )
    resultats = _interroger(adresse, delai_secondes)
    try:
        for brut in resultats:
            fiche = _par_siret(brut, siret) if siret else _par_rna(brut, rna)
            if fiche is not None:
                return fiche
    except (AttributeError, TypeError, ValueError, KeyError) as erreur:
        journal.warning("annuaire : réponse illisible (%s)", erreur)
        raise Indisponible(MUET, QUE_FAIRE) from erreur
    return None


def _interroger(adresse: str, delai_secondes: int) -> list[Any]:
    requete = urllib.request.Request(
        adresse, headers={"Accept": "application/json", "User-Agent": AGENT}
    )
    limite = time.monotonic() + delai_secondes
    try:
        with _OUVREUR.open(requete, timeout=delai_secondes) as reponse:
            lu = b""
            while morceau := reponse.read1(65_536):
                lu += morceau
                if len(lu) > REPONSE_MAX or time.monotonic() > limite:
                    raise TimeoutError("réponse trop longue")
        resultats = json.loads(lu)["results"]
    except urllib.error.HTTPError as erreur:
        journal.warning("annuaire : code %s", erreur.code)
        raise Indisponible(MUET, QUE_FAIRE) from erreur
    except (OSError, HTTPException, ValueError, KeyError, TypeError, RecursionError) as erreur:
        journal.warning("annuaire injoignable : %s", erreur)
        raise Indisponible(MUET, QUE_FAIRE) from erreur
    if not isinstance(resultats, list):
        raise Indisponible(MUET, QUE_FAIRE)
    return resultats


def _par_siret(brut: dict[str, Any], siret: str) -> FicheEntreprise | None:
    """The establishment asked for, whether it is the seat or another one."""
    etablissements = [brut.get("siege") or {}, *(brut.get("matching_etablissements") or [])]
    trouve = next((e for e in etablissements if e.get("siret") == siret), None)
    return _fiche(brut, trouve) if trouve is not None else None


def _par_rna(brut: dict[str, Any], rna: str) -> FicheEntreprise | None:
    connu = (brut.get("complements") or {}).get("identifiant_association")
    return _fiche(brut, brut.get("siege") or {}) if connu == rna else None


def _fiche(brut: dict[str, Any], etablissement: dict[str, Any]) -> FicheEntreprise:
    complements = brut.get("complements") or {}
    postal = _texte(etablissement.get("code_postal"), 5)
    ville = _texte(etablissement.get("libelle_commune"), 120)
    return FicheEntreprise(
        nom=_texte(brut.get("nom_raison_sociale") or brut.get("nom_complet"), 200),
        sigle=_texte(brut.get("sigle"), 40),
        siret=_texte(etablissement.get("siret"), 14),
        rna=_texte(complements.get("identifiant_association"), 10),
        categorie=_texte(brut.get("nature_juridique"), 4),
        adresse=_rue(_texte(etablissement.get("adresse"), 300), postal),
        code_postal=postal,
        ville=ville,
        date_creation=_jour(brut.get("date_creation")),
        active=(etablissement.get("etat_administratif") or brut.get("etat_administratif")) != "F"
        and brut.get("etat_administratif") != "C",
    )


def _texte(valeur: Any, longueur: int) -> str:
    return nettoyer(valeur, lignes=False)[:longueur] if isinstance(valeur, str) else ""


def _rue(adresse: str, code_postal: str) -> str:
    """The register gives one line: what stands before the postcode is the street."""
    avant, trouve, _ = adresse.rpartition(f" {code_postal} ") if code_postal else ("", "", "")
    return avant if trouve else adresse


def _jour(valeur: Any) -> date | None:
    try:
        return date.fromisoformat(valeur)
    except (TypeError, ValueError):
        return None
