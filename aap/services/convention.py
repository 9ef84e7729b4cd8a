"""Arrêtés, annual conventions and CPO: made from a notified line, signed, put in force."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from aap.domaine.cpo import choisir_acte
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.montants import en_euros, repartir
from aap.extensions import db
from aap.models import (
    Convention,
    Financement,
    Financeur,
    Tranche,
    TypeConvention,
    TypeVersement,
    Versement,
)
from aap.models.types import Json
from aap.permissions import SYSTEME, Acteur, exiger
from aap.requetes.cumuls import cumul_financeur
from aap.services.avertissement import avertir_porteur
from aap.services.bilan import ouvrir_bilan
from aap.services.empreinte import empreinte
from aap.services.journal import consigner
from aap.services.transition import effet, franchir
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche

DUREE_MAX = 4


@dataclass(frozen=True)
class Echeance:
    """One planned payment of each exercice: share in thousandths, month (1-12) of payment."""

    type: TypeVersement
    pour_mille: int
    mois: int


ECHEANCIER_PAR_DEFAUT = (
    Echeance(TypeVersement.AVANCE, 800, 6),
    Echeance(TypeVersement.SOLDE, 200, 12),
)


def type_propose(financement: Financement, *, pluriannuel: bool = False) -> TypeConvention:
    """The act the law asks for: 23 000 € per financeur × organisme × year, all dossiers summed."""
    cumul = cumul_financeur(
        financement.financeur_id, financement.dossier.organisme_id, financement.exercice
    )
    return TypeConvention(choisir_acte(cumul, pluriannuel=pluriannuel).value)


def prochain_numero(financeur: Financeur, exercice: int) -> str:
    """« 2027-012 »: per funder and year, without holes; the funder's row is locked meanwhile."""
    db.session.execute(
        select(Financeur.id).where(Financeur.id == financeur.id).with_for_update(key_share=True)
    )
    rang = db.session.scalar(
        select(func.count())
        .select_from(Convention)
        .where(Convention.financeur_id == financeur.id, Convention.exercice == exercice)
    )
    return f"{exercice}-{(rang or 0) + 1:03d}"


def _verifier_projet(
    financement: Financement, exercices: dict[int, int], echeancier: tuple[Echeance, ...]
) -> None:
    if financement.etat is not EtatFinancement.NOTIFIE:
        raise PasLeMoment("Notifiez d’abord la décision de ce financeur au porteur.")
    deja = db.session.scalar(
        select(Convention.numero)
        .join(Tranche, Tranche.convention_id == Convention.id)
        .where(Tranche.financement_id == financement.id, Convention.etat != EtatConvention.RESILIEE)
    )
    if deja:
        raise PasLeMoment(f"L’acte n° {deja} couvre déjà cette aide.")
    attendus = list(range(financement.exercice + 1, financement.exercice + 1 + len(exercices)))
    problemes = []
    if sorted(exercices) != attendus or len(exercices) >= DUREE_MAX:
        problemes.append(
            Probleme(f"Une CPO dure de 2 à {DUREE_MAX} ans qui se suivent.", "exercices")
        )
    if any(m <= 0 for m in exercices.values()):
        problemes.append(Probleme("Chaque année a un montant supérieur à zéro.", "exercices"))
    if sum(e.pour_mille for e in echeancier) != 1000 or not echeancier:
        problemes.append(Probleme("L’échéancier doit faire 100 % au total.", "echeancier"))
    if problemes:
        raise Invalide("Le projet n’est pas complet.", problemes)


