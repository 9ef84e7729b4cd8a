"""Where an element of a request for complements is answered: a question, a page, a paper.

A ``renvoi`` is « question:besoin », « page:budget », « piece:statuts » or « organisme:moyens ».
What it designates is compared from one deposit to the next: the old and the new value are shown
beside the element that asked for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aap.domaine.complements import est_utile_seulement
from aap.domaine.difference import Changement, Element, comparer
from aap.domaine.questionnaire import questions_pour, sections_pour
from aap.models import DemandeComplement, Depot, Dossier, TypePiece
from aap.models.types import Json
from aap.requetes.versions import aplatir, formats_rapproches

PAGES_ORGANISME = {
    "identite": "Identité",
    "coordonnees": "Coordonnées",
    "personnes": "Personnes",
    "relations": "Agréments et réseaux",
    "moyens": "Moyens humains",
    "comptes": "Exercice et trésorerie",
    "budget": "Budget de l’organisme",
}
# Elements of a deposit that each special page writes (first part of their key).
ECRITS_PAR = {
    "orientation": {"orientation", "objectif"},
    "quartiers": {"quartier", "objectif_local"},
    "indicateurs": {"indicateur"},
    "financeurs": {"aide"},
    "budget": {"budget"},
    "budget_annees": {"budget"},
    "pieces": {"piece"},
}
ECRITS_ORGANISME = {"organisme", "identite", "budget_organisme"}


@dataclass(frozen=True)
class Renvoi:
    """A place of the form; ``groupe`` is the heading under which it is offered."""

    code: str
    libelle: str
    groupe: str


@dataclass(frozen=True)
class ElementDemande:
    """One thing asked, its answer, and what changed where it sends to."""

    rang: int
    texte: str
    renvoi: str
    libelle: str
    reponse: str
    changements: tuple[Changement, ...]

    @property
    def repondu(self) -> bool:
        return bool(self.reponse or self.changements)

    @property
    def facultatif(self) -> bool:
        return est_utile_seulement(self.texte)


def renvois_possibles(dossier: Dossier) -> list[Renvoi]:
    """Every place of this dossier's form, page by page, then the papers and the record."""
    profil = dossier.profil
    lieux: list[Renvoi] = []
    for section in sections_pour(profil):
        questions = questions_pour(section, profil)
        if section.speciale:
            lieux.append(Renvoi(f"page:{section.code}", section.titre, "Pages du dossier"))
        lieux += [Renvoi(f"question:{q.code}", q.libelle, section.titre) for q in questions]
    lieux += [Renvoi(f"piece:{t.value}", t.libelle, "Documents de l’organisme") for t in TypePiece]
    lieux += [
        Renvoi(f"organisme:{code}", titre, "Fiche de l’organisme")
        for code, titre in PAGES_ORGANISME.items()
    ]
    return lieux


def page_du_renvoi(dossier: Dossier, renvoi: str) -> tuple[str, str] | None:
    """(page of the form, question or « ») of a renvoi to the dossier, None for another one."""
    genre, _, code = renvoi.partition(":")
    for section in sections_pour(dossier.profil):
        if genre == "page" and section.code == code:
            return section.code, ""
        if genre == "question" and code in {q.code for q in section.questions}:
            return section.code, code
    return None


def libelle_renvoi(dossier: Dossier, renvoi: str) -> str:
    """Words of a renvoi; nothing when it is not known (any more)."""
    return next((r.libelle for r in renvois_possibles(dossier) if r.code == renvoi), "")


def elements_demandes(
    dossier: Dossier, demande: DemandeComplement, present: Json | None = None
) -> list[ElementDemande]:
    """Each thing asked with its answer and what changed since the request.

    ``present``: the content being written, while the answer is not transmitted; without it, the
    deposit that answered is compared (no query when the deposits are loaded).
    """
    avant, apres = _depots_autour(dossier, demande)
    neuf = present if present is not None else (apres.contenu if apres else None)
    lieux = {r.code: r.libelle for r in renvois_possibles(dossier)}
    elements = []
    for rang, texte in enumerate(demande.elements):
        renvoi = _au_rang(demande.renvois, rang)
        vus: Sequence[Changement] = ()
        if renvoi and avant is not None and neuf is not None:
            vus = changements_du_renvoi(dossier, renvoi, avant.contenu, neuf)
        elements.append(
            ElementDemande(
                rang,
                texte,
                renvoi,
                lieux.get(renvoi, ""),
                _au_rang(demande.reponses, rang).strip(),
                tuple(vus),
            )
        )
    return elements


def _au_rang(textes: Sequence[str], rang: int) -> str:
    return textes[rang] if rang < len(textes) else ""


def _depots_autour(
    dossier: Dossier, demande: DemandeComplement
) -> tuple[Depot | None, Depot | None]:
    """The deposit that the request was made on, and the one that answered it."""
    avant = [d for d in dossier.depots if d.depose_le <= demande.demandee_le]
    suivants = [d for d in dossier.depots if d.depose_le > demande.demandee_le]
    repondu = demande.repondue_le is not None
    return (avant[-1] if avant else None), (suivants[0] if suivants and repondu else None)


def changements_du_renvoi(
    dossier: Dossier, renvoi: str, avant: Json, apres: Json
) -> list[Changement]:
    """What changed where a renvoi sends to, from one content to another."""
    avant, apres = formats_rapproches(avant, apres)
    return comparer(_gardes(dossier, renvoi, avant), _gardes(dossier, renvoi, apres))


def _gardes(dossier: Dossier, renvoi: str, contenu: Json) -> Iterable[Element]:
    figes = contenu.get("noms") or {}
    noms = {(genre, code): nom for genre, d in figes.items() for code, nom in d.items()}
    return [e for e in aplatir(contenu, noms) if _designe(dossier, renvoi, e)]


def _designe(dossier: Dossier, renvoi: str, element: Element) -> bool:
    genre, _, code = renvoi.partition(":")
    if genre == "question":
        return element.cle == ("reponse", code)
    if genre == "piece":
        libelles = {t.value: t.libelle for t in TypePiece}
        return element.cle[0] == "piece" and element.titre == libelles.get(code)
    if genre == "organisme":
        voulus = {"budget_organisme"} if code == "budget" else ECRITS_ORGANISME
        return element.cle[0] in voulus
    siens = {q.code for s in sections_pour(dossier.profil) if s.code == code for q in s.questions}
    if element.cle[0] == "reponse":
        return element.cle[1] in siens
    return element.cle[0] in ECRITS_PAR.get(code, set())
