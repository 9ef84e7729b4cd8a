"""The revised budget: asked after the decisions, written and given back, accepted or asked again.

The porteur changes the budget only: the deposited dossier stays as it was signed, each version
is kept. The accepted one counts for the plan, the acts still to prepare and the bilan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from aap.domaine.budget_revise import (
    LigneRevisee,
    contenu_revision,
    lire_ou_rien,
    problemes_revision,
)
from aap.domaine.empreinte import empreinte
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Bilan, Dossier, IssueRevision, LigneBilan, RevisionBudget
from aap.permissions import Acteur, exiger
from aap.requetes.plan_recalcule import DECIDES
from aap.requetes.publication import decision_publiee
from aap.requetes.revisions_budget import (
    aides_publiees,
    budget_en_vigueur,
    plan_comptable,
    revision_acceptee,
    revision_vivante,
)
from aap.services.avertissement import avertir_instruction, avertir_porteur
from aap.services.bilan import MODIFIABLES
from aap.services.journal import consigner
from aap.services.tour import prendre_son_tour
from aap.services.transition import verifier_version
from workflows.dossier import EtatDossier

LIGNES_MAX = 140
# Days before the delay ends at which one reminder leaves.
RAPPEL = timedelta(days=3)
DELAI_MAX = timedelta(days=366)  # beyond, the year is wrong


@dataclass(frozen=True)
class LigneAjoutee:
    """A new line as typed; without amount nor words it is dropped."""

    cote: str
    compte: str
    libelle: str
    saisie: str


def raison_pas_revisable(dossier: Dossier) -> str:
    """Why a revised budget cannot be asked now, or empty."""
    if dossier.etat not in DECIDES - {EtatDossier.CLOS} or not decision_publiee(dossier):
        return "Un budget révisé se demande une fois le dossier programmé et la décision publiée."
    if revision_vivante(dossier) is not None:
        return "Un budget révisé est déjà demandé : attendez sa réponse, ou retirez la demande."
    depose = db.session.scalar(
        select(Bilan.id).where(Bilan.dossier_id == dossier.id, Bilan.etat.not_in(MODIFIABLES))
    )
    return "" if depose is None else "Le bilan est déjà déposé : le budget ne se révise plus."


def demander_budget_revise(
    acteur: Acteur, dossier: Dossier, texte: str, echeance: date, *, version: int | None = None
) -> RevisionBudget:
    """Ask the porteur for a revised budget by a date, with the reasons it reads.

    Raises Interdit, Conflit, PasLeMoment (not programmed, already asked), Invalide.
    """
    exiger(acteur, "dossier.demander_budget_revise", dossier)
    prendre_son_tour(dossier)
    verifier_version(dossier, version)
    if raison := raison_pas_revisable(dossier):
        raise PasLeMoment(raison)
    propre = _demande(texte, echeance)
    return _ouvrir(acteur, dossier, propre, echeance, _lignes_de_depart(dossier))


def _demande(texte: str, echeance: date) -> str:
    propre = nettoyer(texte).strip()[:4000]
    problemes = []
    if not propre:
        problemes.append(Probleme("Dites pourquoi le budget est à revoir.", "texte"))
    if echeance <= aujourdhui():
        problemes.append(Probleme("Fixez une date de réponse dans le futur.", "echeance"))
    elif echeance > aujourdhui() + DELAI_MAX:
        problemes.append(Probleme("Fixez une date dans les douze mois.", "echeance"))
    if problemes:
        raise Invalide("La demande n’est pas complète.", problemes)
    return propre


def _lignes_de_depart(dossier: Dossier) -> list[LigneRevisee]:
    """The budget in force without the aids of the call, ready to be changed."""
    acceptee = revision_acceptee(dossier)
    if acceptee is not None:
        return [{**x, "prevu": x["montant"]} for x in acceptee.lignes]
    return [
        {
            "cle": cle,
            "cote": x.cote.value,
            "compte": x.compte,
            "libelle": x.libelle,
            "etat": x.etat_produit.value if x.etat_produit else "",
            "prevu": x.montant or 0,
            "saisie": x.saisie,
            "montant": x.montant,
        }
        for cle, x in enumerate(dossier.lignes, 1)
        if x.annee == 1 and x.financement_id is None
    ]


def _ouvrir(
    acteur: Acteur, dossier: Dossier, texte: str, echeance: date, lignes: list[LigneRevisee]
) -> RevisionBudget:
    dernier = db.session.scalar(
        select(func.max(RevisionBudget.rang)).where(RevisionBudget.dossier_id == dossier.id)
    )
    revision = RevisionBudget(
        dossier=dossier,
        rang=(dernier or 0) + 1,
        demandee_par_id=acteur.utilisateur_id,
        echeance=echeance,
        texte=texte,
        lignes=lignes,
    )
    db.session.add(revision)
    db.session.flush()
    consigner(
        acteur,
        revision,
        "revision_budget.demander",
        f"Budget révisé demandé avant le {echeance:%d/%m/%Y}",
        motif=texte,
        donnees={"rang": revision.rang, "echeance": echeance.isoformat()},
        visible_porteur=True,
    )
    avertir_porteur(dossier, "budget_revise_demande", revision=revision)
    return revision


def enregistrer_revision(
    acteur: Acteur,
    revision: RevisionBudget,
    saisies: Mapping[int, str],
    ajouts: Sequence[LigneAjoutee],
    explication: str,
    *,
    version: int | None = None,
) -> RevisionBudget:
    """Save what is typed, complete or not. ``saisies``: text by ``cle`` of the line.

    Raises Interdit, Conflit (stale page), PasLeMoment (given back or closed), Invalide (an
    unknown account, too many lines).
    """
    exiger(acteur, "revision_budget.rediger", revision)
    verifier_version(revision, version)
    _exiger_porteur(revision)
    lignes = [
        {
            **x,
            "saisie": (t := nettoyer(saisies.get(x["cle"], x["saisie"]), lignes=False)[:40]),
            "montant": lire_ou_rien(t),
        }
        for x in revision.lignes
    ]
    lignes += [_ajoutee(revision, i, x) for i, x in enumerate(ajouts) if x.saisie or x.libelle]
    libre = 1 + max((x["cle"] for x in lignes), default=0)
    for rang, x in enumerate(x for x in lignes if not x["cle"]):
        x["cle"] = libre + rang
    if len(lignes) > LIGNES_MAX:
        raise Invalide(f"Un budget compte au plus {LIGNES_MAX} lignes.")
    # A line of the porteur's own that is emptied again goes away.
    revision.lignes = [x for x in lignes if x["prevu"] or x["saisie"] or x["libelle"]]
    revision.explication = nettoyer(explication).strip()[:4000]
    db.session.flush()
    return revision


def _ajoutee(revision: RevisionBudget, rang: int, x: LigneAjoutee) -> LigneRevisee:
    compte = next(
        (
            c
            for c in plan_comptable(revision.dossier).comptes
            if c.compte == x.compte and c.cote == x.cote and not c.titre
        ),
        None,
    )
    if compte is None:
        raise Invalide(
            "Une ligne ajoutée n’a pas de compte.",
            [Probleme("Choisissez un compte pour cette ligne.", f"ajouts-{rang}-compte")],
        )
    texte = nettoyer(x.saisie, lignes=False)[:40]
    return {
        "cle": 0,
        "cote": compte.cote,
        "compte": compte.compte,
        "libelle": nettoyer(x.libelle, lignes=False)[:200],
        "etat": "envisage" if compte.subvention else "",
        "prevu": 0,
        "saisie": texte,
        "montant": lire_ou_rien(texte),
    }


def _exiger_porteur(revision: RevisionBudget) -> None:
    if revision.chez_le_porteur:
        return
    quoi = "est déjà rendu" if revision.rendue_le else "n’est plus demandé"
    raise PasLeMoment(
        f"Ce budget révisé {quoi}\u00a0: il ne se modifie plus.", "Revenez à la page du dossier."
    )


def rendre_revision(
    acteur: Acteur, revision: RevisionBudget, *, version: int | None = None
) -> RevisionBudget:
    """A signatory gives the revised budget back: balanced, explained, frozen with its hash.

    Raises Interdit, Conflit, PasLeMoment (already given back, closed), Invalide (what blocks).
    """
    exiger(acteur, "revision_budget.rendre", revision)
    prendre_son_tour(revision.dossier)
    _exiger_porteur(revision)
    verifier_version(revision, version)
    dossier = revision.dossier
    aides = aides_publiees(dossier)
    problemes = problemes_revision(
        plan_comptable(dossier),
        revision.lignes,
        sum(int(x[2]) for x in aides),
        revision.explication,
    )
    if problemes:
        raise Invalide("Ce budget révisé ne peut pas encore être rendu.", problemes)
    revision.aides = aides
    revision.rendue_le = maintenant()
    revision.rendue_par_id = acteur.utilisateur_id
    revision.sha256 = empreinte(
        contenu_revision(dossier.id, revision.rang, revision.lignes, aides, revision.explication)
    )
    db.session.flush()
    consigner(
        acteur,
        revision,
        "revision_budget.rendre",
        f"Budget révisé rendu (version {revision.rang})",
        motif=revision.explication,
        donnees={"rang": revision.rang, "sha256": revision.sha256},
        visible_porteur=True,
    )
    avertir_instruction(
        dossier, "budget_revise_rendu", aussi=revision.demandee_par, revision=revision
    )
    return revision


def accepter_revision(
    acteur: Acteur, revision: RevisionBudget, *, version: int | None = None
) -> RevisionBudget:
    """The revised budget becomes the one in force; the bilan not yet handed in follows it.

    Raises Interdit, Conflit, PasLeMoment (not given back, closed, an aid changed meanwhile).
    """
    exiger(acteur, "revision_budget.suivre", revision)
    prendre_son_tour(revision.dossier)
    _exiger_rendue(revision)
    verifier_version(revision, version)
    if [list(x) for x in revision.aides] != aides_publiees(revision.dossier):
        raise PasLeMoment(
            "Les aides accordées ont changé depuis que ce budget est rendu.",
            "Redemandez un budget révisé qui en tienne compte.",
        )
    _clore(acteur, revision, IssueRevision.ACCEPTEE, "", "Budget révisé accepté")
    aligner_bilan(revision.dossier)
    return revision


def renvoyer_revision(
    acteur: Acteur,
    revision: RevisionBudget,
    texte: str,
    echeance: date,
    *,
    version: int | None = None,
) -> RevisionBudget:
    """Ask for corrections: the version given back is kept, the next one starts from it.

    Raises Interdit, Conflit, PasLeMoment, Invalide.
    """
    exiger(acteur, "revision_budget.suivre", revision)
    prendre_son_tour(revision.dossier)
    _exiger_rendue(revision)
    verifier_version(revision, version)
    propre = _demande(texte, echeance)
    revision.issue, revision.motif = IssueRevision.RENVOYEE, propre
    revision.close_le, revision.close_par_id = maintenant(), acteur.utilisateur_id
    db.session.flush()
    suite = _ouvrir(acteur, revision.dossier, propre, echeance, [dict(x) for x in revision.lignes])
    suite.explication = revision.explication
    db.session.flush()
    return suite


def annuler_revision(
    acteur: Acteur, revision: RevisionBudget, motif: str, *, version: int | None = None
) -> RevisionBudget:
    """Give the request up; the budget in force does not change, the porteur is told why.

    Raises Interdit, Conflit, PasLeMoment (closed), Invalide (no motif).
    """
    exiger(acteur, "revision_budget.suivre", revision)
    prendre_son_tour(revision.dossier)
    if revision.close_le is not None:
        raise PasLeMoment("Cette demande de budget révisé est déjà close.")
    verifier_version(revision, version)
    propre = nettoyer(motif).strip()[:4000]
    if not propre:
        raise Invalide("Indiquez le motif.", [Probleme("Indiquez le motif.", "motif")])
    _clore(acteur, revision, IssueRevision.ANNULEE, propre, "Demande de budget révisé retirée")
    return revision


def _exiger_rendue(revision: RevisionBudget) -> None:
    if revision.close_le is not None:
        raise PasLeMoment("Une réponse est déjà donnée à ce budget révisé.")
    if revision.rendue_le is None:
        raise PasLeMoment("Le porteur n’a pas encore rendu son budget révisé.")


def _clore(
    acteur: Acteur, revision: RevisionBudget, issue: IssueRevision, motif: str, libelle: str
) -> None:
    revision.issue, revision.motif = issue, motif
    revision.close_le, revision.close_par_id = maintenant(), acteur.utilisateur_id
    db.session.flush()
    verbe = "accepter" if issue is IssueRevision.ACCEPTEE else "annuler"
    consigner(
        acteur,
        revision,
        f"revision_budget.{verbe}",
        f"{libelle} (version {revision.rang})",
        motif=motif,
        donnees={"rang": revision.rang, "sha256": revision.sha256},
        visible_porteur=True,
    )
    avertir_porteur(revision.dossier, "budget_revise_clos", revision=revision)


def aligner_bilan(dossier: Dossier) -> None:
    """Planned amounts of the bilans not handed in follow the budget in force; typed ones stay."""
    bilans = db.session.scalars(
        select(Bilan).where(Bilan.dossier_id == dossier.id, Bilan.etat.in_(MODIFIABLES))
    ).all()
    lignes = budget_en_vigueur(dossier)
    for bilan in bilans:
        restent = list(bilan.lignes)
        for rang, ligne in enumerate(lignes):
            cle = (ligne.cote, ligne.compte, ligne.libelle)
            x = next((x for x in restent if (x.cote, x.compte, x.libelle) == cle), None)
            if x is None:
                x = LigneBilan(cote=ligne.cote, compte=ligne.compte, libelle=ligne.libelle)
                bilan.lignes.append(x)
            else:
                restent.remove(x)
            x.rang, x.prevu = rang, ligne.montant or 0
        for x in restent:
            x.prevu = 0
    db.session.flush()


def rappeler_revisions() -> int:
    """One mail per request, three days before its delay ends (or as soon as seen)."""
    dues = db.session.scalars(
        select(RevisionBudget)
        .where(
            RevisionBudget.close_le.is_(None),
            RevisionBudget.rendue_le.is_(None),
            RevisionBudget.rappelee_le.is_(None),
            RevisionBudget.echeance <= aujourdhui() + RAPPEL,
        )
        .order_by(RevisionBudget.id)
    ).all()
    for revision in dues:
        revision.rappelee_le = maintenant()
        avertir_porteur(revision.dossier, "budget_revise_rappel", revision=revision)
    db.session.flush()
    return len(dues)
