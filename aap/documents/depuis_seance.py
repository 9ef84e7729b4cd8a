"""From a session and its decisions to the minutes and the letters.

The minutes are written from the frozen content alone: the same content gives the same pages.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from aap.documents import convocation, notification, pv
from aap.documents.depuis_dossier import action_de, beneficiaire_de, territoire_de
from aap.documents.donnees import (
    Action,
    Cartouche,
    DonneesNotification,
    MontantFinanceur,
    Signataire,
)
from aap.documents.donnees_seance import (
    Convoque,
    DecisionPV,
    DonneesConvocation,
    DonneesPV,
    PointConvocation,
)
from aap.documents.vote import raconter_vote
from aap.domaine.erreurs import Introuvable, PasLeMoment
from aap.domaine.horloge import a_paris
from aap.models import Decision, Dossier, OrigineCredits, Seance, SensDecision
from aap.requetes.convocation import ordre_du_jour_lisible
from aap.requetes.essai import MENTION_DOCUMENT, est_essai
from aap.requetes.notification import decision_notifiable

INSTANCE = "Le comité de pilotage du contrat de ville"
HORS_SEANCE = (
    "La coordination du contrat de ville, sur la liste d’attente arrêtée par le comité de pilotage,"
)
SENS: dict[SensDecision, Literal["accord", "refus", "ajournement", "attente"]] = {
    SensDecision.PROGRAMMER: "accord",
    SensDecision.AJOURNER: "ajournement",
    SensDecision.REJETER: "refus",
    SensDecision.LISTE_ATTENTE: "attente",
}


def donnees_pv(seance: Seance) -> DonneesPV:
    """Data of the minutes. Raises PasLeMoment when they are not settled."""
    contenu = seance.pv_contenu
    if contenu is None or seance.close_le is None or seance.ouverte_le is None:
        raise PasLeMoment("Le procès-verbal de cette séance n’est pas arrêté.")
    faits, mots = contenu["faits"], contenu["libelles"]
    decisions = {d["dossier"]: d for d in faits["decisions"]}
    return DonneesPV(
        territoire=territoire_de(seance.campagne),
        cartouche=Cartouche(
            reference=f"Séance n° {seance.id}",
            etabli_le=datetime.fromisoformat(mots["close_le"]),
            sha256=seance.pv_sha256 or "",
            mention=MENTION_DOCUMENT if est_essai(seance) else "",
        ),
        titre=mots["titre"],
        campagne=mots["campagne"],
        lieu=mots["lieu"],
        ouverte_le=datetime.fromisoformat(mots["ouverte_le"]),
        close_le=datetime.fromisoformat(mots["close_le"]),
        quorum=faits["quorum"],
        convoques=tuple(
            Convoque(mots["membres"][str(c["utilisateur"])], c["qualite"], c["present"])
            for c in faits["convoques"]
        ),
        decisions=tuple(
            _decision_pv(
                x,
                decisions[x["dossier"]],
                mots,
                tuple(
                    raconter_vote(v, mots["membres"])
                    for v in faits.get("scrutins", ())
                    if v["dossier"] == x["dossier"]
                ),
            )
            for x in mots["dossiers"]
        ),
        president=Signataire(
            mots["president"]["nom"], mots["president"]["qualite"] or "présidence"
        ),
        notes=mots["notes"],
    )


def _decision_pv(
    x: dict[str, Any], fait: dict[str, Any], mots: dict[str, Any], votes: tuple[str, ...]
) -> DecisionPV:
    return DecisionPV(
        action=Action(
            numero=x["numero"],
            intitule=x["intitule"],
            campagne=mots["campagne"],
            exercice=mots["exercice"],
            orientation=x["orientation"],
        ),
        organisme=x["organisme"],
        sens=fait["sens"],
        montants=tuple(
            MontantFinanceur(
                ligne["financeur"],
                ligne["demande"],
                fait["montants"].get(str(ligne["financement"])),
                precision=OrigineCredits(ligne["origine"]).libelle,
            )
            for ligne in x["lignes"]
        ),
        motif=fait["motif"],
        deportes=tuple(mots["membres"].get(str(i), f"membre n° {i}") for i in fait["deportes"]),
        rang_attente=fait["rang_attente"],
        votes=votes,
    )


def pdf_pv(seance: Seance) -> bytes:
    """PDF of the minutes. Raises PasLeMoment when they are not settled."""
    return pv.produire(donnees_pv(seance))


def pdf_convocation(
    seance: Seance, deports: Collection[int], etabli_le: datetime, destinataire: str = ""
) -> bytes:
    """PDF of the convocation and its agenda, without the organismes of ``deports``."""
    dossiers, masques = ordre_du_jour_lisible(seance, deports)
    return convocation.produire(
        DonneesConvocation(
            territoire=territoire_de(seance.campagne),
            cartouche=Cartouche(
                reference=f"Séance n° {seance.id}",
                etabli_le=etabli_le,
                mention=MENTION_DOCUMENT if est_essai(seance) else "",
            ),
            titre=seance.titre,
            campagne=seance.campagne.nom,
            lieu=seance.lieu,
            prevue_le=seance.prevue_le,
            quorum=seance.quorum,
            points=tuple(
                PointConvocation(rang, d.reference, d.intitule, d.organisme.nom, d.montant_demande)
                for rang, d in enumerate(dossiers, 1)
            ),
            masques=masques,
            destinataire=destinataire,
        )
    )


def lettre_notification(dossier: Dossier) -> bytes:
    """PDF letter of the last published decision. Raises Introuvable before any publication."""
    decision = decision_notifiable(dossier)
    if decision is None:
        raise Introuvable("Aucune décision n’est encore publiée sur ce dossier.")
    return notification.produire(_donnees(decision))


def _donnees(decision: Decision) -> DonneesNotification:
    d, seance = decision.dossier, decision.seance
    assert decision.publiee_le is not None
    mots = ((seance.pv_contenu if seance else None) or {}).get("libelles", {})
    president = mots.get("president", {})
    return DonneesNotification(
        territoire=territoire_de(d.campagne),
        cartouche=Cartouche(
            reference=f"{d.reference}-{decision.id}",
            etabli_le=decision.publiee_le,
            mention=MENTION_DOCUMENT if est_essai(d) else "",
        ),
        action=action_de(d),
        beneficiaire=beneficiaire_de(d.organisme),
        sens=SENS[decision.sens],
        decide_le=a_paris(decision.decidee_le).date(),
        instance=INSTANCE if seance else HORS_SEANCE,
        signataire=Signataire(
            president.get("nom", ""), president.get("qualite") or "Pour le comité de pilotage"
        ),
        montants=_montants(decision),
        motif=_motif(decision),
    )


def _montants(decision: Decision) -> tuple[MontantFinanceur, ...]:
    """Every funder asked, with what was decided (0 when it gives nothing)."""
    if decision.sens is not SensDecision.PROGRAMMER:
        return ()
    return tuple(
        MontantFinanceur(
            f.financeur.nom,
            f.montant_demande,
            decision.montants.get(str(f.id), 0),
            precision=f.origine.libelle,
        )
        for f in sorted(decision.dossier.financements, key=lambda f: f.id)
    )


def _motif(decision: Decision) -> str:
    if decision.sens is not SensDecision.LISTE_ATTENTE:
        return decision.motif
    phrase = (
        f"Votre dossier est au rang {decision.rang_attente} de la liste d’attente\u00a0: il sera "
        "repris dans cet ordre si des crédits se libèrent."
    )
    return f"{phrase}\n\n{decision.motif}".strip()
