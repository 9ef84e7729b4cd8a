"""States and facts: what a state claims is written somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from aap.models import (
    Bilan,
    Convention,
    Decision,
    Depot,
    Dossier,
    Financement,
    Reversement,
    Seance,
    TypeConvention,
    Versement,
)
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, lignes
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement
from workflows.seance import EtatSeance
from workflows.versement import EtatVersement

JAMAIS_TRANSMIS = (
    EtatDossier.BROUILLON,
    EtatDossier.EN_ATTENTE_SIGNATURE,
    EtatDossier.CADUC,
)
PEUT_ETRE_TRANSMIS = (EtatDossier.RETIRE, EtatDossier.SANS_SUITE)
SIGNEES = (EtatConvention.SIGNEE, EtatConvention.EN_VIGUEUR, EtatConvention.ECHUE)
PROGRAMMES = (EtatFinancement.ARBITRE, EtatFinancement.VOTE, EtatFinancement.NOTIFIE)
VALIDES = (EtatVersement.VALIDE, EtatVersement.MANDATE, EtatVersement.PAYE)
DEPOSES = (EtatBilan.DEPOSE, EtatBilan.A_MODIFIER, EtatBilan.VALIDE)


def _chaque(
    suivre: Suivre, entite: Any, faute: ColumnElement[bool], message: str
) -> Iterator[Ecart]:
    """One fault per row of ``entite`` where ``faute`` is true."""
    requete: Select[Any] = select(entite.id, entite.etat).where(faute).order_by(entite.id)
    for i, etat in suivre(lignes(requete)):
        yield Ecart(f"{entite.__tablename__} {i} (état {etat.value})", message)


@invariant("dossier.depot", "Un dossier transmis a un numéro, une date et un dépôt figé")
def _depots(suivre: Suivre) -> Iterator[Ecart]:
    fige = exists().where(Depot.dossier_id == Dossier.id)
    transmis = or_(
        Dossier.etat.not_in((*JAMAIS_TRANSMIS, *PEUT_ETRE_TRANSMIS)), Dossier.depose_le.is_not(None)
    )
    incomplet = or_(Dossier.depose_le.is_(None), Dossier.numero.is_(None), ~fige)
    yield from _chaque(
        suivre, Dossier, and_(transmis, incomplet), "numéro, date de dépôt ou contenu figé absent"
    )
    jamais = and_(Dossier.etat.in_(JAMAIS_TRANSMIS), fige)
    yield from _chaque(suivre, Dossier, jamais, "un dépôt existe alors que l’état dit le contraire")


@invariant("financement.programme", "Une ligne programmée a une enveloppe et un montant")
def _programmes(suivre: Suivre) -> Iterator[Ecart]:
    montant = or_(Financement.montant_arbitre.is_not(None), Financement.montant_vote.is_not(None))
    faute = and_(
        Financement.etat.in_(PROGRAMMES), or_(Financement.enveloppe_id.is_(None), ~montant)
    )
    yield from _chaque(suivre, Financement, faute, "enveloppe ou montant absent")


@invariant("dossier.decision", "Un dossier programmé l’a été par une décision")
def _decisions(suivre: Suivre) -> Iterator[Ecart]:
    decide = exists().where(Decision.dossier_id == Dossier.id)
    faute = and_(
        Dossier.etat.in_((EtatDossier.PROGRAMME, EtatDossier.REJETE, EtatDossier.LISTE_ATTENTE)),
        ~decide,
    )
    yield from _chaque(suivre, Dossier, faute, "aucune décision de séance")


@invariant("convention.signature", "Un acte signé a ses dates, ses signataires et son empreinte")
def _signatures(suivre: Suivre) -> Iterator[Ecart]:
    sans_porteur = and_(
        Convention.type != TypeConvention.ARRETE,
        or_(
            Convention.signature_porteur_le.is_(None),
            Convention.signature_porteur_par_id.is_(None),
        ),
    )
    incomplet = or_(
        Convention.signee_le.is_(None),
        Convention.signature_financeur_le.is_(None),
        Convention.signature_financeur_par_id.is_(None),
        Convention.sha256.is_(None),
        sans_porteur,
    )
    faute = and_(Convention.etat.in_(SIGNEES), incomplet)
    yield from _chaque(suivre, Convention, faute, "date, signataire ou empreinte absent")


@invariant("versement.deux_personnes", "Un versement payé a sa date et deux personnes distinctes")
def _deux_personnes(suivre: Suivre) -> Iterator[Ecart]:
    personnes = or_(
        Versement.propose_par_id.is_(None),
        Versement.valide_par_id.is_(None),
        Versement.propose_par_id == Versement.valide_par_id,
    )
    faute = and_(Versement.etat.in_(VALIDES), personnes)
    yield from _chaque(suivre, Versement, faute, "il n’a pas été vu par deux personnes distinctes")
    sans_date = and_(Versement.etat == EtatVersement.PAYE, Versement.paye_le.is_(None))
    yield from _chaque(suivre, Versement, sans_date, "la date de paiement manque")


@invariant("bilan.depot", "Un bilan déposé a sa date et son contenu figé")
def _bilans(suivre: Suivre) -> Iterator[Ecart]:
    incomplet = or_(Bilan.depose_le.is_(None), Bilan.sha256.is_(None))
    faute = and_(Bilan.etat.in_(DEPOSES), incomplet)
    yield from _chaque(suivre, Bilan, faute, "date de dépôt ou contenu figé absent")


@invariant("reversement.recu", "Une ligne reversée a ses reversements constatés")
def _reversements(suivre: Suivre) -> Iterator[Ecart]:
    attendu = exists().where(
        Reversement.financement_id == Financement.id, Reversement.recu_le.is_(None)
    )
    faute = and_(Financement.etat == EtatFinancement.REVERSE, attendu)
    yield from _chaque(suivre, Financement, faute, "un reversement n’est pas constaté")


@invariant("seance.pv", "Un procès-verbal arrêté a son contenu figé")
def _pv(suivre: Suivre) -> Iterator[Ecart]:
    faute = and_(Seance.etat == EtatSeance.PV_ARRETE, Seance.pv_sha256.is_(None))
    yield from _chaque(suivre, Seance, faute, "contenu figé absent")
