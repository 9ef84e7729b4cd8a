"""A small contrat with acts of every kind and stage, and the slow reading of its CPO rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from sqlalchemy import select

from aap.domaine.horloge import aujourdhui
from aap.domaine.objectif_cpo import Compte, Stade
from aap.extensions import db
from aap.models import (
    Bilan,
    Campagne,
    Commune,
    Contrat,
    Convention,
    Dossier,
    DossierQuartier,
    Financement,
    Financeur,
    FormeJuridique,
    Organisme,
    Orientation,
    Quartier,
    RoleHabilitation,
    Tranche,
    TypeCampagne,
    TypeConvention,
    TypeDossier,
)
from aap.permissions import Acteur
from aap.requetes.choix_cpo import ChoixCpo
from tests import fabriques as f
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche

E, T, F = EtatConvention, EtatTranche, EtatFinancement
LE = datetime(2026, 3, 1, tzinfo=UTC)
ANNEES = (2025, 2026, 2027)


@dataclass
class DecorCpo:
    """Ids only: the rows outlive the session that planted them."""

    contrat: int
    financeurs: list[int]
    campagnes: list[int]
    communes: list[int]
    orientations: list[int]
    coordination: int
    finance: int


def planter_cpo(graine: int = 1, actes: int = 40, lignes: int = 20) -> DecorCpo:
    """Acts at every stage, and lines without an act, drawn at random."""
    hasard = Random(graine)
    contrat = f.contrat()
    financeurs = [f.financeur(contrat), f.financeur(contrat, "ville", "Ville d’essai")]
    campagnes = [f.campagne(contrat, n) for n in ANNEES]
    ete = f.campagne(contrat, 2026, code="ete")
    ete.type = TypeCampagne.QUARTIERS_ETE
    essai = f.campagne(contrat, 2026, code="essai")
    essai.bac_a_sable = True
    communes = _poser_tous(Commune(contrat=contrat, code=x, nom=x) for x in ("alpha", "beta"))
    quartiers = _poser_tous(
        Quartier(contrat=contrat, code=f"q{i}", nom=f"Quartier {i}", communes=communes[: i + 1])
        for i in range(2)
    )
    orientations = _poser_tous(
        Orientation(contrat=contrat, code=str(i), ordre=i, titre=f"Orientation {i}")
        for i in range(2)
    )
    formes = [FormeJuridique.ASSOCIATION] * 3 + [FormeJuridique.COMMUNE]
    organismes = [f.organisme(f"Organisme {i}", forme=hasard.choice(formes)) for i in range(9)]
    for o in organismes:
        o.budget_annuel = hasard.choice([None, 80_000_00, 400_000_00])

    def dossier() -> Dossier:
        d = f.dossier(
            hasard.choice([*campagnes, *campagnes, ete, essai]), hasard.choice(organismes)
        )
        d.type = hasard.choice([TypeDossier.ACTION] * 4 + [TypeDossier.PRE])
        d.orientation = hasard.choice([*orientations, None])
        d.duree_annees = hasard.choice([1, 1, 3])
        choisis = hasard.sample(quartiers, hasard.randint(0, 2))
        d.quartiers = [DossierQuartier(quartier=q) for q in choisis]
        db.session.flush()
        return d

    credits = {
        (c.id, x.id): f.enveloppe(c, x, 9_000_000_00)
        for c in [*campagnes, ete, essai]
        for x in financeurs
    }
    for rang in range(actes):
        _acte(hasard, dossier(), hasard.choice(financeurs), credits, rang)
    for _ in range(lignes):
        _ligne(hasard, dossier(), hasard.choice(financeurs), credits)
    for d in db.session.scalars(select(Dossier).order_by(Dossier.id)).all():
        _bilan(hasard, d)
    coordination = f.agent(RoleHabilitation.COORDINATEUR, contrat, None, "Coralie")
    finance = f.agent(RoleHabilitation.FINANCE, contrat, financeurs[0], "Anne")
    db.session.flush()
    return DecorCpo(
        contrat.id,
        [x.id for x in financeurs],
        [c.id for c in [*campagnes, ete]],
        [c.id for c in communes],
        [o.id for o in orientations],
        coordination.id,
        finance.id,
    )


def _poser_tous(objets: Any) -> list[Any]:
    lus = list(objets)
    db.session.add_all(lus)
    db.session.flush()
    return lus


def _financement(
    hasard: Random, d: Dossier, qui: Financeur, credits: Any, etat: EtatFinancement
) -> Financement:
    montant = hasard.randint(1_00, 30_000_00)
    ligne = f.financement(
        d, qui, demande=montant, arbitre=montant, d_enveloppe=credits[d.campagne_id, qui.id],
        etat=F.ARBITRE,
    )  # fmt: skip
    if etat is not F.ARBITRE:
        ligne.montant_vote = montant
        ligne.etat = etat
    db.session.flush()
    return ligne


def _acte(hasard: Random, d: Dossier, qui: Financeur, credits: Any, rang: int) -> None:
    genre = hasard.choice(list(TypeConvention))
    etat = hasard.choice(list(E))
    annee = d.campagne.exercice
    ligne = _financement(hasard, d, qui, credits, F.NOTIFIE)
    signe = etat in (E.SIGNEE, E.EN_VIGUEUR, E.ECHUE, E.RESILIEE)
    duree = hasard.randint(2, 4) if genre is TypeConvention.CPO else 1
    acte = Convention(
        type=genre, etat=etat, financeur=qui, organisme=d.organisme, dossier=d, exercice=annee,
        dernier_exercice=annee + duree - 1, numero=f"{annee}-{rang:03d}", objet=d.intitule,
        signee_le=LE if signe else None,
    )  # fmt: skip
    fermes = [T.FERME, T.CLOSE, T.ABANDONNEE] if signe else [T.PREVISIONNELLE, T.ABANDONNEE]
    suites = [T.PREVISIONNELLE, T.ABANDONNEE]
    acte.tranches = [
        Tranche(
            exercice=annee + i,
            montant=hasard.randint(0, 30_000_00),
            etat=hasard.choice(suites if i else fermes),
            financement=None if i else ligne,
        )
        for i in range(duree)
    ]
    db.session.add(acte)
    db.session.flush()
    if genre is TypeConvention.CPO and hasard.random() < 0.5:
        _demande_de_l_annee(hasard, acte, qui, credits)


def _demande_de_l_annee(hasard: Random, acte: Convention, qui: Financeur, credits: Any) -> None:
    """The light dossier of the second year, whose line waits for the tranche to become firm."""
    campagne = next(
        (c for c in db.session.scalars(select(Campagne).order_by(Campagne.id))
         if c.exercice == acte.exercice + 1 and not c.bac_a_sable),
        None,
    )  # fmt: skip
    if campagne is None:
        return
    d = f.dossier(campagne, acte.organisme)
    d.cpo_id = acte.dossier_id
    _financement(hasard, d, qui, credits, F.NOTIFIE)


def _ligne(hasard: Random, d: Dossier, qui: Financeur, credits: Any) -> None:
    etat = hasard.choice([F.ARBITRE, F.VOTE, F.NOTIFIE, F.NOTIFIE])
    _financement(hasard, d, qui, credits, etat)


def _bilan(hasard: Random, d: Dossier) -> None:
    """Handed in in time or not, or awaited; late once in a while."""
    sort = hasard.choice(["a_temps", "a_temps", "apres", "attendu", "", "", ""])
    if not sort:
        return
    annee, attendu = d.campagne.exercice, sort == "attendu"
    passe = attendu and hasard.random() < 0.3
    db.session.add(
        Bilan(
            dossier=d,
            exercice=annee,
            etat=EtatBilan.ATTENDU if attendu else EtatBilan.DEPOSE,
            echeance=date(2020, 1, 1) if passe else date(2090 if attendu else annee + 1, 6, 30),
            depose_le=None
            if attendu
            else datetime(annee + 1, 6 if sort == "a_temps" else 7, 30, 12, tzinfo=UTC),
        )
    )


def en_retard(b: Bilan) -> bool:
    """Awaited, due, for an aid that still stands."""
    tranches = [
        t
        for t in db.session.scalars(select(Tranche))
        if t.financement is not None
        and t.financement.dossier_id == b.dossier_id
        and t.etat is not T.ABANDONNEE
    ]
    return b.etat is EtatBilan.ATTENDU and b.echeance < aujourdhui() and bool(tranches)


@dataclass
class Vu:
    """One act or line as the reference reads it."""

    annee: int
    stade: Stade
    genre: str
    montant: int
    financeur: int
    organisme: Organisme
    dossier: Dossier


def tout_lire() -> list[Vu]:
    """Every row of the objective, object by object, no query of the application used."""
    conventions = list(db.session.scalars(select(Convention)))
    vus, couvertes, attendues = [], set(), set()
    for c in conventions:
        for t in c.tranches:
            vus += _lire_tranche(c, t)
            if t.etat is not T.ABANDONNEE and c.etat is not E.RESILIEE:
                couvertes.add(t.financement_id)
            if c.etat in (E.SIGNEE, E.EN_VIGUEUR, E.ECHUE) and t.etat is T.PREVISIONNELLE:
                attendues.add((c.dossier_id, c.financeur_id, t.exercice))
    lignes = list(db.session.scalars(select(Financement)))
    for x in lignes:
        seule = x.etat in (F.VOTE, F.NOTIFIE) and x.id not in couvertes and x.montant_vote
        if seule and (x.dossier.cpo_id, x.financeur_id, x.exercice) not in attendues:
            vus.append(_lire_ligne(x, lignes))
    return vus


def _lire_tranche(c: Convention, t: Tranche) -> list[Vu]:
    ferme = t.etat in (T.FERME, T.CLOSE)
    if t.etat is T.ABANDONNEE or (c.etat is E.RESILIEE and not ferme):
        return []
    stade = Stade.PREPARE
    if ferme:
        stade = Stade.SIGNE if c.etat is E.SIGNEE else Stade.EN_VIGUEUR
    d = t.financement.dossier if t.financement else c.dossier
    return [Vu(t.exercice, stade, c.type.value, t.montant, c.financeur_id, c.organisme, d)]


def _lire_ligne(x: Financement, lignes: list[Financement]) -> Vu:
    d, montant = x.dossier, x.montant_vote or 0
    genre = _genre(x, lignes)
    return Vu(x.exercice, Stade.PREVU, genre, montant, x.financeur_id, d.organisme, d)


def _genre(ligne: Financement, lignes: list[Financement]) -> str:
    if ligne.dossier.duree_annees > 1:
        return "cpo"
    cumul = sum(
        x.montant_retenu
        for x in lignes
        if x.financeur_id == ligne.financeur_id
        and x.exercice == ligne.exercice
        and x.dossier.organisme_id == ligne.dossier.organisme_id
        and not x.dossier.campagne.bac_a_sable
    )
    return "annuelle" if cumul > 23_000_00 else "arrete"


def _dispositif(v: Vu) -> str:
    if v.dossier.type is TypeDossier.PRE:
        return "pre"
    ete = v.dossier.campagne.type is TypeCampagne.QUARTIERS_ETE
    return "quartiers_ete" if ete else ""


def communes_de(d: Dossier) -> set[int]:
    return {c.id for lien in d.quartiers for c in lien.quartier.communes}


def retenus(vus: list[Vu], choix: ChoixCpo, lus: set[int]) -> list[Vu]:
    """What a choice of the address keeps, year and stage aside."""
    garde = []
    for v in vus:
        hors = (
            v.dossier.campagne.bac_a_sable
            or v.financeur not in lus
            or (choix.filtre.associations_seulement
                and v.organisme.forme is not FormeJuridique.ASSOCIATION)
            or (choix.filtre.conventions_seulement and v.genre == "arrete")
            or _dispositif(v) in choix.filtre.sans_dispositifs
            or (choix.financeur and v.financeur != choix.financeur)
            or (choix.campagne and v.dossier.campagne_id != choix.campagne)
            or (choix.orientation is not None
                and (v.dossier.orientation_id or 0) != choix.orientation)
            or (choix.commune is not None
                and choix.commune not in (communes_de(v.dossier) or {0}))
        )  # fmt: skip
        if not hors:
            garde.append(v)
    return garde


def compter(vus: list[Vu]) -> Compte:
    cpo = [v for v in vus if v.genre == "cpo"]
    return Compte(len(cpo), len(vus), sum(v.montant for v in cpo), sum(v.montant for v in vus))


def lecteur(decor_id: int) -> Acteur:
    """The person with her rights, read again."""
    personne = db.session.get_one(f.Utilisateur, decor_id)
    return f.acteur(personne)


def contrat_de(decor: DecorCpo) -> Contrat:
    return db.session.get_one(Contrat, decor.contrat)