def preparer_convention(
    acteur: Acteur,
    financement: Financement,
    type_acte: TypeConvention | None = None,
    *,
    exercices: dict[int, int] | None = None,
    echeancier: tuple[Echeance, ...] = ECHEANCIER_PAR_DEFAUT,
) -> Convention:
    """A draft act for a notified line. ``exercices``: year -> provisional cents of a CPO.

    Raises Invalide, PasLeMoment.
    """
    exiger(acteur, "financement.conventionner", financement)
    suites = exercices or {}
    _verifier_projet(financement, suites, echeancier)
    voulu = type_acte or type_propose(financement, pluriannuel=bool(suites))
    if (voulu is TypeConvention.CPO) != bool(suites):
        raise Invalide("Une CPO prévoit au moins deux années ; les autres actes, une seule.")
    dossier = financement.dossier
    convention = Convention(
        type=voulu,
        financeur=financement.financeur,
        organisme=dossier.organisme,
        dossier=dossier,
        exercice=financement.exercice,
        dernier_exercice=financement.exercice + len(suites),
        numero=prochain_numero(financement.financeur, financement.exercice),
        objet=dossier.intitule,
        echeancier=[
            {"type": e.type.value, "pour_mille": e.pour_mille, "mois": e.mois} for e in echeancier
        ],
    )
    convention.tranches = [
        Tranche(
            exercice=financement.exercice,
            montant=financement.montant_vote or 0,
            financement=financement,
        ),
        *(Tranche(exercice=annee, montant=montant) for annee, montant in sorted(suites.items())),
    ]
    db.session.add(convention)
    db.session.flush()
    consigner(
        acteur,
        convention,
        "convention.preparer",
        f"{voulu.libelle} n° {convention.numero} préparée pour "
        f"{en_euros(sum(t.montant for t in convention.tranches))}",
        donnees={"tranches": {str(t.exercice): t.montant for t in convention.tranches}},
    )
    return convention


def contenu_convention(convention: Convention) -> Json:
    """What is signed, as canonical data: parties, object, amounts, schedule, budget."""
    dossier = convention.dossier
    return {
        "numero": convention.numero,
        "type": convention.type.value,
        "financeur": [convention.financeur.code, convention.financeur.nom],
        "organisme": [convention.organisme.nom, convention.organisme.siret],
        "dossier": dossier.numero,
        "objet": convention.objet,
        "tranches": [[t.exercice, t.montant] for t in convention.tranches],
        "echeancier": convention.echeancier,
        "budget": [
            [x.cote.value, x.compte, x.libelle, x.montant]
            for x in dossier.lignes
            if x.annee == 1 and x.montant is not None
        ],
        "indicateurs": [[i.libelle, i.cible] for i in dossier.indicateurs],
    }


def envoyer_a_la_signature(
    acteur: Acteur, convention: Convention, *, version: int | None = None
) -> None:
    """Freeze the text and its hash, then send it: to the porteur, or straight to the funder
    for an arrêté."""
    exiger(acteur, "convention.envoyer_a_la_signature", convention)
    convention.contenu = contenu_convention(convention)
    convention.sha256 = empreinte(convention.contenu)
    if convention.type is TypeConvention.ARRETE:
        franchir(acteur, convention, "soumettre_arrete", version=version)
        return
    franchir(acteur, convention, "envoyer_a_la_signature", version=version)
    avertir_porteur(
        convention.dossier, "convention_a_signer", signataires=True, convention=convention
    )


def signer_porteur(acteur: Acteur, convention: Convention, *, version: int | None = None) -> None:
    """The signatory of the organisme signs by click: identity, time and hash are journaled."""
    exiger(acteur, "convention.signer_porteur", convention)
    convention.signature_porteur_le = maintenant()
    convention.signature_porteur_par_id = acteur.utilisateur_id
    franchir(
        acteur,
        convention,
        "signer_porteur",
        version=version,
        donnees={"sha256": convention.sha256},
    )


