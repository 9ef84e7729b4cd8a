"""The page of one dossier in session: summary, opinions, plan, who must step out, neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.domaine.plan_recalcule import PlanRecalcule
from aap.domaine.regles import valeur_regle
from aap.domaine.viabilite import PlanFinancement, evaluer_plan
from aap.extensions import db
from aap.models import (
    Avis,
    Campagne,
    Critere,
    Decision,
    Dossier,
    Financement,
    Inscription,
    Presence,
    Reponse,
    Seance,
    SensDecision,
    Utilisateur,
    ValeurAvis,
)
from aap.permissions import Acteur
from aap.requetes.conflits import personnes_en_conflit
from aap.requetes.copil import rang_de, sans_conflit
from aap.requetes.copil_liste import EnveloppeVue, LigneDossier, enveloppes_vues, lignes_seance
from aap.requetes.plan_recalcule import plan_en_seance
from workflows.dossier import EtatDossier

RUBRIQUES = (
    ("objectifs", "Objectifs"),
    ("description", "Ce qui sera fait"),
    ("public", "Public"),
)


@dataclass(frozen=True)
class AvisVu:
    """An opinion: of a funder, or asked outside."""

    auteur: str
    valeur: ValeurAvis
    commentaire: str
    propose: int | None
    exterieur: bool


@dataclass(frozen=True)
class NoteVue:
    """Mean of the notes (0 to 4) on a criterion."""

    critere: str
    poids: int
    moyenne: Fraction | None


@dataclass(frozen=True)
class PageDossier:
    """``sortants``: members in the room or convened who step out. ``votants``: who may decide."""

    dossier: Dossier
    ligne: LigneDossier
    enveloppes: tuple[EnveloppeVue, ...]
    resume: tuple[tuple[str, str], ...]
    avis: tuple[AvisVu, ...]
    notes: tuple[NoteVue, ...]
    plan: PlanFinancement
    plan_complet: PlanRecalcule
    sortants: tuple[str, ...]
    votants: int
    decision: Decision | None
    precedent: int | None
    suivant: int | None
    place: int
    nombre: int
    prochain_rang: int


def page_dossier(acteur: Acteur, seance: Seance, dossier: Dossier) -> PageDossier | None:
    """Everything on the page (constant queries); None when it is not on this agenda."""
    enveloppes, vues = enveloppes_vues(seance.campagne_id)
    lignes = lignes_seance(acteur, seance, enveloppes, seul=dossier.id)
    if not lignes:
        return None
    ligne = lignes[0]
    ordre = _ordre(acteur, seance)
    place = ordre.index(dossier.id)
    sortants, presents = _deports(seance, dossier)
    return PageDossier(
        dossier=dossier,
        ligne=ligne,
        enveloppes=tuple(
            v for v in vues if v.financeur_id in {f.financeur_id for f in dossier.financements}
        ),
        resume=_resume(dossier),
        avis=_avis(dossier),
        notes=_notes(seance, ligne),
        plan=plan_de(seance.campagne, ligne.demande, ligne.arbitre),
        plan_complet=plan_en_seance(dossier),
        sortants=sortants,
        votants=presents,
        decision=ligne.decision,
        precedent=ordre[place - 1] if place else None,
        suivant=ordre[place + 1] if place + 1 < len(ordre) else None,
        place=place + 1,
        nombre=len(ordre),
        prochain_rang=_prochain_rang(seance),
    )


def plan_de(campagne: Campagne, demande: int, arbitre: int) -> PlanFinancement:
    """How far the amounts kept (cents) make the action possible, by the campaign's thresholds."""
    return evaluer_plan(
        demande,
        arbitre,
        seuil_viable=Fraction(valeur_regle(campagne, "seuil_viable"), 1000),
        seuil_fragile=Fraction(valeur_regle(campagne, "seuil_fragile"), 1000),
    )


