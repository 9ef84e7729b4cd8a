"""Payments: proposed by one person, validated by another, mandated, paid; never twice."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from aap.domaine.cpo import blocage_paiement
from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.horloge import aujourdhui
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Bilan, Financement, Tranche, TypeConvention, Versement
from aap.permissions import SYSTEME, Acteur, exiger
from aap.requetes.cumuls import cumul_financeur
from aap.services.avertissement import avertir_porteur
from aap.services.gardes import garde_de
from aap.services.gardes_convention import bilan_de
from aap.services.transition import franchir
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier
from workflows.financement import MACHINE as MACHINE_LIGNE
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

COMPTES = frozenset(EtatVersement) - {EtatVersement.ANNULE, EtatVersement.REJETE}


def proposer(acteur: Acteur, versement: Versement, *, version: int | None = None) -> None:
    """Ask for the payment; a second person must validate."""
    exiger(acteur, "versement.proposer", versement)
    versement.propose_par_id, versement.valide_par_id = acteur.utilisateur_id, None
    franchir(acteur, versement, "proposer", version=version)


def valider(acteur: Acteur, versement: Versement, *, version: int | None = None) -> None:
    """Second look. Raises PasLeMoment for the person who proposed."""
    franchir(acteur, versement, "valider", version=version)
    versement.valide_par_id = acteur.utilisateur_id
    db.session.flush()


def mandater(
    acteur: Acteur,
    versement: Versement,
    numero_mandat: str,
    numero_ej: str = "",
    *,
    version: int | None = None,
) -> None:
    """Record the payment order given to the accountant."""
    exiger(acteur, "versement.mandater", versement)
    versement.numero_mandat = nettoyer(numero_mandat, lignes=False).strip()[:60]
    versement.numero_ej = nettoyer(numero_ej, lignes=False).strip()[:20]
    franchir(
        acteur,
        versement,
        "mandater",
        version=version,
        donnees={"mandat": versement.numero_mandat},
    )


def constater_paiement(
    acteur: Acteur, versement: Versement, paye_le: date, *, version: int | None = None
) -> None:
    """Record the payment; the line becomes partly or wholly paid, the porteur is told."""
    exiger(acteur, "versement.constater_paiement", versement)
    if paye_le > aujourdhui():
        raise Invalide(
            "La date est à venir.", [Probleme("Indiquez la date réelle du paiement.", "paye_le")]
        )
    versement.paye_le = paye_le
    franchir(acteur, versement, "constater_paiement", version=version, donnees={"le": str(paye_le)})
    financement = versement.tranche.financement
    if financement is not None:
        if verse(financement) >= (financement.montant_vote or 0):
            franchir(SYSTEME, financement, "constater_solde")
        elif financement.etat is EtatFinancement.ENGAGE:
            franchir(SYSTEME, financement, "constater_acompte")
        solder(financement)
    avertir_porteur(versement.tranche.convention.dossier, "versement_paye", versement=versement)


def rejeter(
    acteur: Acteur, versement: Versement, motif: str, *, version: int | None = None
) -> None:
    """The accountant (or the second person) refuses; the motif says what to mend."""
    franchir(acteur, versement, "rejeter", motif=motif, version=version)
    versement.motif = motif.strip()[:500]
    db.session.flush()


def reprendre(acteur: Acteur, versement: Versement, *, version: int | None = None) -> None:
    """Put a rejected payment back in the schedule; who proposed and validated is forgotten."""
    franchir(acteur, versement, "reprendre", version=version)
    versement.propose_par_id = versement.valide_par_id = None
    versement.numero_mandat = ""
    db.session.flush()


def annuler(
    acteur: Acteur, versement: Versement, motif: str, *, version: int | None = None
) -> None:
    franchir(acteur, versement, "annuler", motif=motif, version=version)
    versement.motif = motif.strip()[:500]
    if versement.tranche.financement is not None:
        solder(versement.tranche.financement)
    db.session.flush()


def verse(financement: Financement) -> int:
    """Cents paid on a line."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Versement.montant), 0))
            .join(Tranche, Tranche.id == Versement.tranche_id)
            .where(Tranche.financement_id == financement.id, Versement.etat == EtatVersement.PAYE)
        )
        or 0
    )


def reste_a_payer(financement: Financement) -> int:
    """How many payments of a line are neither paid nor cancelled."""
    return int(
        db.session.scalar(
            select(func.count())
            .select_from(Versement)
            .join(Tranche, Tranche.id == Versement.tranche_id)
            .where(
                Tranche.financement_id == financement.id,
                Versement.etat.not_in([EtatVersement.PAYE, EtatVersement.ANNULE]),
            )
        )
        or 0
    )