def signer_financeur(acteur: Acteur, convention: Convention, *, version: int | None = None) -> None:
    """The funder's signature: credits are engaged and the first tranche becomes firm."""
    exiger(acteur, "convention.signer_financeur", convention)
    convention.signature_financeur_le = maintenant()
    convention.signature_financeur_par_id = acteur.utilisateur_id
    convention.signee_le = maintenant()
    franchir(
        acteur,
        convention,
        "signer_financeur",
        version=version,
        donnees={"sha256": convention.sha256},
    )
    premiere = convention.tranches[0]
    if premiere.financement is not None:
        franchir(SYSTEME, premiere.financement, "engager")
    franchir(SYSTEME, premiere, "affermir")
    dossier = convention.dossier
    if dossier.etat is EtatDossier.PROGRAMME:
        franchir(SYSTEME, dossier, "mettre_en_execution")
    ouvrir_bilan(SYSTEME, dossier)


def mettre_en_vigueur(
    acteur: Acteur, convention: Convention, *, version: int | None = None
) -> None:
    """Notify the signed act to the porteur: payments may start."""
    exiger(acteur, "convention.mettre_en_vigueur", convention)
    convention.notifiee_le = maintenant()
    franchir(acteur, convention, "mettre_en_vigueur", version=version)
    avertir_porteur(convention.dossier, "convention_en_vigueur", convention=convention)


def renvoyer_en_projet(
    acteur: Acteur, convention: Convention, motif: str, *, version: int | None = None
) -> None:
    """Back to draft before the last signature, with a reason; signatures given are dropped."""
    franchir(acteur, convention, "renvoyer_en_projet", motif=motif, version=version)
    convention.signature_porteur_le = None
    convention.signature_porteur_par_id = None
    convention.contenu = convention.sha256 = None
    db.session.flush()


def affermir_tranche(
    acteur: Acteur,
    tranche: Tranche,
    financement: Financement,
    *,
    version: int | None = None,
) -> None:
    """The yearly act of a CPO: credits of the year are voted, the last bilan is in.

    The tranche takes the voted amount; a difference with the provisional one is journaled.
    """
    exiger(acteur, "tranche.affermir", tranche)
    convention = tranche.convention
    if (
        financement.financeur_id != convention.financeur_id
        or financement.dossier.organisme_id != convention.organisme_id
        or financement.exercice != tranche.exercice
    ):
        raise Invalide("Cette aide n’est pas celle de la convention pour cet exercice.")
    prevu = tranche.montant
    tranche.financement = financement
    tranche.montant = financement.montant_vote or 0
    franchir(
        acteur,
        tranche,
        "affermir",
        version=version,
        donnees={"prevu": prevu, "ferme": tranche.montant},
    )


@effet("tranche", "affermir")
def _planifier_versements(_acteur: Acteur, tranche: Tranche, _motif: str) -> None:
    """The planned payments of the exercice, exact to the cent."""
    if tranche.versements:
        return
    echeances = tranche.convention.echeancier
    parts = repartir(tranche.montant, [int(e["pour_mille"]) for e in echeances])
    for rang, (echeance, part) in enumerate(zip(echeances, parts, strict=True), 1):
        if part > 0:
            tranche.versements.append(
                Versement(
                    rang=rang,
                    type=TypeVersement(echeance["type"]),
                    montant=part,
                    prevu_le=_fin_de_mois(tranche.exercice, int(echeance["mois"])),
                )
            )


def _fin_de_mois(annee: int, mois: int) -> date:
    return date(annee, mois, calendar.monthrange(annee, mois)[1])


def resilier(
    acteur: Acteur, convention: Convention, motif: str, *, version: int | None = None
) -> None:
    """End a signed act before its term; provisional tranches are given up with it."""
    franchir(acteur, convention, "resilier", motif=motif, version=version)
    for tranche in convention.tranches:
        if tranche.etat is EtatTranche.PREVISIONNELLE:
            franchir(acteur, tranche, "abandonner", motif=motif)
    avertir_porteur(convention.dossier, "convention_resiliee", convention=convention, motif=motif)


def jours_restants(convention: Convention) -> int:
    """Days before the end of the last exercice (negative when past)."""
    return (date(convention.dernier_exercice, 12, 31) - aujourdhui()).days
