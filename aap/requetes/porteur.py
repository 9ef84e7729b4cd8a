"""What the porteur's pages show; every page costs a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from aap.extensions import db
from aap.models import (
    Bilan,
    Campagne,
    Convention,
    Decision,
    DemandeComplement,
    DemandeRattachement,
    Depot,
    Dossier,
    DossierQuartier,
    EtatRattachement,
    Evenement,
    Fichier,
    Financement,
    Membre,
    Message,
    Organisme,
    PieceDossier,
    PieceOrganisme,
    Utilisateur,
)
from aap.permissions import Acteur
from aap.requetes.appels_reserves import Reserve, reserves
from aap.requetes.attendus import Attendu, attendus
from aap.requetes.campagne_ouverte import campagnes_ouvertes
from aap.requetes.publication import DECIDES, etat_porteur
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier

EN_REDACTION = frozenset(
    {EtatDossier.BROUILLON, EtatDossier.EN_ATTENTE_SIGNATURE, EtatDossier.A_COMPLETER}
)
DOSSIERS_MAX = 200


@dataclass(frozen=True)
class DossierPorteur:
    """A dossier with the state that its porteur may read."""

    dossier: Dossier
    etat: EtatDossier

    @property
    def en_redaction(self) -> bool:
        return self.dossier.etat in EN_REDACTION


@dataclass(frozen=True)
class Accueil:
    organismes: Sequence[Organisme]
    dossiers: Sequence[DossierPorteur]
    campagnes: Sequence[Campagne]
    attendus: Sequence[Attendu]
    demandes: Sequence[DemandeRattachement]
    reserves: Mapping[int, Reserve]
    choisi: Organisme | None = None

    @property
    def proches(self) -> list[Campagne]:
        """Open calls that may concern the reader's organismes."""
        return [c for c in self.campagnes if c not in self.lointaines]

    @property
    def lointaines(self) -> list[Campagne]:
        """Open calls kept to places where none of the reader's organismes is seated."""
        return [c for c in self.campagnes if c.id in self.reserves and self.reserves[c.id].ailleurs]

    @property
    def brouillons(self) -> list[DossierPorteur]:
        return [d for d in self.dossiers if d.dossier.etat in EN_REDACTION]


def accueil(acteur: Acteur, organisme_id: int | None = None) -> Accueil:
    """The home of a porteur, for one of her organismes when asked, else for all of them."""
    organismes = organismes_de(acteur)
    choisi = next((o for o in organismes if o.id == organisme_id), None)
    montres = [choisi] if choisi is not None else organismes
    dossiers = dossiers_de([o.id for o in montres])
    campagnes = campagnes_ouvertes()
    return Accueil(
        organismes=organismes,
        dossiers=avec_etat(dossiers),
        campagnes=campagnes,
        reserves=reserves(campagnes, montres),
        choisi=choisi,
        attendus=attendus(acteur, montres, dossiers),
        demandes=db.session.scalars(
            select(DemandeRattachement)
            .where(
                DemandeRattachement.utilisateur_id == acteur.utilisateur_id,
                DemandeRattachement.etat == EtatRattachement.DEMANDE,
            )
            .options(joinedload(DemandeRattachement.organisme))
            .order_by(DemandeRattachement.id)
        ).all(),
    )


def organismes_de(acteur: Acteur) -> Sequence[Organisme]:
    """The organismes this person belongs to, by name."""
    return db.session.scalars(
        select(Organisme)
        .where(Organisme.id.in_(acteur.membres))
        .order_by(Organisme.nom_recherche, Organisme.id)
    ).all()


def dossiers_de(organismes: Iterable[int]) -> Sequence[Dossier]:
    """Their dossiers, the last written first (200 at most).

    A deposited one keeps its place: what agents do to it before publication moves nothing.
    """
    return db.session.scalars(
        select(Dossier)
        .where(Dossier.organisme_id.in_(list(organismes)))
        .options(joinedload(Dossier.campagne), joinedload(Dossier.organisme))
        .order_by(func.coalesce(Dossier.depose_le, Dossier.modifie_le).desc(), Dossier.id.desc())
        .limit(DOSSIERS_MAX)
    ).all()


def avec_etat(dossiers: Sequence[Dossier]) -> list[DossierPorteur]:
    """The state each porteur may read (1 query for all)."""
    decides = [d.id for d in dossiers if d.etat in DECIDES]
    derniers = (
        select(func.max(Decision.id))
        .where(Decision.dossier_id.in_(decides))
        .group_by(Decision.dossier_id)
    )
    publies = set(
        db.session.scalars(
            select(Decision.dossier_id).where(
                Decision.id.in_(derniers), Decision.publiee_le.is_not(None)
            )
        )
    )
    return [DossierPorteur(d, etat_porteur(d.etat, d.id in publies)) for d in dossiers]


def precedents(organismes: Iterable[int]) -> list[Dossier]:
    """Dossiers that may be copied: deposited once, or lapsed."""
    return list(
        db.session.scalars(
            select(Dossier)
            .where(
                Dossier.organisme_id.in_(list(organismes)),
                Dossier.etat.not_in((EtatDossier.BROUILLON, EtatDossier.EN_ATTENTE_SIGNATURE)),
                Dossier.intitule != "",
            )
            .options(joinedload(Dossier.campagne))
            .order_by(Dossier.id.desc())
            .limit(DOSSIERS_MAX)
        )
    )


def campagne_par_id(campagne_id: int) -> Campagne | None:
    return db.session.get(Campagne, campagne_id)


def dossier_par_id(dossier_id: int) -> Dossier | None:
    return db.session.get(Dossier, dossier_id)


