"""What a deposit freezes: everything that the CERFA 12156*06 prints, as canonical JSON data.

Amounts in cents, dates as « 2027-03-14 ». A frozen content must be readable for ever without
the tables it came from: the names behind its codes and the words of its questions are in it.
Older contents lack the keys of ``AJOUTS``; their readers do without.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.domaine.budget import plan_au
from aap.domaine.cer import VERSION_TEXTE
from aap.domaine.horloge import a_paris
from aap.domaine.questionnaire import lisible, questions_pour, sections_lues
from aap.extensions import db
from aap.models import (
    Dossier,
    EngagementRepublicain,
    Financement,
    Financeur,
    LigneBudget,
    LigneBudgetOrganisme,
    Organisme,
    PieceDossier,
    PieceOrganisme,
)
from aap.models.types import Json
from aap.requetes.essai import hors_essai
from workflows.financement import EtatFinancement

FORMAT = 2
# States of a line whose vote is known to the porteur: her letter or her act said it.
ANNONCEES = (
    EtatFinancement.NOTIFIE,
    EtatFinancement.ENGAGE,
    EtatFinancement.VERSE_PARTIEL,
    EtatFinancement.VERSE,
    EtatFinancement.JUSTIFIE,
)
EXERCICES_PASSES = 3


def contenu_depose(dossier: Dossier) -> Json:
    """Everything that the porteur deposits (2 + 5 queries).

    The number is not part of it: it is given by the deposit itself.
    """
    c = dossier.campagne
    profil = dossier.profil
    return {
        "format": FORMAT,
        "campagne": c.code,
        "appel": {"nom": c.nom, "exercice": c.exercice, "contrat": c.contrat.nom},
        "plan": plan_au(a_paris(c.ouverture_le).date()).code,
        "type": dossier.type.value,
        "annees": profil.annees,
        "cpo": dossier.cpo.reference if dossier.cpo else None,
        "organisme": _organisme(dossier.organisme),
        "budget_organisme": _budget_organisme(dossier.organisme_id, c.exercice),
        "aides_passees": _aides_passees(dossier.organisme_id, c.exercice),
        "reponses": {r.champ: r.valeur for r in dossier.reponses if r.valeur},
        "questions": _questions(dossier),
        "orientation": dossier.orientation.code if dossier.orientation else None,
        "objectifs": sorted(x.code for x in dossier.objectifs),
        "quartiers": sorted(
            ([q.quartier.code, q.part] for q in dossier.quartiers), key=lambda x: str(x[0])
        ),
        "objectifs_locaux": sorted(x.texte for x in dossier.objectifs_locaux),
        "indicateurs": [
            [i.libelle, i.cible, i.mode_mesure]
            for i in sorted(dossier.indicateurs, key=lambda i: i.id or 0)
        ],
        "budget": _budget(dossier),
        "financements": sorted(
            [f.financeur.code, f.origine.value, f.montant_demande] for f in dossier.financements
        ),
        "pieces": _pieces(dossier),
        "noms": _noms(dossier),
    }


def _organisme(o: Organisme) -> Json:
    return {
        "nom": o.nom,
        "sigle": o.sigle,
        "forme": o.forme.value,
        "siret": o.siret,
        "rna": o.rna,
        "adresse": [o.adresse, o.code_postal, o.ville],
        "courriel": o.courriel,
        "telephone": o.telephone,
        "objet": o.objet,
        "date_creation": _jour(o.date_creation),
        "representant": [o.representant_nom, o.representant_fonction],
        "fin_exercice_mois": o.fin_exercice_mois,
        "budget_annuel": o.budget_annuel,
        "tresorerie": o.tresorerie,
        "compte": [o.titulaire_compte, o.iban, o.bic] if o.iban else None,
        "engagement": _engagement(o),
        "identite": {nom: v for nom, v in o.identite.items() if v not in (None, "")},
    }


def _jour(jour: date | None) -> str | None:
    return jour.isoformat() if jour else None


def _engagement(o: Organisme) -> list[str] | None:
    """[version, day] of the contrat d'engagement républicain in force."""
    if not o.forme.signe_le_cer:
        return None
    signe_le = db.session.scalar(
        select(EngagementRepublicain.signe_le).where(
            EngagementRepublicain.organisme_id == o.id,
            EngagementRepublicain.version_texte == VERSION_TEXTE,
        )
    )
    return [VERSION_TEXTE, a_paris(signe_le).date().isoformat()] if signe_le else None


