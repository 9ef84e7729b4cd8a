"""Payments: proposed by one person, validated by another, mandated, paid; never twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import and_, distinct, func, or_, select

from aap.domaine.cpo import blocage_paiement
from aap.domaine.horloge import aujourdhui
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Bilan, Dossier, Evenement, Financement, Tranche, TypeConvention, Versement
from aap.models.types import Json
from aap.permissions import SYSTEME, Acteur, exiger
from aap.requetes.cumuls import cumul_financeur
from aap.services.avertissement import avertir_porteur
from aap.services.controle_paiement import exiger_date, montant_paye
from aap.services.gardes import garde_de, raisons_contre
from aap.services.gardes_convention import HORS_SOMME, bilan_de
from aap.services.tour import prendre_son_tour
from aap.services.transition import franchir, verifier_version
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier
from workflows.financement import MACHINE as MACHINE_LIGNE
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

# A bilan not handed in: its due date decides, whatever was typed since.
NON_RENDUS = (
    EtatBilan.ATTENDU,
    EtatBilan.EN_SAISIE,
    EtatBilan.A_MODIFIER,
    EtatBilan.EN_DEFAUT,
)
# Lines whose money goes the other way.
RENDUES = (EtatFinancement.A_REVERSER, EtatFinancement.REVERSE)
# What keeps a line open once its payments are over; ``verification_versement`` fills it.
RETIENNENT: list[Callable[[Financement], bool]] = []


def proposer(acteur: Acteur, versement: Versement, *, version: int | None = None) -> None:
    """Ask for the payment; a second person must validate."""
    franchir(acteur, versement, "proposer", version=version)
    versement.propose_par_id, versement.valide_par_id = acteur.utilisateur_id, None
    db.session.flush()


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
    prendre_son_tour(versement)
    verifier_version(versement, version)
    versement.numero_mandat = nettoyer(numero_mandat, lignes=False).strip()[:60]
    versement.numero_ej = nettoyer(numero_ej, lignes=False).strip()[:20]
    franchir(
        acteur,
        versement,
        "mandater",
        donnees={"mandat": versement.numero_mandat},
    )


def constater_paiement(
    acteur: Acteur,
    versement: Versement,
    paye_le: date,
    montant: int | None = None,
    motif: str = "",
    *,
    version: int | None = None,
) -> None:
    """Record the payment; the line becomes partly or wholly paid, the porteur is told.

    ``montant``: cents that the accountant paid when they are fewer than the mandate, with
    ``motif``; the rest of the tranche is again to be planned. Raises Invalide, Conflit,
    PasLeMoment.
    """
    exiger(acteur, "versement.constater_paiement", versement)
    prendre_son_tour(versement)
    verifier_version(versement, version)
    exiger_date(versement, paye_le)
    mandate, paye = versement.montant, montant_paye(versement, montant, motif)
    versement.paye_le = paye_le
    donnees: Json = {"le": str(paye_le)}
    if paye != mandate:
        versement.montant, versement.motif = paye, nettoyer(motif).strip()[:500]
        donnees |= {"mandate": mandate, "paye": paye}
    franchir(
        acteur,
        versement,
        "constater_paiement",
        motif=versement.motif if paye != mandate else "",
        donnees=donnees,
    )
    financement = versement.tranche.financement
    if financement is not None:
        _constater_ligne(financement)
        solder_si_quitte(financement)
    avertir_porteur(dossier_de(versement.tranche), "versement_paye", versement=versement)


def _constater_ligne(financement: Financement) -> None:
    """The line follows what is paid: wholly, or partly the first time."""
    if verse(financement) >= (financement.montant_vote or 0):
        if MACHINE_LIGNE.trouver("constater_solde", financement.etat) is not None:
            franchir(SYSTEME, financement, "constater_solde")
    elif financement.etat is EtatFinancement.ENGAGE:
        franchir(SYSTEME, financement, "constater_acompte")


def dossier_de(tranche: Tranche) -> Dossier:
    """The dossier that a tranche pays for: the one of its year, else the one of the act."""
    if tranche.financement is not None:
        return tranche.financement.dossier
    return tranche.convention.dossier


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
    """Give up a payment that is not mandated; the line closes when nothing else is awaited."""
    franchir(acteur, versement, "annuler", motif=motif, version=version)
    versement.motif = motif.strip()[:500]
    if versement.tranche.financement is not None:
        solder_si_quitte(versement.tranche.financement)
        terminer(versement.tranche.financement)
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
    terminer(financement)


def solder_si_quitte(financement: Financement) -> None:
    """Close the line, unless its bilan leaves money due: to be planned, or to be decided."""
    if not any(retient(financement) for retient in RETIENNENT):
        solder(financement)


def terminer(financement: Financement) -> None:
    """Close the settled tranches of a line that ended, then the dossier after its last line."""
    if not financement.etat.final:
        return
    for tranche in _tranches_fermes(financement):
        if not raisons_contre("tranche", ("versements_termines", "bilan_valide"), SYSTEME, tranche):
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
    if versement.tranche.etat is not EtatTranche.FERME:
        return "La tranche n’est pas ferme."
    financement = versement.tranche.financement
    if financement is not None and financement.etat is EtatFinancement.RENONCE:
        return "Le porteur a renoncé à cette aide\u00a0: abandonnez la tranche ou résiliez l’acte."
    if financement is not None and financement.etat in RENDUES:
        return "Un reversement est demandé sur cette aide\u00a0: aucun nouveau versement."
    return None


@garde_de("versement", "convention_signee")
def _convention_signee(_acteur: Acteur, versement: Versement) -> str | None:
    convention = versement.tranche.convention
    if convention.etat is not EtatConvention.EN_VIGUEUR:
        return "L’acte n’est pas en vigueur : signez-le, puis notifiez-le."
    cumul = cumul_financeur(
        convention.financeur_id,
        convention.organisme_id,
        versement.tranche.exercice,
        votes_seulement=True,
    )
    signee = convention.type is not TypeConvention.ARRETE
    return blocage_paiement(cumul, signee) or None


@garde_de("versement", "montant_dans_tranche")
def _dans_tranche(_acteur: Acteur, versement: Versement) -> str | None:
    tranche = versement.tranche
    total = sum(v.montant for v in tranche.versements if v.etat not in HORS_SOMME)
    if total > tranche.montant:
        return "La somme des versements dépasserait la tranche."
    financement = tranche.financement
    if financement is not None and _planifie(financement) > (financement.montant_vote or 0):
        return "La somme des versements dépasserait le montant voté pour cette aide."
    return None


def _planifie(financement: Financement) -> int:
    """Cents of every payment of a line, through all its acts, cancelled ones left out."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Versement.montant), 0))
            .join(Tranche, Tranche.id == Versement.tranche_id)
            .where(
                Tranche.financement_id == financement.id,
                Versement.etat.not_in(sorted(HORS_SOMME)),
            )
        )
        or 0
    )


