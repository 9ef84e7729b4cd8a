"""The append-only journal: one chain of hashes per root object (docs/decisions/0005)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Evenement
from aap.models.types import Json
from aap.permissions import Acteur, contexte_de

ORIGINE = "0" * 64


def _canonique(e: Evenement) -> bytes:
    """The line as hashed: stable order, ISO instant in UTC, no float."""
    corps = [
        e.precedent,
        e.chaine,
        e.rang,
        e.le.isoformat(timespec="microseconds"),
        e.acteur_id,
        e.qualite,
        e.acte,
        e.entite,
        e.entite_id,
        e.libelle,
        e.motif,
        e.donnees,
        e.visible_porteur,
    ]
    return json.dumps(corps, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def hacher(e: Evenement) -> str:
    """SHA-256 (hex) of the line, its predecessor's hash included."""
    return hashlib.sha256(_canonique(e)).hexdigest()


def _verrouiller_chaine(chaine: str) -> None:
    """Two writers of one chain queue; writers of different chains never do."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(chaine, 0))))


def consigner(
    acteur: Acteur,
    objet: Any,
    acte: str,
    libelle: str,
    *,
    motif: str = "",
    donnees: Json | None = None,
    visible_porteur: bool = False,
    qualite: str = "",
) -> Evenement:
    """Write one line about ``objet`` on the chain of its root (dossier, campagne…).

    ``objet`` must be flushed (it needs an id). ``donnees`` holds JSON without floats.
    ``libelle``: past tense, French, shown in histories.
    """
    racine, racine_id = contexte_de(objet).racine
    db.session.flush()
    return ajouter_ligne(
        f"{racine}:{racine_id}",
        Evenement(
            le=maintenant(),
            acteur_id=acteur.utilisateur_id,
            qualite=qualite or ("Plateforme" if acteur.systeme else ""),
            acte=acte,
            entite=objet.__tablename__,
            entite_id=objet.id,
            libelle=libelle,
            motif=motif,
            donnees=donnees or {},
            visible_porteur=visible_porteur,
        ),
    )


def ajouter_ligne(chaine: str, evenement: Evenement) -> Evenement:
    """Put a line at the end of a chain: rank, hash of the line before, own hash. Flushes."""
    _verrouiller_chaine(chaine)
    dernier = db.session.execute(
        select(Evenement.rang, Evenement.hachage)
        .where(Evenement.chaine == chaine)
        .order_by(Evenement.rang.desc())
        .limit(1)
    ).first()
    evenement.chaine = chaine
    evenement.rang = (dernier.rang + 1) if dernier else 1
    evenement.precedent = dernier.hachage if dernier else ORIGINE
    evenement.hachage = hacher(evenement)
    db.session.add(evenement)
    db.session.flush()
    return evenement


@dataclass(frozen=True)
class Rupture:
    """A line that does not follow from the one before it."""

    chaine: str
    rang: int
    raison: str


def _suite(evenements: Iterable[Evenement]) -> Iterator[Rupture]:
    chaine, rang, hachage = "", 0, ORIGINE
    for e in evenements:
        if e.chaine != chaine:
            chaine, rang, hachage = e.chaine, 0, ORIGINE
        if e.rang != rang + 1:
            yield Rupture(e.chaine, e.rang, f"la ligne {rang + 1} manque")
        elif e.precedent != hachage:
            yield Rupture(e.chaine, e.rang, "l’empreinte de la ligne précédente ne correspond pas")
        elif hacher(e) != e.hachage:
            yield Rupture(e.chaine, e.rang, "le contenu ne correspond plus à son empreinte")
        rang, hachage = e.rang, e.hachage


def ruptures(suivre: Callable[[Iterable[Any]], Iterator[Any]] = iter) -> Iterator[Rupture]:
    """Every broken line, chains in alphabetical order; ``suivre`` sees each line go by."""
    requete = (
        select(Evenement)
        .order_by(Evenement.chaine, Evenement.rang)
        .execution_options(yield_per=500)
    )
    yield from _suite(suivre(db.session.scalars(requete)))


def verifier_journal() -> tuple[int, Rupture | None]:
    """Number of lines read, and the first broken line (chains in alphabetical order)."""
    lues = 0

    def compter(lignes: Iterable[Evenement]) -> Iterator[Evenement]:
        nonlocal lues
        for ligne in lignes:
            lues += 1
            yield ligne

    premiere = next(ruptures(compter), None)
    return lues, premiere