def _budget_organisme(organisme_id: int, exercice: int) -> Json | None:
    """The organisme's budget of the exercice asked for, else the last one before it."""
    trouve = db.session.scalar(
        select(func.max(LigneBudgetOrganisme.exercice)).where(
            LigneBudgetOrganisme.organisme_id == organisme_id,
            LigneBudgetOrganisme.exercice <= exercice,
            LigneBudgetOrganisme.montant.is_not(None),
        )
    )
    if trouve is None:
        return None
    lignes = db.session.scalars(
        select(LigneBudgetOrganisme)
        .where(
            LigneBudgetOrganisme.organisme_id == organisme_id,
            LigneBudgetOrganisme.exercice == trouve,
            LigneBudgetOrganisme.montant.is_not(None),
        )
        .order_by(LigneBudgetOrganisme.cote, LigneBudgetOrganisme.compte)
    )
    return {"exercice": trouve, "lignes": [[x.cote.value, x.compte, x.montant] for x in lignes]}


def _aides_passees(organisme_id: int, exercice: int) -> list[list[Any]]:
    """[exercice, funder, cents] granted here over the last three exercices, as announced."""
    lignes = db.session.execute(
        select(Financement.exercice, Financeur.nom, func.sum(Financement.montant_vote))
        .join(Financeur, Financeur.id == Financement.financeur_id)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(
            Dossier.organisme_id == organisme_id,
            Financement.exercice.between(exercice - EXERCICES_PASSES, exercice - 1),
            Financement.etat.in_(ANNONCEES),
            Financement.montant_vote > 0,
            hors_essai(),
        )
        .group_by(Financement.exercice, Financeur.nom)
        .order_by(Financement.exercice.desc(), Financeur.nom)
    )
    return [[annee, nom, int(somme or 0)] for annee, nom, somme in lignes]


def _questions(dossier: Dossier) -> list[list[str]]:
    """[page, question, its words, the answer as it is read] of what is answered, in order."""
    reponses = {r.champ: r.valeur for r in dossier.reponses if r.valeur}
    return [
        [section.titre, q.code, q.libelle, lisible(q, reponses[q.code])]
        for section in sections_lues(dossier.profil)
        for q in questions_pour(section, dossier.profil)
        if q.code in reponses
    ]


def _budget(dossier: Dossier) -> list[list[Any]]:
    """[year, side, account, label, cents, state, origin]; unreadable amounts left out."""
    origines = {f.id: f.origine for f in dossier.financements}

    def origine(x: LigneBudget) -> str | None:
        lue = origines.get(x.financement_id) if x.financement_id else x.origine
        return lue.value if lue else None

    return [
        [
            x.annee,
            x.cote.value,
            x.compte,
            x.libelle,
            x.montant,
            x.etat_produit.value if x.etat_produit else None,
            origine(x),
        ]
        for x in sorted(dossier.lignes, key=lambda x: (x.annee, x.rang, x.id or 0))
        if x.montant is not None
    ]


def _pieces(dossier: Dossier) -> list[list[str]]:
    """[label, hash, file, last day of validity]: the dossier's, then the vault's in force."""
    jointes = db.session.scalars(
        select(PieceDossier)
        .where(PieceDossier.dossier_id == dossier.id, PieceDossier.retiree_le.is_(None))
        .options(joinedload(PieceDossier.fichier))
        .order_by(PieceDossier.id)
    )
    du_coffre = db.session.scalars(
        select(PieceOrganisme)
        .where(
            PieceOrganisme.organisme_id == dossier.organisme_id,
            PieceOrganisme.remplacee_le.is_(None),
        )
        .options(joinedload(PieceOrganisme.fichier))
        .order_by(PieceOrganisme.id)
    )
    return [[p.libelle, p.fichier.sha256, p.fichier.nom, ""] for p in jointes] + [
        [p.type.libelle, p.fichier.sha256, p.fichier.nom, _jour(p.valable_jusquau) or ""]
        for p in du_coffre
    ]


def _noms(dossier: Dossier) -> Json:
    """The names behind the codes, as they were that day."""
    orientation = [dossier.orientation] if dossier.orientation else []
    return {
        "orientation": {o.code: o.titre for o in orientation},
        "objectif": {o.code: o.titre for o in dossier.objectifs},
        "quartier": {q.quartier.code: q.quartier.nom for q in dossier.quartiers},
        "financeur": {f.financeur.code: f.financeur.nom for f in dossier.financements},
    }
