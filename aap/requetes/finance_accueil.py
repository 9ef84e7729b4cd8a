"""The home of the finance rooms: what waits for me, what is left, what runs late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import joinedload

from aap.domaine.calendrier import limite_paiement
from aap.domaine.horloge import a_paris, aujourdhui
from aap.extensions import db
from aap.models import (
    Avenant,
    Bilan,
    Campagne,
    Convention,
    Dossier,
    Enveloppe,
    Financement,
    Financeur,
    Organisme,
    Tranche,
    Versement,
)
from aap.permissions import Acteur
from aap.requetes import finance
from aap.requetes.bilans_retard import en_retard_sql
from aap.requetes.soldes import RETENU
from workflows.avenant import EtatAvenant
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

MONTREES = 6
CHEZ_LE_PORTEUR = frozenset(
    {
        "actes_signature_porteur",
        "avenants_signature_porteur",
        "bilans_retard",
        "bilans_reversement_demande",
    }
)
JOURS_D_AVANCE = 15
ENGAGEES = (
    EtatFinancement.ENGAGE,
    EtatFinancement.VERSE_PARTIEL,
    EtatFinancement.VERSE,
    EtatFinancement.JUSTIFIE,
    EtatFinancement.CLOS,
    EtatFinancement.A_REVERSER,
    EtatFinancement.REVERSE,
)


@dataclass(frozen=True)
class File:
    """One kind of thing to do: the first ones, and how many there are."""

    code: str
    titre: str
    total: int
    objets: Sequence[Any]

    @property
    def libelle(self) -> str:
        """« 1 Versement à valider »: the heap's title, in the singular for one thing."""
        return _au_singulier(self.titre) if self.total == 1 else self.titre


def _au_singulier(titre: str) -> str:
    """« Avenant attendu du porteur » from « Avenants attendus du porteur ».

    Only the words before the first one without « s » change: the noun and what agrees with it.
    """
    mots = titre.split(" ")
    for i, mot in enumerate(mots):
        if not mot.endswith("s"):
            break
        mots[i] = mot[:-1]
    return " ".join(mots)


@dataclass(frozen=True)
class SoldeEnveloppe:
    """Cents of one enveloppe: what it holds and how far the money went.

    Each amount contains the next: ``pris`` (arbitrated or voted, sub-enveloppes included) ⊇
    ``vote`` ⊇ ``engage`` ⊇ ``paye``.
    """

    enveloppe: Enveloppe
    delegue: int
    pris: int
    vote: int
    engage: int
    paye: int

    @property
    def reste(self) -> int:
        return self.enveloppe.montant - self.delegue - self.pris


@dataclass(frozen=True)
class CompteurPaiement:
    """A notified act of which nothing is paid yet (60 days, loi 2021-875 art. 2)."""

    convention: Convention
    limite: date

    @property
    def depasse(self) -> bool:
        return aujourdhui() > self.limite


@dataclass(frozen=True)
class Accueil:
    files: list[File]
    enveloppes: list[SoldeEnveloppe]
    compteurs: list[CompteurPaiement]
    campagnes: dict[int, str]

    @property
    def a_faire(self) -> list[File]:
        """What the reader's own rooms must do."""
        return [f for f in self.files if f.code not in CHEZ_LE_PORTEUR]

    @property
    def attendus(self) -> list[File]:
        """What the porteurs must do, to be followed."""
        return [f for f in self.files if f.code in CHEZ_LE_PORTEUR]


def accueil(acteur: Acteur) -> Accueil:
    """Everything that waits for the reader (a constant number of queries)."""
    files = [
        *_files_lignes(acteur),
        *_files_actes(acteur),
        *_files_avenants(acteur),
        *_files_versements(acteur),
        *_files_bilans(acteur),
    ]
    lus = soldes(acteur)
    return Accueil(
        [f for f in files if f.total],
        lus,
        compteurs(acteur),
        _noms_campagnes({s.enveloppe.campagne_id for s in lus}),
    )


def _noms_campagnes(ids: set[int]) -> dict[int, str]:
    lignes = db.session.execute(select(Campagne.id, Campagne.nom).where(Campagne.id.in_(ids)))
    return {i: nom for i, nom in lignes}


def _file(code: str, titre: str, requete: Select[Any]) -> File:
    """The first rows and the exact total (2 queries)."""
    total = db.session.scalar(
        select(func.count()).select_from(requete.order_by(None).options().subquery())
    )
    objets = list(db.session.scalars(requete.limit(MONTREES)).unique()) if total else []
    return File(code, titre, total or 0, objets)


