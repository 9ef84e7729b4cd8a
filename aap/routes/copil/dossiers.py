"""The page of one dossier in session."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Introuvable
from aap.filtres import euros
from aap.models import Dossier, Seance
from aap.permissions import exiger, may
from aap.requetes.copil_dossier import PageDossier, page_dossier
from aap.requetes.lecture_objets import lire
from aap.requetes.scrutins import votes_du_dossier
from aap.routes.copil import bp
from aap.routes.copil.formulaires import formulaire_vierge
from aap.routes.garde import acteur_courant, garde
from aap.services.seance import passer_au_dossier
from aap.services.transition import boutons
from forms.base import Formulaire
from forms.champs import SelectChoice
from forms.decision import DecisionForm, MontantsForm
from forms.scrutin import AnnulationScrutinForm, ComptesForm, ScrutinForm, VoixForm
from workflows.dossier import EtatDossier

DECISIONS = ("programmer", "ajourner", "rejeter", "mettre_en_liste_attente")


def dossier_de(seance: Seance, dossier_id: int) -> Dossier:
    """The dossier, on this agenda and readable by the person. Raises Introuvable, Interdit."""
    dossier = lire(Dossier, dossier_id)
    if dossier is None or all(i.dossier_id != dossier.id for i in seance.inscriptions):
        raise Introuvable(
            "Ce dossier n’est pas à l’ordre du jour de cette séance.",
            "Revenez à la liste de la séance.",
        )
    exiger(acteur_courant(), "dossier.examiner", dossier)
    return dossier


def lire_page(seance: Seance, dossier: Dossier) -> PageDossier:
    page = page_dossier(acteur_courant(), seance, dossier)
    if page is None:
        raise Introuvable("Ce dossier n’est pas à l’ordre du jour de cette séance.")
    return page


def form_decision(page: PageDossier, *, vierge: bool = True) -> DecisionForm:
    """The decision form bound to the versions that the page shows."""
    vues = ",".join(f"{x.id}:{x.version}" for x in page.ligne.lignes)
    if not vierge:
        return DecisionForm()
    return DecisionForm(
        formdata=None,
        data={
            "version": page.dossier.version,
            "lignes_vues": vues,
            "rang_attente": page.prochain_rang,
        },
    )


def _forms_vote(
    seance: Seance, page: PageDossier, refuse: Formulaire | None
) -> dict[str, Formulaire]:
    """The forms of a vote, the one that came back refused in its place."""
    montant = f" pour {euros(page.ligne.arbitre)}" if page.ligne.arbitre else ""
    ouverture = ScrutinForm(formdata=None, data={"question": f"Programmer ce dossier{montant}"})
    formulaires: dict[str, Formulaire] = {
        "ouverture": ouverture,
        "voix": VoixForm(formdata=None),
        "comptes": ComptesForm(formdata=None),
        "annulation": AnnulationScrutinForm(formdata=None),
    }
    for nom, form in formulaires.items():
        if type(form) is type(refuse) and refuse is not None:
            formulaires[nom] = refuse
    choisi = formulaires["ouverture"]
    if isinstance(choisi, ScrutinForm):
        choisi.president.choices = [
            SelectChoice("", "Personne"),
            *(
                SelectChoice(p.utilisateur_id, p.utilisateur.nom_complet)
                for p in seance.presences
                if p.present
            ),
        ]
    return formulaires


def rendre_dossier(
    seance: Seance,
    page: PageDossier,
    code: int = 200,
    *,
    montants: MontantsForm | None = None,
    decision: DecisionForm | None = None,
    scrutin: Formulaire | None = None,
    refus: str = "",
) -> ResponseReturnValue:
    """The page, possibly with a form that came back refused (``refus``: the reason on top)."""
    acteur = acteur_courant()
    ecrit = bool(may(acteur, "seance.decider", seance))
    par_acte = {b.transition.declencheur: b for b in boutons(acteur, page.dossier)} if ecrit else {}
    formulaires: list[Formulaire] = [f for f in (montants, decision, scrutin) if f is not None]
    votes = votes_du_dossier(acteur, seance, page.dossier.id)
    corps = render_template(
        "copil/dossier.html",
        seance=seance,
        page=page,
        ecrit=ecrit,
        montants=montants or formulaire_vierge(page.ligne),
        decision=decision or form_decision(page),
        votes=votes,
        vote_ouvert=next((v for v in votes if v.scrutin.ouvert), None),
        forms_vote=_forms_vote(seance, page, scrutin),
        actes=[par_acte[a] for a in DECISIONS if a in par_acte],
        reprise=par_acte.get("revenir_sur_decision"),
        a_decider=page.dossier.etat is EtatDossier.INSCRIT,
        erreurs=[p for f in formulaires for p in f.problemes()],
        refus=refus,
    )
    return corps, code


@bp.get("/seances/<int:seance_id>/dossiers/<int:dossier_id>")
@garde("seance.voir", Seance)
def dossier(seance: Seance, dossier_id: int) -> ResponseReturnValue:
    voulu = dossier_de(seance, dossier_id)
    return rendre_dossier(seance, lire_page(seance, voulu))


@bp.post("/seances/<int:seance_id>/dossiers/<int:dossier_id>/appeler")
@garde("seance.preparer", Seance)
def appeler(seance: Seance, dossier_id: int) -> ResponseReturnValue:
    """Make it the current dossier (the one that is projected)."""
    voulu = dossier_de(seance, dossier_id)
    passer_au_dossier(acteur_courant(), seance, voulu)
    return redirect(url_for("copil.dossier", seance_id=seance.id, dossier_id=voulu.id), 303)
