"""Votes of the committee on a dossier: opened, voiced, closed once, told by the minutes.

The row of the vote is the queue of those who voice or close it. A ballot is final: a member who
clicked the wrong button asks for the vote to be cancelled, with a reason, and held again; nothing
is ever voted twice by halves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.scrutin import Issue, ModeScrutin, Voix, depouiller
from aap.domaine.texte import accorder, enumerer, nettoyer
from aap.extensions import db
from aap.models import Bulletin, Dossier, Scrutin, Seance
from aap.permissions import Acteur, exiger
from aap.requetes.scrutins import fait_scrutin
from aap.services.gardes_seance import deportes, seance_du_dossier
from aap.services.journal import consigner
from aap.services.redaction import verrouiller
from workflows.dossier import EtatDossier
from workflows.seance import EtatSeance

FINI = "Ce vote est terminé\u00a0: aucune voix ne s’y ajoute."
DEJA = "Votre voix est déjà enregistrée\u00a0: elle est comptée une fois."
MOTIF_MIN = 3


@dataclass(frozen=True)
class Comptes:
    """Voices counted in the room."""

    pour: int
    contre: int
    abstention: int

    @property
    def total(self) -> int:
        return self.pour + self.contre + self.abstention


def electeurs_de(seance: Seance, dossier: Dossier) -> list[int]:
    """Members in the room who have no conflict on this dossier."""
    sortis = deportes(seance, dossier)
    return sorted(
        p.utilisateur_id for p in seance.presences if p.present and p.utilisateur_id not in sortis
    )


def ouvrir_scrutin(
    acteur: Acteur,
    seance: Seance,
    dossier: Dossier,
    question: str,
    mode: ModeScrutin,
    president_id: int | None = None,
) -> Scrutin:
    """Put a question to the vote of those who are in the room now.

    Raises Interdit, Invalide (question, presidency), PasLeMoment (session, dossier, quorum,
    another vote open).
    """
    exiger(acteur, "seance.decider", seance)
    propre = nettoyer(question, lignes=False).strip()[:300]
    if not propre:
        raise Invalide(
            "Écrivez la question.", [Probleme("Écrivez la question mise aux voix.", "question")]
        )
    verrouiller(seance)
    _verifier_moment(seance, dossier)
    electeurs = electeurs_de(seance, dossier)
    if len(electeurs) < seance.quorum:
        raise PasLeMoment(
            f"Le quorum n’est pas atteint\u00a0: {accorder(len(electeurs), 'membre')} sans conflit "
            f"d’intérêts, pour un quorum de {seance.quorum}."
        )
    if president_id is not None and president_id not in electeurs:
        raise Invalide(
            "La présidence ne prend pas part à ce vote.",
            [Probleme("Choisissez une personne qui prend part à ce vote.", "president")],
        )
    scrutin = Scrutin(
        seance=seance,
        dossier=dossier,
        question=propre,
        mode=mode,
        electeurs=electeurs,
        president_id=president_id if mode is ModeScrutin.NOMINATIF else None,
    )
    db.session.add(scrutin)
    db.session.flush()
    consigner(
        acteur,
        seance,
        "scrutin.ouvrir",
        f"Vote ouvert, dossier {dossier.reference}\u00a0: {propre}",
        donnees={"scrutin": scrutin.id, "dossier": dossier.id, "electeurs": electeurs},
    )
    return scrutin


def _verifier_moment(seance: Seance, dossier: Dossier) -> None:
    if seance.etat is not EtatSeance.OUVERTE:
        raise PasLeMoment("La séance n’est pas ouverte\u00a0: aucun vote ne se tient maintenant.")
    derniere = seance_du_dossier(dossier)
    if dossier.etat is not EtatDossier.INSCRIT or derniere is None or derniere.id != seance.id:
        raise PasLeMoment("Ce dossier n’est pas, ou n’est plus, à décider dans cette séance.")
    if scrutin_ouvert(seance) is not None:
        raise PasLeMoment(
            "Un vote est déjà ouvert dans cette séance.", "Terminez-le, ou annulez-le, d’abord."
        )


def scrutin_ouvert(seance: Seance) -> Scrutin | None:
    """The vote that is open in this session."""
    return db.session.scalar(
        select(Scrutin).where(
            Scrutin.seance_id == seance.id,
            Scrutin.clos_le.is_(None),
            Scrutin.annule_le.is_(None),
        )
    )


def _prendre(scrutin: Scrutin) -> None:
    verrouiller(scrutin)
    if not scrutin.ouvert:
        raise PasLeMoment(FINI)


def voter(acteur: Acteur, scrutin: Scrutin, voix: Voix) -> None:
    """A member votes on her own screen. Raises Interdit, PasLeMoment, Conflit (already voted)."""
    exiger(acteur, "scrutin.voter", scrutin)
    if scrutin.mode is ModeScrutin.MAIN_LEVEE:
        raise PasLeMoment("Ce vote se tient à main levée\u00a0: levez la main dans la salle.")
    _prendre(scrutin)
    _exprimer(scrutin, acteur.utilisateur_id or 0, voix)


def noter_voix(acteur: Acteur, scrutin: Scrutin, voix: Mapping[int, Voix]) -> int:
    """The coordination notes voices of a vote by name; those already given stay as they are.

    Returns how many were added. Raises Interdit, PasLeMoment, Invalide.
    """
    exiger(acteur, "scrutin.tenir", scrutin)
    if scrutin.mode is not ModeScrutin.NOMINATIF:
        raise PasLeMoment("Seules les voix d’un vote nominatif se notent une par une.")
    _prendre(scrutin)
    deja = {b.utilisateur_id for b in scrutin.bulletins}
    nouvelles = {qui: v for qui, v in sorted(voix.items()) if qui not in deja}
    for qui, v in nouvelles.items():
        _exprimer(scrutin, qui, v)
    return len(nouvelles)


def _exprimer(scrutin: Scrutin, qui: int, voix: Voix) -> None:
    if qui not in scrutin.electeurs:
        raise Interdit("Cette personne ne prend pas part à ce vote.")
    if all(p.utilisateur_id != qui or not p.present for p in scrutin.seance.presences):
        raise PasLeMoment(
            "Cette personne n’est plus notée présente.", "Corrigez d’abord la feuille de présence."
        )
    if qui in deportes(scrutin.seance, scrutin.dossier):
        raise PasLeMoment("Cette personne a déclaré un lien avec l’organisme\u00a0: elle sort.")
    if any(b.utilisateur_id == qui for b in scrutin.bulletins):
        raise Conflit(DEJA)
    secret = scrutin.mode is ModeScrutin.SECRET
    scrutin.bulletins.append(Bulletin(utilisateur_id=qui, voix=None if secret else voix))
    setattr(scrutin, voix.value, getattr(scrutin, voix.value) + 1)
    db.session.flush()


def clore_scrutin(acteur: Acteur, scrutin: Scrutin, comptes: Comptes | None = None) -> Issue:
    """End the vote and give its result. ``comptes``: the hands counted in the room.

    Raises Interdit, PasLeMoment (over; a voter declared a conflict since), Invalide (counts).
    """
    exiger(acteur, "scrutin.tenir", scrutin)
    _prendre(scrutin)
    if scrutin.mode is ModeScrutin.MAIN_LEVEE:
        _compter(scrutin, comptes)
    _verifier_conflits(scrutin)
    issue = depouiller(scrutin.pour, scrutin.contre, _voix_presidence(scrutin))
    scrutin.issue, scrutin.clos_le = issue, maintenant()
    db.session.flush()
    consigner(
        acteur,
        scrutin.seance,
        "scrutin.clore",
        f"Vote, dossier {scrutin.dossier.reference}\u00a0: {scrutin.pour} pour, {scrutin.contre} "
        f"contre, {accorder(scrutin.abstention, 'abstention')}. {issue.libelle}.",
        donnees=fait_scrutin(scrutin),
    )
    return issue


def _compter(scrutin: Scrutin, comptes: Comptes | None) -> None:
    if comptes is None:
        raise Invalide(
            "Comptez les voix.", [Probleme("Écrivez le nombre de voix pour et contre.", "pour")]
        )
    negatif = min(comptes.pour, comptes.contre, comptes.abstention) < 0
    if negatif or comptes.total > len(scrutin.electeurs):
        phrase = (
            f"{comptes.total} voix pour {accorder(len(scrutin.electeurs), 'votant')}\u00a0: "
            "recomptez."
        )
        raise Invalide(phrase, [Probleme(phrase, "pour")])
    scrutin.pour, scrutin.contre = comptes.pour, comptes.contre
    scrutin.abstention = comptes.abstention


def _verifier_conflits(scrutin: Scrutin) -> None:
    """A hand raised has no name: any conflict declared among the electors spoils the count."""
    sortis = deportes(scrutin.seance, scrutin.dossier)
    if scrutin.mode is ModeScrutin.MAIN_LEVEE:
        concernes = sortis & set(scrutin.electeurs)
    else:
        concernes = sortis & {b.utilisateur_id for b in scrutin.bulletins}
    if concernes:
        noms = [
            p.utilisateur.nom_complet
            for p in scrutin.seance.presences
            if p.utilisateur_id in concernes
        ]
        raise PasLeMoment(
            "Depuis l’ouverture du vote, un lien avec l’organisme est déclaré pour "
            f"{enumerer(sorted(noms))}.",
            "Annulez ce vote, puis tenez-le de nouveau.",
        )


def _voix_presidence(scrutin: Scrutin) -> Voix | None:
    return next(
        (b.voix for b in scrutin.bulletins if b.utilisateur_id == scrutin.president_id), None
    )


def annuler_scrutin(acteur: Acteur, scrutin: Scrutin, motif: str) -> None:
    """Drop an open vote; what was voiced counts for nothing. Raises Interdit, Invalide,
    PasLeMoment."""
    exiger(acteur, "scrutin.tenir", scrutin)
    propre = nettoyer(motif).strip()[:500]
    if len(propre) < MOTIF_MIN:
        phrase = "Dites en quelques mots pourquoi le vote est annulé."
        raise Invalide(phrase, [Probleme(phrase, "motif")])
    _prendre(scrutin)
    scrutin.annule_le, scrutin.motif_annulation = maintenant(), propre
    db.session.flush()
    consigner(
        acteur,
        scrutin.seance,
        "scrutin.annuler",
        f"Vote annulé, dossier {scrutin.dossier.reference}",
        motif=propre,
        donnees={"scrutin": scrutin.id, "dossier": scrutin.dossier_id},
    )
