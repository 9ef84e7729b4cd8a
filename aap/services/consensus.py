"""Consensus: the notes agreed on for a dossier, after everybody has sent hers.

They rank instead of the mean. Each note has its reason; each version stays in the journal. Once
the ranked list is frozen nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    Campagne,
    Consensus,
    Critere,
    Dossier,
    EtatEvaluation,
    Evaluation,
    Grille,
    ModeCritere,
    NoteConsensus,
)
from aap.permissions import Acteur, exiger
from aap.permissions.resultats import CONSENSUELS
from aap.requetes.conflits import EVALUATION_SANS_CONFLIT
from aap.requetes.criteres_calcules import expliquer_tout, geler
from aap.requetes.entrees_notation import classement_en_vigueur
from aap.services.journal import consigner
from aap.services.transition import verifier_version

MOTIF_MAX = 5000
EVALUATIONS_MIN = 2
FIGE = (
    "Le classement de cette campagne est figé : les notes ne changent plus. "
    "La coordination peut le rouvrir, avec un motif."
)


@dataclass(frozen=True)
class NoteAccordee:
    """``valeur`` 0–4, or None for « sans objet »; ``motif``: why this note."""

    valeur: int | None
    motif: str


def consensus_de(dossier: Dossier) -> Consensus | None:
    """The consensus on this dossier, if any."""
    return db.session.scalar(select(Consensus).where(Consensus.dossier_id == dossier.id))


def refuser_si_fige(dossier: Dossier) -> None:
    """Raises PasLeMoment once the ranked list of the campaign is frozen.

    The campaign is locked for reading: nothing slips in while somebody freezes.
    """
    db.session.execute(
        select(Campagne.id).where(Campagne.id == dossier.campagne_id).with_for_update(read=True)
    )
    if classement_en_vigueur(dossier.campagne_id) is not None:
        raise PasLeMoment(FIGE)


def envoyees(dossier: Dossier) -> int:
    """How many evaluations of this dossier count."""
    return int(
        db.session.scalar(
            select(func.count(Evaluation.id))
            .join(Dossier, Dossier.id == Evaluation.dossier_id)
            .where(
                Evaluation.dossier_id == dossier.id,
                Evaluation.etat == EtatEvaluation.ENVOYEE,
                EVALUATION_SANS_CONFLIT,
            )
        )
        or 0
    )


def raison_pas_encore(
    dossier: Dossier, *, fige: bool | None = None, nombre: int | None = None
) -> str:
    """Why no consensus can be noted now (French), or nothing.

    ``fige``, ``nombre``: is the list frozen, how many evaluations count, when already read.
    """
    if dossier.etat not in CONSENSUELS:
        return f"Un dossier « {dossier.etat.libelle('agent')} » ne se note plus."
    if fige is None:
        fige = classement_en_vigueur(dossier.campagne_id) is not None
    if fige:
        return FIGE
    if dossier.campagne.grille_id is None:
        return "La grille de notation de cette campagne n’est pas encore choisie."
    if (envoyees(dossier) if nombre is None else nombre) < EVALUATIONS_MIN:
        return (
            "Un consensus se note quand deux notations au moins sont envoyées : "
            "chacun juge d’abord seul."
        )
    return ""


def enregistrer_consensus(
    acteur: Acteur,
    dossier: Dossier,
    notes: Mapping[int, NoteAccordee],
    motif: str,
    *,
    version: int | None = None,
) -> Consensus:
    """Record or revise the consensus: every judged criterion (by id), each with its reason.

    ``version``: of the consensus shown (0: none yet). Raises Interdit, PasLeMoment (too early,
    frozen), Invalide (every problem), Conflit (revised elsewhere since).
    """
    exiger(acteur, "dossier.accorder", dossier)
    refuser_si_fige(dossier)
    db.session.execute(select(Dossier.id).where(Dossier.id == dossier.id).with_for_update())
    raison = raison_pas_encore(dossier)
    grille = dossier.campagne.grille
    if raison or grille is None:
        raise PasLeMoment(raison)
    propre = nettoyer(motif).strip()
    problemes = _problemes(grille, notes, propre)
    if problemes:
        raise Invalide("Le consensus ne peut pas être enregistré ainsi.", problemes)
    accord = consensus_de(dossier)
    revise = accord is not None
    if accord is None:
        accord = Consensus(dossier=dossier, grille=grille)
    else:
        verifier_version(accord, version)
    _poser(accord, acteur, notes, propre)
    db.session.add(accord)
    db.session.flush()
    consigner(
        acteur,
        dossier,
        "consensus.enregistrer",
        "Consensus révisé" if revise else "Consensus enregistré",
        motif=propre,
        donnees=_trace(accord),
    )
    return accord


def _problemes(grille: Grille, notes: Mapping[int, NoteAccordee], motif: str) -> list[Probleme]:
    juges = {c.id: c for c in grille.criteres if c.mode is ModeCritere.APPRECIE}
    if set(notes) - set(juges):
        return [Probleme("La grille a changé : rechargez la page.")]
    problemes = [p for c in juges.values() for p in _probleme(c, notes.get(c.id))]
    if not motif:
        problemes.append(Probleme("Dites comment l’accord s’est fait.", "motif"))
    elif len(motif) > MOTIF_MAX:
        problemes.append(Probleme(f"Le motif dépasse {MOTIF_MAX} caractères.", "motif"))
    return problemes


def _probleme(critere: Critere, note: NoteAccordee | None) -> list[Probleme]:
    nom = f"« {critere.libelle} »"
    if note is None:
        return [Probleme(f"Donnez la note de {nom}.", f"critere-{critere.id}")]
    if note.valeur is None and not critere.sans_objet_permis:
        return [Probleme(f"{nom} ne peut pas être sans objet.", f"critere-{critere.id}")]
    if note.valeur is not None and not 0 <= note.valeur <= 4:
        return [Probleme("Une note va de 0 à 4.", f"critere-{critere.id}")]
    if not note.motif.strip():
        return [Probleme(f"Expliquez la note de {nom}.", f"commentaire-{critere.id}")]
    if len(note.motif) > MOTIF_MAX:
        return [Probleme(f"Ce motif dépasse {MOTIF_MAX} caractères.", f"commentaire-{critere.id}")]
    return []


def _poser(
    accord: Consensus, acteur: Acteur, notes: Mapping[int, NoteAccordee], motif: str
) -> None:
    assert acteur.utilisateur_id is not None
    existantes = {n.critere_id: n for n in accord.notes}
    for critere_id, accordee in notes.items():
        note = existantes.get(critere_id)
        if note is None:
            note = NoteConsensus(critere_id=critere_id)
            accord.notes.append(note)
        note.valeur = accordee.valeur
        note.sans_objet = accordee.valeur is None
        note.motif = nettoyer(accordee.motif).strip()
    accord.motif = motif
    accord.calcules = geler(expliquer_tout(accord.dossier, accord.grille.criteres))
    accord.pose_par_id = acteur.utilisateur_id
    accord.pose_le = maintenant()


def _trace(accord: Consensus) -> dict[str, object]:
    codes = {c.id: c.code for c in accord.grille.criteres}
    return {
        "grille": accord.grille_id,
        "notes": {
            codes[n.critere_id]: {"valeur": n.valeur, "motif": n.motif}
            for n in sorted(accord.notes, key=lambda n: n.critere_id)
        },
        "calcules": {code: c["valeur"] for code, c in sorted(accord.calcules.items())},
    }


def retirer_consensus(
    acteur: Acteur, accord: Consensus, motif: str, *, version: int | None = None
) -> None:
    """The mean ranks again; what had been agreed stays in the journal.

    Raises Interdit, PasLeMoment (frozen, decided), Invalide (no motif), Conflit.
    """
    dossier = accord.dossier
    exiger(acteur, "dossier.accorder", dossier)
    refuser_si_fige(dossier)
    if dossier.etat not in CONSENSUELS:
        raise PasLeMoment(raison_pas_encore(dossier))
    verifier_version(accord, version)
    propre = nettoyer(motif).strip()
    if not propre:
        raise Invalide(
            "Dites pourquoi le consensus est retiré.",
            [Probleme("Dites pourquoi le consensus est retiré.", "motif")],
        )
    consigner(
        acteur,
        dossier,
        "consensus.retirer",
        "Consensus retiré",
        motif=propre[:MOTIF_MAX],
        donnees=_trace(accord),
    )
    db.session.delete(accord)
    db.session.flush()
