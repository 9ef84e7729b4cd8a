"""Bilans: awaited, deposited, late; control of one, with what is due to or from each funder."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.bilan import Decompte, Ecart, LigneRealisee, comparer
from aap.domaine.erreurs import PasLeMoment, Probleme
from aap.domaine.montants import lire_montant
from aap.models import Bilan, CoteBudget, Financement, LigneBilan, Reversement
from aap.permissions import may
from aap.requetes.finance import choix_financeurs, exercices, lire_filtres, liste_bilans
from aap.requetes.traces import historique
from aap.routes.finance import bp
from aap.routes.finance.actes import Acte, actions, motive, page_acte, simple
from aap.routes.finance.documents import lien_fichier, reponse_bilan
from aap.routes.garde import acteur_courant, garde
from aap.services import bilan as service
from aap.services import reversement
from workflows.bilan import EtatBilan

ACTES: dict[str, Acte] = {
    "valider": simple(reversement.valider_bilan, principal=True),
    "demander_modification": motive(service.demander_modification),
    "mettre_en_defaut": simple(service.mettre_en_defaut),
    "accepter_bilan_tardif": motive(reversement.accepter_bilan_tardif),
}


@dataclass(frozen=True)
class Compte:
    """What one funder owes or takes back, and what may be done about it."""

    ligne: Financement
    decompte: Decompte
    reversement: Reversement | None
    demandable: bool
    justifiable: bool
    gere: bool


def ecarts(bilan: Bilan, cote: CoteBudget) -> list[tuple[LigneBilan, Ecart | None]]:
    """Each line with its gap (None while nothing is typed)."""
    lignes = [x for x in bilan.lignes if x.cote is cote]
    calcules = {
        e.ligne.champ: e
        for e in comparer(
            [
                LigneRealisee(x.compte, x.libelle, x.prevu, x.realise, x.explication, str(x.id))
                for x in lignes
            ]
        )
    }
    return [(x, calcules.get(str(x.id))) for x in lignes]


def _non_eligible() -> tuple[int, list[Probleme]]:
    """Cents set aside on the page, and what is wrong with what was typed."""
    brut = request.args.get("non_eligible", "").strip()
    if not brut:
        return 0, []
    try:
        return lire_montant(brut), []
    except ValueError as refus:
        phrase = f"Dépenses non retenues\u00a0: {refus} Le calcul montré ne les compte pas."
        return 0, [Probleme(phrase, "non_eligible")]


def comptes(bilan: Bilan, non_eligible: int) -> list[Compte]:
    """One computation per funder that voted an aid and paid or promised it."""
    acteur = acteur_courant()
    demandes = {r.financement_id: r for r in reversement.reversements_de(bilan)}
    sortie = []
    for f in sorted(bilan.dossier.financements, key=lambda f: f.id):
        if f.montant_vote is None or f.montant_retenu == 0:
            continue
        gere = bool(may(acteur, "financement.voir_finance", f))
        ouvert = bilan.etat in reversement.DEMANDABLES and f.id not in demandes
        sortie.append(
            Compte(
                f,
                reversement.decompte(bilan, f, non_eligible=non_eligible),
                demandes.get(f.id),
                gere and ouvert and f.etat in reversement.REVERSABLES,
                gere and bilan.etat is EtatBilan.VALIDE and f.etat in reversement.PAYEES,
                gere,
            )
        )
    return sortie


@bp.get("/bilans")
@garde("finance.bilans")
def bilans() -> ResponseReturnValue:
    acteur = acteur_courant()
    filtres = lire_filtres(request.args)
    return render_template(
        "finance/bilans.html",
        filtres=filtres,
        liste=liste_bilans(acteur, filtres),
        etats=list(EtatBilan),
        financeurs=choix_financeurs(acteur),
        exercices=exercices(acteur),
    )


@bp.get("/bilans/<int:bilan_id>")
@garde("bilan.controler", Bilan)
def bilan(bilan: Bilan) -> ResponseReturnValue:
    """The control page: everything typed, the gaps, the amounts due."""
    non_eligible, erreurs = _non_eligible()
    return render_template(
        "finance/bilan.html",
        bilan=bilan,
        textes={c: mot for c, (mot, _) in service.TEXTES.items()},
        nombres={c: mot for c, (mot, _) in service.NOMBRES.items()},
        charges=ecarts(bilan, CoteBudget.CHARGE),
        produits=ecarts(bilan, CoteBudget.PRODUIT),
        pieces=service.pieces_bilan(bilan),
        lien_fichier=lien_fichier,
        comptes=comptes(bilan, non_eligible) if bilan.depose_le else comptes(bilan, 0),
        non_eligible=non_eligible,
        saisi=request.args.get("non_eligible", "")[:40],
        erreurs=erreurs,
        en_defaut=bilan.etat is EtatBilan.EN_DEFAUT,
        actions=actions(
            acteur_courant(),
            bilan,
            ACTES,
            lambda d: url_for("finance.agir_bilan", bilan_id=bilan.id, declencheur=d),
        ),
        traces=historique(bilan),
    )


@bp.route("/bilans/<int:bilan_id>/<declencheur>", methods=["GET", "POST"])
@garde("bilan.controler", Bilan)
def agir_bilan(bilan: Bilan, declencheur: str) -> ResponseReturnValue:
    url = url_for("finance.bilan", bilan_id=bilan.id)
    fil = [("Bilans", url_for("finance.bilans")), (f"Bilan {bilan.dossier.reference}", url)]
    return page_acte(bilan, declencheur, ACTES, url, fil)


@bp.get("/bilans/<int:bilan_id>/document.pdf")
@garde("bilan.controler", Bilan)
def bilan_pdf(bilan: Bilan) -> ResponseReturnValue:
    if bilan.depose_le is None:
        raise PasLeMoment(
            "Ce bilan n’est pas déposé\u00a0: il n’appartient encore qu’à son porteur."
        )
    return reponse_bilan(bilan)
