"""Scoring: drafts never count, others' scores stay hidden until one's own is sent.

When it is sent, an evaluation also keeps the computed criteria as they are then
(``Evaluation.calcules``): a later change of the referential never moves a past score.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from aap.domaine.erreurs import Interdit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    Critere,
    Dossier,
    EtatEvaluation,
    Evaluation,
    Financeur,
    ModeCritere,
    NoteCritere,
    RoleHabilitation,
)
from aap.permissions import Acteur, exiger
from aap.permissions.contexte import dans_perimetre
from aap.permissions.instruction import NOTABLES
from aap.requetes.criteres_calcules import expliquer_tout, geler
from aap.requetes.examen import examen_ouvert
from aap.requetes.grilles import reserve_aux_autres
from aap.requetes.notation import SANS_DEPORT, score_de, valeurs_de
from aap.services.abstention import refuser_si_abstenue
from aap.services.consensus import refuser_si_fige
from aap.services.etalonnage import refuser_hors_etalonnage
from aap.services.gardes import garde_de
from aap.services.grille import figer_grille
from aap.services.journal import consigner
from aap.services.transition import verifier_version

COMMENTAIRE_MAX = 5000
FINALE = "Votre notation est envoyée : elle ne change plus."


@dataclass(frozen=True)
class NoteSaisie:
    """``valeur`` 0-4, or None (not scored yet, or « sans objet »)."""

    valeur: int | None
    sans_objet: bool = False
    commentaire: str = ""


def financeur_de(acteur: Acteur, dossier: Dossier) -> int:
    """The funder in whose name this person instructs the dossier. Raises Interdit."""
    contrat = dossier.campagne.contrat_id
    for h in acteur.avec(RoleHabilitation.INSTRUCTEUR, contrat):
        if h.financeur_id is not None and dans_perimetre(h, dossier):
            return h.financeur_id
    raise Interdit("Vous n’instruisez ce dossier au nom d’aucun financeur.")


def evaluation_de(acteur: Acteur, dossier: Dossier) -> Evaluation | None:
    """This person's evaluation of the dossier."""
    return db.session.scalar(
        select(Evaluation).where(
            Evaluation.dossier_id == dossier.id,
            Evaluation.utilisateur_id == acteur.utilisateur_id,
        )
    )


def enregistrer_evaluation(
    acteur: Acteur,
    dossier: Dossier,
    notes: dict[int, NoteSaisie],
    commentaire: str = "",
    *,
    version: int | None = None,
) -> Evaluation:
    """Save a draft, complete or not. ``version``: of the evaluation shown (0: none yet).

    Raises Interdit, PasLeMoment, Invalide, Conflit (saved elsewhere since).
    """
    exiger(acteur, "dossier.noter", dossier)
    _exiger_notable(dossier)
    refuser_si_abstenue(acteur, dossier)
    refuser_hors_etalonnage(dossier)
    evaluation = evaluation_de(acteur, dossier)
    if evaluation is None:
        evaluation = _commencer(acteur, dossier)
    else:
        if evaluation.etat is EtatEvaluation.ENVOYEE:
            raise PasLeMoment(FINALE)
        verifier_version(evaluation, version)
    criteres = {c.id: c for c in criteres_a_noter(evaluation)}
    _poser_notes(evaluation, criteres, notes)
    evaluation.commentaire = nettoyer(commentaire)[:10_000]
    evaluation.modifie_le = maintenant()
    db.session.flush()
    return evaluation


def criteres_a_noter(evaluation: Evaluation) -> list[Critere]:
    """The judged criteria of this person: those kept for other funders are not hers."""
    juges = [c for c in evaluation.grille.criteres if c.mode is ModeCritere.APPRECIE]
    if not any(c.reserve_a for c in juges):
        return juges
    financeur = db.session.get_one(Financeur, evaluation.financeur_id)
    return [c for c in juges if not reserve_aux_autres(c, financeur.type)]


def _exiger_notable(dossier: Dossier) -> None:
    if dossier.etat not in NOTABLES and not examen_ouvert(dossier):
        raise PasLeMoment(
            f"Un dossier « {dossier.etat.libelle('agent')} » ne se note pas.",
            "La notation est ouverte du dépôt à la fin de l’instruction.",
        )


def _commencer(acteur: Acteur, dossier: Dossier) -> Evaluation:
    """The first note of this person on this dossier freezes the grid."""
    grille = dossier.campagne.grille
    if grille is None:
        raise PasLeMoment("La grille de notation de cette campagne n’est pas encore choisie.")
    figer_grille(acteur, grille)
    evaluation = Evaluation(
        dossier=dossier,
        utilisateur_id=acteur.utilisateur_id,
        financeur_id=financeur_de(acteur, dossier),
        grille=grille,
    )
    db.session.add(evaluation)
    return evaluation


