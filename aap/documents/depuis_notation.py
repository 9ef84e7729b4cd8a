"""From the results of the scoring to the porteur's own sheet: never before the decision."""

from __future__ import annotations

from fractions import Fraction

from aap.documents import fiche_notation
from aap.documents.depuis_dossier import action_de, beneficiaire_de, territoire_de
from aap.documents.donnees import Cartouche
from aap.documents.fiche_notation import DonneesFicheNotation, LigneFicheNotation
from aap.domaine.besoin import Explication
from aap.domaine.classement import Resultat
from aap.domaine.erreurs import Introuvable
from aap.domaine.horloge import a_paris
from aap.domaine.notation import Critere
from aap.extensions import db
from aap.models import Consensus, Decision, Dossier, Evaluation, SensDecision
from aap.requetes.criteres_calcules import degeler
from aap.requetes.essai import MENTION_DOCUMENT, est_essai
from aap.requetes.memoire_resultats import resultats_campagne
from aap.requetes.notation import EvaluationNotee, evaluations_notees
from aap.requetes.notification import decision_definitive
from aap.requetes.resultats_dossier import consensus_lu

SENS = {
    SensDecision.PROGRAMMER: "Votre action est retenue",
    SensDecision.REJETER: "Votre action n’est pas retenue",
}


def pdf_fiche_notation(dossier: Dossier) -> bytes:
    """PDF of the porteur's own sheet. Raises Introuvable before a final published decision, and
    for a dossier that nobody scored: both answer alike, so that nothing is told."""
    decision = decision_definitive(dossier)
    resultat = resultats_campagne(dossier.campagne).par_dossier.get(dossier.id)
    if decision is None or resultat is None or resultat.score is None:
        raise Introuvable(
            "Il n’y a pas de fiche de notation à lire pour ce dossier.",
            "Elle est donnée après la décision publiée, quand le dossier a été noté.",
        )
    return fiche_notation.produire(_donnees(dossier, decision, resultat, resultat.score))


def _donnees(
    dossier: Dossier, decision: Decision, resultat: Resultat, score: Fraction
) -> DonneesFicheNotation:
    tout = resultats_campagne(dossier.campagne)
    assert decision.publiee_le is not None
    evaluations = evaluations_notees(dossier.campagne, dossier.id)
    accord = consensus_lu(dossier.id) if resultat.consensus else None
    explications = _explications(accord, evaluations)
    return DonneesFicheNotation(
        territoire=territoire_de(dossier.campagne),
        cartouche=Cartouche(
            reference=f"{dossier.reference}-N{decision.id}",
            etabli_le=decision.publiee_le,
            mention=MENTION_DOCUMENT if est_essai(dossier) else "",
        ),
        action=action_de(dossier),
        beneficiaire=beneficiaire_de(dossier.organisme),
        decision=SENS[decision.sens],
        decide_le=a_paris(decision.decidee_le).date(),
        motif=decision.motif or "",
        score=score,
        minimum=tout.entrees.note_minimale,
        evaluations=resultat.evaluations,
        consensus=resultat.consensus,
        lignes=tuple(
            LigneFicheNotation(
                libelle=c.libelle,
                poids=c.poids,
                note=resultat.moyennes.get(c.code),
                seuil=c.seuil,
                calcule=c.kind == "calcule",
                raisons=_raisons(c, accord, evaluations),
                explications=_phrases(explications.get(c.code)),
            )
            for c in tout.entrees.criteres
        ),
    )


def _explications(
    accord: Consensus | None, evaluations: list[EvaluationNotee]
) -> dict[str, Explication]:
    """The numbers of the computed criteria, as they were when the notes were settled."""
    if accord is not None:
        return degeler(accord.calcules)
    if not evaluations:
        return {}
    premiere = db.session.get_one(Evaluation, evaluations[0].evaluation_id)
    return degeler(premiere.calcules)


def _phrases(explication: Explication | None) -> tuple[str, ...]:
    if explication is None:
        return ()
    return (*(x.phrase for x in explication.lignes), *explication.reserves)


def _raisons(
    critere: Critere, accord: Consensus | None, evaluations: list[EvaluationNotee]
) -> tuple[str, ...]:
    """What was agreed, else what each person wrote, without their names."""
    if accord is not None:
        return tuple(n.motif for n in accord.notes if n.critere.code == critere.code)
    ecrites = (e.commentaires.get(critere.code, "").strip() for e in evaluations)
    return tuple(texte for texte in ecrites if texte)
