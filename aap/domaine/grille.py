"""A grid as a file: what it may hold, how it is read, what is wrong with it, field by field.

The file is JSON in UTF-8 (a byte-order mark is accepted), described for its authors in
``docs/guides/coordination.md``. Reading tells **every** problem at once, each with the name of
its field (« criteres[2].poids »); a field that nobody knows is ignored and told. The sum of the
weights is not required here: an unfinished grid travels too, and cannot be used until it is 100.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.notation import SCORE_MAX, VALEUR_MAX
from aap.domaine.texte import nettoyer, typo

FORMAT = "aap-grille"
NUMERO = 1
OCTETS_MAX = 200_000
CRITERES_MAX = 30
NOM_MAX, LIBELLE_MAX, AIDE_MAX, ANCRE_MAX = 120, 200, 1000, 500
CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
CODE_ATTENDU = (
    "Un code commence par une lettre et ne contient que des minuscules sans accent, des chiffres "
    "et « _ », par exemple qualite_projet."
)
MODES = ("apprecie", "calcule")
CLES = ("format", "version", "nom", "criteres")
CLES_CRITERE = (
    "code",
    "libelle",
    "aide",
    "poids",
    "mode",
    "ancres",
    "eliminatoire_sous",
    "sans_objet_permis",
    "reserve_a",
)


@dataclass(frozen=True)
class CritereLu:
    """One criterion; ``ancres``: five texts, from 0 to 4; ``reserve_a``: types of funders."""

    code: str
    libelle: str
    poids: int
    mode: str = "apprecie"
    aide: str = ""
    ancres: tuple[str, ...] = ("",) * (VALEUR_MAX + 1)
    eliminatoire_sous: int | None = None
    sans_objet_permis: bool = False
    reserve_a: tuple[str, ...] = ()


@dataclass(frozen=True)
class GrilleLue:
    """``ignores``: fields of the file that mean nothing here, by name."""

    nom: str
    criteres: tuple[CritereLu, ...]
    ignores: tuple[str, ...] = ()


@dataclass
class _Lecteur:
    """Values of one object of the file; what is wrong is kept with the path of its field."""

    chemin: str
    objet: Mapping[str, Any]
    problemes: list[Probleme] = field(default_factory=list)

    def refuser(self, cle: str, phrase: str) -> None:
        nom = f"{self.chemin}.{cle}" if self.chemin else cle
        self.problemes.append(Probleme(typo(f"{nom} : {phrase}"), "fichier"))

    def texte(self, cle: str, longueur: int, *, requis: bool = False, lignes: bool = False) -> str:
        brut = self.objet.get(cle)
        if brut is None or brut == "":
            if requis:
                self.refuser(cle, "ce texte manque.")
            return ""
        if not isinstance(brut, str):
            self.refuser(cle, "un texte entre guillemets est attendu.")
            return ""
        propre = nettoyer(brut, lignes=lignes).strip()
        if len(propre) > longueur:
            self.refuser(cle, f"ce texte dépasse {longueur} caractères.")
        if requis and not propre:
            self.refuser(cle, "ce texte manque.")
        return propre

    def entier(self, cle: str, minimum: int, maximum: int) -> int | None:
        brut = self.objet.get(cle)
        if isinstance(brut, str) and re.fullmatch(r"\s*[0-9]{1,4}\s*", brut):
            brut = int(brut)
        if isinstance(brut, bool) or not isinstance(brut, int) or not minimum <= brut <= maximum:
            self.refuser(cle, f"un nombre entier de {minimum} à {maximum} est attendu.")
            return None
        return brut

    def booleen(self, cle: str) -> bool:
        brut = self.objet.get(cle, False)
        if not isinstance(brut, bool):
            self.refuser(cle, "écrivez true ou false, sans guillemets.")
        return brut is True

    def parmi(self, cle: str, valeurs: Collection[str]) -> tuple[str, ...]:
        brut = self.objet.get(cle) or []
        if not isinstance(brut, list) or not all(isinstance(x, str) for x in brut):
            self.refuser(cle, "une liste de textes est attendue.")
            return ()
        for x in brut:
            if x not in valeurs:
                connues = ", ".join(valeurs)
                self.refuser(cle, f"« {x[:40]} » est inconnu ; les valeurs sont {connues}.")
        return tuple(sorted(set(brut)))


def lire_grille(octets: bytes, *, reserves: Collection[str], calculs: Collection[str]) -> GrilleLue:
    """The grid of a file.

    ``reserves``: types of funders that a criterion may be kept for; ``calculs``: first words of
    the codes that a rule computes. Raises Invalide with every problem (field « fichier »).
    """
    objet = _objet(octets)
    tete = _Lecteur("", objet)
    if objet.get("format", FORMAT) != FORMAT:
        tete.refuser("format", f"« {FORMAT} » est attendu.")
    if objet.get("version", NUMERO) != NUMERO:
        tete.refuser("version", f"seule la version {NUMERO} de ce format est connue.")
    nom = tete.texte("nom", NOM_MAX, requis=True)
    bruts = objet.get("criteres")
    if not isinstance(bruts, list) or not 1 <= len(bruts) <= CRITERES_MAX:
        tete.refuser("criteres", f"une liste de 1 à {CRITERES_MAX} critères est attendue.")
        bruts = []
    ignores = [cle for cle in objet if cle not in CLES]
    problemes, criteres = tete.problemes, []
    for rang, brut in enumerate(bruts):
        lecteur = _Lecteur(f"criteres[{rang}]", brut if isinstance(brut, dict) else {})
        ignores += [f"{lecteur.chemin}.{c}" for c in lecteur.objet if c not in CLES_CRITERE]
        criteres.append(_critere(lecteur, reserves, calculs))
        problemes += lecteur.problemes
    problemes += _doubles(criteres)
    if problemes:
        raise Invalide("Ce fichier ne contient pas une grille utilisable.", problemes)
    return GrilleLue(nom, tuple(criteres), tuple(str(x)[:80] for x in ignores[:20]))


def _objet(octets: bytes) -> dict[str, Any]:
    def refus(phrase: str) -> Invalide:
        return Invalide(phrase, [Probleme(phrase, "fichier")])

    if len(octets) > OCTETS_MAX:
        raise refus("Ce fichier est trop gros pour une grille : 200 ko au plus.")
    try:
        lu = json.loads(octets.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise refus("Ce fichier n’est pas un texte en UTF-8.") from None
    except json.JSONDecodeError as e:
        raise refus(
            f"Ce fichier n’est pas du JSON : ligne {e.lineno}, caractère {e.colno}."
        ) from None
    except (RecursionError, ValueError):
        raise refus("Ce fichier n’est pas une grille.") from None
    if not isinstance(lu, dict):
        raise refus("Ce fichier n’est pas une grille : un objet { … } est attendu.")
    return lu


def _critere(x: _Lecteur, reserves: Collection[str], calculs: Collection[str]) -> CritereLu:
    code = x.texte("code", 60, requis=True)
    if code and not CODE.fullmatch(code):
        x.refuser("code", CODE_ATTENDU)
    mode = x.objet.get("mode", "apprecie")
    if mode not in MODES:
        x.refuser("mode", "« apprecie » ou « calcule » est attendu.")
        mode = "apprecie"
    if mode == "calcule" and code.partition("_")[0] not in calculs:
        x.refuser(
            "code",
            "un critère calculé commence par le nom d’une règle : " + ", ".join(calculs) + ".",
        )
    seuil = None
    if x.objet.get("eliminatoire_sous") is not None:
        seuil = x.entier("eliminatoire_sous", 1, VALEUR_MAX)
    reserve = x.parmi("reserve_a", reserves)
    if mode == "calcule" and reserve:
        x.refuser("reserve_a", "un critère calculé n’est réservé à personne.")
    return CritereLu(
        code=code,
        libelle=x.texte("libelle", LIBELLE_MAX, requis=True),
        poids=x.entier("poids", 1, SCORE_MAX) or 1,
        mode=mode,
        aide=x.texte("aide", AIDE_MAX, lignes=True),
        ancres=_ancres(x),
        eliminatoire_sous=seuil,
        sans_objet_permis=x.booleen("sans_objet_permis"),
        reserve_a=reserve,
    )


def _ancres(x: _Lecteur) -> tuple[str, ...]:
    bruts = x.objet.get("ancres")
    if not isinstance(bruts, list) or len(bruts) != VALEUR_MAX + 1:
        x.refuser("ancres", "cinq textes sont attendus, de la note 0 à la note 4.")
        return ("",) * (VALEUR_MAX + 1)
    sous = _Lecteur(f"{x.chemin}.ancres", {str(i): a for i, a in enumerate(bruts)}, x.problemes)
    return tuple(sous.texte(str(i), ANCRE_MAX, requis=True) for i in range(VALEUR_MAX + 1))


def _doubles(criteres: Sequence[CritereLu]) -> list[Probleme]:
    vus: set[str] = set()
    problemes = []
    for rang, c in enumerate(criteres):
        if c.code and c.code in vus:
            phrase = typo(f"criteres[{rang}].code : « {c.code} » est déjà pris.")
            problemes.append(Probleme(phrase, "fichier"))
        vus.add(c.code)
    return problemes


def ecrire_grille(nom: str, criteres: Sequence[CritereLu]) -> str:
    """The file of a grid, that ``lire_grille`` reads back as it is."""
    corps = {
        "format": FORMAT,
        "version": NUMERO,
        "nom": nom,
        "criteres": [
            {
                cle: list(valeur) if isinstance(valeur := getattr(c, cle), tuple) else valeur
                for cle in CLES_CRITERE
            }
            for c in criteres
        ],
    }
    return json.dumps(corps, ensure_ascii=False, indent=1) + "\n"