def _poser_notes(
    evaluation: Evaluation, criteres: dict[int, Critere], notes: dict[int, NoteSaisie]
) -> None:
    existantes = {n.critere_id: n for n in evaluation.notes}
    for critere_id, saisie in notes.items():
        critere = criteres.get(critere_id)
        if critere is None:
            raise Invalide("Un critère n’est pas de ceux que vous notez dans cette campagne.")
        if saisie.valeur is not None and not 0 <= saisie.valeur <= 4:
            raise Invalide("Une note va de 0 à 4.")
        if len(saisie.commentaire) > COMMENTAIRE_MAX:
            raise Invalide(
                f"Le commentaire de « {critere.libelle} » dépasse {COMMENTAIRE_MAX} caractères.",
                [Probleme("Raccourcissez ce commentaire.", f"commentaire-{critere.id}")],
            )
        if saisie.sans_objet and not critere.sans_objet_permis:
            raise Invalide(f"« {critere.libelle} » ne peut pas être sans objet.")
        note = existantes.get(critere_id)
        if note is None:
            note = NoteCritere(critere_id=critere_id)
            evaluation.notes.append(note)
        note.sans_objet = saisie.sans_objet
        note.valeur = None if saisie.sans_objet else saisie.valeur
        note.commentaire = nettoyer(saisie.commentaire)


def envoyer_evaluation(
    acteur: Acteur, evaluation: Evaluation, *, version: int | None = None
) -> None:
    """Send: final, and from then on the others' scores are shown.

    Raises Invalide (every criterion without note, every eliminatory note without comment),
    PasLeMoment (dossier no longer to be scored), Conflit. Sent twice, it is sent once.
    """
    exiger(acteur, "evaluation.envoyer", evaluation)
    if evaluation.etat is EtatEvaluation.ENVOYEE:
        return
    verifier_version(evaluation, version)
    _exiger_notable(evaluation.dossier)
    refuser_si_fige(evaluation.dossier)
    refuser_si_abstenue(acteur, evaluation.dossier)
    refuser_hors_etalonnage(evaluation.dossier)
    problemes = problemes_evaluation(evaluation)
    if problemes:
        raise Invalide("Il reste des critères à noter ou à expliquer.", problemes)
    evaluation.calcules = geler(expliquer_tout(evaluation.dossier, evaluation.grille.criteres))
    evaluation.etat = EtatEvaluation.ENVOYEE
    evaluation.envoyee_le = maintenant()
    db.session.flush()
    valeurs = valeurs_de(evaluation)
    score = score_de(evaluation.grille, valeurs).valeur
    consigner(
        acteur,
        evaluation,
        "evaluation.envoyer",
        "Notation envoyée",
        donnees={
            "grille": evaluation.grille_id,
            "notes": {c: None if v is None else str(v) for c, v in sorted(valeurs.items())},
            "score": None if score is None else str(score),
        },
    )


def problemes_evaluation(evaluation: Evaluation) -> list[Probleme]:
    """What prevents the evaluation from being sent, one problem per criterion."""
    notees = {n.critere_id: n for n in evaluation.notes}
    problemes = []
    for c in criteres_a_noter(evaluation):
        note = notees.get(c.id)
        if note is None or (note.valeur is None and not note.sans_objet):
            problemes.append(Probleme(f"Notez « {c.libelle} ».", f"critere-{c.id}"))
        elif _elimine(c, note) and not note.commentaire.strip():
            problemes.append(
                Probleme(
                    f"Expliquez votre note sur « {c.libelle} » : elle peut éliminer le dossier.",
                    f"commentaire-{c.id}",
                )
            )
    return problemes


def _elimine(critere: Critere, note: NoteCritere) -> bool:
    seuil = critere.eliminatoire_sous
    return seuil is not None and note.valeur is not None and note.valeur < seuil


@garde_de("dossier", "evaluation_envoyee")
def _evaluation_envoyee(_acteur: Acteur, dossier: Dossier) -> str | None:
    """Sent by somebody without conflict of interest: the others do not count."""
    envoyee = db.session.scalar(
        select(Evaluation.id)
        .join(Dossier, Dossier.id == Evaluation.dossier_id)
        .where(
            Evaluation.dossier_id == dossier.id,
            Evaluation.etat == EtatEvaluation.ENVOYEE,
            SANS_DEPORT,
        )
        .limit(1)
    )
    return None if envoyee else "Aucune notation n’est encore envoyée pour ce dossier."
