"""The yearly life of a CPO: a tranche becomes firm, is given up, gets another payment."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import en_euros
from aap.extensions import db
from aap.models import Financement, Tranche, TypeVersement, Versement
from aap.permissions import SYSTEME, Acteur, exiger
from aap.services.bilan import ouvrir_bilan
from aap.services.gardes_convention import HORS_SOMME
from aap.services.journal import consigner
from aap.services.tour import prendre_son_tour
from aap.services.transition import franchir, verifier_version
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

# Years after the exercice (or after today) in which its last payment may still be planned.
RETARD_MAX = 2


def engager_ligne(tranche: Tranche) -> None:
    """A tranche became firm: its line is engaged, its dossier runs, its bilan is awaited."""
    financement = tranche.financement
    if financement is None:
        return
    if financement.etat is EtatFinancement.NOTIFIE:
        franchir(SYSTEME, financement, "engager")
    dossier = financement.dossier
    if dossier.etat is EtatDossier.PROGRAMME:
        franchir(SYSTEME, dossier, "mettre_en_execution")
    ouvrir_bilan(SYSTEME, dossier)


def affermir_tranche(
    acteur: Acteur, tranche: Tranche, financement: Financement, *, version: int | None = None
) -> None:
    """The yearly act of a CPO: credits of the year are voted, the last bilan is in.

    The tranche takes the voted amount; a difference with the provisional one is journaled.
    Raises Invalide (another funder, organisme or year), PasLeMoment, Conflit.
    """
    exiger(acteur, "tranche.affermir", tranche)
    prendre_son_tour(tranche, financement)
    verifier_version(tranche, version)
    convention = tranche.convention
    if (
        financement.financeur_id != convention.financeur_id
        or financement.dossier.organisme_id != convention.organisme_id
        or financement.exercice != tranche.exercice
    ):
        raise Invalide("Cette aide n’est pas celle de la convention pour cet exercice.")
    if financement.etat is not EtatFinancement.NOTIFIE:
        raise PasLeMoment("Notifiez d’abord la décision de ce financeur pour cet exercice.")
    if _deja_couverte(financement, tranche):
        raise PasLeMoment("Un autre acte couvre déjà cette aide.")
    prevu = tranche.montant
    tranche.financement = financement
    tranche.montant = financement.montant_vote or 0
    franchir(acteur, tranche, "affermir", donnees={"prevu": prevu, "ferme": tranche.montant})
    engager_ligne(tranche)


def _deja_couverte(financement: Financement, tranche: Tranche) -> bool:
    autre = select(Tranche.id).where(
        Tranche.financement_id == financement.id,
        Tranche.id != tranche.id,
        Tranche.etat != EtatTranche.ABANDONNEE,
    )
    return db.session.scalar(autre.limit(1)) is not None


def abandonner_tranche(
    acteur: Acteur, tranche: Tranche, motif: str, *, version: int | None = None
) -> None:
    """Give up one exercice; the planned payments of a firm tranche are cancelled with it."""
    exiger(acteur, "tranche.abandonner", tranche)
    prendre_son_tour(tranche)
    verifier_version(tranche, version)
    for versement in tranche.versements:
        if versement.etat in (EtatVersement.PREVU, EtatVersement.REJETE):
            franchir(acteur, versement, "annuler", motif=motif)
            versement.motif = motif.strip()[:500]
    franchir(acteur, tranche, "abandonner", motif=motif)


def reste_a_planifier(tranche: Tranche) -> int:
    """Cents of a firm tranche that no payment carries (after a cancelled one)."""
    pris = db.session.scalar(
        select(func.coalesce(func.sum(Versement.montant), 0)).where(
            Versement.tranche_id == tranche.id, Versement.etat.not_in(sorted(HORS_SOMME))
        )
    )
    return tranche.montant - int(pris or 0)


def planifie(tranche: Tranche) -> int:
    """Cents of the payments of a tranche already read, cancelled and given up ones aside."""
    return sum(v.montant for v in tranche.versements if v.etat not in HORS_SOMME)


def _problemes_versement(tranche: Tranche, montant: int, prevu_le: date) -> list[Probleme]:
    """Within what remains; from this month on, and not decades later (a year wrongly typed)."""
    problemes = []
    reste, jour = reste_a_planifier(tranche), aujourdhui()
    if not 0 < montant <= reste:
        problemes.append(Probleme(f"Il reste {en_euros(max(0, reste))} à planifier.", "montant"))
    limite = max(tranche.exercice, jour.year) + RETARD_MAX
    if prevu_le < jour.replace(day=1):
        phrase = "Ce mois est passé\u00a0: indiquez une date à partir d’aujourd’hui."
        problemes.append(Probleme(phrase, "prevu_le"))
    elif prevu_le.year > limite:
        problemes.append(Probleme(f"Vérifiez l’année\u00a0: {limite} au plus tard.", "prevu_le"))
    return problemes


def ajouter_versement(
    acteur: Acteur,
    tranche: Tranche,
    type_versement: TypeVersement,
    montant: int,
    prevu_le: date,
    *,
    version: int | None = None,
) -> Versement:
    """Plan one more payment, within what the tranche still allows (balance after a bilan).

    The tranche takes a new version: the same page sent twice plans one payment. Raises Invalide,
    PasLeMoment, Conflit.
    """
    exiger(acteur, "tranche.planifier", tranche)
    prendre_son_tour(tranche)
    if version is not None and version != tranche.version:
        raise Conflit(
            "Cet exercice a changé depuis que vous avez ouvert la page\u00a0: un versement vient "
            "peut-être d’y être planifié.",
            "Regardez ce qui reste à planifier, puis confirmez si c’est encore utile.",
        )
    if tranche.etat is not EtatTranche.FERME:
        raise PasLeMoment("Seule une tranche ferme reçoit des versements.")
    if problemes := _problemes_versement(tranche, montant, prevu_le):
        raise Invalide("Ce versement n’est pas possible.", problemes)
    rang = max((v.rang for v in tranche.versements), default=0) + 1
    flag_modified(tranche, "modifie_le")  # a new version: the page that planned it is stale
    versement = Versement(rang=rang, type=type_versement, montant=montant, prevu_le=prevu_le)
    tranche.versements.append(versement)
    db.session.flush()
    consigner(
        acteur,
        versement,
        "versement.planifier",
        f"{type_versement.libelle} de {en_euros(montant)} planifié pour le {prevu_le:%d/%m/%Y}",
    )
    return versement
