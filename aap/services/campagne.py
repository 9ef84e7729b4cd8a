"""Preparing a campaign: dates, priorities, rules, grille, copy of last year's.

What happens by the clock (opening, closing, lapsing of drafts) is in ``campagne_horloge``; the
steps led by the coordination are in ``campagne_etapes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import a_paris, depuis_paris, maintenant
from aap.domaine.regles import Valeur, refus_valeur, regle, regles
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    Campagne,
    Contrat,
    EffetRegle,
    Grille,
    Orientation,
    PrioriteOrientation,
    RegleCampagne,
    TypeCampagne,
)
from aap.permissions import Acteur, exiger
from aap.requetes.campagnes_doubles import deja_creee, derniere_copie
from aap.services.campagne_etapes import reverifier
from aap.services.enveloppe import copier_enveloppes
from aap.services.journal import consigner
from aap.services.transition import verifier_version
from workflows.campagne import EtatCampagne

GRACE_MAX_MINUTES = 1440
NOTE_MAX = 20_000


@dataclass(frozen=True)
class DonneesCampagne:
    """What the form gives. Instants are aware; ``grace_minutes`` follows the closing.

    ``bac_a_sable``: to train people; said once, at the creation.
    """

    nom: str
    type: TypeCampagne
    exercice: int
    ouverture_le: datetime
    cloture_le: datetime
    grace_minutes: int = 0
    service: str = ""
    contact: str = ""
    note_cadrage: str = ""
    bac_a_sable: bool = False


@dataclass(frozen=True)
class Priorite:
    """Weight 0 to 4 of an orientation, and why."""

    poids: int
    commentaire: str = ""


def creer_campagne(acteur: Acteur, contrat: Contrat, donnees: DonneesCampagne) -> Campagne:
    """A campaign in preparation, every orientation at the ordinary weight. Raises Invalide."""
    exiger(acteur, "campagne.creer", contrat)
    _verifier(donnees)
    campagne = Campagne(
        contrat_id=contrat.id,
        code=_code_libre(contrat.id, donnees.type, donnees.exercice),
        nom="",
        type=donnees.type,
        exercice=donnees.exercice,
        ouverture_le=donnees.ouverture_le,
        cloture_le=donnees.cloture_le,
        bac_a_sable=donnees.bac_a_sable,
    )
    _poser(campagne, donnees)
    if deja_creee(contrat.id, campagne):
        phrase = (
            "Cette campagne est déjà créée\u00a0: elle est dans la liste des campagnes. Pour en "
            "faire une autre, donnez-lui un autre nom."
        )
        raise Invalide(phrase, [Probleme(phrase, "nom")])
    db.session.add(campagne)
    db.session.flush()
    libelle = "Campagne d’essai créée" if campagne.bac_a_sable else "Campagne créée"
    consigner(acteur, campagne, "campagne.creer", libelle)
    return campagne


def _annee_suivante(instant: datetime) -> datetime:
    """Same day and hour in Paris one year later (29 February gives the 28th)."""
    local = a_paris(instant).replace(tzinfo=None, fold=0)
    try:
        return depuis_paris(local.replace(year=local.year + 1))
    except ValueError:
        return depuis_paris(local.replace(year=local.year + 1, day=28))


def copier_campagne(acteur: Acteur, campagne: Campagne, *, derniere: int | None = None) -> Campagne:
    """Next year's campaign: dates one year later, priorities, rules, grille, note, enveloppes.

    The amounts of the enveloppes are set to zero: they must be confirmed one by one.
    ``derniere``: the latest copy that the page knew of; raises Conflit when there is another.
    """
    exiger(acteur, "campagne.creer", campagne.contrat)
    if derniere is not None and derniere != derniere_copie(campagne):
        raise Conflit(
            "La campagne suivante vient déjà d’être créée. Rien n’a été créé cette fois-ci.",
            "Ouvrez-la depuis la liste des campagnes.",
        )
    exercice = campagne.exercice + 1
    copie = Campagne(
        contrat_id=campagne.contrat_id,
        code=_code_libre(campagne.contrat_id, campagne.type, exercice),
        nom=campagne.nom.replace(str(campagne.exercice), str(exercice)),
        type=campagne.type,
        exercice=exercice,
        ouverture_le=_annee_suivante(campagne.ouverture_le),
        cloture_le=_annee_suivante(campagne.cloture_le),
        grace_minutes=campagne.grace_minutes,
        note_cadrage=campagne.note_cadrage,
        service=campagne.service,
        contact=campagne.contact,
        grille_id=campagne.grille_id,
        precedente_id=campagne.id,
        bac_a_sable=campagne.bac_a_sable,
        priorites=[
            PrioriteOrientation(
                orientation_id=p.orientation_id, poids=p.poids, commentaire=p.commentaire
            )
            for p in sorted(campagne.priorites, key=lambda p: p.id)
            if p.orientation.retire_le is None
        ],
        regles=[
            RegleCampagne(code=r.code, valeur=dict(r.valeur), effet=r.effet)
            for r in sorted(campagne.regles, key=lambda r: r.id)
        ],
    )
    db.session.add(copie)
    db.session.flush()
    copier_enveloppes(campagne, copie)
    consigner(
        acteur,
        copie,
        "campagne.copier",
        f"Campagne créée à partir de « {campagne.nom} »",
        donnees={"precedente": campagne.id},
    )
    return copie


def _code_libre(contrat_id: int, type_: TypeCampagne, exercice: int) -> str:
    """« aap_annuel-2027 », then « aap_annuel-2027-2 » and so on."""
    racine = f"{type_.value}-{exercice}"
    pris = set(
        db.session.scalars(
            select(Campagne.code).where(
                Campagne.contrat_id == contrat_id, Campagne.code.startswith(racine)
            )
        )
    )
    code, rang = racine, 2
    while code in pris:
        code, rang = f"{racine}-{rang}", rang + 1
    return code


def _verifier(d: DonneesCampagne) -> None:
    problemes = []
    if not d.nom.strip():
        problemes.append(Probleme("Donnez un nom à la campagne.", "nom"))
    if not 2000 <= d.exercice <= 2100:
        problemes.append(Probleme("Indiquez une année entre 2000 et 2100.", "exercice"))
    if d.cloture_le <= d.ouverture_le:
        problemes.append(Probleme("La clôture doit venir après l’ouverture.", "cloture_le"))
    if not 0 <= d.grace_minutes <= GRACE_MAX_MINUTES:
        problemes.append(
            Probleme("Le délai de tolérance va de 0 à 1 440 minutes (24 heures).", "grace_minutes")
        )
    if problemes:
        raise Invalide("La campagne ne peut pas être enregistrée ainsi.", problemes)


def _poser(campagne: Campagne, d: DonneesCampagne) -> None:
    campagne.nom = nettoyer(d.nom, lignes=False).strip()[:200]
    campagne.type = d.type
    campagne.exercice = d.exercice
    campagne.ouverture_le = d.ouverture_le
    campagne.cloture_le = d.cloture_le
    campagne.grace_minutes = d.grace_minutes
    campagne.service = nettoyer(d.service, lignes=False).strip()[:200]
    campagne.contact = nettoyer(d.contact, lignes=False).strip()[:254]
    campagne.note_cadrage = nettoyer(d.note_cadrage).strip()[:NOTE_MAX]


def _annonce(c: Campagne | DonneesCampagne) -> list[object]:
    """What was announced to the porteurs and never changes once the campaign is open."""
    return [c.type, c.exercice, c.ouverture_le]


def _verifier_annonce(campagne: Campagne, d: DonneesCampagne) -> None:
    """Raise Invalide when an open (or finished) campaign would no longer be what was said."""
    if campagne.etat is EtatCampagne.PREPARATION:
        return
    problemes = []
    if _annonce(campagne) != _annonce(d):
        problemes.append(
            Probleme(
                "La campagne a ouvert : son type, son année et son ouverture ne changent plus.",
                "ouverture_le",
            )
        )
    ouverte = campagne.etat is EtatCampagne.OUVERTE
    if ouverte and d.cloture_le < campagne.cloture_le:
        problemes.append(
            Probleme(
                "La clôture annoncée ne peut pas être avancée : elle peut seulement être "
                "repoussée.",
                "cloture_le",
            )
        )
    if ouverte and d.grace_minutes < campagne.grace_minutes:
        problemes.append(
            Probleme("Le délai de tolérance annoncé ne peut pas être réduit.", "grace_minutes")
        )
    fermee = [d.cloture_le, d.grace_minutes] != [campagne.cloture_le, campagne.grace_minutes]
    if not ouverte and fermee:
        problemes.append(
            Probleme(
                "Les dépôts sont clos : pour changer la clôture, rouvrez les dépôts depuis la "
                "page de la campagne.",
                "cloture_le",
            )
        )
    if problemes:
        raise Invalide("Ces changements ne sont plus possibles.", problemes)


def modifier_campagne(
    acteur: Acteur, campagne: Campagne, donnees: DonneesCampagne, *, version: int | None = None
) -> Campagne:
    """Change what the campaign says; the dates change little once announced. Raises Invalide."""
    exiger_modifiable(acteur, campagne, version)
    _verifier(donnees)
    _verifier_annonce(campagne, donnees)
    avant = {"ouverture": campagne.ouverture_le, "cloture": campagne.cloture_le}
    _poser(campagne, donnees)
    db.session.flush()
    consigner(
        acteur,
        campagne,
        "campagne.modifier",
        "Campagne modifiée",
        donnees={
            "avant": {k: v.isoformat() for k, v in avant.items()},
            "apres": {
                "ouverture": campagne.ouverture_le.isoformat(),
                "cloture": campagne.cloture_le.isoformat(),
            },
        },
    )
    reverifier(acteur, campagne)
    return campagne


def exiger_modifiable(acteur: Acteur, campagne: Campagne, version: int | None = None) -> None:
    """Right, version, and not archived: raises Interdit, Conflit, PasLeMoment."""
    exiger(acteur, "campagne.modifier", campagne)
    verifier_version(campagne, version)
    if campagne.etat is EtatCampagne.ARCHIVEE:
        raise PasLeMoment("Cette campagne est archivée : elle ne change plus.")


def fixer_priorites(
    acteur: Acteur,
    campagne: Campagne,
    priorites: Mapping[int, Priorite],
    *,
    version: int | None = None,
) -> None:
    """Weights by orientation id. Raises Invalide (weight, orientation of another contrat),
    PasLeMoment once the campaign is open: the porteurs have read them."""
    exiger_modifiable(acteur, campagne, version)
    if campagne.etat is not EtatCampagne.PREPARATION:
        raise PasLeMoment("La campagne a ouvert : ses priorités ne changent plus.")
    permises = set(
        db.session.scalars(
            select(Orientation.id).where(Orientation.contrat_id == campagne.contrat_id)
        )
    )
    if set(priorites) - permises or any(not 0 <= p.poids <= 4 for p in priorites.values()):
        raise Invalide("Une priorité va de 0 à 4, sur une orientation de ce contrat.")
    actuelles = {p.orientation_id: p for p in campagne.priorites}
    for orientation_id, voulue in priorites.items():
        ligne = actuelles.get(orientation_id)
        if ligne is None:
            ligne = PrioriteOrientation(orientation_id=orientation_id)
            campagne.priorites.append(ligne)
        ligne.poids = voulue.poids
        ligne.commentaire = nettoyer(voulue.commentaire, lignes=False).strip()[:500]
    _toucher(campagne)
    consigner(
        acteur,
        campagne,
        "campagne.fixer_priorites",
        "Priorités fixées",
        donnees={"poids": {str(i): p.poids for i, p in sorted(priorites.items())}},
    )


def _toucher(campagne: Campagne) -> None:
    """Its lists changed: so does its version (two coordinators are told apart)."""
    campagne.modifie_le = maintenant()
    db.session.flush()


def fixer_regles(
    acteur: Acteur,
    campagne: Campagne,
    valeurs: Mapping[str, tuple[Valeur, str]],
    *,
    version: int | None = None,
) -> None:
    """Set rules: code -> (value in its unit, effect). What equals the default is forgotten.

    Raises Invalide (bounds, effect), KeyError for an unknown code.
    """
    exiger_modifiable(acteur, campagne, version)
    problemes = [
        Probleme(raison, code)
        for code, (valeur, effet) in valeurs.items()
        if (raison := refus_valeur(regle(code), valeur, effet))
    ]
    fragile, viable = valeurs.get("seuil_fragile"), valeurs.get("seuil_viable")
    if fragile is not None and viable is not None and fragile[0] > viable[0]:
        problemes.append(Probleme("Ce seuil dépasse celui d’un plan viable.", "seuil_fragile"))
    if problemes:
        raise Invalide("Ces règles ne peuvent pas être enregistrées ainsi.", problemes)
    avant = {r.code: [r.valeur["v"], r.effet.value] for r in campagne.regles}
    jour = a_paris(campagne.ouverture_le).date()
    gardees = {r.code: r for r in campagne.regles if r.code not in valeurs}
    neuves = []
    for code, (valeur, effet) in valeurs.items():
        if (valeur, effet) == (regle(code).version_au(jour).valeur, regle(code).effets[0]):
            continue
        ligne = next((r for r in campagne.regles if r.code == code), None)
        ligne = ligne or RegleCampagne(code=code)
        ligne.valeur, ligne.effet = {"v": valeur}, EffetRegle(effet)
        neuves.append(ligne)
    campagne.regles = [*gardees.values(), *neuves]
    _toucher(campagne)
    apres = {r.code: [r.valeur["v"], r.effet.value] for r in campagne.regles}
    if apres != avant:
        consigner(
            acteur,
            campagne,
            "campagne.fixer_regles",
            "Règles fixées",
            donnees={"avant": avant, "apres": apres},
        )


def retablir_regle(
    acteur: Acteur, campagne: Campagne, code: str, *, version: int | None = None
) -> None:
    """Back to the default of the opening day. Raises Invalide for an unknown code."""
    connue = next((r for r in regles() if r.code == code), None)
    if connue is None:
        raise Invalide("Cette règle n’existe pas.")
    defaut = connue.version_au(a_paris(campagne.ouverture_le).date()).valeur
    fixer_regles(acteur, campagne, {code: (defaut, connue.effets[0])}, version=version)


def choisir_grille(
    acteur: Acteur, campagne: Campagne, grille: Grille, *, version: int | None = None
) -> None:
    """The grid of the campaign. Raises Invalide (other contrat), PasLeMoment once open."""
    exiger_modifiable(acteur, campagne, version)
    if campagne.etat is not EtatCampagne.PREPARATION:
        raise PasLeMoment("La campagne a ouvert : sa grille ne change plus.")
    if grille.contrat_id != campagne.contrat_id:
        raise Invalide("Cette grille est celle d’un autre contrat.")
    campagne.grille = grille
    db.session.flush()
    consigner(
        acteur,
        campagne,
        "campagne.choisir_grille",
        f"Grille choisie : {grille.nom}, version {grille.numero_version}",
        donnees={"grille": grille.id},
    )
    reverifier(acteur, campagne)