def _files_lignes(acteur: Acteur) -> list[File]:
    publiee = finance.decision_publiee_sql()
    E = EtatFinancement
    couvrable = or_(
        Financement.etat == E.NOTIFIE, and_(Financement.etat == E.ENGAGE, finance.sans_acte())
    )
    return [
        _file(
            "votes",
            "Votes à enregistrer",
            finance.lignes(acteur, Financement.etat == E.ARBITRE, publiee),
        ),
        _file(
            "notifications",
            "Décisions à notifier",
            finance.lignes(acteur, Financement.etat == E.VOTE),
        ),
        _file(
            "actes_a_preparer",
            "Actes à préparer",
            finance.lignes(acteur, couvrable, finance.sans_acte()),
        ),
        _file(
            "renoncements",
            "Aides abandonnées par le porteur, acte à arrêter",
            finance.lignes(acteur, Financement.etat == E.RENONCE, ~finance.sans_acte()),
        ),
        _file(
            "soldes",
            "Aides à solder, bilan accepté",
            finance.lignes(acteur, Financement.etat.in_((E.VERSE_PARTIEL, E.VERSE)), _a_solder()),
        ),
    ]


def _a_solder() -> ColumnElement[bool]:
    """The bilan is accepted and no payment is planned: a sum is to be planned, asked or left."""
    bilan = exists().where(
        Bilan.dossier_id == Financement.dossier_id,
        Bilan.exercice == Financement.exercice,
        Bilan.etat.in_((EtatBilan.VALIDE, EtatBilan.REVERSEMENT_DEMANDE, EtatBilan.REVERSE)),
        Bilan.depose_le.is_not(None),
    )
    prevu = exists().where(
        Versement.tranche_id == Tranche.id,
        Tranche.financement_id == Financement.id,
        Versement.etat.not_in((EtatVersement.PAYE, EtatVersement.ANNULE)),
    )
    return and_(bilan, ~prevu)


def _conventions(acteur: Acteur, *conditions: ColumnElement[bool]) -> Select[Convention]:
    return (
        select(Convention)
        .join(Financeur, Financeur.id == Convention.financeur_id)
        .join(Organisme, Organisme.id == Convention.organisme_id)
        .join(Dossier, Dossier.id == Convention.dossier_id)
        .where(finance.financeurs_de(acteur), *finance.sans_deport(acteur), *conditions)
        .options(
            joinedload(Convention.financeur),
            joinedload(Convention.organisme),
            joinedload(Convention.dossier),
        )
        .order_by(Convention.modifie_le, Convention.id)
    )


def _files_actes(acteur: Acteur) -> list[File]:
    E = EtatConvention
    titres = {
        E.PROJET: "Projets d’acte à envoyer",
        E.SIGNATURE_FINANCEUR: "Actes à signer",
        E.SIGNEE: "Actes signés à mettre en vigueur",
        E.SIGNATURE_PORTEUR: "Actes attendus du porteur",
    }
    return [
        _file(f"actes_{etat.value}", titre, _conventions(acteur, Convention.etat == etat))
        for etat, titre in titres.items()
    ]


def _files_avenants(acteur: Acteur) -> list[File]:
    """Avenants that wait, one heap per state."""
    E = EtatAvenant
    titres = {
        E.PROJET: "Projets d’avenant à envoyer",
        E.SIGNATURE_FINANCEUR: "Avenants à signer",
        E.SIGNATURE_PORTEUR: "Avenants attendus du porteur",
    }
    return [_file(f"avenants_{e.value}", t, _avenants(acteur, e)) for e, t in titres.items()]


def _avenants(acteur: Acteur, etat: EtatAvenant) -> Select[Avenant]:
    vers = joinedload(Avenant.convention)
    return (
        select(Avenant)
        .join(Convention, Convention.id == Avenant.convention_id)
        .join(Financeur, Financeur.id == Convention.financeur_id)
        .join(Organisme, Organisme.id == Convention.organisme_id)
        .where(finance.financeurs_de(acteur), *finance.sans_deport(acteur), Avenant.etat == etat)
        .options(vers.joinedload(Convention.organisme), vers.joinedload(Convention.dossier))
        .order_by(Avenant.modifie_le, Avenant.id)
    )


