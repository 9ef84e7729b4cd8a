"""Invariants that need the rules of the writing side: the journal, the projected answers."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from aap.models import Classement, Dossier, Reponse
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, lignes, objets
from aap.services.classement import rejouer
from aap.services.journal import ruptures
from aap.services.reponse import projection
from aap.services.sceau import sceaux_rompus

PROJETES = ("intitule", "date_debut", "date_fin", "beneficiaires", "part_qpv")


@invariant("journal.chaines", "Chaque chaîne du journal se suit sans rupture")
def _journal(suivre: Suivre) -> Iterator[Ecart]:
    """Only the first broken line of a chain is told: the following ones follow from it."""
    derniere = ""
    for rupture in ruptures(suivre):
        if rupture.chaine != derniere:
            derniere = rupture.chaine
            yield Ecart(f"chaîne {rupture.chaine}, ligne {rupture.rang}", rupture.raison)


@invariant("journal.sceaux", "Chaque ligne scellée du journal est encore là")
def _sceaux(suivre: Suivre) -> Iterator[Ecart]:
    for rupture in sceaux_rompus(suivre):
        yield Ecart(f"chaîne {rupture.chaine}, ligne {rupture.rang}", rupture.raison)


@invariant("notation.classement", "Chaque classement figé se refait avec la même empreinte")
def _classements(suivre: Suivre) -> Iterator[Ecart]:
    """Made again from its inputs; its hash is also the one that the journal tells."""
    for fige in suivre(objets(select(Classement).order_by(Classement.id))):
        rejeu = rejouer(fige)
        if not rejeu.conforme:
            raisons = (*rejeu.ecarts_resultat, *rejeu.ecarts_journal) or (
                "les données figées ne donnent plus l’empreinte gardée",
            )
            yield Ecart(f"classement {fige.id}", " ; ".join(raisons[:3]))


@invariant("dossier.projections", "Les colonnes du dossier suivent les réponses du porteur")
def _projections(suivre: Suivre) -> Iterator[Ecart]:
    colonnes = [getattr(Dossier, c) for c in (*PROJETES, "intitule_recherche")]
    requete = (
        select(Reponse.champ, Reponse.valeur, Dossier.id, *colonnes)
        .join(Dossier, Dossier.id == Reponse.dossier_id)
        .where(Reponse.champ.in_(PROJETES))
        .order_by(Dossier.id)
    )
    for ligne in suivre(lignes(requete)):
        for colonne, attendue in projection(ligne.champ, ligne.valeur).items():
            if getattr(ligne, colonne) != attendue:
                yield Ecart(
                    f"dossier {ligne.id}",
                    f"la colonne {colonne} ne suit pas la réponse « {ligne.champ} »",
                )
