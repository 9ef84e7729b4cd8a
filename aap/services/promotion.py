"""A scenario leaves its draft: frozen with its hash, or made the amounts of a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import select

from aap.domaine.erreurs import ErreurMetier, Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Dossier, Financement, MontantScenario, Scenario, Seance
from aap.permissions import Acteur, exiger
from aap.services.arbitrage import SaisieArbitrage, arbitrer_dossier
from aap.services.empreinte import empreinte
from aap.services.gardes import garde_de
from aap.services.ordre_du_jour import exiger_preparation, inscrire
from aap.services.redaction import verrouiller
from aap.services.scenario import CALCUL_EN_ROUTE, lignes_scenario
from aap.services.transition import effet, franchir
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement


def figer_scenario(acteur: Acteur, scenario: Scenario, *, version: int | None = None) -> None:
    """Its amounts never change again; who is writing one finishes first."""
    exiger(acteur, "scenario.figer", scenario)
    verrouiller(scenario)
    franchir(acteur, scenario, "figer", version=version)


@effet("scenario", "figer")
@effet("scenario", "promouvoir")
def _dater(_acteur: Acteur, scenario: Scenario, _motif: str) -> None:
    if scenario.empreinte is None:
        scenario.fige_le = maintenant()
        scenario.empreinte = empreinte_scenario(scenario)


def empreinte_scenario(scenario: Scenario) -> str:
    """Hash of the amounts: what ``flask verifier`` compares."""
    return empreinte(
        [
            [m.financement_id, m.enveloppe_id, m.montant, m.motif_ecart]
            for m in lignes_scenario(scenario)
            if m.montant is not None
        ]
    )


def promouvoir_scenario(
    acteur: Acteur, scenario: Scenario, seance: Seance, *, version: int | None = None
) -> int:
    """Make its amounts those of the session; returns how many dossiers were put on the agenda.

    Dossiers with an amount are put on the agenda; the other dossiers of the agenda that are not
    decided lose theirs. All or none: raises what ``arbitrer`` raises, naming the dossier.
    """
    if seance.campagne_id != scenario.campagne_id:
        raise Invalide("Cette séance est celle d’une autre campagne.")
    exiger(acteur, "scenario.modifier", scenario)
    exiger_preparation(acteur, seance)
    verrouiller(scenario)
    voulus = {m.financement_id: m for m in lignes_scenario(scenario) if m.montant}
    dossiers = _dossiers_voulus(voulus)
    nouveaux = [d for d in dossiers if d.etat is not EtatDossier.INSCRIT]
    for dossier in nouveaux:
        with _nommant(dossier):
            inscrire(acteur, seance, dossier)
    tous = {i.dossier_id: i.dossier for i in seance.inscriptions} | {d.id: d for d in dossiers}
    a_regler = [d for d in tous.values() if d.etat is EtatDossier.INSCRIT]
    _verifier_agenda(seance, dossiers)
    for passe in (_baisses, _finales):
        for dossier in a_regler:
            with _nommant(dossier):
                arbitrer_dossier(acteur, dossier, passe(dossier, voulus))
    scenario.seance_id = seance.id
    franchir(acteur, scenario, "promouvoir", version=version, donnees={"seance": seance.id})
    return len(nouveaux)


def _dossiers_voulus(voulus: Mapping[int, MontantScenario]) -> list[Dossier]:
    return list(
        db.session.scalars(
            select(Dossier)
            .where(
                Dossier.id.in_(
                    select(Financement.dossier_id).where(Financement.id.in_(sorted(voulus)))
                )
            )
            .order_by(Dossier.id)
        )
    )


def _verifier_agenda(seance: Seance, dossiers: Sequence[Dossier]) -> None:
    """A dossier already on the agenda of another session is that session's business."""
    ici = {i.dossier_id for i in seance.inscriptions}
    ailleurs = [d.reference for d in dossiers if d.id not in ici]
    if ailleurs:
        raise PasLeMoment(
            f"À l’ordre du jour d’une autre séance\u00a0: {', '.join(ailleurs)}.",
            "Retirez ces dossiers de l’autre séance, ou retirez leurs montants du scénario.",
        )


@contextmanager
def _nommant(dossier: Dossier) -> Iterator[None]:
    """The refusal names the dossier."""
    try:
        yield
    except ErreurMetier as refus:
        details = " ".join(p.message for p in getattr(refus, "problemes", ()))
        refus.message = f"Dossier {dossier.reference}\u00a0: {details or refus.message}"
        raise


def _baisses(dossier: Dossier, voulus: Mapping[int, MontantScenario]) -> list[SaisieArbitrage]:
    """First what goes down or changes enveloppe: money must be free before it is given."""
    saisies = []
    for f in dossier.financements:
        if f.etat is not EtatFinancement.AVIS_RENDU or not f.montant_arbitre:
            continue
        voulu = voulus.get(f.id)
        if voulu is None or voulu.enveloppe_id != f.enveloppe_id:
            saisies.append(SaisieArbitrage(f, None))
        elif (voulu.montant or 0) < f.montant_arbitre:
            saisies.append(_saisie(f, voulu))
    return saisies


def _finales(dossier: Dossier, voulus: Mapping[int, MontantScenario]) -> list[SaisieArbitrage]:
    return [
        _saisie(f, voulus[f.id])
        for f in dossier.financements
        if f.id in voulus and f.montant_arbitre != voulus[f.id].montant
    ]


def _saisie(f: Financement, voulu: MontantScenario) -> SaisieArbitrage:
    return SaisieArbitrage(f, voulu.montant, voulu.enveloppe, voulu.motif_ecart)


@garde_de("scenario", "montants_saisis")
def _montants_saisis(_acteur: Acteur, scenario: Scenario) -> str | None:
    if any(m.montant for m in lignes_scenario(scenario)):
        return None
    return "Ce scénario ne donne encore aucun montant."


@garde_de("scenario", "calcul_termine")
def _calcul_termine(_acteur: Acteur, scenario: Scenario) -> str | None:
    if scenario.calcul not in CALCUL_EN_ROUTE:
        return None
    return "Une proposition est en train d’être calculée pour ce scénario."
