"""Facts that acts and tranches require."""

from __future__ import annotations

from sqlalchemy import select

from aap.domaine.cpo import convention_obligatoire
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import (
    Bilan,
    Convention,
    Financement,
    Tranche,
    TypeConvention,
    Versement,
)
from aap.permissions import Acteur
from aap.requetes.cumuls import cumul_financeur
from aap.services.contenu_convention import contenu_convention
from aap.services.empreinte import empreinte
from aap.services.gardes import garde_de
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

SIGNEES = frozenset({EtatConvention.SIGNEE, EtatConvention.EN_VIGUEUR})
EN_PAIEMENT = frozenset(
    {EtatVersement.PROPOSE, EtatVersement.VALIDE, EtatVersement.MANDATE, EtatVersement.PAYE}
)
EN_ROUTE = EN_PAIEMENT - {EtatVersement.PAYE}
# Payments that take nothing of their tranche; a rejected one may come back.
HORS_SOMME = frozenset({EtatVersement.ANNULE})
RECUS = frozenset(
    {EtatBilan.DEPOSE, EtatBilan.VALIDE, EtatBilan.REVERSEMENT_DEMANDE, EtatBilan.REVERSE}
)
ACCEPTES = frozenset({EtatBilan.VALIDE, EtatBilan.REVERSEMENT_DEMANDE, EtatBilan.REVERSE})


def convention_de(financement: Financement) -> Convention | None:
    """The act that covers a line."""
    return db.session.scalar(
        select(Convention)
        .join(Tranche, Tranche.convention_id == Convention.id)
        .where(
            Tranche.financement_id == financement.id,
            Tranche.etat != EtatTranche.ABANDONNEE,
            Convention.etat != EtatConvention.RESILIEE,
        )
        .order_by(Convention.id.desc())
        .limit(1)
    )


def bilan_de(dossier_id: int, exercice: int) -> Bilan | None:
    return db.session.scalar(
        select(Bilan).where(Bilan.dossier_id == dossier_id, Bilan.exercice == exercice)
    )


@garde_de("financement", "convention_signee")
def _ligne_signee(_acteur: Acteur, financement: Financement) -> str | None:
    convention = convention_de(financement)
    if convention is not None and convention.etat in SIGNEES:
        return None
    return "L’arrêté ou la convention n’est pas encore signé."


@garde_de("financement", "aucun_versement")
def _ligne_sans_versement(_acteur: Acteur, financement: Financement) -> str | None:
    engage = db.session.scalar(
        select(Versement.id)
        .join(Tranche, Tranche.id == Versement.tranche_id)
        .where(Tranche.financement_id == financement.id, Versement.etat.in_(EN_PAIEMENT))
        .limit(1)
    )
    return "Un versement est payé ou en cours de paiement." if engage else None


@garde_de("financement", "aucun_paiement_en_cours")
def _rien_en_cours(_acteur: Acteur, financement: Financement) -> str | None:
    en_cours = db.session.scalar(
        select(Versement.id)
        .join(Tranche, Tranche.id == Versement.tranche_id)
        .where(Tranche.financement_id == financement.id, Versement.etat.in_(EN_ROUTE))
        .limit(1)
    )
    if en_cours is None:
        return None
    return "Un versement est en cours de paiement\u00a0: constatez son paiement, ou rejetez-le."


@garde_de("convention", "tranches_conformes")
def _tranches_conformes(_acteur: Acteur, convention: Convention) -> str | None:
    attendus = list(range(convention.exercice, convention.dernier_exercice + 1))
    if [t.exercice for t in convention.tranches] != attendus:
        return "Chaque exercice doit avoir sa tranche."
    premiere = convention.tranches[0]
    if premiere.financement is None or premiere.financement.montant_vote != premiere.montant:
        return "La première tranche doit égaler le montant voté."
    return None


@garde_de("convention", "deux_signatures")
def _bilaterale(_acteur: Acteur, convention: Convention) -> str | None:
    if convention.type is TypeConvention.ARRETE:
        return "Un arrêté n’est signé que par le financeur."
    return None


@garde_de("convention", "signature_unique")
def _unilaterale(_acteur: Acteur, convention: Convention) -> str | None:
    if convention.type is TypeConvention.ARRETE:
        return None
    return "Une convention est signée par les deux parties."


@garde_de("convention", "sous_seuil_convention")
def _sous_seuil(_acteur: Acteur, convention: Convention) -> str | None:
    cumul = cumul_financeur(convention.financeur_id, convention.organisme_id, convention.exercice)
    if convention_obligatoire(cumul):
        return (
            "Le total accordé par ce financeur à cet organisme dans l’année dépasse 23 000 € : "
            "préparez une convention au lieu d’un arrêté."
        )
    return None


