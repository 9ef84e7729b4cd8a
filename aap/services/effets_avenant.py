"""What the last signature of an avenant writes: tranches, vote, payments, due date of the bilan.

Nothing is kept twice: the tranche bears the amount, the line bears the vote, and totals are sums.
"""

from __future__ import annotations

from datetime import date

from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import en_euros
from aap.extensions import db
from aap.models import Avenant, Convention, Financement, Tranche, TypeVersement, Versement
from aap.models.types import Json
from aap.permissions import SYSTEME, Acteur
from aap.requetes.avenants import (
    REVISABLES,
    bilan_concerne,
    echeance_reportee,
    plan_versements,
    tranche_de,
)
from aap.services.journal import consigner
from aap.services.transition import franchir
from aap.services.versement import solder, verse
from workflows.tranche import EtatTranche


def appliquer(acteur: Acteur, avenant: Avenant) -> None:
    """Write the effects, exercice by exercice. The triggers refuse an enveloppe overrun."""
    convention = avenant.convention
    if avenant.fin is not None:
        _reporter_bilan(acteur, convention, avenant.fin)
    for effet in avenant.effets:
        exercice = int(effet["exercice"])
        tranche = tranche_de(convention, exercice)
        if tranche is None:
            _ajouter_exercice(acteur, avenant, effet)
        else:
            _changer_tranche(acteur, avenant, tranche, effet)
    db.session.flush()


def _ajouter_exercice(acteur: Acteur, avenant: Avenant, effet: Json) -> None:
    convention = avenant.convention
    tranche = Tranche(
        exercice=int(effet["exercice"]),
        montant=int(effet["apres"]),
        objectifs=effet.get("objectifs") or "",
    )
    convention.tranches.append(tranche)
    convention.dernier_exercice = tranche.exercice
    db.session.flush()
    consigner(
        acteur,
        tranche,
        "tranche.ajouter",
        f"Exercice {tranche.exercice} ajouté par l’avenant n° {avenant.numero_avenant}, pour "
        f"{en_euros(tranche.montant)}",
        donnees={"montant": tranche.montant},
        visible_porteur=True,
    )


def _changer_tranche(acteur: Acteur, avenant: Avenant, tranche: Tranche, effet: Json) -> None:
    avant, apres = tranche.montant, int(effet["apres"])
    if "objectifs" in effet:
        tranche.objectifs = effet["objectifs"]
    if apres == avant:
        db.session.flush()
        return
    if tranche.etat is EtatTranche.FERME and tranche.financement is not None:
        _changer_vote(acteur, avenant, tranche.financement, apres - avant)
        _replanifier(acteur, avenant, tranche, apres)
    tranche.montant = apres
    db.session.flush()
    consigner(
        acteur,
        tranche,
        "tranche.modifier",
        f"Exercice {tranche.exercice} porté de {en_euros(avant)} à {en_euros(apres)} par l’avenant "
        f"n° {avenant.numero_avenant}",
        donnees={"avant": avant, "apres": apres},
        visible_porteur=True,
    )
    if tranche.financement is not None:
        _suivre_ligne(tranche.financement)


def _changer_vote(acteur: Acteur, avenant: Avenant, financement: Financement, ecart: int) -> None:
    avant = financement.montant_vote or 0
    financement.montant_vote = avant + ecart
    db.session.flush()
    consigner(
        acteur,
        financement,
        "financement.reviser_vote",
        f"Montant voté porté de {en_euros(avant)} à {en_euros(avant + ecart)} par l’avenant "
        f"n° {avenant.numero_avenant}",
        donnees={
            "avant": avant,
            "apres": avant + ecart,
            "acte": [
                avenant.acte_type,
                avenant.acte_numero,
                avenant.acte_date.isoformat() if avenant.acte_date else None,
            ],
        },
    )


def _replanifier(acteur: Acteur, avenant: Avenant, tranche: Tranche, apres: int) -> None:
    plan = plan_versements(tranche, apres)
    motif = f"Avenant n° {avenant.numero_avenant}"
    for v in sorted(tranche.versements, key=lambda v: v.rang):
        nouveau = plan.montants.get(v.id)
        if nouveau is None or nouveau == v.montant:
            continue
        if nouveau == 0:
            franchir(acteur, v, "annuler", motif=motif)
            v.motif = motif
            continue
        libelle = (
            f"{v.type.libelle} portée"
            if v.type is TypeVersement.AVANCE
            else (f"{v.type.libelle} porté")
        )
        phrase = f"{libelle} de {en_euros(v.montant)} à {en_euros(nouveau)} ({motif.lower()})"
        donnees = {"avant": v.montant, "apres": nouveau}
        v.montant = nouveau
        consigner(acteur, v, "versement.reviser", phrase, donnees=donnees, visible_porteur=True)
    if plan.ajout:
        _ajouter_versement(acteur, tranche, plan.ajout, motif)


def _ajouter_versement(acteur: Acteur, tranche: Tranche, montant: int, motif: str) -> None:
    rang = max((v.rang for v in tranche.versements), default=0) + 1
    versement = Versement(
        rang=rang,
        type=TypeVersement.SOLDE,
        montant=montant,
        prevu_le=max(date(tranche.exercice, 12, 31), aujourdhui()),
    )
    tranche.versements.append(versement)
    db.session.flush()
    consigner(
        acteur,
        versement,
        "versement.planifier",
        f"Versement de {en_euros(montant)} ajouté ({motif.lower()})",
        visible_porteur=True,
    )


def _suivre_ligne(financement: Financement) -> None:
    """A cut may leave nothing to pay: the line is then wholly paid, and closed if it can be."""
    paye = verse(financement)
    if paye and financement.etat in REVISABLES and paye >= (financement.montant_vote or 0):
        franchir(SYSTEME, financement, "constater_solde")
        solder(financement)


def _reporter_bilan(acteur: Acteur, convention: Convention, fin: date) -> None:
    echeances = echeance_reportee(convention, fin)
    bilan = bilan_concerne(convention)
    if echeances is None or bilan is None:
        return
    bilan.echeance = echeances[1]
    db.session.flush()
    consigner(
        acteur,
        bilan,
        "bilan.reporter",
        f"Bilan attendu avant le {echeances[1]:%d/%m/%Y} au lieu du {echeances[0]:%d/%m/%Y}",
        donnees={"avant": echeances[0].isoformat(), "apres": echeances[1].isoformat()},
        visible_porteur=True,
    )