def solder(financement: Financement) -> None:
    """Close what can be closed once everything is paid and the bilan is accepted."""
    bilan = bilan_de(financement.dossier_id, financement.exercice)
    if bilan is None or bilan.etat is not EtatBilan.VALIDE or reste_a_payer(financement):
        return
    for declencheur in ("justifier", "clore"):
        if MACHINE_LIGNE.trouver(declencheur, financement.etat) is not None:
            franchir(SYSTEME, financement, declencheur)
    for tranche in _tranches_fermes(financement):
        franchir(SYSTEME, tranche, "clore")
    dossier = financement.dossier
    if dossier.etat is EtatDossier.EN_EXECUTION and all(f.etat.final for f in dossier.financements):
        franchir(SYSTEME, dossier, "cloturer")


def _tranches_fermes(financement: Financement) -> list[Tranche]:
    return list(
        db.session.scalars(
            select(Tranche).where(
                Tranche.financement_id == financement.id, Tranche.etat == EtatTranche.FERME
            )
        )
    )


@garde_de("versement", "tranche_ferme")
def _tranche_ferme(_acteur: Acteur, versement: Versement) -> str | None:
    return None if versement.tranche.etat is EtatTranche.FERME else "La tranche n’est pas ferme."


@garde_de("versement", "convention_signee")
def _convention_signee(_acteur: Acteur, versement: Versement) -> str | None:
    convention = versement.tranche.convention
    if convention.etat is not EtatConvention.EN_VIGUEUR:
        return "L’acte n’est pas en vigueur : signez-le, puis notifiez-le."
    cumul = cumul_financeur(
        convention.financeur_id, convention.organisme_id, versement.tranche.exercice
    )
    signee = convention.type is not TypeConvention.ARRETE
    return blocage_paiement(cumul, signee) or None


@garde_de("versement", "montant_dans_tranche")
def _dans_tranche(_acteur: Acteur, versement: Versement) -> str | None:
    tranche = versement.tranche
    total = sum(v.montant for v in tranche.versements if v.etat in COMPTES and v is not versement)
    if total + versement.montant <= tranche.montant:
        return None
    return "La somme des versements dépasserait la tranche."


@garde_de("versement", "siret_present")
def _siret(_acteur: Acteur, versement: Versement) -> str | None:
    if versement.tranche.convention.organisme.siret:
        return None
    return "Le SIRET de l’organisme manque : sans lui, aucun paiement n’est possible."


@garde_de("versement", "rib_present")
def _rib(_acteur: Acteur, versement: Versement) -> str | None:
    organisme = versement.tranche.convention.organisme
    if organisme.iban and organisme.titulaire_compte:
        return None
    return "Le RIB de l’organisme manque : demandez-lui de l’enregistrer."


@garde_de("versement", "bilan_recu")
def _bilans(_acteur: Acteur, versement: Versement) -> str | None:
    """CRF of N-1 late or missing: no new payment (parcours §5)."""
    convention = versement.tranche.convention
    retard = db.session.scalar(
        select(func.count())
        .select_from(Bilan)
        .join(Financement, Financement.dossier_id == Bilan.dossier_id)
        .where(
            Bilan.etat == EtatBilan.EN_DEFAUT,
            Financement.financeur_id == convention.financeur_id,
            Bilan.dossier.has(organisme_id=convention.organisme_id),
        )
    )
    if not retard:
        return None
    return f"{retard} bilan(s) de cet organisme sont en retard : aucun nouveau versement."


@garde_de("versement", "deuxieme_personne")
def _deuxieme_personne(acteur: Acteur, versement: Versement) -> str | None:
    if acteur.utilisateur_id != versement.propose_par_id:
        return None
    return "Vous avez proposé ce versement : une autre personne doit le valider."


@garde_de("versement", "mandat_numerote")
def _mandat(_acteur: Acteur, versement: Versement) -> str | None:
    return None if versement.numero_mandat else "Indiquez le numéro de mandat."


@garde_de("versement", "paiement_date")
def _date_paiement(_acteur: Acteur, versement: Versement) -> str | None:
    if versement.paye_le is not None and versement.paye_le <= aujourdhui():
        return None
    return "Indiquez la date du paiement."


@garde_de("financement", "versement_paye")
def _versement_paye(_acteur: Acteur, financement: Financement) -> str | None:
    return None if verse(financement) else "Aucun versement n’est payé."


@garde_de("financement", "tout_est_verse")
def _tout_verse(_acteur: Acteur, financement: Financement) -> str | None:
    if verse(financement) >= (financement.montant_vote or 0):
        return None
    return "Il reste une somme à verser."


@garde_de("financement", "plus_rien_a_verser")
def _plus_rien(_acteur: Acteur, financement: Financement) -> str | None:
    reste = reste_a_payer(financement)
    return f"{reste} versement(s) restent à terminer." if reste else None
