"""Campaigns of the coordination: list, what is missing before opening, choices of the forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.domaine.calendrier import est_ouvre
from aap.domaine.erreurs import Probleme
from aap.domaine.horloge import a_paris, aujourdhui, maintenant
from aap.domaine.notation import Critere as CritereNotation
from aap.domaine.notation import verifier_grille
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import (
    Campagne,
    Contrat,
    Dossier,
    Enveloppe,
    Grille,
    Habilitation,
    Orientation,
    RoleHabilitation,
)
from aap.permissions import Acteur
from aap.requetes.comptes import en_vigueur
from workflows.campagne import EtatCampagne

DUREE_COURTE = timedelta(days=21)


@dataclass(frozen=True)
class LigneCampagne:
    """A campaign of the list; ``credits`` in cents, sub-enveloppes not counted twice."""

    campagne: Campagne
    deposes: int
    brouillons: int
    credits: int


def contrats_coordonnes(acteur: Acteur) -> list[Contrat]:
    """The contrats that this person coordinates today (1 query)."""
    droits = acteur.avec(RoleHabilitation.COORDINATEUR)
    requete = select(Contrat).where(Contrat.retire_le.is_(None)).order_by(Contrat.nom, Contrat.id)
    if not any(h.contrat_id is None for h in droits):
        requete = requete.where(Contrat.id.in_([h.contrat_id for h in droits]))
    return list(db.session.scalars(requete))


def campagnes_suivies(acteur: Acteur) -> list[LigneCampagne]:
    """Every campaign of these contrats, latest year first (4 queries)."""
    contrats = [c.id for c in contrats_coordonnes(acteur)]
    campagnes = db.session.scalars(
        select(Campagne)
        .where(Campagne.contrat_id.in_(contrats))
        .order_by(Campagne.exercice.desc(), Campagne.ouverture_le.desc(), Campagne.id)
        .options(joinedload(Campagne.contrat))
    ).all()
    ids = [c.id for c in campagnes]
    comptes = {
        campagne_id: (deposes, total)
        for campagne_id, deposes, total in db.session.execute(
            select(Dossier.campagne_id, func.count(Dossier.depose_le), func.count())
            .where(Dossier.campagne_id.in_(ids))
            .group_by(Dossier.campagne_id)
        )
    }
    credits_ouverts = {
        campagne_id: int(somme)
        for campagne_id, somme in db.session.execute(
            select(Enveloppe.campagne_id, func.sum(Enveloppe.montant))
            .where(Enveloppe.campagne_id.in_(ids), Enveloppe.parent_id.is_(None))
            .group_by(Enveloppe.campagne_id)
        )
    }
    lignes = []
    for campagne in campagnes:
        deposes, total = comptes.get(campagne.id, (0, 0))
        lignes.append(
            LigneCampagne(campagne, deposes, total - deposes, credits_ouverts.get(campagne.id, 0))
        )
    return lignes


def campagne_de(enveloppe: Enveloppe) -> Campagne:
    """The campaign of an enveloppe."""
    return db.session.get_one(Campagne, enveloppe.campagne_id)


def orientations_du_contrat(contrat_id: int) -> Sequence[Orientation]:
    """Orientations in force, in the order of the contrat (1 query)."""
    return db.session.scalars(
        select(Orientation)
        .where(Orientation.contrat_id == contrat_id, Orientation.retire_le.is_(None))
        .order_by(Orientation.ordre, Orientation.id)
    ).all()


def grilles_du_contrat(contrat_id: int) -> Sequence[Grille]:
    """Every grid of the contrat, latest version first (1 query)."""
    return db.session.scalars(
        select(Grille)
        .where(Grille.contrat_id == contrat_id)
        .order_by(Grille.nom, Grille.numero_version.desc())
    ).all()


def jumelles_suivantes(campagne: Campagne) -> list[Campagne]:
    """Campaigns of the same kind already made for the year after this one, sandboxes apart."""
    return list(
        db.session.scalars(
            select(Campagne)
            .where(
                Campagne.contrat_id == campagne.contrat_id,
                Campagne.type == campagne.type,
                Campagne.exercice == campagne.exercice + 1,
                Campagne.bac_a_sable.is_(False),
            )
            .order_by(Campagne.id)
        )
    )


def problemes_grille(grille: Grille) -> list[Probleme]:
    """What prevents a grid from being used (weights, codes, thresholds)."""
    return verifier_grille(
        [CritereNotation(c.code, c.poids, c.libelle, c.eliminatoire_sous) for c in grille.criteres]
    )


def problemes_campagne(campagne: Campagne) -> list[Probleme]:
    """Everything that is missing before opening; ``lien`` is the step that mends it.

    Steps: dates, priorites, grille, enveloppes, note, affectation.
    """
    return [
        *_dates(campagne),
        *_service(campagne),
        *_grille(campagne),
        *_enveloppes(campagne),
        *_priorites(campagne),
        *_note(campagne),
        *_instructeurs(campagne),
    ]


def _dates(c: Campagne) -> list[Probleme]:
    problemes = []
    if c.cloture_le <= maintenant():
        problemes.append(
            Probleme("La date de clôture est passée : choisissez-en une à venir.", lien="dates")
        )
    passee = c.etat is EtatCampagne.PREPARATION and c.ouverture_le <= maintenant()
    if passee:
        problemes.append(
            _conseil(
                "L’heure d’ouverture est déjà passée : la campagne ouvrira dès qu’elle sera "
                "déclarée prête.",
                "dates",
            )
        )
    debut = maintenant() if passee else c.ouverture_le
    if c.cloture_le - debut < DUREE_COURTE:
        problemes.append(
            _conseil("Les porteurs ont moins de trois semaines pour déposer.", "dates")
        )
    if not est_ouvre(a_paris(c.cloture_le).date()):
        problemes.append(
            _conseil(
                "La clôture tombe un jour non ouvré : personne ne pourra aider les porteurs en "
                "difficulté.",
                "dates",
            )
        )
    if c.exercice < aujourdhui().year:
        problemes.append(_conseil(f"L’exercice {c.exercice} est déjà passé.", "dates"))
    return problemes


def _conseil(message: str, etape: str) -> Probleme:
    return Probleme(message, bloquant=False, lien=etape)


def _service(c: Campagne) -> list[Probleme]:
    """CRPA R112-5: the récépissé names the service in charge and how to reach it."""
    problemes = []
    if not c.service:
        problemes.append(
            Probleme("Indiquez le service qui gère l’appel : le récépissé le nomme.", lien="dates")
        )
    if not c.contact:
        problemes.append(
            Probleme("Indiquez comment joindre ce service : le récépissé le dit.", lien="dates")
        )
    return problemes


def _grille(c: Campagne) -> list[Probleme]:
    if c.grille is None:
        return [Probleme("Choisissez la grille d’évaluation.", lien="grille")]
    return [Probleme(p.message, lien="grille") for p in problemes_grille(c.grille)]


def _enveloppes(c: Campagne) -> list[Probleme]:
    enveloppes = db.session.scalars(
        select(Enveloppe)
        .where(Enveloppe.campagne_id == c.id)
        .order_by(Enveloppe.libelle, Enveloppe.id)
    ).all()
    if not enveloppes:
        return [Probleme("Créez au moins une enveloppe.", lien="enveloppes")]
    vides = [e for e in enveloppes if e.montant == 0]
    if len(vides) > 1:
        phrase = (
            f"Confirmez le montant de {len(vides)} enveloppes, à zéro pour l’instant. Supprimez "
            "celles qui ne servent pas."
        )
        return [Probleme(phrase, lien="montants")]
    return [
        Probleme(
            f"Confirmez le montant de l’enveloppe «\u00a0{e.libelle}\u00a0» ({e.financeur.nom}).",
            lien="enveloppes",
        )
        for e in vides
    ]


def _priorites(c: Campagne) -> list[Probleme]:
    voulues = {o.id for o in orientations_du_contrat(c.contrat_id)}
    fixees = {p.orientation_id: p.poids for p in c.priorites}
    manquantes = len(voulues - set(fixees))
    if manquantes:
        return [
            _conseil(
                f"{accorder(manquantes, 'orientation')} sans priorité : comptée comme ordinaire."
                if manquantes == 1
                else f"{accorder(manquantes, 'orientation')} sans priorité : comptées comme "
                "ordinaires.",
                "priorites",
            )
        ]
    if len(voulues) > 1 and len({fixees[i] for i in voulues}) == 1:
        return [
            _conseil(
                "Toutes les orientations ont la même priorité : le critère « conformité » ne les "
                "départagera pas.",
                "priorites",
            )
        ]
    return []


def _note(c: Campagne) -> list[Probleme]:
    return [] if c.note_cadrage else [_conseil("La note de cadrage est vide.", "note")]


def _instructeurs(c: Campagne) -> list[Probleme]:
    """Funders with money and nobody to examine."""
    habilites = set(
        db.session.scalars(
            select(Habilitation.financeur_id).where(
                *en_vigueur(),
                Habilitation.role == RoleHabilitation.INSTRUCTEUR,
                (Habilitation.contrat_id == c.contrat_id) | Habilitation.contrat_id.is_(None),
            )
        )
    )
    orphelines = db.session.scalars(
        select(Enveloppe)
        .where(Enveloppe.campagne_id == c.id, Enveloppe.financeur_id.not_in(habilites))
        .options(joinedload(Enveloppe.financeur))
    ).all()
    noms = sorted({e.financeur.sigle or e.financeur.nom for e in orphelines})
    if not noms:
        return []
    return [
        _conseil(f"Personne n’est habilité à instruire pour : {', '.join(noms)}.", "affectation")
    ]