def organisme_par_numero(siret: str | None, rna: str | None) -> Organisme | None:
    """The organisme that bears one of these numbers."""
    for colonne, valeur in ((Organisme.siret, siret), (Organisme.rna, rna)):
        if valeur and (trouve := db.session.scalar(select(Organisme).where(colonne == valeur))):
            return trouve
    return None


def membres_de(organisme: Organisme) -> Sequence[Membre]:
    """People of the organisme, signatories first."""
    return db.session.scalars(
        select(Membre)
        .where(Membre.organisme_id == organisme.id, Membre.parti_le.is_(None))
        .options(joinedload(Membre.utilisateur))
        .order_by(Membre.role.desc(), Membre.id)
    ).all()


def rattachements_de(organisme: Organisme) -> Sequence[DemandeRattachement]:
    """Requests to join that await an answer."""
    return db.session.scalars(
        select(DemandeRattachement)
        .where(
            DemandeRattachement.organisme_id == organisme.id,
            DemandeRattachement.etat == EtatRattachement.DEMANDE,
        )
        .options(joinedload(DemandeRattachement.utilisateur))
        .order_by(DemandeRattachement.id)
    ).all()


def rattachement_en_cours(acteur: Acteur, organisme: Organisme) -> bool:
    """Has this person already asked to join?"""
    return (
        db.session.scalar(
            select(DemandeRattachement.id)
            .where(
                DemandeRattachement.organisme_id == organisme.id,
                DemandeRattachement.utilisateur_id == acteur.utilisateur_id,
                DemandeRattachement.etat == EtatRattachement.DEMANDE,
            )
            .limit(1)
        )
        is not None
    )


def pieces_organisme(organisme_id: int) -> Sequence[PieceOrganisme]:
    """The vault: papers in force, with their files."""
    return db.session.scalars(
        select(PieceOrganisme)
        .where(PieceOrganisme.organisme_id == organisme_id, PieceOrganisme.remplacee_le.is_(None))
        .options(joinedload(PieceOrganisme.fichier))
        .order_by(PieceOrganisme.type, PieceOrganisme.id)
    ).all()


def pieces_dossier(dossier: Dossier) -> Sequence[PieceDossier]:
    """Files joined to the dossier, not taken off."""
    return db.session.scalars(
        select(PieceDossier)
        .where(PieceDossier.dossier_id == dossier.id, PieceDossier.retiree_le.is_(None))
        .options(joinedload(PieceDossier.fichier))
        .order_by(PieceDossier.id)
    ).all()


def charger_redaction(dossier: Dossier) -> None:
    """Load at once what the pages of a draft read (a constant number of queries)."""
    db.session.scalars(
        select(Dossier)
        .where(Dossier.id == dossier.id)
        .options(
            joinedload(Dossier.campagne).selectinload(Campagne.regles),
            joinedload(Dossier.organisme),
            joinedload(Dossier.orientation),
            selectinload(Dossier.reponses),
            selectinload(Dossier.objectifs),
            selectinload(Dossier.objectifs_locaux),
            selectinload(Dossier.quartiers).joinedload(DossierQuartier.quartier),
            selectinload(Dossier.lignes),
            selectinload(Dossier.indicateurs),
            selectinload(Dossier.financements).joinedload(Financement.financeur),
        )
        .execution_options(populate_existing=True)
    ).one()


@dataclass(frozen=True)
class Suivi:
    """The follow-up page: thread, history, requests, deposits with their récépissés."""

    messages: Sequence[Message]
    evenements: Sequence[tuple[Evenement, str]]
    demandes: Sequence[DemandeComplement]
    depots: Sequence[tuple[Depot, Fichier | None]]
    conventions: Sequence[Convention]
    bilans: Sequence[Bilan]


def suivi(dossier: Dossier) -> Suivi:
    """What the porteur may read about a deposited dossier (6 queries)."""
    return Suivi(
        messages=db.session.scalars(
            select(Message)
            .where(Message.dossier_id == dossier.id)
            .options(joinedload(Message.auteur))
            .order_by(Message.id)
        ).all(),
        evenements=_evenements(dossier),
        demandes=db.session.scalars(
            select(DemandeComplement)
            .where(DemandeComplement.dossier_id == dossier.id)
            .order_by(DemandeComplement.id.desc())
        ).all(),
        depots=[
            (depot, fichier)
            for depot, fichier in db.session.execute(
                select(Depot, Fichier)
                .outerjoin(Fichier, Fichier.id == Depot.recepisse_id)
                .where(Depot.dossier_id == dossier.id)
                .options(joinedload(Depot.depose_par))
                .order_by(Depot.numero_depot.desc())
            )
        ],
        conventions=db.session.scalars(
            select(Convention)
            .where(Convention.dossier_id == dossier.id, Convention.etat != EtatConvention.PROJET)
            .options(joinedload(Convention.financeur))
            .order_by(Convention.id)
        ).all(),
        bilans=db.session.scalars(
            select(Bilan).where(Bilan.dossier_id == dossier.id).order_by(Bilan.exercice)
        ).all(),
    )


def _evenements(dossier: Dossier) -> list[tuple[Evenement, str]]:
    """The journal of the dossier, visible lines only, newest first, with the author's name."""
    lignes = db.session.execute(
        select(Evenement, Utilisateur)
        .outerjoin(Utilisateur, Utilisateur.id == Evenement.acteur_id)
        .where(Evenement.chaine == f"dossier:{dossier.id}", Evenement.visible_porteur.is_(True))
        .order_by(Evenement.rang.desc())
        .limit(200)
    )
    return [(e, u.nom_complet if u else e.qualite) for e, u in lignes]
