"""What the coordination fixes before sharing out: rules and working time, journaled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from aap.domaine.erreurs import Invalide, Probleme
from aap.extensions import db
from aap.models import (
    Campagne,
    CapaciteInstruction,
    Commune,
    Financeur,
    Orientation,
    RegleAffectation,
    Secteur,
)
from aap.models.types import Json
from aap.permissions import Acteur, exiger
from aap.requetes.affectations import Instructeur, instructeurs_de
from aap.services.journal import consigner


@dataclass(frozen=True)
class DonneesRegle:
    """Ids; None: no criterion. ``cle``: « <utilisateur>-<financeur> », who is named."""

    cle: str
    commune: int | None = None
    secteur: int | None = None
    orientation: int | None = None
    sollicite: int | None = None
    obligatoire: bool = False


def creer_regle(acteur: Acteur, campagne: Campagne, donnees: DonneesRegle) -> RegleAffectation:
    """Name somebody for the dossiers that meet every criterion. Raises Invalide."""
    exiger(acteur, "campagne.affecter", campagne)
    couple = next((i for i in instructeurs_de(campagne) if i.cle == donnees.cle), None)
    problemes = []
    if couple is None:
        problemes.append(Probleme("Choisissez une personne qui instruit sur ce contrat.", "cle"))
    criteres = {
        "commune": (Commune, donnees.commune),
        "secteur": (Secteur, donnees.secteur),
        "orientation": (Orientation, donnees.orientation),
        "sollicite": (Financeur, donnees.sollicite),
    }
    if all(cle is None for _, cle in criteres.values()):
        problemes.append(Probleme("Choisissez au moins un critère.", "commune"))
    for champ, (modele, cle) in criteres.items():
        if cle is not None and not _du_contrat(modele, cle, campagne):
            problemes.append(Probleme("Ce choix n’est pas de ce contrat.", champ))
    if not problemes and couple is not None and _deja(campagne, couple, donnees):
        problemes.append(Probleme("Cette règle existe déjà.", "cle"))
    if problemes or couple is None:
        raise Invalide("La règle n’est pas complète.", problemes)
    regle = RegleAffectation(
        campagne=campagne,
        commune_id=donnees.commune,
        secteur_id=donnees.secteur,
        orientation_id=donnees.orientation,
        sollicite_id=donnees.sollicite,
        utilisateur=couple.utilisateur,
        financeur=couple.financeur,
        obligatoire=donnees.obligatoire,
    )
    db.session.add(regle)
    db.session.flush()
    _consigner_regle(acteur, regle, "campagne.creer_regle", "Règle d’affectation ajoutée")
    return regle


def _deja(campagne: Campagne, couple: Instructeur, d: DonneesRegle) -> bool:
    """The same criteria for the same person (the form sent twice)."""
    r = RegleAffectation
    return (
        db.session.scalar(
            select(r.id).where(
                r.campagne_id == campagne.id,
                r.utilisateur_id == couple.utilisateur.id,
                r.financeur_id == couple.financeur.id,
                r.commune_id.is_not_distinct_from(d.commune),
                r.secteur_id.is_not_distinct_from(d.secteur),
                r.orientation_id.is_not_distinct_from(d.orientation),
                r.sollicite_id.is_not_distinct_from(d.sollicite),
                r.obligatoire.is_(d.obligatoire),
            )
        )
        is not None
    )


def _du_contrat(modele: type, cle: int, campagne: Campagne) -> bool:
    objet = db.session.get(modele, cle)
    return objet is not None and objet.contrat_id == campagne.contrat_id


def supprimer_regle(acteur: Acteur, regle: RegleAffectation) -> None:
    """Take a rule away; what it gave out stays given."""
    exiger(acteur, "regle_affectation.supprimer", regle)
    _consigner_regle(acteur, regle, "campagne.supprimer_regle", "Règle d’affectation retirée")
    db.session.delete(regle)
    db.session.flush()


def _consigner_regle(acteur: Acteur, r: RegleAffectation, acte: str, libelle: str) -> None:
    consigner(
        acteur,
        r.campagne,
        acte,
        f"{libelle}\u00a0: {r.utilisateur.nom_complet}",
        donnees={
            "regle": r.id,
            "commune": r.commune_id,
            "secteur": r.secteur_id,
            "orientation": r.orientation_id,
            "sollicite": r.sollicite_id,
            "utilisateur": r.utilisateur_id,
            "financeur": r.financeur_id,
            "obligatoire": r.obligatoire,
        },
    )


def fixer_capacites(
    acteur: Acteur, campagne: Campagne, capacites: Mapping[str, tuple[int, int | None]]
) -> int:
    """Working time (percent) and limit by « <utilisateur>-<financeur> »; returns what changed.

    People who are not of this contrat are ignored. Raises Invalide (5 to 100 %, limit >= 0).
    """
    exiger(acteur, "campagne.affecter", campagne)
    connus = {
        (c.utilisateur_id, c.financeur_id): c
        for c in db.session.scalars(
            select(CapaciteInstruction).where(CapaciteInstruction.campagne_id == campagne.id)
        )
    }
    change: Json = {}
    for i in instructeurs_de(campagne):
        if i.cle not in capacites:
            continue
        part, plafond = capacites[i.cle]
        if not 5 <= part <= 100 or (plafond is not None and not 0 <= plafond <= 100_000):
            raise Invalide(
                "Le temps va de 5 à 100 %, et le plafond ne peut pas être négatif.",
                [Probleme(f"Vérifiez la ligne de {i.utilisateur.nom_complet}.", f"part-{i.cle}")],
            )
        reglage = connus.get((i.utilisateur.id, i.financeur.id))
        ancien = (reglage.part, reglage.plafond) if reglage else (100, None)
        if ancien == (part, plafond):
            continue
        if reglage is None:
            reglage = CapaciteInstruction(
                campagne_id=campagne.id,
                utilisateur_id=i.utilisateur.id,
                financeur_id=i.financeur.id,
            )
            db.session.add(reglage)
        reglage.part, reglage.plafond = part, plafond
        change[i.cle] = {"part": part, "plafond": plafond}
    db.session.flush()
    if change:
        consigner(
            acteur,
            campagne,
            "campagne.fixer_capacites",
            "Temps d’instruction fixés",
            donnees=change,
        )
    return len(change)
