"""A model of act: its articles, when each is printed, and what the law wants in it (pure).

Sources: loi 2000-321 art. 10 and décret 2001-495 art. 1 (object, amount, payment and use of the
grant); loi 2021-875 art. 1 (control, unspent part: where there is a convention); loi 2000-321
art. 10-1 (contrat d'engagement républicain: associations and foundations).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from aap.domaine.cpo import SEUIL_CONVENTION, TypeActe
from aap.domaine.difference import Element
from aap.domaine.erreurs import Probleme
from aap.domaine.fusion import codes_de, fautes_de
from aap.domaine.texte import nettoyer, sans_accents

TITRE_MAX = 150
CORPS_MAX = 6000
ARTICLES_MAX = 40


class Condition(StrEnum):
    """When an article is printed. Models are per type of act: « only for a CPO » is its model."""

    TOUJOURS = "toujours"
    ASSOCIATION = "association"
    AUTRE_ORGANISME = "autre_organisme"
    PLUS_DE_23000 = "plus_de_23000"
    QPV = "qpv"
    AVANCE = "avance"

    @property
    def libelle(self) -> str:
        return {
            "toujours": "Toujours",
            "association": "Seulement pour une association ou une fondation",
            "autre_organisme": "Seulement pour un autre organisme",
            "plus_de_23000": "Seulement au-dessus de 23\u202f000\u00a0€",
            "qpv": "Seulement si l’action vise un quartier prioritaire",
            "avance": "Seulement si une avance est prévue",
        }[self.value]


@dataclass(frozen=True)
class Faits:
    """What the conditions read of one act. ``montant``: cents of all its exercices."""

    association: bool
    montant: int
    qpv: bool
    avance: bool

    def remplit(self, condition: Condition) -> bool:
        return {
            Condition.TOUJOURS: True,
            Condition.ASSOCIATION: self.association,
            Condition.AUTRE_ORGANISME: not self.association,
            Condition.PLUS_DE_23000: self.montant > SEUIL_CONVENTION,
            Condition.QPV: self.qpv,
            Condition.AVANCE: self.avance,
        }[condition]


@dataclass(frozen=True)
class Article:
    """``cle`` follows an article from one version to the next. ``du``, ``au``: days included."""

    cle: int
    titre: str
    corps: str
    condition: Condition = Condition.TOUJOURS
    du: date | None = None
    au: date | None = None

    def vaut_le(self, jour: date) -> bool:
        return (self.du is None or self.du <= jour) and (self.au is None or jour <= self.au)


def en_json(articles: Iterable[Article]) -> list[dict[str, Any]]:
    """As kept and hashed: ISO days, no object."""
    return [
        {
            **asdict(a),
            "condition": a.condition.value,
            "du": a.du.isoformat() if a.du else None,
            "au": a.au.isoformat() if a.au else None,
        }
        for a in articles
    ]


def de_json(lus: Iterable[dict[str, Any]]) -> list[Article]:
    return [
        Article(
            int(x["cle"]),
            str(x["titre"]),
            str(x["corps"]),
            Condition(x["condition"]),
            date.fromisoformat(x["du"]) if x["du"] else None,
            date.fromisoformat(x["au"]) if x["au"] else None,
        )
        for x in lus
    ]


def elements(articles: Iterable[Article]) -> list[Element]:
    """The articles as two versions are compared: titles, texts, conditions and dates."""
    sortie = []
    for a in articles:
        cle = str(a.cle)
        dates = " ".join(
            x
            for x in (f"du {a.du:%d/%m/%Y}" if a.du else "", f"au {a.au:%d/%m/%Y}" if a.au else "")
            if x
        )
        condition = "" if a.condition is Condition.TOUJOURS else a.condition.libelle
        sortie += [
            Element((cle, nature), a.titre, titre, texte)
            for nature, titre, texte in (
                ("titre", "Titre", a.titre),
                ("corps", "Texte", a.corps),
                ("condition", "Quand l’imprimer", condition),
                ("dates", "Validité", dates),
            )
            if texte
        ]
    return sortie


def ordre_change(avant: Iterable[Article], apres: Iterable[Article]) -> bool:
    """Do the articles that both versions have come in another order?"""
    vieux, neufs = [a.cle for a in avant], [a.cle for a in apres]
    return [c for c in vieux if c in neufs] != [c for c in neufs if c in vieux]


def retenus(articles: Iterable[Article], faits: Faits, jour: date) -> list[Article]:
    """The articles of one act made on ``jour``, in order."""
    return [a for a in articles if a.vaut_le(jour) and faits.remplit(a.condition)]


def prochaine_cle(articles: Iterable[Article]) -> int:
    return max((a.cle for a in articles), default=0) + 1


@dataclass(frozen=True)
class Clause:
    """Something that must be said. ``champ``: the field that says it; else words, accents off."""

    libelle: str
    champ: str = ""
    mots: str = ""
    exemple: str = ""
    conseillee: frozenset[TypeActe] = frozenset()
    condition: Condition = Condition.TOUJOURS


CLAUSES = (
    Clause("l’objet de l’aide", champ="action.intitule"),
    Clause("le montant", champ="montant"),
    Clause("les versements", champ="echeancier"),
    Clause(
        "l’emploi de l’aide",
        mots=r"(emploie|employer|employee|utilis\w*|affect\w*)\b.{0,60}\b(subvention|aide|somme)"
        r"|(subvention|aide|somme)\b.{0,60}\b(employee|utilisee|affectee)",
        exemple="emploie la subvention pour la seule action",
    ),
    Clause("le contrôle", mots=r"\bcontrol|\bverifi", exemple="contrôle"),
    Clause(
        "la part non dépensée",
        mots=r"\b(non|pas)\b.{0,40}\b(depens|utilis|consomm|employ)|excedent",
        exemple="n’est pas entièrement dépensée",
        conseillee=frozenset({TypeActe.ARRETE}),
    ),
    Clause(
        "le contrat d’engagement républicain",
        mots=r"contrat d.engagement republicain",
        exemple="contrat d’engagement républicain",
        condition=Condition.ASSOCIATION,
    ),
    Clause(
        "le logo ou le soutien du contrat de ville",
        mots=r"\blogo|\bsoutien\b",
        exemple="logo du contrat de ville",
    ),
)


def _dit(clause: Clause, articles: Sequence[Article], type_acte: TypeActe) -> bool:
    admises = {Condition.TOUJOURS, clause.condition}
    presents = [a for a in articles if a.condition in admises]
    if clause.champ:
        return any(clause.champ in codes_de(a.corps, type_acte) for a in presents)
    motif = re.compile(clause.mots)
    return any(motif.search(_plat(f"{a.titre}. {a.corps}")) for a in presents)


def _plat(texte: str) -> str:
    return " ".join(sans_accents(texte).casefold().split())


def _phrase_clause(clause: Clause) -> str:
    attendu = f"le champ «\u00a0{{{{ {clause.champ} }}}}\u00a0»" if clause.champ else ""
    attendu = attendu or f"par exemple «\u00a0{clause.exemple}\u00a0»"
    ou = (
        "un article imprimé pour toutes les associations"
        if clause.condition is Condition.ASSOCIATION
        else "un article toujours imprimé"
    )
    return f"Aucun article ne dit {clause.libelle}\u00a0: il faut {ou}, avec {attendu}."


def problemes_article(article: Article, type_acte: TypeActe) -> list[Probleme]:
    """What is wrong in one article, tied to its field."""
    problemes = []
    if not nettoyer(article.titre, lignes=False):
        problemes.append(Probleme("Donnez un titre à l’article.", "titre"))
    elif len(article.titre) > TITRE_MAX:
        problemes.append(Probleme(f"Le titre tient en {TITRE_MAX} caractères.", "titre"))
    if len(article.corps) > CORPS_MAX:
        problemes.append(Probleme(f"Un article tient en {CORPS_MAX} caractères.", "corps"))
    problemes += [Probleme(phrase, "corps") for phrase in fautes_de(article.corps, type_acte)]
    if article.du and article.au and article.au < article.du:
        problemes.append(Probleme("La fin de validité précède son début.", "au"))
    return problemes


def _jours(articles: Sequence[Article], effet: date) -> list[date]:
    """The days on which the set of articles changes, from ``effet`` on."""
    jours = {effet}
    for a in articles:
        if a.du:
            jours.add(a.du)
        if a.au and a.au < date.max:
            jours.add(a.au + timedelta(days=1))
    return sorted(j for j in jours if j >= effet)


def problemes_modele(
    articles: Sequence[Article], type_acte: TypeActe, effet: date
) -> list[Probleme]:
    """All that is wrong in a model that would be in force from ``effet``; advices do not block."""
    if not articles:
        return [Probleme("Ce modèle n’a aucun article.")]
    problemes = [
        Probleme(f"Article «\u00a0{a.titre}\u00a0»\u00a0: {p.message}")
        for a in articles
        for p in problemes_article(a, type_acte)
    ]
    for clause in CLAUSES:
        jour = next(
            (
                j
                for j in _jours(articles, effet)
                if not _dit(clause, [a for a in articles if a.vaut_le(j)], type_acte)
            ),
            None,
        )
        if jour is not None:
            des = f" À partir du {jour:%d/%m/%Y}." if jour != effet else ""
            problemes.append(
                Probleme(_phrase_clause(clause) + des, bloquant=type_acte not in clause.conseillee)
            )
    return problemes


def bloquants(problemes: Iterable[Probleme]) -> list[Probleme]:
    return [p for p in problemes if p.bloquant]