def _files_versements(acteur: Acteur) -> list[File]:
    E = EtatVersement
    proche = aujourdhui() + timedelta(days=JOURS_D_AVANCE)
    pas_de_moi = or_(
        Versement.propose_par_id.is_(None), Versement.propose_par_id != acteur.utilisateur_id
    )
    ouvert = and_(Tranche.etat == EtatTranche.FERME, Convention.etat == EtatConvention.EN_VIGUEUR)
    demandes: list[tuple[str, str, ColumnElement[bool]]] = [
        (
            "prevu",
            "Versements à proposer",
            and_(Versement.etat == E.PREVU, Versement.prevu_le <= proche, ouvert),
        ),
        (
            "propose",
            "Versements à valider (deuxième personne)",
            and_(Versement.etat == E.PROPOSE, pas_de_moi),
        ),
        ("valide", "Versements à mandater", Versement.etat == E.VALIDE),
        ("mandate", "Paiements à constater", Versement.etat == E.MANDATE),
        ("rejete", "Versements rejetés à corriger", Versement.etat == E.REJETE),
    ]
    return [
        _file(f"versements_{code}", titre, finance.versements(acteur, condition))
        for code, titre, condition in demandes
    ]


def _files_bilans(acteur: Acteur) -> list[File]:
    return [
        _file(
            "bilans_depose",
            "Bilans à contrôler",
            finance.bilans_du_financeur(acteur, Bilan.etat == EtatBilan.DEPOSE),
        ),
        _file(
            "bilans_retard",
            "Bilans en retard",
            finance.bilans_du_financeur(acteur, en_retard_sql()),
        ),
        _file(
            "bilans_reversement_demande",
            "Reversements à encaisser",
            finance.bilans_du_financeur(acteur, Bilan.etat == EtatBilan.REVERSEMENT_DEMANDE),
        ),
    ]


def _enveloppes(acteur: Acteur) -> Select[Enveloppe]:
    return (
        select(Enveloppe)
        .join(Financeur, Financeur.id == Enveloppe.financeur_id)
        .join(Campagne, Campagne.id == Enveloppe.campagne_id)
        .where(finance.financeurs_de(acteur), Campagne.bac_a_sable.is_(False))
        .options(joinedload(Enveloppe.financeur))
        .order_by(Enveloppe.campagne_id.desc(), Financeur.nom, Enveloppe.libelle)
    )


def soldes(acteur: Acteur) -> list[SoldeEnveloppe]:
    """Every enveloppe of the reader's funders (4 queries)."""
    enveloppes = list(db.session.scalars(_enveloppes(acteur)))
    ids = [e.id for e in enveloppes]
    if not ids:
        return []
    vote = func.coalesce(Financement.montant_vote, 0)
    vote_compte = case((RETENU > 0, vote), else_=0)
    engage = case((Financement.etat.in_(ENGAGEES), vote), else_=0)
    sommes = {
        i: (int(pris or 0), int(v or 0), int(e or 0))
        for i, pris, v, e in db.session.execute(
            select(
                Financement.enveloppe_id, func.sum(RETENU), func.sum(vote_compte), func.sum(engage)
            )
            .where(Financement.enveloppe_id.in_(ids))
            .group_by(Financement.enveloppe_id)
        )
    }
    payes = _sommes_par(
        select(Financement.enveloppe_id, func.sum(Versement.montant))
        .join(Tranche, Tranche.financement_id == Financement.id)
        .join(Versement, Versement.tranche_id == Tranche.id)
        .where(Financement.enveloppe_id.in_(ids), Versement.etat == EtatVersement.PAYE)
        .group_by(Financement.enveloppe_id)
    )
    delegues = _sommes_par(
        select(Enveloppe.parent_id, func.sum(Enveloppe.montant))
        .where(Enveloppe.parent_id.in_(ids))
        .group_by(Enveloppe.parent_id)
    )
    return [
        SoldeEnveloppe(e, delegues.get(e.id, 0), *sommes.get(e.id, (0, 0, 0)), payes.get(e.id, 0))
        for e in enveloppes
    ]


def _sommes_par(requete: Any) -> dict[int, int]:
    return {cle: int(somme or 0) for cle, somme in db.session.execute(requete)}


def compteurs(acteur: Acteur) -> list[CompteurPaiement]:
    """Notified acts without any payment, the nearest limit first (1 query)."""
    paye = (
        select(Versement.id)
        .join(Tranche, Tranche.id == Versement.tranche_id)
        .where(Tranche.convention_id == Convention.id, Versement.etat == EtatVersement.PAYE)
        .exists()
    )
    conventions = db.session.scalars(
        _conventions(
            acteur,
            Convention.etat == EtatConvention.EN_VIGUEUR,
            Convention.notifiee_le.is_not(None),
            ~paye,
        )
        .order_by(None)
        .order_by(Convention.notifiee_le)
        .limit(20)
    )
    return [
        CompteurPaiement(c, limite_paiement(a_paris(c.notifiee_le).date()))
        for c in conventions
        if c.notifiee_le is not None
    ]
