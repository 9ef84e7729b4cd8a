"""The shape of the files of a contrat, and how a fault is told: file, field, value.

``valider(forme, valeur)`` walks a value along a shape and lists every fault at once:

- ``Texte(motif, vide)``, ``Entier(mini, maxi)``, ``Nombre``, ``Booleen``, ``Choix``;
- ``Liste(forme, unique)``: ``unique`` names the key whose values must differ;
- ``Objet(champs, facultatifs)``: an unknown field is a fault (a typing error is not silent);
- ``Dictionnaire(forme)``: free names, values of one shape; ``Libre``: any object;
- ``Facultatif(forme)``: the value may be null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

DEUX_FOIS = "cette valeur apparaît deux fois"


@dataclass(frozen=True)
class Faute:
    """One fault. ``chemin``: where in the file, e.g. ``communes[3].code_insee``."""

    fichier: str
    chemin: str
    message: str
    valeur: Any = None

    def __str__(self) -> str:
        vu = repr(self.valeur)
        return f"{self.fichier} : {self.chemin or '(racine)'} : {self.message} (lu : {vu[:80]})"


class Forme:
    """A shape; ``fautes`` yields (path, message, value)."""

    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        raise NotImplementedError


@dataclass(frozen=True)
class Texte(Forme):
    motif: str = ""
    vide: bool = False

    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        if not isinstance(valeur, str):
            return [(chemin, "un texte est attendu", valeur)]
        if not valeur.strip() and not self.vide:
            return [(chemin, "ce texte ne peut pas être vide", valeur)]
        if self.motif and not re.fullmatch(self.motif, valeur):
            return [(chemin, f"la forme attendue est {self.motif}", valeur)]
        return []


@dataclass(frozen=True)
class Entier(Forme):
    mini: int | None = None
    maxi: int | None = None

    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        if not isinstance(valeur, int) or isinstance(valeur, bool):
            return [(chemin, "un nombre entier est attendu", valeur)]
        if (self.mini is not None and valeur < self.mini) or (
            self.maxi is not None and valeur > self.maxi
        ):
            return [(chemin, f"le nombre doit être entre {self.mini} et {self.maxi}", valeur)]
        return []


@dataclass(frozen=True)
class Nombre(Forme):
    """An exact number with at most three decimals (files are read without float)."""

    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        if isinstance(valeur, bool) or not isinstance(valeur, int | Decimal):
            return [(chemin, "un nombre est attendu", valeur)]
        if Decimal(valeur) * 1000 % 1:
            return [(chemin, "trois décimales au plus", valeur)]
        return []


@dataclass(frozen=True)
class Booleen(Forme):
    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        return [] if isinstance(valeur, bool) else [(chemin, "true ou false est attendu", valeur)]


@dataclass(frozen=True)
class Choix(Forme):
    valeurs: tuple[str, ...]

    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        if valeur in self.valeurs:
            return []
        return [(chemin, f"l’une de ces valeurs est attendue : {', '.join(self.valeurs)}", valeur)]


@dataclass(frozen=True)
class Libre(Forme):
    """Any JSON object (rules of the contract, read by name)."""

    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        return [] if isinstance(valeur, dict) else [(chemin, "un objet est attendu", valeur)]


@dataclass(frozen=True)
class Dictionnaire(Forme):
    """A JSON object with free names and values of one shape."""

    forme: Forme

    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        if not isinstance(valeur, dict):
            return [(chemin, "un objet est attendu", valeur)]
        return [f for nom, v in valeur.items() for f in self.forme.fautes(v, f"{chemin}.{nom}")]


@dataclass(frozen=True)
class Facultatif(Forme):
    forme: Forme

    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        return [] if valeur is None else self.forme.fautes(valeur, chemin)


@dataclass(frozen=True)
class Liste(Forme):
    forme: Forme
    unique: str = ""
    mini: int = 0

    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        if not isinstance(valeur, list):
            return [(chemin, "une liste est attendue", valeur)]
        fautes: list[tuple[str, str, Any]] = []
        if len(valeur) < self.mini:
            fautes.append((chemin, f"au moins {self.mini} élément(s) attendu(s)", valeur))
        vus: set[str] = set()
        for rang, element in enumerate(valeur):
            ici = f"{chemin}[{rang}]"
            fautes += self.forme.fautes(element, ici)
            cle = element.get(self.unique) if self.unique and isinstance(element, dict) else None
            if isinstance(cle, str):
                if cle in vus:
                    fautes.append((f"{ici}.{self.unique}", DEUX_FOIS, cle))
                vus.add(cle)
        return fautes


@dataclass(frozen=True)
class Objet(Forme):
    champs: Mapping[str, Forme]
    facultatifs: Mapping[str, Forme] = field(default_factory=dict)

    def fautes(self, valeur: Any, chemin: str) -> list[tuple[str, str, Any]]:
        if not isinstance(valeur, dict):
            return [(chemin, "un objet est attendu", valeur)]
        prefixe = f"{chemin}." if chemin else ""
        fautes: list[tuple[str, str, Any]] = []
        for nom, forme in {**self.champs, **self.facultatifs}.items():
            if nom in valeur:
                fautes += forme.fautes(valeur[nom], f"{prefixe}{nom}")
            elif nom in self.champs:
                fautes.append((f"{prefixe}{nom}", "ce champ manque", None))
        connus = {*self.champs, *self.facultatifs}
        fautes += [
            (f"{prefixe}{nom}", "ce champ n’existe pas dans le schéma", valeur[nom])
            for nom in valeur
            if nom not in connus
        ]
        return fautes


CODE = Texte(r"[a-z0-9]+(-[a-z0-9]+)*")
CODE_OBJECTIF = Texte(r"[A-Z][A-Z0-9]*(\.[0-9]+)*")
ANNEE = Entier(1990, 2100)
TEXTES = Liste(Texte())

CONTRAT = Objet(
    {
        "code": CODE,
        "nom": Texte(),
        "pilote": Objet({"nom": Texte(), "siren": Texte(r"\d{9}")}),
        "debut": ANNEE,
        "fin": ANNEE,
        "secteurs": Liste(Objet({"code": CODE, "nom": Texte()}), "code"),
        "communes": Liste(
            Objet(
                {
                    "code": CODE,
                    "nom": Texte(),
                    "code_insee": Texte(r"\d[\dAB]\d{3}"),
                    "departement": Texte(r"\d[\dAB]\d?"),
                    "hors_perimetre": Booleen(),
                    "secteur": Facultatif(CODE),
                },
                {"alias": TEXTES},
            ),
            "code",
            1,
        ),
        "orientations": Liste(
            Objet(
                {
                    "code": CODE_OBJECTIF,
                    "titre": Texte(),
                    "axe": Texte(),
                    "transversale": Booleen(),
                    "objectifs_strategiques": Liste(
                        Objet(
                            {
                                "code": CODE_OBJECTIF,
                                "titre": Texte(),
                                "objectifs_operationnels": Liste(
                                    Objet({"code": CODE_OBJECTIF, "titre": Texte()}), "code"
                                ),
                            },
                            {"dispositifs": TEXTES},
                        ),
                        "code",
                    ),
                }
            ),
            "code",
            1,
        ),
        "themes": Liste(
            Objet({"code": CODE, "titre": Texte(), "orientations": Liste(CODE_OBJECTIF)}), "code"
        ),
        "regles": Libre(),
    }
)
QUARTIERS = Liste(
    Objet(
        {
            "code": CODE,
            "code_qpv": Facultatif(Texte(r"QN\d{5}[MINC]")),
            "nom": Texte(),
            "type": Choix(("qpv", "poche", "autre")),
            "communes": Liste(CODE, mini=1),
            "secteur": Facultatif(CODE),
            "departement": Texte(r"\d[\dAB]\d?"),
            "intercommunal": Booleen(),
        },
        {"statut_2024": Texte(vide=True), "alias": TEXTES},
    ),
    "code",
    1,
)
INDICATEURS = Liste(
    Objet({"code": Texte(r"[a-z0-9_]+"), "libelle": Texte(), "unite": Texte()}, {"note": Texte()}),
    "code",
)
NOTES = Objet(
    {"contrat": TEXTES, "quartiers": Dictionnaire(Texte()), "fiches": Dictionnaire(Texte())},
)
CODES_POSTAUX = Objet(
    {
        "source": Texte(),
        "releve_le": Texte(r"\d{4}-\d{2}-\d{2}"),
        "communes": Dictionnaire(Liste(Texte(r"\d{5}"), mini=1)),
    }
)
FINANCEURS = Liste(
    Objet(
        {
            "code": CODE,
            "nom": Texte(),
            "sigle": Texte(vide=True),
            "type": Choix(
                (
                    "etat",
                    "ept",
                    "commune",
                    "departement",
                    "caf",
                    "cpam",
                    "ars",
                    "drac",
                    "bailleur",
                    "autre",
                )
            ),
            "departement": Facultatif(Texte(r"\d[\dAB]\d?")),
            "commune": Facultatif(CODE),
            "engagements": Liste(
                Objet({"titre": Texte(), "texte": Texte(), "reference": Texte(vide=True)})
            ),
        }
    ),
    "code",
)
FICHE = Objet(
    {
        "code": CODE,
        "type": Choix(("quartier", "commune")),
        "titre": Texte(),
        "commune": Facultatif(CODE),
        "quartiers": Liste(CODE),
        "themes_dans": Facultatif(CODE),
        "ambitions": TEXTES,
        "axes": TEXTES,
        "indicateurs": Liste(
            Objet(
                {
                    "code": Texte(r"[a-z0-9_]+"),
                    "valeur": Nombre(),
                    "unite": Texte(),
                    "annee": Facultatif(ANNEE),
                },
                {"ecarte": Booleen()},
            ),
            "code",
        ),
        "manquants": Liste(Texte(r"[a-z0-9_]+")),
        "themes": Liste(
            Objet(
                {
                    "theme": CODE,
                    "groupes": Liste(Objet({"strategiques": TEXTES, "operationnels": TEXTES})),
                    "indicateurs_evaluation": TEXTES,
                },
                {"note": Texte()},
            ),
            "theme",
        ),
    }
)


def valider(forme: Forme, valeur: Any, fichier: str) -> list[Faute]:
    """Every fault of one file."""
    return [Faute(fichier, c, m, v) for c, m, v in forme.fautes(valeur, "")]
