"""Arrêtés, annual conventions and CPO: prepared from a notified line, then ended.

The signatures are in ``services/signature.py``, the tranches in ``services/tranche.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select

from aap.domaine.cpo import choisir_acte
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import en_euros
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Convention, Financement, Financeur, Tranche, TypeConvention
from aap.permissions import Acteur, exiger
from aap.requetes.cumuls import cumul_financeur
from aap.requetes.lignes_budget import budget_de_quatre_ans, raison_demesure
from aap.services.avertissement import avertir_porteur
from aap.services.echeancier import ECHEANCIER_PAR_DEFAUT, Echeance, en_json
from aap.services.gardes_convention import EN_PAIEMENT
from aap.services.journal import consigner
from aap.services.tour import prendre_son_tour
from aap.services.transition import franchir, verifier_version
from aap.services.versement import solder_si_quitte
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

DUREE_MAX = 4
ECHEANCES_MAX = 4
# A line already engaged may get a new act when the former one ended before any payment.
CONVENTIONNABLES = frozenset({EtatFinancement.NOTIFIE, EtatFinancement.ENGAGE})


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


def acte_vivant(financement: Financement) -> Convention | None:
    """The act, draft or signed, that covers this line now."""
    return db.session.scalar(
        select(Convention)
        .join(Tranche, Tranche.convention_id == Convention.id)
        .where(
            Tranche.financement_id == financement.id,
            Tranche.etat != EtatTranche.ABANDONNEE,
            Convention.etat != EtatConvention.RESILIEE,
        )
        .limit(1)
    )


def _tranche_retenue(financement: Financement) -> Tranche | None:
    """The tranche of an ended act that still bears a payment: another act would pay twice."""
    return db.session.scalar(
        select(Tranche)
        .where(
            Tranche.financement_id == financement.id,
            Tranche.etat.in_([EtatTranche.FERME, EtatTranche.CLOSE]),
        )
        .limit(1)
    )


def _problemes_annees(financement: Financement, exercices: Mapping[int, int]) -> list[Probleme]:
    attendus = list(range(financement.exercice + 1, financement.exercice + 1 + len(exercices)))
    problemes = []
    if sorted(exercices) != attendus or len(exercices) >= DUREE_MAX:
        problemes.append(
            Probleme(f"Une CPO dure de 2 à {DUREE_MAX} ans qui se suivent.", "exercices")
        )
    if any(m <= 0 for m in exercices.values()):
        problemes.append(Probleme("Chaque année a un montant supérieur à zéro.", "exercices"))
    budget = budget_de_quatre_ans(financement.dossier_id)
    demesures = (raison_demesure(annee, m, budget) for annee, m in sorted(exercices.items()))
    return problemes + [Probleme(raison, "exercices") for raison in demesures if raison]


def _problemes_echeancier(echeancier: tuple[Echeance, ...]) -> list[Probleme]:
    problemes = []
    total = sum(e.pour_mille for e in echeancier)
    if total != 1000 or any(e.pour_mille <= 0 for e in echeancier):
        problemes.append(Probleme("L’échéancier doit faire 100 % au total.", "echeancier"))
    if len(echeancier) > ECHEANCES_MAX:
        problemes.append(
            Probleme(f"L’échéancier compte {ECHEANCES_MAX} versements au plus.", "echeancier")
        )
    if any(not 1 <= e.mois <= 12 for e in echeancier):
        problemes.append(Probleme("Chaque versement a un mois.", "echeancier"))
    return problemes


def _verifier_projet(
    financement: Financement, exercices: Mapping[int, int], echeancier: tuple[Echeance, ...]
) -> None:
    if financement.etat not in CONVENTIONNABLES:
        raise PasLeMoment("Notifiez d’abord la décision de ce financeur au porteur.")
    deja = acte_vivant(financement)
    if deja is not None:
        raise PasLeMoment(f"L’acte n° {deja.numero} couvre déjà cette aide.")
    reste = _tranche_retenue(financement)
    if reste is not None:
        raise PasLeMoment(
            f"L’acte n° {reste.convention.numero}, résilié, paie encore cette aide\u00a0: un "
            "versement est en cours.",
            "Attendez son paiement\u00a0; s’il est rejeté, annulez-le puis abandonnez la tranche.",
        )
    problemes = _problemes_annees(financement, exercices) + _problemes_echeancier(echeancier)
    if problemes:
        raise Invalide("Le projet n’est pas complet.", problemes)


def preparer_convention(
    acteur: Acteur,
    financement: Financement,
    type_acte: TypeConvention | None = None,
    *,
    exercices: Mapping[int, int] | None = None,
    echeancier: tuple[Echeance, ...] = ECHEANCIER_PAR_DEFAUT,
    motif_circonstances: str = "",
    version: int | None = None,
) -> Convention:
    """A draft act for a notified line. ``exercices``: later year -> provisional cents of a CPO.

    ``motif_circonstances``: why no CPO although it was possible (objective of the contrat).
    The funder's row is locked: two officers cannot prepare two acts. Raises Invalide,
    PasLeMoment, Conflit.
    """
    exiger(acteur, "financement.conventionner", financement)
    prendre_son_tour(financement)
    verifier_version(financement, version)
    suites = dict(exercices or {})
    numero = prochain_numero(financement.financeur, financement.exercice)
    _verifier_projet(financement, suites, echeancier)
    voulu = type_acte or type_propose(financement, pluriannuel=bool(suites))
    if (voulu is TypeConvention.CPO) != bool(suites):
        raise Invalide(
            "Une CPO prévoit au moins deux années\u00a0; les autres actes, une seule.",
            [Probleme("Vérifiez le type d’acte et les années.", "type")],
        )
    convention = batir_projet(financement, voulu, numero, suites, echeancier)
    convention.motif_circonstances = nettoyer(motif_circonstances).strip()[:1000]
    db.session.add(convention)
    db.session.flush()
    consigner(
        acteur,
        convention,
        "convention.preparer",
        f"{voulu.libelle} n° {convention.numero}\u00a0: projet de "
        f"{en_euros(sum(t.montant for t in convention.tranches))}",
        donnees={"tranches": {str(t.exercice): t.montant for t in convention.tranches}},
    )
    return convention


def batir_projet(
    financement: Financement,
    voulu: TypeConvention,
    numero: str,
    suites: Mapping[int, int],
    echeancier: tuple[Echeance, ...] = ECHEANCIER_PAR_DEFAUT,
) -> Convention:
    """The act and its tranches, in no session: the caller keeps it, or only shows it."""
    dossier = financement.dossier
    convention = Convention(
        type=voulu,
        financeur=financement.financeur,
        organisme=dossier.organisme,
        dossier=dossier,
        exercice=financement.exercice,
        dernier_exercice=financement.exercice + len(suites),
        numero=numero,
        objet=dossier.intitule,
        echeancier=en_json(echeancier),
        motif_circonstances="",
    )
    convention.tranches = [
        Tranche(
            exercice=financement.exercice,
            montant=financement.montant_vote or 0,
            financement=financement,
        ),
        *(Tranche(exercice=annee, montant=montant) for annee, montant in sorted(suites.items())),
    ]
    return convention


def abandonner_projet(
    acteur: Acteur, convention: Convention, motif: str, *, version: int | None = None
) -> None:
    """Drop an act before its last signature; its number stays taken, its tranches are freed."""
    franchir(acteur, convention, "abandonner", motif=motif, version=version)
    _abandonner_tranches(acteur, convention, motif)


def resilier(
    acteur: Acteur, convention: Convention, motif: str, *, version: int | None = None
) -> None:
    """End a signed act before its term; what was not paid and is not being paid falls with it.

    A firm tranche with a payment done or under way stays: it is settled by its bilan.
    """
    franchir(acteur, convention, "resilier", motif=motif, version=version)
    _abandonner_tranches(acteur, convention, motif)
    avertir_porteur(convention.dossier, "convention_resiliee", convention=convention, motif=motif)


def _abandonner_tranches(acteur: Acteur, convention: Convention, motif: str) -> None:
    for tranche in convention.tranches:
        if tranche.etat is EtatTranche.PREVISIONNELLE:
            franchir(acteur, tranche, "abandonner", motif=motif)
        elif tranche.etat is EtatTranche.FERME:
            _annuler_restes(acteur, tranche, motif)
            if not any(v.etat in EN_PAIEMENT for v in tranche.versements):
                franchir(acteur, tranche, "abandonner", motif=motif)
            elif tranche.financement is not None:
                solder_si_quitte(tranche.financement)


def _annuler_restes(acteur: Acteur, tranche: Tranche, motif: str) -> None:
    for versement in tranche.versements:
        if versement.etat in (EtatVersement.PREVU, EtatVersement.REJETE):
            franchir(acteur, versement, "annuler", motif=motif)
            versement.motif = motif.strip()[:500]


def constater_echeance(
    acteur: Acteur, convention: Convention, *, version: int | None = None
) -> None:
    """The term is passed and every tranche is settled."""
    franchir(acteur, convention, "constater_echeance", version=version)


def actes_echus(exercice: int) -> list[Convention]:
    """Acts in force whose term is passed and that are settled."""
    return list(
        db.session.scalars(
            select(Convention)
            .where(
                Convention.etat == EtatConvention.EN_VIGUEUR,
                Convention.dernier_exercice < exercice,
                ~Convention.tranches.any(
                    Tranche.etat.in_([EtatTranche.PREVISIONNELLE, EtatTranche.FERME])
                ),
            )
            .order_by(Convention.id)
        )
    )


def jours_restants(convention: Convention) -> int:
    """Days before the end of the last exercice (negative when past)."""
    return (date(convention.dernier_exercice, 12, 31) - aujourdhui()).days
