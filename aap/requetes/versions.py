"""The versions of a dossier: what each deposit froze, and what changed from one to the next."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from aap.domaine.calendrier import date_longue
from aap.domaine.cerfa import IDENTITE
from aap.domaine.difference import Changement, Element, comparer
from aap.domaine.erreurs import Introuvable
from aap.domaine.identifiants import masquer_iban
from aap.domaine.montants import en_euros
from aap.domaine.questionnaire import QUESTIONS, SECTIONS, Genre
from aap.domaine.questionnaire_socle import Question
from aap.extensions import db
from aap.models import (
    Contrat,
    Depot,
    Dossier,
    EtatProduit,
    Financeur,
    FormeJuridique,
    ObjectifOperationnel,
    ObjectifStrategique,
    Orientation,
    OrigineCredits,
    Quartier,
)
from aap.models.types import Json
from workflows.dossier import EtatDossier

Noms = Mapping[tuple[str, str], str]
ORGANISME = {
    "nom": "Nom",
    "sigle": "Sigle",
    "forme": "Forme juridique",
    "siret": "SIRET",
    "rna": "RNA",
    "adresse": "Adresse",
    "courriel": "Courriel",
    "telephone": "Téléphone",
    "objet": "Objet",
    "date_creation": "Date de création",
    "representant": "Représentant légal",
}
MONTANTS_ORGANISME = {"budget_annuel": "Budget annuel", "tresorerie": "Trésorerie"}
# What a content frozen before the format 2 does not hold: its absence is no change.
AJOUTS = frozenset({"format", "appel", "plan", "annees", "cpo", "budget_organisme"})
AJOUTS_ORGANISME = frozenset(
    {
        "sigle",
        "courriel",
        "telephone",
        "objet",
        "date_creation",
        "fin_exercice_mois",
        "budget_annuel",
        "tresorerie",
        "compte",
        "engagement",
    }
)
CONNUES = frozenset(
    [
        "campagne",
        "type",
        "organisme",
        "reponses",
        "orientation",
        "objectifs",
        "quartiers",
        "objectifs_locaux",
        "indicateurs",
        "budget",
        "financements",
        "pieces",
        "format",
        "appel",
        "plan",
        "annees",
        "cpo",
        "budget_organisme",
        "aides_passees",
        "questions",
        "noms",
    ]
)
ISO = re.compile(r"\d{4}-\d\d-\d\d")
EN_REDACTION = frozenset({EtatDossier.BROUILLON, EtatDossier.A_COMPLETER})
COTES = {"charge": "Dépense", "produit": "Recette"}


@dataclass(frozen=True)
class Version:
    """One deposit; ``changements``: since the one before (none for the first)."""

    depot: Depot
    changements: tuple[Changement, ...]


def versions(dossier: Dossier) -> list[Version]:
    """Every deposit of the dossier, newest first, with what changed (a constant cost)."""
    depots = db.session.scalars(
        select(Depot)
        .where(Depot.dossier_id == dossier.id)
        .options(joinedload(Depot.depose_par))
        .order_by(Depot.numero_depot)
    ).all()
    noms = noms_du_contrat(dossier)
    lues = [
        Version(d, tuple(_comparer(depots[i - 1].contenu, d.contenu, noms)) if i else ())
        for i, d in enumerate(depots)
    ]
    return lues[::-1]


def _comparer(avant: Json, apres: Json, noms: Noms) -> list[Changement]:
    avant, apres = formats_rapproches(avant, apres)
    return comparer(aplatir(avant, noms), aplatir(apres, noms))


def formats_rapproches(avant: Json, apres: Json) -> tuple[Json, Json]:
    """Both contents in the format of the older: what it could not hold is no change."""
    if "format" in apres and "format" not in avant:
        return avant, _ancien_format(apres)
    return avant, apres


def _ancien_format(contenu: Json) -> Json:
    organisme = contenu.get("organisme", {})
    return {
        **{cle: v for cle, v in contenu.items() if cle not in AJOUTS},
        "organisme": {cle: v for cle, v in organisme.items() if cle not in AJOUTS_ORGANISME},
        "budget": [ligne[:5] for ligne in contenu.get("budget", [])],
    }


def depot_demande(dossier: Dossier, numero: str) -> Depot | None:
    """The deposit of this number; without one, the last, unless the text may still change.

    Raises Introuvable for a number that no deposit bears.
    """
    depots = {str(d.numero_depot): d for d in dossier.depots}
    if numero:
        if numero not in depots:
            raise Introuvable("Ce dossier n’a pas de dépôt de ce numéro.")
        return depots[numero]
    return dossier.depots[-1] if depots and dossier.etat not in EN_REDACTION else None


def contenu_lisible(dossier: Dossier, contenu: Json) -> list[tuple[str, list[Element]]]:
    """A frozen content as it is read: (heading, elements)."""
    groupes: dict[str, list[Element]] = {}
    for element in aplatir(contenu, noms_du_contrat(dossier)):
        groupes.setdefault(element.rubrique, []).append(element)
    return list(groupes.items())


def changements_depuis(dossier: Dossier, signe: Json, present: Json) -> list[Changement]:
    """What differs between the content last signed and the present one."""
    return _comparer(signe, present, noms_du_contrat(dossier))


def noms_du_contrat(dossier: Dossier) -> Noms:
    """Titles behind the codes that a frozen content keeps (4 queries)."""
    contrat = dossier.campagne.contrat_id
    lus: dict[tuple[str, str], str] = {}
    titres: tuple[tuple[str, Any, Any, Any], ...] = (
        ("orientation", Orientation.code, Orientation.titre, Orientation),
        ("quartier", Quartier.code, Quartier.nom, Quartier),
        ("financeur", Financeur.code, Financeur.nom, Financeur),
    )
    for genre, code, titre, modele in titres:
        for cle, nom in db.session.execute(select(code, titre).where(modele.contrat_id == contrat)):
            lus[genre, cle] = nom
    objectifs = (
        select(ObjectifOperationnel.code, ObjectifOperationnel.titre)
        .join(ObjectifStrategique)
        .join(Orientation)
        .where(Orientation.contrat_id.in_(select(Contrat.id).where(Contrat.id == contrat)))
    )
    for cle, nom in db.session.execute(objectifs):
        lus["objectif", cle] = nom
    return lus


def aplatir(contenu: Json, noms: Noms) -> list[Element]:
    """The content of a deposit as a list of elements, in the order of the form."""
    return [
        *_reponses(contenu.get("reponses", {})),
        *_cible(contenu, noms),
        *_indicateurs(contenu.get("indicateurs", [])),
        *_aides(contenu.get("financements", []), noms),
        *_budget(contenu.get("budget", [])),
        *_pieces(contenu.get("pieces", [])),
        *_organisme(contenu.get("organisme", {})),
        *_budget_organisme(contenu.get("budget_organisme")),
        *_reste(contenu),
    ]


def _reponses(reponses: Mapping[str, str]) -> Iterable[Element]:
    for section in SECTIONS:
        for question in section.questions:
            valeur = reponses.get(question.code)
            if not valeur:
                continue
            valeur = _valeur(question, valeur)
            yield Element(("reponse", question.code), section.titre, question.libelle, valeur)
    for code, valeur in reponses.items():
        if valeur and code not in QUESTIONS:
            yield Element(("reponse", code), "Autres réponses", code.replace("_", " "), str(valeur))


def _valeur(question: Question, valeur: str) -> str:
    match question.genre:
        case Genre.CHOIX:
            return dict(question.choix).get(valeur, valeur)
        case Genre.POURCENT:
            return f"{valeur}\u00a0%"
        case Genre.DATE:
            return _jour(valeur)
        case _:
            return valeur


def _jour(valeur: str) -> str:
    """A stored day in words; anything else as it is."""
    if not ISO.fullmatch(valeur):
        return valeur
    try:
        return date_longue(date.fromisoformat(valeur))
    except ValueError:
        return valeur


def _cible(contenu: Json, noms: Noms) -> Iterable[Element]:
    rubrique = "Ce que vise l’action"
    orientation = contenu.get("orientation")
    if orientation:
        texte = f"{orientation} {noms.get(('orientation', orientation), '')}".strip()
        yield Element(("orientation",), rubrique, "Orientation du contrat", texte)
    for code in contenu.get("objectifs", []):
        texte = f"{code} {noms.get(('objectif', code), '')}".strip()
        yield Element(("objectif", code), rubrique, "Objectif du contrat", texte)
    for code, part in contenu.get("quartiers", []):
        nom = noms.get(("quartier", code), str(code))
        suite = f", {part}\u00a0% du public" if part is not None else ""
        yield Element(("quartier", str(code)), rubrique, "Quartier", f"{nom}{suite}")
    for texte in contenu.get("objectifs_locaux", []):
        yield Element(("objectif_local", texte), rubrique, "Objectif local", texte)


def _indicateurs(lignes: Sequence[Sequence[Any]]) -> Iterable[Element]:
    for cle, (libelle, cible, mesure) in _uniques(lignes, lambda x: (str(x[0]),)):
        texte = f"Résultat visé\u00a0: {cible or 'non dit'}. Mesure\u00a0: {mesure or 'non dite'}."
        yield Element(("indicateur", *cle), "Indicateurs", libelle, texte)


def _aides(lignes: Sequence[Sequence[Any]], noms: Noms) -> Iterable[Element]:
    origines = {o.value: o.libelle for o in OrigineCredits}
    for code, origine, montant in lignes:
        nom = noms.get(("financeur", code), str(code))
        titre = f"{nom}, {origines.get(origine, origine).lower()}"
        yield Element(("aide", code, origine), "Aides demandées", titre, en_euros(montant))


def _budget(lignes: Sequence[Sequence[Any]]) -> Iterable[Element]:
    for cle, ligne in _uniques(lignes, lambda x: tuple(str(v) for v in x[:4])):
        annee, cote, compte, libelle, montant = ligne[:5]
        titre = f"{COTES.get(cote, cote)}, compte {compte} {libelle}".strip()
        if annee != 1:
            titre += f" (année {annee})"
        suite = [EtatProduit(x).libelle for x in ligne[5:6] if x]
        suite += [OrigineCredits(x).libelle for x in ligne[6:7] if x]
        texte = ", ".join([en_euros(montant), *(x.lower() for x in suite)])
        yield Element(("budget", *cle), "Budget", titre, texte)


def _pieces(lignes: Sequence[Sequence[Any]]) -> Iterable[Element]:
    for cle, (libelle, sha256, *_) in _uniques(lignes, lambda x: (str(x[0]),)):
        texte = f"Document d’empreinte {str(sha256)[:12]}"
        yield Element(("piece", *cle), "Documents", libelle or "Document sans titre", texte)


def _organisme(organisme: Mapping[str, Any]) -> Iterable[Element]:
    formes = {f.value: f.libelle for f in FormeJuridique}
    for code, titre in ORGANISME.items():
        valeur = organisme.get(code)
        if isinstance(valeur, list):
            valeur = ", ".join(str(v) for v in valeur if v)
        if valeur:
            valeur = formes.get(valeur, valeur) if code == "forme" else valeur
            yield Element(("organisme", code), "Votre organisme", titre, str(valeur))
    yield from _comptes_organisme(organisme)
    for code, valeur in (organisme.get("identite") or {}).items():
        if valeur not in (None, "", [], {}):
            titre = IDENTITE.get(code) or code.replace("_", " ").capitalize()
            yield Element(("identite", code), "Votre organisme", titre, _jour(str(valeur)))


def _comptes_organisme(organisme: Mapping[str, Any]) -> Iterable[Element]:
    for code, titre in MONTANTS_ORGANISME.items():
        if organisme.get(code) is not None:
            texte = en_euros(organisme[code])
            yield Element(("organisme", code), "Votre organisme", titre, texte)
    if organisme.get("compte"):
        texte = masquer_iban(organisme["compte"][1])
        yield Element(("organisme", "compte"), "Votre organisme", "Compte bancaire", texte)


def _budget_organisme(budget: Mapping[str, Any] | None) -> Iterable[Element]:
    if not budget:
        return
    rubrique = f"Budget {budget['exercice']} de l’organisme"
    for cote, compte, montant in budget["lignes"]:
        titre = f"{COTES.get(cote, cote)}, compte {compte}"
        yield Element(("budget_organisme", cote, compte), rubrique, titre, en_euros(montant))


def _reste(contenu: Json) -> Iterable[Element]:
    """What a later version of the form deposits and this page does not know by name."""
    for code, valeur in contenu.items():
        if code not in CONNUES and valeur not in (None, "", [], {}):
            titre = code.replace("_", " ").capitalize()
            yield Element((code,), "Autres éléments", titre, str(valeur))


def _uniques(
    lignes: Sequence[Sequence[Any]], cle: Any
) -> Iterable[tuple[tuple[str, ...], Sequence[Any]]]:
    """Each line with a key of its own, even when two lines bear the same name."""
    vues: Counter[tuple[str, ...]] = Counter()
    for ligne in lignes:
        base = cle(ligne)
        vues[base] += 1
        yield (*base, str(vues[base])), ligne
