"""Merge fields of a model of act: a closed list, read strictly; no language, nothing to execute.

A body is plain text. Each line is a paragraph; lines that start with « - » make a list. A field is
written ``{{ organisme.nom }}``. A value is put in as it is and never read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from aap.domaine.cpo import TypeActe
from aap.domaine.texte import nettoyer

_TOUS = frozenset(TypeActe)
_CONVENTIONS = frozenset({TypeActe.ANNUELLE, TypeActe.CPO})
_CPO = frozenset({TypeActe.CPO})
_PUCE = re.compile(r"[-•]\s+")
ORPHELINE = "Un «\u00a0}}\u00a0» ne ferme aucun champ."
OUVERTE = "Un champ n’est pas fermé\u00a0: il manque «\u00a0}}\u00a0» sur sa ligne."
VIDE = "Un champ est vide\u00a0: écrivez son nom entre «\u00a0{{\u00a0» et «\u00a0}}\u00a0»."


@dataclass(frozen=True)
class Champ:
    """A field: ``bloc`` ones draw paragraphs or a table and stand alone on their line."""

    code: str
    libelle: str
    exemple: str
    types: frozenset[TypeActe] = _TOUS
    bloc: bool = False
    gras: bool = False

    @property
    def balise(self) -> str:
        """As written in a text, with no-break spaces so that a page never cuts it."""
        return f"{{{{\u00a0{self.code}\u00a0}}}}"


CHAMPS = (
    Champ("organisme.nom", "Nom de l’organisme", "Les Jardins du Val (JDV)"),
    Champ("organisme.forme", "Forme de l’organisme", "association"),
    Champ("organisme.siret", "SIRET de l’organisme", "123 456 789 00012"),
    Champ("organisme.rna", "Numéro RNA de l’association", "W941234567"),
    Champ("organisme.adresse", "Siège de l’organisme", "5 rue des Lilas 94250 Gentilly"),
    Champ("organisme.representant", "Représentant de l’organisme", "Aïcha Benœil"),
    Champ("organisme.qualite", "Fonction du représentant", "présidente"),
    Champ(
        "organisme.identite",
        "Organisme en toutes lettres (nom, forme, siège, SIRET, représentant)",
        "Les Jardins du Val, association, dont le siège est situé…",
    ),
    Champ("financeur.nom", "Nom du financeur", "Ville de Gentilly"),
    Champ("contrat.nom", "Nom du contrat de ville", "Contrat de ville du Val"),
    Champ("contrat.tribunal", "Tribunal compétent", "tribunal administratif de Melun"),
    Champ("dossier.numero", "Numéro du dossier", "2027-0042"),
    Champ("acte.numero", "Numéro de l’acte", "2027-012"),
    Champ("exercice", "Année (premier exercice d’une CPO)", "2027"),
    Champ("action.intitule", "Titre de l’action", "Cuisine et emploi"),
    Champ("action.orientation", "Orientation du contrat", "Favoriser l’accès à l’emploi"),
    Champ("action.quartiers", "Quartiers de l’action", "Chaperon-Vert, Gabriel-Péri"),
    Champ(
        "action.description",
        "Objectifs et description écrits par le porteur (seul sur sa ligne)",
        "Chaque mercredi, l’équipe ouvre un atelier…",
        bloc=True,
    ),
    Champ("montant", "Montant de la subvention, tous exercices", "12 000 €", gras=True),
    Champ("montant.lettres", "Montant en toutes lettres", "douze-mille euros"),
    Champ(
        "echeancier",
        "Tableau des versements (seul sur sa ligne)",
        "Avance, juin 2027, 9 600 €…",
        bloc=True,
    ),
    Champ("imputation", "Imputation budgétaire, quand elle est connue", "BOP 147, action 01"),
    Champ("compte", "Compte crédité", "Les Jardins du Val, IBAN : FR76…"),
    Champ("bilan.echeance", "Dernier jour pour le bilan", "30 juin 2028", gras=True),
    Champ("action.debut", "Début de l’action", "1er janvier 2027", _CONVENTIONS),
    Champ("action.fin", "Fin de l’action", "31 décembre 2027", _CONVENTIONS),
    Champ("part.conservable", "Part non dépensée que l’organisme peut garder", "5 %", _CONVENTIONS),
    Champ("delai.reversement", "Délai pour rendre une somme", "60 jours", _CONVENTIONS),
    Champ("premier.montant", "Montant du premier exercice", "4 000 €", _CPO, gras=True),
    Champ(
        "premier.montant.lettres", "Premier exercice en toutes lettres", "quatre-mille euros", _CPO
    ),
    Champ("nombre.exercices", "Nombre d’exercices", "3", _CPO),
    Champ("dernier.exercice", "Dernier exercice", "2029", _CPO),
)
_PAR_CODE = {c.code: c for c in CHAMPS}


def champs_de(type_acte: TypeActe) -> list[Champ]:
    """The fields that a model of this type may use, in the order of the page."""
    return [c for c in CHAMPS if type_acte in c.types]


@dataclass(frozen=True)
class Texte:
    """A run of text inside a paragraph."""

    texte: str
    gras: bool = False


@dataclass(frozen=True)
class Paragraphe:
    morceaux: tuple[Texte, ...]


@dataclass(frozen=True)
class Liste:
    elements: tuple[tuple[Texte, ...], ...]


@dataclass(frozen=True)
class Bloc:
    """What a ``bloc`` field draws: the page knows how. ``texte``: its value."""

    code: str
    texte: str


Piece = Paragraphe | Liste | Bloc
Fragment = str | Champ


class FusionImpossible(ValueError):
    """The text cannot be merged; ``phrases`` says all that is wrong, in French."""

    def __init__(self, phrases: list[str]) -> None:
        super().__init__(" ".join(phrases))
        self.phrases = phrases


@dataclass
class _Ligne:
    puce: bool
    fragments: list[Fragment]

    @property
    def champs(self) -> list[Champ]:
        return [f for f in self.fragments if isinstance(f, Champ)]


def _chercher(code: str, type_acte: TypeActe) -> Champ | str:
    """The field, or the sentence that says why there is none."""
    champ = _PAR_CODE.get(code)
    if champ is not None and type_acte in champ.types:
        return champ
    montre = code if len(code) <= 40 else f"{code[:40]}…"
    if champ is not None:
        return f"Le champ «\u00a0{montre}\u00a0» n’existe pas pour ce type d’acte."
    if not code:
        return (
            "Un champ est vide\u00a0: écrivez son nom entre «\u00a0{{\u00a0» et «\u00a0}}\u00a0»."
        )
    proches = get_close_matches(code[:60].lower(), [c.code for c in champs_de(type_acte)], 1)
    suite = f" Vouliez-vous écrire «\u00a0{{{{ {proches[0]} }}}}\u00a0»\u00a0?" if proches else ""
    return f"Le champ «\u00a0{montre}\u00a0» n’existe pas.{suite}"


def _fragments(ligne: str, type_acte: TypeActe, fautes: list[str]) -> list[Fragment]:
    debut, *suites = ligne.split("{{")
    sortie: list[Fragment] = [debut] if debut else []
    if "}}" in debut:
        fautes.append(ORPHELINE)
    for suite in suites:
        nom, ferme, apres = suite.partition("}}")
        if not ferme:
            fautes.append(OUVERTE)
            continue
        trouve = _chercher(nom.strip(), type_acte)
        if isinstance(trouve, str):
            fautes.append(trouve)
        else:
            sortie.append(trouve)
        if "}}" in apres:
            fautes.append(ORPHELINE)
        if apres:
            sortie.append(apres)
    return sortie


def _lignes(corps: str, type_acte: TypeActe, fautes: list[str]) -> Iterator[_Ligne]:
    for brute in nettoyer(corps).split("\n"):
        ligne = brute.strip()
        if not ligne:
            continue
        puce = _PUCE.match(ligne)
        fragments = _fragments(ligne[puce.end() :] if puce else ligne, type_acte, fautes)
        lue = _Ligne(puce is not None, fragments)
        for c in lue.champs:
            if c.bloc and (lue.puce or len(fragments) > 1):
                fautes.append(f"Le champ «\u00a0{c.code}\u00a0» doit être seul sur sa ligne.")
        yield lue


def fautes_de(corps: str, type_acte: TypeActe) -> list[str]:
    """All that prevents this text from being merged, one sentence each; empty when it can be."""
    fautes: list[str] = []
    lignes = list(_lignes(corps, type_acte, fautes))
    if not lignes:
        fautes.append("Cet article est vide\u00a0: écrivez son texte, ou supprimez-le.")
    return list(dict.fromkeys(fautes))


def codes_de(corps: str, type_acte: TypeActe) -> set[str]:
    """The fields that a text uses."""
    return {c.code for ligne in _lignes(corps, type_acte, []) for c in ligne.champs}


def fusionner(corps: str, type_acte: TypeActe, valeurs: Mapping[str, str]) -> list[Piece]:
    """The text with its fields replaced. A line whose fields are all empty is left out.

    Raises ``FusionImpossible`` when the text has a fault or a field has no value at all.
    """
    fautes = fautes_de(corps, type_acte)
    lignes = list(_lignes(corps, type_acte, []))
    manquants = {c.code for x in lignes for c in x.champs if c.code not in valeurs}
    fautes += [f"Le champ «\u00a0{code}\u00a0» n’a pas de valeur." for code in sorted(manquants)]
    if fautes:
        raise FusionImpossible(fautes)
    pieces: list[Piece] = []
    for ligne in lignes:
        if ligne.champs and not any(valeurs[c.code].strip() for c in ligne.champs):
            continue
        _poser(pieces, ligne, valeurs)
    return pieces


def _poser(pieces: list[Piece], ligne: _Ligne, valeurs: Mapping[str, str]) -> None:
    seul = ligne.fragments[0]
    if isinstance(seul, Champ) and seul.bloc:
        pieces.append(Bloc(seul.code, valeurs[seul.code]))
        return
    textes = tuple(
        Texte(valeurs[f.code], f.gras) if isinstance(f, Champ) else Texte(f)
        for f in ligne.fragments
    )
    if not ligne.puce:
        pieces.append(Paragraphe(textes))
    elif pieces and isinstance(pieces[-1], Liste):
        pieces[-1] = Liste((*pieces[-1].elements, textes))
    else:
        pieces.append(Liste((textes,)))
