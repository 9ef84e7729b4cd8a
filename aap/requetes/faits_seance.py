"""The facts of a session, read twice: from the tables, and from the journal alone.

The minutes freeze the first; ``flask copil rejouer`` makes the second again, years later, and
compares. Both give the same plain JSON (ids, codes, cents; no name, no instant, no float).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from aap.extensions import db
from aap.models import Decision, Dossier, Evenement, Financement, Inscription, Seance
from aap.models.types import Json
from aap.requetes.scrutins import fait_scrutin, scrutins_clos

ACTES_SEANCE = frozenset(
    {
        "seance.creer",
        "seance.modifier",
        "seance.convoquer",
        "seance.decommander",
        "seance.marquer_presence",
        "scrutin.clore",
    }
)
FAITS = (
    ("convoques", "utilisateur", "membre"),
    ("decisions", "dossier", "dossier"),
    ("scrutins", "scrutin", "vote"),
)
ACTES_DECISION = frozenset({"decision.enregistrer", "decision.retirer"})


def decisions_de(seance: Seance) -> list[Decision]:
    """Every decision of the session with what the minutes say of it (5 queries at most)."""
    return list(
        db.session.scalars(
            select(Decision)
            .where(Decision.seance_id == seance.id)
            .options(
                joinedload(Decision.dossier).joinedload(Dossier.organisme),
                joinedload(Decision.dossier).joinedload(Dossier.orientation),
                joinedload(Decision.dossier)
                .selectinload(Dossier.financements)
                .options(joinedload(Financement.financeur), joinedload(Financement.enveloppe)),
            )
            .order_by(Decision.dossier_id)
        )
    )


def decisions_lisibles(seance: Seance, deports: frozenset[int]) -> list[Decision]:
    """Decisions in the order of the agenda, those of the reader's déports apart until published."""
    rangs = {i.dossier_id: (i.rang, i.id) for i in seance.inscriptions}
    gardees = [
        d
        for d in decisions_de(seance)
        if d.publiee_le is not None or d.dossier.organisme_id not in deports
    ]
    return sorted(gardees, key=lambda d: rangs.get(d.dossier_id, (0, 0)))


def faits_des_tables(seance: Seance) -> Json:
    """Facts as the tables hold them now."""
    return {
        "seance": seance.id,
        "quorum": seance.quorum,
        "convoques": [
            {"utilisateur": p.utilisateur_id, "qualite": p.qualite, "present": p.present}
            for p in sorted(seance.presences, key=lambda p: p.utilisateur_id)
        ],
        "decisions": [_fait(d) for d in decisions_de(seance)],
        "scrutins": [fait_scrutin(s) for s in scrutins_clos(seance)],
    }


def _fait(d: Decision) -> Json:
    return {
        "dossier": d.dossier_id,
        "sens": d.sens.value,
        "motif": d.motif,
        "rang_attente": d.rang_attente,
        "montants": dict(d.montants),
        "deportes": list(d.deportes),
    }


def faits_du_journal(seance_id: int) -> Json:
    """The same facts, from the lines of the journal alone (2 queries)."""
    dossiers = db.session.scalars(
        select(Inscription.dossier_id).where(Inscription.seance_id == seance_id)
    )
    chaines = [f"dossier:{i}" for i in dossiers]
    evenements = db.session.scalars(
        select(Evenement)
        .where(
            or_(
                (Evenement.chaine == f"seance:{seance_id}") & Evenement.acte.in_(ACTES_SEANCE),
                Evenement.chaine.in_(chaines) & Evenement.acte.in_(ACTES_DECISION),
            )
        )
        .order_by(Evenement.id)
    )
    return rejouer(seance_id, ((e.acte, e.donnees, e.motif) for e in evenements))


def rejouer(seance_id: int, evenements: Iterable[tuple[str, Json, str]]) -> Json:
    """Apply the lines of the journal, oldest first, to an empty session."""
    quorum = 0
    convoques: dict[int, dict[str, Any]] = {}
    decisions: dict[int, Json] = {}
    scrutins: dict[int, Json] = {}
    for acte, donnees, motif in evenements:
        if acte in ("seance.creer", "seance.modifier"):
            quorum = donnees["quorum"]
        elif acte == "scrutin.clore":
            scrutins[donnees["scrutin"]] = dict(donnees)
        elif acte in ACTES_SEANCE:
            _rejouer_presence(convoques, acte, donnees)
        elif donnees.get("seance") == seance_id:
            _rejouer_decision(decisions, acte, donnees, motif)
    return {
        "seance": seance_id,
        "quorum": quorum,
        "convoques": [convoques[i] for i in sorted(convoques)],
        "decisions": [decisions[i] for i in sorted(decisions)],
        "scrutins": [scrutins[i] for i in sorted(scrutins)],
    }


def _rejouer_presence(convoques: dict[int, dict[str, Any]], acte: str, donnees: Json) -> None:
    qui = donnees["utilisateur"]
    if acte == "seance.decommander":
        convoques.pop(qui, None)
    elif acte == "seance.convoquer":
        ligne = convoques.setdefault(qui, {"utilisateur": qui, "present": False})
        ligne["qualite"] = donnees["qualite"]
    else:
        convoques[qui]["present"] = donnees["present"]


def _rejouer_decision(decisions: dict[int, Json], acte: str, donnees: Json, motif: str) -> None:
    if acte == "decision.retirer":
        decisions.pop(donnees["dossier"], None)
        return
    gardes = ("dossier", "sens", "rang_attente", "montants", "deportes")
    decisions[donnees["dossier"]] = {"motif": motif, **{cle: donnees[cle] for cle in gardes}}


def ecarts(attendu: Json, trouve: Json) -> list[str]:
    """Where two sets of facts differ, in words; empty when they say the same."""
    phrases = []
    if attendu.get("quorum") != trouve.get("quorum"):
        phrases.append(
            f"quorum : {attendu.get('quorum')} au procès-verbal, {trouve.get('quorum')} retrouvé"
        )
    for cle, objet, mot in FAITS:
        a = {x[objet]: x for x in attendu.get(cle, [])}
        t = {x[objet]: x for x in trouve.get(cle, [])}
        phrases += [
            f"{mot} n° {i} : {_champs(a.get(i), t.get(i))}"
            for i in sorted(a.keys() | t.keys())
            if a.get(i) != t.get(i)
        ]
    return phrases


def _champs(attendu: Json | None, trouve: Json | None) -> str:
    if attendu is None:
        return "absent du procès-verbal"
    if trouve is None:
        return "au procès-verbal, mais introuvable"
    noms = sorted(n for n in attendu.keys() | trouve.keys() if attendu.get(n) != trouve.get(n))
    return f"différence sur {', '.join(noms)}"