def _ordre(acteur: Acteur, seance: Seance) -> list[int]:
    """Ids of the agenda, in its order, déports apart."""
    return list(
        db.session.scalars(
            select(Inscription.dossier_id)
            .join(Dossier, Dossier.id == Inscription.dossier_id)
            .where(Inscription.seance_id == seance.id, *sans_conflit(acteur))
            .order_by(Inscription.rang, Inscription.id)
        )
    )


def premier_a_decider(acteur: Acteur, seance: Seance) -> int | None:
    """The first dossier of the agenda without decision that the reader may see."""
    return db.session.scalar(
        select(Inscription.dossier_id)
        .join(Dossier, Dossier.id == Inscription.dossier_id)
        .where(
            Inscription.seance_id == seance.id,
            Dossier.etat == EtatDossier.INSCRIT,
            *sans_conflit(acteur),
        )
        .order_by(Inscription.rang, Inscription.id)
        .limit(1)
    )


def ordre_par_classement(lignes: list[LigneDossier]) -> list[int]:
    """Ids of the agenda by rank of the scores."""
    return [d.id for d in sorted(lignes, key=lambda d: (rang_de(d.resultat), d.ordre))]


def _deports(seance: Seance, dossier: Dossier) -> tuple[tuple[str, ...], int]:
    """Names of those who step out, and how many of those present may decide (2 queries)."""
    sortis = personnes_en_conflit(dossier.organisme_id)
    lignes = db.session.execute(
        select(Presence.utilisateur_id, Presence.present, Utilisateur.prenom, Utilisateur.nom)
        .join(Utilisateur, Utilisateur.id == Presence.utilisateur_id)
        .where(Presence.seance_id == seance.id)
        .order_by(Utilisateur.nom, Utilisateur.id)
    ).all()
    noms = tuple(f"{prenom} {nom}".strip() for i, _, prenom, nom in lignes if i in sortis)
    return noms, sum(1 for i, present, _, _ in lignes if present and i not in sortis)


def _resume(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    lignes = db.session.execute(
        select(Reponse.champ, Reponse.valeur).where(
            Reponse.dossier_id == dossier.id, Reponse.champ.in_([c for c, _ in RUBRIQUES])
        )
    )
    textes = {champ: valeur for champ, valeur in lignes}
    return tuple((titre, textes[champ]) for champ, titre in RUBRIQUES if textes.get(champ))


def _avis(dossier: Dossier) -> tuple[AvisVu, ...]:
    """Opinions of the funders, then the outside ones."""
    proposes = {f.financeur_id: f.montant_propose for f in dossier.financements}
    lignes = db.session.scalars(
        select(Avis)
        .where(Avis.dossier_id == dossier.id)
        .options(joinedload(Avis.financeur), joinedload(Avis.demande), joinedload(Avis.auteur))
        .order_by(Avis.financeur_id.is_(None), Avis.id)
    )
    return tuple(
        AvisVu(
            auteur=a.financeur.nom
            if a.financeur
            else (a.demande.qualite if a.demande else "") or a.auteur.nom_complet,
            valeur=a.valeur,
            commentaire=a.commentaire,
            propose=proposes.get(a.financeur_id) if a.financeur_id else None,
            exterieur=a.financeur_id is None,
        )
        for a in lignes
    )


def _notes(seance: Seance, ligne: LigneDossier) -> tuple[NoteVue, ...]:
    grille = seance.campagne.grille
    if grille is None or ligne.resultat is None:
        return ()
    criteres: list[Critere] = list(grille.criteres)
    return tuple(NoteVue(c.libelle, c.poids, ligne.resultat.moyennes.get(c.code)) for c in criteres)


def _prochain_rang(seance: Seance) -> int:
    dernier = db.session.scalar(
        select(func.max(Decision.rang_attente)).where(
            Decision.seance_id == seance.id, Decision.sens == SensDecision.LISTE_ATTENTE
        )
    )
    return (dernier or 0) + 1


def financements_de(dossier: Dossier) -> list[Financement]:
    """Lines of the dossier in the order of the page."""
    return sorted(dossier.financements, key=lambda f: f.id)
