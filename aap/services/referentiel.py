"""Loading a contrat from its files: idempotent, told in differences, deleting nothing used.

Each kind of row has a natural key; rows that the files no longer hold are deleted when nothing
refers to them, retired (``retire_le``) otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, exists, select

from aap.domaine.horloge import maintenant
from aap.domaine.texte import normaliser
from aap.extensions import Base, db
from aap.models import (
    Commune,
    Contrat,
    Dispositif,
    Fiche,
    Financeur,
    IndicateurEvaluation,
    IndicateurQuartier,
    ObjectifLocal,
    ObjectifOperationnel,
    ObjectifStrategique,
    Orientation,
    Quartier,
    Secteur,
    SectionTheme,
    Theme,
    TypeFinanceur,
)
from aap.referentiel.lecture import DonneesContrat

Cle = tuple[Any, ...]


@dataclass
class Rapport:
    """What a load does, one French line each."""

    ajouts: list[str] = field(default_factory=list)
    changements: list[str] = field(default_factory=list)
    retraits: list[str] = field(default_factory=list)

    @property
    def vide(self) -> bool:
        return not (self.ajouts or self.changements or self.retraits)


@dataclass
class _Chargement:
    """The state of one load."""

    donnees: DonneesContrat
    contrat: Contrat
    rapport: Rapport

    def aligner(
        self,
        modele: type[Any],
        existants: Iterable[Any],
        voulus: dict[Cle, dict[str, Any]],
        cle: Callable[[Any], Cle],
    ) -> dict[Cle, Any]:
        """Make the rows equal to ``voulus`` (natural key -> columns); returns them by key."""
        nom = modele.__tablename__
        par_cle = {cle(x): x for x in existants}
        for k, valeurs in voulus.items():
            objet = par_cle.get(k)
            if objet is None:
                par_cle[k] = objet = modele(**valeurs)
                db.session.add(objet)
                self.rapport.ajouts.append(f"{nom} {_dire(k)}")
            else:
                self._modifier(nom, k, objet, valeurs)
        for k in [k for k in par_cle if k not in voulus]:
            self._retirer(nom, k, par_cle.pop(k))
        db.session.flush()
        return par_cle

    def _modifier(self, nom: str, k: Cle, objet: Any, valeurs: dict[str, Any]) -> None:
        if hasattr(objet, "retire_le") and objet.retire_le is not None:
            objet.retire_le = None
            self.rapport.changements.append(f"{nom} {_dire(k)} : rétabli")
        for champ, valeur in valeurs.items():
            ancien = getattr(objet, champ)
            if ancien != valeur and not _memes_objets(ancien, valeur):
                setattr(objet, champ, valeur)
                self.rapport.changements.append(f"{nom} {_dire(k)} : {champ}")

    def _retirer(self, nom: str, k: Cle, objet: Any) -> None:
        if getattr(objet, "retire_le", None) is not None:
            return
        if est_cite(objet):
            objet.retire_le = maintenant()
            self.rapport.retraits.append(f"{nom} {_dire(k)} : retiré (encore cité)")
        else:
            db.session.delete(objet)
            self.rapport.retraits.append(f"{nom} {_dire(k)} : supprimé")


def _memes_objets(ancien: Any, valeur: Any) -> bool:
    """Relationship lists are equal when they hold the same rows, whatever the order."""
    if isinstance(ancien, list) and ancien and isinstance(ancien[0], Base):
        return {id(x) for x in ancien} == {id(x) for x in valeur}
    return False


def _dire(cle: Cle) -> str:
    return " / ".join(str(getattr(x, "code", x)) for x in cle)[:120]


def est_cite(objet: Any) -> bool:
    """Does any row of any table refer to this one? Read from the foreign keys themselves."""
    cible: Table = objet.__table__
    for table in Base.metadata.tables.values():
        for cle in table.foreign_keys:
            if cle.column.table is cible and db.session.scalar(
                select(exists().where(cle.parent == objet.id))
            ):
                return True
    return False


def charger_contrat(donnees: DonneesContrat) -> Rapport:
    """Bring the database to the content of the files; flushes, the caller commits or not."""
    rapport = Rapport()
    contrat = _contrat(donnees, rapport)
    c = _Chargement(donnees, contrat, rapport)
    communes = _territoire(c)
    orientations = _orientations(c)
    themes = _themes(c, orientations)
    quartiers = _quartiers(c, communes)
    _financeurs(c, communes)
    _fiches(c, communes, quartiers, themes)
    if contrat.empreinte != donnees.empreinte:
        contrat.empreinte = donnees.empreinte
    db.session.flush()
    return rapport


def _contrat(donnees: DonneesContrat, rapport: Rapport) -> Contrat:
    brut = donnees.contrat
    valeurs = {
        "code": brut["code"],
        "nom": brut["nom"],
        "pilote_nom": brut["pilote"]["nom"],
        "pilote_siren": brut["pilote"]["siren"],
        "debut": brut["debut"],
        "fin": brut["fin"],
        "regles": _sans_decimal(brut["regles"]),
        "notes": list(donnees.notes["contrat"]),
    }
    contrat = db.session.scalar(select(Contrat).where(Contrat.code == brut["code"]))
    if contrat is None:
        contrat = Contrat(**valeurs)
        db.session.add(contrat)
        db.session.flush()
        rapport.ajouts.append(f"contrat {brut['code']}")
        return contrat
    for champ, valeur in valeurs.items():
        if getattr(contrat, champ) != valeur:
            setattr(contrat, champ, valeur)
            rapport.changements.append(f"contrat {brut['code']} : {champ}")
    return contrat


def _sans_decimal(valeur: Any) -> Any:
    """Exact decimals are kept as text in JSON columns: never a float."""
    if isinstance(valeur, Decimal):
        return str(valeur)
    if isinstance(valeur, dict):
        return {k: _sans_decimal(v) for k, v in valeur.items()}
    if isinstance(valeur, list):
        return [_sans_decimal(v) for v in valeur]
    return valeur


def _du_contrat(modele: Any, contrat: Contrat) -> list[Any]:
    return list(db.session.scalars(select(modele).where(modele.contrat_id == contrat.id)))


def _par_code(objet: Any) -> Cle:
    return (objet.code,)


def _territoire(c: _Chargement) -> dict[Cle, Commune]:
    brut = c.donnees.contrat
    secteurs = c.aligner(
        Secteur,
        _du_contrat(Secteur, c.contrat),
        {
            (s["code"],): {"contrat": c.contrat, "code": s["code"], "nom": s["nom"]}
            for s in brut["secteurs"]
        },
        _par_code,
    )
    return c.aligner(
        Commune,
        _du_contrat(Commune, c.contrat),
        {
            (x["code"],): {
                "contrat": c.contrat,
                "code": x["code"],
                "nom": x["nom"],
                "code_insee": x["code_insee"],
                "departement": x["departement"],
                "hors_perimetre": x["hors_perimetre"],
                "secteur": secteurs[(x["secteur"],)] if x["secteur"] else None,
                "recherche": _recherche(x["nom"], *x.get("alias", [])),
            }
            for x in brut["communes"]
        },
        _par_code,
    )


def _recherche(*textes: str) -> str:
    """Normalised search text: with spaces, and each part glued (« lhay » finds « L'Haÿ »)."""
    normes = [normaliser(t) for t in textes if t]
    return " ".join([*normes, *(n.replace(" ", "") for n in normes)])


def _orientations(c: _Chargement) -> dict[Cle, Orientation]:
    brut = c.donnees.contrat["orientations"]
    orientations = c.aligner(
        Orientation,
        _du_contrat(Orientation, c.contrat),
        {
            (o["code"],): {
                "contrat": c.contrat,
                "code": o["code"],
                "ordre": rang,
                "titre": o["titre"],
                "axe": o["axe"],
                "transversale": o["transversale"],
                "recherche": _recherche(o["titre"], o["axe"]),
            }
            for rang, o in enumerate(brut, 1)
        },
        _par_code,
    )
    strategiques = c.aligner(
        ObjectifStrategique,
        db.session.scalars(
            select(ObjectifStrategique)
            .join(Orientation)
            .where(Orientation.contrat_id == c.contrat.id)
        ),
        {
            (s["code"],): {
                "orientation": orientations[(o["code"],)],
                "code": s["code"],
                "ordre": rang,
                "titre": s["titre"],
            }
            for o in brut
            for rang, s in enumerate(o["objectifs_strategiques"], 1)
        },
        _par_code,
    )
    _operationnels(c, brut, strategiques)
    return orientations


def _operationnels(
    c: _Chargement, brut: list[dict[str, Any]], strategiques: dict[Cle, ObjectifStrategique]
) -> None:
    ids = [s.id for s in strategiques.values()]
    bruts = [s for o in brut for s in o["objectifs_strategiques"]]
    c.aligner(
        ObjectifOperationnel,
        db.session.scalars(
            select(ObjectifOperationnel).where(
                ObjectifOperationnel.objectif_strategique_id.in_(ids)
            )
        ),
        {
            (x["code"],): {
                "objectif_strategique": strategiques[(s["code"],)],
                "code": x["code"],
                "ordre": rang,
                "titre": x["titre"],
            }
            for s in bruts
            for rang, x in enumerate(s["objectifs_operationnels"], 1)
        },
        _par_code,
    )
    c.aligner(
        Dispositif,
        db.session.scalars(select(Dispositif).where(Dispositif.objectif_strategique_id.in_(ids))),
        {
            (strategiques[(s["code"],)].id, rang): {
                "objectif_strategique_id": strategiques[(s["code"],)].id,
                "ordre": rang,
                "nom": nom,
            }
            for s in bruts
            for rang, nom in enumerate(s.get("dispositifs", []), 1)
        },
        lambda d: (d.objectif_strategique_id, d.ordre),
    )


def _themes(c: _Chargement, orientations: dict[Cle, Orientation]) -> dict[Cle, Theme]:
    return c.aligner(
        Theme,
        _du_contrat(Theme, c.contrat),
        {
            (t["code"],): {
                "contrat": c.contrat,
                "code": t["code"],
                "ordre": rang,
                "titre": t["titre"],
                "orientations": [orientations[(o,)] for o in t["orientations"]],
            }
            for rang, t in enumerate(c.donnees.contrat["themes"], 1)
        },
        _par_code,
    )


def _quartiers(c: _Chargement, communes: dict[Cle, Commune]) -> dict[Cle, Quartier]:
    secteurs = {s.code: s for s in _du_contrat(Secteur, c.contrat)}
    notes = c.donnees.notes["quartiers"]
    return c.aligner(
        Quartier,
        _du_contrat(Quartier, c.contrat),
        {
            (q["code"],): {
                "contrat": c.contrat,
                "code": q["code"],
                "code_qpv": q["code_qpv"],
                "nom": q["nom"],
                "type": q["type"],
                "secteur": secteurs[q["secteur"]] if q["secteur"] else None,
                "departement": q["departement"],
                "intercommunal": q["intercommunal"],
                "statut_2024": q.get("statut_2024", ""),
                "note": notes.get(q["code"], ""),
                "communes": [communes[(x,)] for x in q["communes"]],
                "recherche": _recherche(
                    q["nom"],
                    *q.get("alias", []),
                    q["code_qpv"] or "",
                    *(communes[(x,)].recherche for x in q["communes"]),
                ),
            }
            for q in c.donnees.quartiers
        },
        _par_code,
    )


def _financeurs(c: _Chargement, communes: dict[Cle, Commune]) -> None:
    """Funders of the files; those added on screen are left alone."""
    existants = {f.code: f for f in _du_contrat(Financeur, c.contrat)}
    voulus = {
        (f["code"],): {
            "contrat": c.contrat,
            "code": f["code"],
            "nom": f["nom"],
            "sigle": f["sigle"],
            "type": TypeFinanceur(f["type"]),
            "departement": f["departement"],
            "commune": communes[(f["commune"],)] if f["commune"] else None,
            "engagements": f["engagements"],
        }
        for f in c.donnees.financeurs
    }
    c.aligner(Financeur, [f for k, f in existants.items() if (k,) in voulus], voulus, _par_code)


def _fiches(
    c: _Chargement,
    communes: dict[Cle, Commune],
    quartiers: dict[Cle, Quartier],
    themes: dict[Cle, Theme],
) -> None:
    notes = c.donnees.notes["fiches"]
    fiches = c.aligner(
        Fiche,
        _du_contrat(Fiche, c.contrat),
        {
            (f["code"],): {
                "contrat_id": c.contrat.id,
                "code": f["code"],
                "type": f["type"],
                "titre": f["titre"],
                "commune": communes[(f["commune"],)] if f["commune"] else None,
                "quartiers": [quartiers[(q,)] for q in f["quartiers"]],
                "ambitions": f["ambitions"],
                "axes": f["axes"],
                "note": notes.get(f["code"], ""),
            }
            for f in c.donnees.fiches
        },
        _par_code,
    )
    for f in c.donnees.fiches:
        cible = fiches[(f["themes_dans"],)].id if f["themes_dans"] else None
        if fiches[(f["code"],)].themes_fiche_id != cible:
            fiches[(f["code"],)].themes_fiche_id = cible
    _chiffres(c, fiches)
    _sections(c, fiches, themes)


def _chiffres(c: _Chargement, fiches: dict[Cle, Fiche]) -> None:
    notes = {i["code"]: i.get("note", "") for i in c.donnees.indicateurs}
    c.aligner(
        IndicateurQuartier,
        db.session.scalars(
            select(IndicateurQuartier).join(Fiche).where(Fiche.contrat_id == c.contrat.id)
        ),
        {
            (fiches[(f["code"],)].id, v["code"]): {
                "fiche_id": fiches[(f["code"],)].id,
                "code": v["code"],
                "valeur_milliemes": int(Decimal(v["valeur"]) * 1000),
                "unite": v["unite"],
                "annee": v["annee"],
                "ecarte": v.get("ecarte", False),
                "note": notes.get(v["code"], ""),
            }
            for f in c.donnees.fiches
            for v in f["indicateurs"]
        },
        lambda i: (i.fiche_id, i.code),
    )


def _sections(c: _Chargement, fiches: dict[Cle, Fiche], themes: dict[Cle, Theme]) -> None:
    sections = c.aligner(
        SectionTheme,
        db.session.scalars(
            select(SectionTheme).join(Fiche).where(Fiche.contrat_id == c.contrat.id)
        ),
        {
            (fiches[(f["code"],)].id, themes[(t["theme"],)].id): {
                "fiche_id": fiches[(f["code"],)].id,
                "theme_id": themes[(t["theme"],)].id,
            }
            for f in c.donnees.fiches
            for t in f["themes"]
        },
        lambda s: (s.fiche_id, s.theme_id),
    )
    objectifs: dict[Cle, dict[str, Any]] = {}
    indicateurs: dict[Cle, dict[str, Any]] = {}
    for f in c.donnees.fiches:
        for t in f["themes"]:
            section = sections[(fiches[(f["code"],)].id, themes[(t["theme"],)].id)].id
            objectifs |= _objectifs(section, t["groupes"])
            for rang, texte in enumerate(t["indicateurs_evaluation"], 1):
                indicateurs[(section, texte, rang)] = {
                    "section_id": section,
                    "ordre": rang,
                    "texte": texte,
                }
    ids = [s.id for s in sections.values()]
    c.aligner(
        ObjectifLocal,
        db.session.scalars(select(ObjectifLocal).where(ObjectifLocal.section_id.in_(ids))),
        objectifs,
        lambda o: (o.section_id, o.niveau, o.texte, o.ordre),
    )
    c.aligner(
        IndicateurEvaluation,
        db.session.scalars(
            select(IndicateurEvaluation).where(IndicateurEvaluation.section_id.in_(ids))
        ),
        indicateurs,
        lambda i: (i.section_id, i.texte, i.ordre),
    )


def _objectifs(section: int, groupes: list[dict[str, list[str]]]) -> dict[Cle, dict[str, Any]]:
    """Strategic and operational objectives of a section, in printed order."""
    voulus: dict[Cle, dict[str, Any]] = {}
    ordre = 0
    for groupe, ligne in enumerate(groupes, 1):
        for niveau, textes in (
            ("strategique", ligne["strategiques"]),
            ("operationnel", ligne["operationnels"]),
        ):
            for texte in textes:
                ordre += 1
                voulus[(section, niveau, texte, ordre)] = {
                    "section_id": section,
                    "niveau": niveau,
                    "groupe": groupe,
                    "ordre": ordre,
                    "texte": texte,
                }
    return voulus
