"""The waiting list, outside a session: freed money is given in rank order, or the wait ends.

The committee ranked; the coordination applies the ranking (parcours.md §3.2 and §6). Nobody else
has to be told later: the decision is published at once, with its mail, and only on a dossier
whose porteur already knows that it waits.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Decision, Dossier, SensDecision
from aap.permissions import Acteur, exiger
from aap.requetes.liste_attente import file_attente
from aap.requetes.publication import decision_publiee
from aap.services.arbitrage import SaisieArbitrage, arbitrer_dossier
from aap.services.decision import montants_decides, suivre
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.publication import publier_decision
from aap.services.transition import franchir, verifier_version
from workflows.dossier import EtatDossier


def repecher(
    acteur: Acteur,
    dossier: Dossier,
    saisies: Sequence[SaisieArbitrage],
    motif: str,
    *,
    hors_rang: bool = False,
    version: int | None = None,
) -> Decision:
    """Take a dossier off the waiting list with these amounts; its porteur is told at once.

    ``motif``: what freed the money; read by the porteur. ``hors_rang``: better ranked dossiers
    that free money could serve are passed over, knowingly. Raises Interdit, Conflit, Invalide
    (motif, amounts, rank), Depassement (with what remains), PasLeMoment (decided meanwhile, rank
    not published yet).
    """
    exiger(acteur, "dossier.repecher", dossier)
    verifier_version(dossier, version)
    _exiger_attente(dossier)
    attente = _mise_en_attente(dossier)
    devances = _devances(acteur, dossier, hors_rang)
    propre = nettoyer(motif).strip()[:4000]
    arbitrer_dossier(acteur, dossier, saisies)
    donnees = {"rang": attente.rang_attente if attente else None, "devances": devances}
    franchir(acteur, dossier, "repecher", motif=propre, donnees=donnees)
    suivre(acteur, dossier, SensDecision.PROGRAMMER, "")
    return _decider(acteur, dossier, SensDecision.PROGRAMMER, propre)


def rejeter_attente(
    acteur: Acteur, dossier: Dossier, motif: str, *, version: int | None = None
) -> Decision:
    """End the wait without money: the motif goes to the porteur word for word.

    Raises Interdit, Conflit, Invalide (motif), PasLeMoment (not waiting, rank not published).
    """
    exiger(acteur, "dossier.rejeter", dossier)
    verifier_version(dossier, version)
    _exiger_attente(dossier)
    propre = nettoyer(motif).strip()[:4000]
    franchir(acteur, dossier, "rejeter", motif=propre)
    suivre(acteur, dossier, SensDecision.REJETER, propre)
    return _decider(acteur, dossier, SensDecision.REJETER, propre)


def _exiger_attente(dossier: Dossier) -> None:
    if dossier.etat is not EtatDossier.LISTE_ATTENTE:
        raise PasLeMoment(
            f"Ce dossier n’est plus en liste d’attente\u00a0: son état est "
            f"«\u00a0{dossier.etat.libelle('agent')}\u00a0».",
            "Revenez à la liste d’attente.",
        )


def _mise_en_attente(dossier: Dossier) -> Decision | None:
    return db.session.scalar(
        select(Decision)
        .where(Decision.dossier_id == dossier.id, Decision.sens == SensDecision.LISTE_ATTENTE)
        .order_by(Decision.id.desc())
        .limit(1)
    )


def _devances(acteur: Acteur, dossier: Dossier, hors_rang: bool) -> list[int]:
    """Ids of the dossiers passed over. Raises Invalide when that was not said."""
    devances = file_attente(acteur, dossier.campagne).devances(dossier.id)
    if devances and not hors_rang:
        places = ", ".join(str(x.place) for x in devances)
        quoi = f"la place {places}" if len(devances) == 1 else f"les places {places}"
        phrase = (
            f"Des crédits libres peuvent servir {quoi} de la liste, avant ce dossier. "
            "Cochez la case pour passer outre, et dites pourquoi dans le motif."
        )
        raise Invalide("Ce dossier n’est pas le prochain.", [Probleme(phrase, "hors_rang")])
    return [x.ligne.id for x in devances]


def _decider(acteur: Acteur, dossier: Dossier, sens: SensDecision, motif: str) -> Decision:
    """Write the decision without session, and publish it."""
    instant = maintenant()
    decision = Decision(
        seance=None,
        dossier=dossier,
        sens=sens,
        motif=motif,
        montants=montants_decides(dossier),
        deportes=[],
        decidee_le=instant,
        saisie_par_id=acteur.utilisateur_id or 0,
        publiee_le=instant,
    )
    db.session.add(decision)
    db.session.flush()
    codes = {f.id: f.enveloppe.code for f in dossier.financements if f.enveloppe}
    consigner(
        acteur,
        decision,
        "decision.enregistrer",
        f"Décision hors séance\u00a0: {sens.libelle.lower()}",
        motif=motif,
        donnees={
            "seance": None,
            "dossier": dossier.id,
            "sens": sens.value,
            "rang_attente": None,
            "montants": decision.montants,
            "enveloppes": {cle: codes[int(cle)] for cle in decision.montants},
            "deportes": [],
        },
    )
    publier_decision(acteur, decision)
    return decision


@garde_de("dossier", "attente_publiee")
def _attente_publiee(_acteur: Acteur, dossier: Dossier) -> str | None:
    if decision_publiee(dossier):
        return None
    return "La mise en liste d’attente n’est pas encore publiée\u00a0: publiez d’abord la séance."