@garde_de("versement", "rib_inchange")
def _rib_inchange(_acteur: Acteur, versement: Versement) -> str | None:
    """The account that two people looked at, not one given since (false RIB, change of bank)."""
    valide = _dernier("versement.valider", "versement", versement.id)
    change = _dernier(
        "organisme.enregistrer_rib", "organisme", versement.tranche.convention.organisme_id
    )
    if valide is None or change is None or change < valide:
        return None
    return (
        "Le RIB a changé depuis la validation\u00a0: rejetez le versement, vérifiez le RIB auprès "
        "du porteur, puis proposez-le et validez-le de nouveau."
    )


def _dernier(acte: str, entite: str, cle: int) -> int | None:
    """Rank in the journal of the last act of this kind."""
    return db.session.scalar(
        select(func.max(Evenement.id)).where(
            Evenement.entite == entite, Evenement.entite_id == cle, Evenement.acte == acte
        )
    )


@garde_de("versement", "bilan_recu")
def _bilans(_acteur: Acteur, versement: Versement) -> str | None:
    """CRF late or missing: no new payment (parcours §5); typing a late one does not unblock."""
    convention = versement.tranche.convention
    retard = bilans_en_retard(convention.financeur_id, convention.organisme_id)
    if not retard:
        return None
    pluriel = "s" if retard > 1 else ""
    return (
        f"{retard} bilan{pluriel} de cet organisme {'sont' if retard > 1 else 'est'} en retard"
        "\u00a0: aucun nouveau versement."
    )


def bilans_en_retard(financeur_id: int, organisme_id: int) -> int:
    """Bilans past their due date and not handed in, of what this funder pays to the organisme.

    Nothing is awaited of an aid given up, although its signed act is still to be ended.
    """
    non_rendu = or_(
        Bilan.etat.in_(NON_RENDUS),
        and_(Bilan.etat == EtatBilan.REVERSEMENT_DEMANDE, Bilan.depose_le.is_(None)),
    )
    return int(
        db.session.scalar(
            select(func.count(distinct(Bilan.id)))
            .join(Financement, Financement.dossier_id == Bilan.dossier_id)
            .join(Tranche, Tranche.financement_id == Financement.id)
            .join(Dossier, Dossier.id == Bilan.dossier_id)
            .where(
                non_rendu,
                Bilan.echeance < aujourdhui(),
                Financement.financeur_id == financeur_id,
                Financement.etat != EtatFinancement.RENONCE,
                Tranche.etat != EtatTranche.ABANDONNEE,
                Dossier.organisme_id == organisme_id,
            )
        )
        or 0
    )


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
    if not reste:
        return None
    return f"{reste} versement{'s restent' if reste > 1 else ' reste'} à terminer."