@garde_de("convention", "texte_inchange")
def _texte_inchange(_acteur: Acteur, convention: Convention) -> str | None:
    fige = convention.contenu
    if (
        fige is not None
        and empreinte(fige) == convention.sha256
        and empreinte(contenu_convention(convention)) == convention.sha256
    ):
        return None
    return (
        "Le texte a changé depuis l’envoi\u00a0: renvoyez l’acte en projet, puis de nouveau à la "
        "signature."
    )


@garde_de("convention", "copie_jointe")
def _copie_jointe(_acteur: Acteur, convention: Convention) -> str | None:
    if any(c.tient_lieu and c.partie.porteur for c in convention.copies):
        return None
    return "L’exemplaire signé par le porteur n’est pas joint à l’acte."


@garde_de("convention", "acte_notifie")
def _acte_notifie(_acteur: Acteur, convention: Convention) -> str | None:
    return None if convention.notifiee_le else "L’acte signé n’est pas encore notifié au porteur."


@garde_de("convention", "terme_atteint")
def _terme(_acteur: Acteur, convention: Convention) -> str | None:
    if aujourdhui().year > convention.dernier_exercice:
        return None
    return f"Cet acte court jusqu’au 31 décembre {convention.dernier_exercice}."


@garde_de("convention", "tranches_terminees")
def _tranches_terminees(_acteur: Acteur, convention: Convention) -> str | None:
    ouvertes = [
        str(t.exercice)
        for t in convention.tranches
        if t.etat not in (EtatTranche.CLOSE, EtatTranche.ABANDONNEE)
    ]
    return f"Tranches encore ouvertes : {', '.join(ouvertes)}." if ouvertes else None


@garde_de("tranche", "convention_signee")
def _tranche_signee(_acteur: Acteur, tranche: Tranche) -> str | None:
    return None if tranche.convention.etat in SIGNEES else "La convention n’est pas signée."


@garde_de("tranche", "financement_rattache")
def _financement_rattache(_acteur: Acteur, tranche: Tranche) -> str | None:
    f = tranche.financement
    if f is None or f.exercice != tranche.exercice:
        return "Aucune aide votée pour cet exercice n’est rattachée à la tranche."
    if f.montant_vote is None or f.montant_vote < tranche.montant:
        return "Le montant voté est inférieur à la tranche."
    return None


@garde_de("tranche", "credits_ouverts")
def _credits(_acteur: Acteur, tranche: Tranche) -> str | None:
    if tranche.financement is not None and tranche.financement.enveloppe is not None:
        return None
    return "Aucune enveloppe de l’exercice ne porte cette tranche."


@garde_de("tranche", "bilan_recu")
def _bilan_precedent(_acteur: Acteur, tranche: Tranche) -> str | None:
    if tranche.exercice == tranche.convention.exercice:
        return None
    bilan = _bilan_de_tranche(tranche.convention, tranche.exercice - 1)
    if bilan is not None and bilan.etat in RECUS and bilan.depose_le is not None:
        return None
    return f"Le bilan de {tranche.exercice - 1} n’est pas encore déposé."


def _bilan_de_tranche(convention: Convention, exercice: int) -> Bilan | None:
    """The bilan of the dossier that the tranche of ``exercice`` paid for."""
    for tranche in convention.tranches:
        if tranche.exercice == exercice and tranche.financement is not None:
            return bilan_de(tranche.financement.dossier_id, exercice)
    return bilan_de(convention.dossier_id, exercice)


@garde_de("tranche", "versements_termines")
def _versements_termines(_acteur: Acteur, tranche: Tranche) -> str | None:
    reste = [
        v for v in tranche.versements if v.etat not in (EtatVersement.PAYE, EtatVersement.ANNULE)
    ]
    if not reste:
        return None
    return f"{len(reste)} versement{'s restent' if len(reste) > 1 else ' reste'} à terminer."


@garde_de("tranche", "bilan_valide")
def _tranche_bilan(_acteur: Acteur, tranche: Tranche) -> str | None:
    bilan = _bilan_de_tranche(tranche.convention, tranche.exercice)
    if bilan is not None and bilan.etat in ACCEPTES:
        return None
    return "Le bilan de l’exercice n’est pas encore validé."


@garde_de("tranche", "aucun_versement")
def _tranche_sans_versement(_acteur: Acteur, tranche: Tranche) -> str | None:
    if any(v.etat in EN_PAIEMENT for v in tranche.versements):
        return "Un versement est payé ou en cours de paiement."
    return None
