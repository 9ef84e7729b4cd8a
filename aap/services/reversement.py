"""Control of the bilan and money to give back, computed step by step."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from aap.domaine.bilan import Decompte, calculer_decompte
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import en_euros
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    ETATS_SANS_CREDIT,
    Bilan,
    CoteBudget,
    Financement,
    Reversement,
    Versement,
)
from aap.permissions import Acteur, exiger
from aap.services.avertissement import avertir_porteur
from aap.services.gardes import garde_de
from aap.services.gardes_convention import ACCEPTES, bilan_de
from aap.services.journal import consigner
from aap.services.tour import prendre_son_tour
from aap.services.transition import franchir, verifier_version
from aap.services.versement import solder, terminer, verse
from workflows.bilan import EtatBilan
from workflows.financement import EtatFinancement
from workflows.versement import EtatVersement

DEMANDABLES = (EtatBilan.VALIDE, EtatBilan.EN_DEFAUT, EtatBilan.REVERSEMENT_DEMANDE)
REVERSABLES = (
    EtatFinancement.VERSE_PARTIEL,
    EtatFinancement.VERSE,
    EtatFinancement.JUSTIFIE,
    EtatFinancement.CLOS,
)
PAYEES = (EtatFinancement.VERSE_PARTIEL, EtatFinancement.VERSE, EtatFinancement.JUSTIFIE)


def valider_bilan(acteur: Acteur, bilan: Bilan, *, version: int | None = None) -> None:
    """Accept the bilan; lines wholly paid, to which nothing is left due, are closed."""
    franchir(acteur, bilan, "valider", version=version)
    for financement in sorted(bilan.dossier.financements, key=lambda f: f.id):
        compte = decompte(bilan, financement)
        if financement.etat in PAYEES and not (compte.a_verser or compte.a_reverser):
            solder(financement)
    avertir_porteur(bilan.dossier, "bilan_valide", bilan=bilan)


def decompte(bilan: Bilan, financement: Financement, *, non_eligible: int = 0) -> Decompte:
    """What the funder owes or takes back (cents), with the steps in French.

    Contributions in kind (86, 87) are left out; other produits are what came from elsewhere than
    the funders that granted an aid on this dossier.
    """
    lignes = bilan.lignes
    charges = [x for x in lignes if x.cote is CoteBudget.CHARGE and not x.compte.startswith("86")]
    produits = [x for x in lignes if x.cote is CoteBudget.PRODUIT and not x.compte.startswith("87")]
    accorde = financement.montant_vote or 0
    aides = accorde + sum(
        f.montant_vote or 0
        for f in bilan.dossier.financements
        if f.id != financement.id and f.etat.value not in ETATS_SANS_CREDIT
    )
    recus = sum(x.realise or 0 for x in produits)
    return calculer_decompte(
        accorde,
        verse(financement),
        sum(x.prevu for x in charges),
        sum(x.realise or 0 for x in charges),
        autres_produits=max(0, recus - aides),
        aides=aides,
        non_eligible=non_eligible,
    )


def depassement_du_bilan(versement: Versement) -> str:
    """Why this payment would give more than the bilan leaves due; empty when it does not.

    A warning, never a block: the funder may keep to the amount voted (loi du 1er juillet 2021,
    article 1er, reasonable surplus). Paid and cancelled payments say nothing.
    """
    ligne, tranche = versement.tranche.financement, versement.tranche
    if ligne is None or versement.etat in (EtatVersement.PAYE, EtatVersement.ANNULE):
        return ""
    bilan = bilan_de(tranche.convention.dossier_id, tranche.exercice)
    if bilan is None or bilan.depose_le is None:
        return ""
    reste = decompte(bilan, ligne).a_verser
    if versement.montant <= reste:
        return ""
    return (
        f"D’après le bilan {bilan.exercice}, il ne reste que {en_euros(reste)} à verser pour cette "
        f"aide\u00a0: ce versement de {en_euros(versement.montant)} dépasse ce qui est dû. Pour "
        "payer le montant du bilan, annulez ce versement et planifiez-en un autre."
    )


def demander_reversement(
    acteur: Acteur,
    bilan: Bilan,
    financement: Financement,
    montant: int,
    motif: str,
    etapes: list[str] | None = None,
    *,
    version: int | None = None,
) -> Reversement:
    """Ask back ``montant`` (cents) from one funder's line, with its reasons (CRPA L242-2).

    Raises Invalide (nothing, or more than what was paid), PasLeMoment.
    """
    exiger(acteur, "financement.demander_reversement", financement)
    prendre_son_tour(financement)
    verifier_version(bilan, version)
    if not motif.strip():
        raise Invalide(
            "Indiquez le motif\u00a0: il sera lu par le porteur.",
            [Probleme("Indiquez le motif.", "motif")],
        )
    if financement.dossier_id != bilan.dossier_id:
        raise Invalide("Cette aide n’est pas celle du bilan.")
    paye = verse(financement)
    if not 0 < montant <= paye:
        raise Invalide(
            "La somme à reverser n’est pas possible.",
            [Probleme(f"Elle va d’un centime à {en_euros(paye)}, déjà versés.", "montant")],
        )
    if bilan.etat not in DEMANDABLES:
        raise PasLeMoment(
            "Un reversement se demande après la validation du bilan, ou quand il est en défaut."
        )
    if financement.etat not in REVERSABLES:
        raise PasLeMoment(f"Cette aide est «\u00a0{financement.etat.libelle('agent')}\u00a0».")
    reversement = Reversement(
        bilan=bilan,
        financement=financement,
        montant=montant,
        motif=nettoyer(motif).strip(),
        etapes=list(etapes or ()),
    )
    db.session.add(reversement)
    db.session.flush()
    franchir(acteur, financement, "demander_reversement", motif=motif)
    if bilan.etat is not EtatBilan.REVERSEMENT_DEMANDE:
        franchir(acteur, bilan, "demander_reversement", motif=motif)
    avertir_porteur(bilan.dossier, "reversement_demande", reversement=reversement)
    return reversement


def constater_reversement(
    acteur: Acteur, reversement: Reversement, recu_le: date, numero_titre: str
) -> None:
    """The money is back: the line ends; the bilan and the dossier end with the last sum.

    Two officers cannot record it twice: the second one comes after. Raises Invalide, PasLeMoment.
    """
    exiger(acteur, "financement.constater_reversement", reversement.financement)
    prendre_son_tour(reversement)
    if recu_le > aujourdhui():
        raise Invalide(
            "La date est à venir.", [Probleme("Indiquez la date d’encaissement.", "recu_le")]
        )
    if recu_le < date(reversement.bilan.exercice, 1, 1):
        phrase = f"Cette date est antérieure à l’exercice {reversement.bilan.exercice}."
        raise Invalide(phrase, [Probleme(phrase, "recu_le")])
    if reversement.recu_le is not None:
        raise PasLeMoment("Ce reversement est déjà constaté.")
    reversement.recu_le = recu_le
    reversement.numero_titre = nettoyer(numero_titre, lignes=False).strip()[:60]
    db.session.flush()
    franchir(acteur, reversement.financement, "constater_reversement")
    consigner(
        acteur,
        reversement,
        "reversement.constater",
        f"Reversement de {en_euros(reversement.montant)} encaissé",
        visible_porteur=True,
    )
    _finir_bilan(acteur, reversement.bilan)
    terminer(reversement.financement)


def _finir_bilan(acteur: Acteur, bilan: Bilan) -> None:
    if bilan.etat is EtatBilan.REVERSEMENT_DEMANDE and not sommes_attendues(bilan):
        franchir(acteur, bilan, "constater_reversement")


def abandonner_reversement(acteur: Acteur, reversement: Reversement, motif: str) -> None:
    """Give up a sum asked back, with its reason; the last one sends the bilan to control again.

    Raises Invalide (no motif), PasLeMoment (already paid, or no bilan was ever handed in).
    """
    financement, bilan = reversement.financement, reversement.bilan
    exiger(acteur, "financement.abandonner_reversement", financement)
    prendre_son_tour(reversement)
    if reversement.recu_le is not None:
        raise PasLeMoment("Ce reversement est déjà encaissé.")
    franchir(
        acteur,
        financement,
        "abandonner_reversement",
        motif=motif,
        donnees={"montant": reversement.montant},
    )
    db.session.delete(reversement)
    db.session.flush()
    if bilan.etat is not EtatBilan.REVERSEMENT_DEMANDE:
        return
    if not reversements_de(bilan):
        franchir(acteur, bilan, "abandonner_reversement", motif=motif)
    else:
        _finir_bilan(acteur, bilan)


def accepter_bilan_tardif(
    acteur: Acteur, bilan: Bilan, motif: str, *, version: int | None = None
) -> None:
    """A bilan that was never handed in may still come, although money was asked back."""
    franchir(acteur, bilan, "accepter_bilan_tardif", motif=motif, version=version)
    avertir_porteur(bilan.dossier, "bilan_a_modifier", bilan=bilan)


def justifier(
    acteur: Acteur, financement: Financement, motif: str, *, version: int | None = None
) -> None:
    """Close a line without asking anything back, although the computation would allow it."""
    if not motif.strip():
        raise Invalide(
            "Indiquez le motif\u00a0: il restera au journal.",
            [Probleme("Indiquez le motif.", "motif")],
        )
    franchir(acteur, financement, "justifier", motif=motif, version=version)
    solder(financement)


def sommes_attendues(bilan: Bilan) -> list[Reversement]:
    """Sums asked back that have not arrived."""
    return list(
        db.session.scalars(
            select(Reversement)
            .where(Reversement.bilan_id == bilan.id, Reversement.recu_le.is_(None))
            .order_by(Reversement.id)
        )
    )


def reversements_de(bilan: Bilan) -> list[Reversement]:
    """Every sum asked back on a bilan, received or not."""
    return list(
        db.session.scalars(
            select(Reversement).where(Reversement.bilan_id == bilan.id).order_by(Reversement.id)
        )
    )


@garde_de("bilan", "reversement_calcule")
def _calcule(_acteur: Acteur, bilan: Bilan) -> str | None:
    return None if reversements_de(bilan) else "Calculez d’abord la somme à reverser."


@garde_de("bilan", "reversement_encaisse")
def _encaisse(_acteur: Acteur, bilan: Bilan) -> str | None:
    reste = sommes_attendues(bilan)
    if not reste:
        return None
    return (
        "Une somme reste à encaisser."
        if len(reste) == 1
        else (f"{len(reste)} sommes restent à encaisser.")
    )


@garde_de("financement", "reversement_calcule")
def _ligne_calcule(_acteur: Acteur, financement: Financement) -> str | None:
    existe = db.session.scalar(
        select(Reversement.id).where(Reversement.financement_id == financement.id).limit(1)
    )
    return None if existe else "Calculez d’abord la somme à reverser."


@garde_de("financement", "reversement_encaisse")
def _ligne_encaisse(_acteur: Acteur, financement: Financement) -> str | None:
    attendu = db.session.scalar(
        select(Reversement.id)
        .where(Reversement.financement_id == financement.id, Reversement.recu_le.is_(None))
        .limit(1)
    )
    return "La somme demandée n’est pas encore encaissée." if attendu else None


@garde_de("financement", "bilan_valide")
def _bilan_valide(_acteur: Acteur, financement: Financement) -> str | None:
    bilan = bilan_de(financement.dossier_id, financement.exercice)
    if bilan is not None and bilan.etat in ACCEPTES and bilan.depose_le is not None:
        return None
    return "Le bilan de l’exercice n’est pas encore validé."
