"""What one payment becomes in the file of a liasse, frozen on the day it is handed over."""

from __future__ import annotations

from aap.domaine.horloge import a_paris
from aap.domaine.identifiants import masquer_iban
from aap.domaine.liasse import COMPTE_PRIVE, LigneMandat
from aap.domaine.texte import nettoyer
from aap.models import Convention, Financement, Financeur, Organisme, TypeFinanceur, Versement
from aap.services.verification_versement import PAYES_AU_TRESOR
from aap.services.versement import dossier_de
from aap.services.vote import TYPES_ACTE

COLLECTIVITES = (TypeFinanceur.EPT, TypeFinanceur.COMMUNE, TypeFinanceur.DEPARTEMENT)
OBJET_MAX = 300


def compte_masque(organisme: Organisme) -> str:
    """« Les Amis, FR76 •••• 0189 »: what screens, papers and tables keep of an account."""
    return f"{organisme.titulaire_compte}, {masquer_iban(organisme.iban or '')}"[:260]


def _compte(financeur: Financeur, organisme: Organisme) -> str:
    """Account of M57; the public payees have one of their own, that their nature decides."""
    if financeur.type in COLLECTIVITES and organisme.forme not in PAYES_AU_TRESOR:
        return COMPTE_PRIVE
    return ""


def _decision(financement: Financement | None) -> str:
    if financement is None or not financement.acte_numero:
        return ""
    nature = TYPES_ACTE.get(financement.acte_type, financement.acte_type)
    return f"{nature} n° {financement.acte_numero}"


def _imputation(financement: Financement | None) -> str:
    if financement is None or financement.enveloppe is None:
        return ""
    e = financement.enveloppe
    return f"{e.libelle} ({e.programme})" if e.programme else e.libelle


def _pieces(convention: Convention, decision: str) -> str:
    acte = f"{convention.type.libelle} n° {convention.numero}"
    return " / ".join(filter(None, (decision, acte, "RIB", "État des versements")))


def ligne_de(versement: Versement, rang: int, numero_ej: str) -> LigneMandat:
    """The line of a payment. Its organisme has a SIRET and an account (guards of the mandate)."""
    tranche, convention = versement.tranche, versement.tranche.convention
    organisme, dossier = convention.organisme, dossier_de(tranche)
    financement = tranche.financement
    decision = _decision(financement)
    objet = f"Subvention {tranche.exercice}, {dossier.reference}, {dossier.intitule}"
    return LigneMandat(
        rang=rang,
        siret=organisme.siret or "",
        beneficiaire=organisme.nom,
        titulaire=organisme.titulaire_compte,
        iban=organisme.iban or "",
        bic=organisme.bic or "",
        montant=versement.montant,
        objet=nettoyer(objet, lignes=False)[:OBJET_MAX],
        nature=versement.type.libelle,
        acte=convention.type.libelle,
        acte_numero=convention.numero,
        acte_le=a_paris(convention.signee_le).date() if convention.signee_le else None,
        decision=decision,
        decision_le=financement.acte_date if financement is not None else None,
        numero_ej=numero_ej,
        exercice=tranche.exercice,
        compte=_compte(convention.financeur, organisme),
        imputation=_imputation(financement),
        dossier=dossier.reference,
        pieces=_pieces(convention, decision),
    )
