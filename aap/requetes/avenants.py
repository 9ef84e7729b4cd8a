"""What an avenant changes, derived from the rows: shown before signing, checked at each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.avenant import Plan, VersementPrevu, plancher, replanifier
from aap.domaine.calendrier import fin_exercice_comptable, limite_bilan
from aap.domaine.montants import en_euros
from aap.extensions import db
from aap.models import Avenant, Bilan, Convention, Tranche, TypeConvention
from aap.models.types import Json
from aap.requetes.lignes_budget import budget_de_quatre_ans, raison_demesure
from aap.requetes.poches import raison_poche
from aap.requetes.soldes import reste_a_attribuer
from workflows.avenant import EtatAvenant
from workflows.bilan import EtatBilan
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

OUVERTES = (EtatTranche.PREVISIONNELLE, EtatTranche.FERME)
LIBRES = (EtatVersement.PREVU, EtatVersement.REJETE)
REVISABLES = (EtatFinancement.ENGAGE, EtatFinancement.VERSE_PARTIEL)
REPORTABLES = (EtatBilan.ATTENDU, EtatBilan.EN_SAISIE)
VIVANTS = (EtatAvenant.PROJET, EtatAvenant.SIGNATURE_PORTEUR, EtatAvenant.SIGNATURE_FINANCEUR)
CPO_MAX = 4


@dataclass(frozen=True)
class EffetVersement:
    """One payment before and after; ``avant`` None: it is added, ``apres`` 0: cancelled."""

    libelle: str
    avant: int | None
    apres: int


@dataclass(frozen=True)
class EffetTranche:
    """One exercice of the convention before and after, in cents (``avant`` None: added)."""

    exercice: int
    avant: int | None
    apres: int
    objectifs_avant: str = ""
    objectifs: str | None = None

    @property
    def ecart(self) -> int:
        return self.apres - (self.avant or 0)

    @property
    def change(self) -> bool:
        return self.avant != self.apres or self.objectifs is not None


@dataclass(frozen=True)
class Suite:
    """What follows in the accounts: payments, vote and enveloppe of a firm exercice."""

    exercice: int
    versements: Sequence[EffetVersement]
    vote_avant: int = 0
    vote_apres: int = 0
    enveloppe: str = ""
    reste_avant: int = 0
    reste_apres: int = 0


@dataclass(frozen=True)
class Apercu:
    """Everything the parties must know before they sign."""

    tranches: Sequence[EffetTranche]
    suites: Sequence[Suite] = ()
    fin_avant: date | None = None
    fin: date | None = None
    bilan_avant: date | None = None
    bilan: date | None = None

    @property
    def total_avant(self) -> int:
        return sum(t.avant or 0 for t in self.tranches)

    @property
    def total_apres(self) -> int:
        return sum(t.apres for t in self.tranches)


def fin_action(convention: Convention) -> date:
    """End of the action under this convention: the last signed avenant's, else the dossier's."""
    fins = [a.fin for a in convention.avenants if a.etat is EtatAvenant.SIGNE and a.fin]
    return fins[-1] if fins else (convention.dossier.date_fin or date(convention.exercice, 12, 31))


def tranche_de(convention: Convention, exercice: int) -> Tranche | None:
    return next((t for t in convention.tranches if t.exercice == exercice), None)


def avenant_vivant(convention: Convention) -> Avenant | None:
    """The avenant being prepared or signed: one at a time, so that effects never cross."""
    return db.session.scalar(
        select(Avenant)
        .where(Avenant.convention_id == convention.id, Avenant.etat.in_(VIVANTS))
        .limit(1)
    )


def versements_prevus(tranche: Tranche) -> list[VersementPrevu]:
    """Payments of a tranche that count, in their order."""
    return [
        VersementPrevu(v.id, v.montant, v.etat in LIBRES)
        for v in sorted(tranche.versements, key=lambda v: v.rang)
        if v.etat is not EtatVersement.ANNULE
    ]


def plan_versements(tranche: Tranche, apres: int) -> Plan:
    """Raises ``ValueError`` below what is paid or being paid."""
    return replanifier(tranche.montant, apres, versements_prevus(tranche))


def raisons_texte(avenant: Avenant) -> list[str]:
    """Why the text cannot be: nothing changed, an exercice moved or closed, too low a sum."""
    convention = avenant.convention
    budget = budget_de_quatre_ans(convention.dossier_id)
    raisons = [r for e in avenant.effets if (r := _raison_effet(convention, e, budget))]
    if avenant.fin is not None and (raison := _raison_fin(convention, avenant.fin)):
        raisons.append(raison)
    if not avenant.effets and avenant.fin is None:
        raisons.append(
            "Cet avenant ne change rien\u00a0: modifiez un montant, un objectif ou la fin."
        )
    return raisons


def _raison_effet(convention: Convention, effet: Json, budget: int) -> str:
    exercice, apres = int(effet["exercice"]), int(effet["apres"])
    if apres <= 0:
        return f"Le montant de {exercice} doit être supérieur à zéro."
    if apres > (effet["avant"] or 0) and (raison := raison_demesure(exercice, apres, budget)):
        return raison
    tranche = tranche_de(convention, exercice)
    if effet["avant"] is None:
        return _raison_ajout(convention, exercice, tranche)
    if tranche is None or tranche.etat not in OUVERTES:
        return f"L’exercice {exercice} n’est plus ouvert\u00a0: il ne peut pas être modifié."
    if tranche.montant != effet["avant"] or (
        "objectifs" in effet and tranche.objectifs != effet["objectifs_avant"]
    ):
        return (
            f"L’exercice {exercice} a changé depuis la rédaction\u00a0: modifiez l’avenant pour "
            "repartir des montants actuels."
        )
    if tranche.etat is EtatTranche.FERME and apres != tranche.montant:
        return _raison_ferme(tranche, apres)
    return ""


def _raison_ajout(convention: Convention, exercice: int, tranche: Tranche | None) -> str:
    if convention.type is not TypeConvention.CPO:
        return "Seule une convention pluriannuelle peut gagner un exercice."
    if tranche is not None or exercice != convention.dernier_exercice + 1:
        return "L’exercice ajouté suit le dernier exercice de la convention."
    if exercice - convention.exercice >= CPO_MAX:
        return f"Une CPO dure {CPO_MAX} ans au plus."
    return ""


def _raison_ferme(tranche: Tranche, apres: int) -> str:
    financement = tranche.financement
    if financement is None or financement.etat not in REVISABLES:
        etat = financement.etat.libelle("agent") if financement else "absente"
        return (
            f"L’aide de {tranche.exercice} est «\u00a0{etat}\u00a0»\u00a0: son montant ne "
            "change plus."
        )
    deja = plancher(versements_prevus(tranche))
    if apres < deja:
        return (
            f"{en_euros(deja)} sont payés ou en cours de paiement pour {tranche.exercice}\u00a0: "
            "le montant ne peut pas être plus bas."
        )
    return ""


def _raison_fin(convention: Convention, fin: date) -> str:
    if convention.type is not TypeConvention.ANNUELLE:
        return "La durée d’une CPO se change en ajoutant un exercice."
    debut = convention.dossier.date_debut or date(convention.exercice, 1, 1)
    if fin == fin_action(convention):
        return "La fin de l’action est déjà à cette date."
    if fin < debut:
        return "La fin de l’action ne peut pas être avant son début."
    if fin.year > convention.exercice + 1:
        return f"L’action se termine au plus tard le 31 décembre {convention.exercice + 1}."
    return ""


def raisons_credits(avenant: Avenant) -> list[str]:
    """Why a raise of a firm exercice cannot be signed yet: not voted, or no credits left."""
    raisons: list[str] = []
    for tranche, hausse in _hausses(avenant):
        financement = tranche.financement
        if financement is None or financement.enveloppe is None:
            raisons.append(f"Aucune enveloppe ne porte l’exercice {tranche.exercice}.")
            continue
        reste = reste_a_attribuer(financement.enveloppe)
        if hausse > reste:
            raisons.append(
                f"Il reste {en_euros(max(0, reste))} dans l’enveloppe "
                f"«\u00a0{financement.enveloppe.libelle}\u00a0»\u00a0: la hausse de "
                f"{en_euros(hausse)} ne peut pas y être prise."
            )
        vote = (financement.montant_vote or 0) + hausse
        if raison := raison_poche(financement.enveloppe, financement, vote):
            raisons.append(raison)
        if not (avenant.acte_type and avenant.acte_numero and avenant.acte_date):
            raisons.append(
                "Une hausse d’un exercice ferme doit être votée\u00a0: indiquez la nature, le "
                "numéro et la date de l’acte du financeur."
            )
    return raisons


def _hausses(avenant: Avenant) -> list[tuple[Tranche, int]]:
    sortie = []
    for e in avenant.effets:
        tranche = tranche_de(avenant.convention, int(e["exercice"]))
        if tranche is not None and tranche.etat is EtatTranche.FERME:
            hausse = int(e["apres"]) - tranche.montant
            if hausse > 0:
                sortie.append((tranche, hausse))
    return sortie


def tranches_apres(avenant: Avenant) -> list[EffetTranche]:
    """Every exercice of the convention with what the avenant makes of it (draft or in signature).

    An abandoned exercice counts for nothing in the totals and is left out.
    """
    effets = {int(e["exercice"]): e for e in avenant.effets}
    lignes = []
    for t in avenant.convention.tranches:
        e = effets.pop(t.exercice, None)
        if t.etat is EtatTranche.ABANDONNEE:
            continue
        apres = int(e["apres"]) if e else t.montant
        lignes.append(
            EffetTranche(
                t.exercice, t.montant, apres, t.objectifs, e.get("objectifs") if e else None
            )
        )
    lignes += [
        EffetTranche(annee, None, int(e["apres"]), "", e.get("objectifs") or None)
        for annee, e in sorted(effets.items())
    ]
    return lignes


def apercu(avenant: Avenant) -> Apercu:
    """Effects as they would be now; those of a signed avenant are read in its frozen content."""
    if avenant.etat not in VIVANTS:
        return _apercu_fige(avenant)
    convention = avenant.convention
    fin_avant = fin_action(convention)
    echeances = echeance_reportee(convention, avenant.fin) if avenant.fin else None
    return Apercu(
        tranches_apres(avenant),
        _suites(avenant),
        fin_avant,
        avenant.fin,
        *(echeances or (None, None)),
    )


def _apercu_fige(avenant: Avenant) -> Apercu:
    contenu = avenant.contenu or {}
    periode = contenu.get("fin") or [None, None]
    lignes = contenu.get("tranches")
    if lignes is None:
        lignes = [[e["exercice"], e["avant"], e["apres"]] for e in avenant.effets]
    mots = {int(e["exercice"]): e for e in avenant.effets}
    return Apercu(
        [
            EffetTranche(
                annee,
                avant,
                apres,
                mots.get(annee, {}).get("objectifs_avant", ""),
                mots.get(annee, {}).get("objectifs"),
            )
            for annee, avant, apres in lignes
        ],
        fin_avant=date.fromisoformat(periode[0]) if periode[0] else None,
        fin=avenant.fin,
    )


def _suites(avenant: Avenant) -> list[Suite]:
    """Payments and credits of the firm exercices whose amount changes."""
    sortie = []
    for e in avenant.effets:
        t = tranche_de(avenant.convention, int(e["exercice"]))
        if t is None or t.etat is not EtatTranche.FERME or t.montant == int(e["apres"]):
            continue
        f = t.financement
        ecart = int(e["apres"]) - t.montant
        reste = reste_a_attribuer(f.enveloppe) if f is not None and f.enveloppe else 0
        vote = (f.montant_vote or 0) if f is not None else 0
        sortie.append(
            Suite(
                t.exercice,
                _effets_versements(t, int(e["apres"])),
                vote,
                vote + ecart,
                f.enveloppe.libelle if f is not None and f.enveloppe else "",
                reste,
                reste - ecart,
            )
        )
    return sortie


def _effets_versements(tranche: Tranche, apres: int) -> list[EffetVersement]:
    try:
        plan = plan_versements(tranche, apres)
    except ValueError:
        return []
    par_id = {v.id: v for v in tranche.versements}
    lignes = [
        EffetVersement(f"{par_id[cle].rang}. {par_id[cle].type.libelle}", par_id[cle].montant, m)
        for cle, m in plan.montants.items()
    ]
    if plan.ajout:
        lignes.append(EffetVersement("Versement ajouté", None, plan.ajout))
    return lignes


def bilan_concerne(convention: Convention) -> Bilan | None:
    """The bilan whose due date follows the end of the action."""
    return db.session.scalar(
        select(Bilan).where(
            Bilan.dossier_id == convention.dossier_id, Bilan.exercice == convention.exercice
        )
    )


def echeance_reportee(convention: Convention, fin: date) -> tuple[date, date] | None:
    """Due date of the bilan before and after; None when it does not move.

    The action is over later for every funder once one of them agreed: the date is only put off,
    and never for a bilan already handed in (loi 2000-321 art. 10: six months after the exercice).
    """
    bilan = bilan_concerne(convention)
    if bilan is None or bilan.etat not in REPORTABLES:
        return None
    nouvelle = limite_bilan(fin_exercice_comptable(fin, convention.organisme.fin_exercice_mois))
    return (bilan.echeance, nouvelle) if nouvelle > bilan.echeance else None


def avenants_de(convention: Convention) -> list[Avenant]:
    """Avenants of a convention in their order (1 query)."""
    return list(
        db.session.scalars(
            select(Avenant)
            .where(Avenant.convention_id == convention.id)
            .order_by(Avenant.numero_avenant)
        )
    )


def charger(convention: Convention) -> Convention:
    """Load at once what the pages of an avenant read."""
    return db.session.scalars(
        select(Convention)
        .where(Convention.id == convention.id)
        .options(
            joinedload(Convention.financeur),
            joinedload(Convention.organisme),
            joinedload(Convention.dossier),
            selectinload(Convention.avenants),
            selectinload(Convention.tranches).selectinload(Tranche.versements),
            selectinload(Convention.tranches).joinedload(Tranche.financement),
        )
    ).one()
