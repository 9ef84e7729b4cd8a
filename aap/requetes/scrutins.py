"""Votes of a session: the one that is open, those that are over, what the minutes keep."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.scrutin import ModeScrutin, Voix
from aap.extensions import db
from aap.models import Bulletin, Scrutin, Seance
from aap.models.types import Json
from aap.permissions import Acteur, may


@dataclass(frozen=True)
class Electeur:
    """A member called to vote. ``voix`` is told by a vote by name only; ``present``: still is."""

    id: int
    nom: str
    present: bool
    a_vote: bool
    voix: Voix | None


@dataclass(frozen=True)
class ScrutinVu:
    """A vote as a page shows it to one reader. ``comptes``: are the counts shown to her?"""

    scrutin: Scrutin
    electeurs: tuple[Electeur, ...]
    peut_voter: bool
    a_vote: bool
    comptes: bool

    @property
    def votants(self) -> int:
        return sum(e.a_vote for e in self.electeurs)

    @property
    def attendus(self) -> list[Electeur]:
        """Those whose voice is still awaited."""
        return [e for e in self.electeurs if not e.a_vote]

    @property
    def presidence(self) -> str:
        return next((e.nom for e in self.electeurs if e.id == self.scrutin.president_id), "")


def votes_du_dossier(acteur: Acteur, seance: Seance, dossier_id: int) -> list[ScrutinVu]:
    """Votes of the session on this dossier, cancelled ones apart, oldest first (2 queries)."""
    scrutins = db.session.scalars(
        _scrutins(seance)
        .where(Scrutin.dossier_id == dossier_id, Scrutin.annule_le.is_(None))
        .order_by(Scrutin.id)
    )
    return [_vu(acteur, seance, s) for s in scrutins]


def vote_en_cours(acteur: Acteur, seance: Seance) -> ScrutinVu | None:
    """The open vote of the session, unless the reader may not see its dossier."""
    ouvert = db.session.scalar(
        _scrutins(seance)
        .where(Scrutin.clos_le.is_(None), Scrutin.annule_le.is_(None))
        .options(joinedload(Scrutin.dossier))
    )
    if ouvert is None or ouvert.dossier.organisme_id in acteur.deports:
        return None
    return _vu(acteur, seance, ouvert)


def _scrutins(seance: Seance):  # type: ignore[no-untyped-def]
    return (
        select(Scrutin)
        .where(Scrutin.seance_id == seance.id)
        .options(selectinload(Scrutin.bulletins))
    )


def _vu(acteur: Acteur, seance: Seance, scrutin: Scrutin) -> ScrutinVu:
    presences = {p.utilisateur_id: p for p in seance.presences}
    bulletins = {b.utilisateur_id: b for b in scrutin.bulletins}
    electeurs = tuple(
        Electeur(
            id=i,
            nom=presences[i].utilisateur.nom_complet if i in presences else f"Membre n° {i}",
            present=i in presences and presences[i].present,
            a_vote=i in bulletins,
            voix=bulletins[i].voix if i in bulletins else None,
        )
        for i in scrutin.electeurs
    )
    lui = next((e for e in electeurs if e.id == acteur.utilisateur_id), None)
    return ScrutinVu(
        scrutin=scrutin,
        electeurs=tuple(sorted(electeurs, key=lambda e: (e.nom, e.id))),
        peut_voter=scrutin.ouvert
        and scrutin.mode is not ModeScrutin.MAIN_LEVEE
        and lui is not None
        and lui.present
        and not lui.a_vote
        and bool(may(acteur, "scrutin.voter", scrutin)),
        a_vote=lui is not None and lui.a_vote,
        comptes=not scrutin.ouvert,
    )


def scrutins_clos(seance: Seance) -> list[Scrutin]:
    """Votes that ended with a result, oldest first (2 queries)."""
    return list(
        db.session.scalars(
            _scrutins(seance).where(Scrutin.clos_le.is_not(None)).order_by(Scrutin.id)
        )
    )


def fait_scrutin(scrutin: Scrutin) -> Json:
    """What the minutes keep of a vote: ids, counts and, by name only, each voice."""
    bulletins: list[Bulletin] = sorted(scrutin.bulletins, key=lambda b: b.utilisateur_id)
    return {
        "scrutin": scrutin.id,
        "dossier": scrutin.dossier_id,
        "question": scrutin.question,
        "mode": scrutin.mode.value,
        "electeurs": list(scrutin.electeurs),
        "president": scrutin.president_id,
        "pour": scrutin.pour,
        "contre": scrutin.contre,
        "abstention": scrutin.abstention,
        "issue": scrutin.issue.value if scrutin.issue else "",
        "voix": {str(b.utilisateur_id): b.voix.value if b.voix else "" for b in bulletins},
    }
