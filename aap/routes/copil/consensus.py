"""The consensus on one dossier: recorded, revised, taken back by the coordination."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Introuvable, Invalide
from aap.extensions import db
from aap.models import Consensus, Dossier, ModeCritere
from aap.requetes.resultats_dossier import fiche_resultat
from aap.routes.copil import bp
from aap.routes.copil.accueil import page_formulaire
from aap.routes.garde import acteur_courant, garde
from aap.services import consensus as service
from forms.evaluation import NoteLue, lire_notes
from forms.resultats import ConsensusForm, MotifConsensusForm

DEPASSE = (
    "Quelqu’un a changé ce consensus pendant que vous écriviez. Votre saisie est ci-dessous, ce "
    "qui est enregistré est à côté : enregistrez encore pour remplacer le sien par le vôtre."
)


def _saisie(dossier: Dossier) -> dict[int, NoteLue]:
    """Notes as sent by the form, by criterion."""
    grille = dossier.campagne.grille
    ids = [c.id for c in grille.criteres if c.mode is ModeCritere.APPRECIE] if grille else []
    return lire_notes(request.form, ids)


def _gardee(accord: Consensus | None) -> dict[int, NoteLue]:
    if accord is None:
        return {}
    return {n.critere_id: NoteLue(n.valeur, n.sans_objet, n.motif) for n in accord.notes}


def _page(
    dossier: Dossier, form: ConsensusForm, code: int = 200, heurt: bool = False
) -> ResponseReturnValue:
    """``heurt``: what is stored is shown beside what was typed."""
    fiche = fiche_resultat(dossier)
    accord = fiche.consensus
    if not form.is_submitted():
        form.version.data = str(accord.version if accord else 0)
        form.motif.data = accord.motif if accord else ""
    page = render_template(
        "copil/resultats/consensus.html",
        dossier=dossier,
        fiche=fiche,
        form=form,
        criteres={c.code: c for c in dossier.campagne.grille.criteres}
        if dossier.campagne.grille
        else {},
        notes=_saisie(dossier) if form.is_submitted() else _gardee(accord),
        pas_encore=service.raison_pas_encore(dossier),
        erreurs=form.problemes(),
        gardees=_gardee(accord) if heurt else {},
        heurt=heurt,
    )
    return page, code


@bp.get("/dossiers/<int:dossier_id>/consensus")
@garde("dossier.accorder", Dossier)
def consensus(dossier: Dossier) -> ResponseReturnValue:
    return _page(dossier, ConsensusForm())


@bp.post("/dossiers/<int:dossier_id>/consensus")
@garde("dossier.accorder", Dossier)
def enregistrer_consensus(dossier: Dossier) -> ResponseReturnValue:
    form = ConsensusForm()
    notes = {
        cle: service.NoteAccordee(n.valeur, n.commentaire)
        for cle, n in _saisie(dossier).items()
        if n.valeur is not None or n.sans_objet
    }
    valide = form.validate_on_submit()
    try:
        service.enregistrer_consensus(
            acteur_courant(), dossier, notes, form.motif.data or "", version=form.version_lue()
        )
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page(dossier, form, 422)
    except Conflit:
        db.session.rollback()
        accord = service.consensus_de(dossier)
        form.form_errors = [*form.form_errors, DEPASSE]
        form.version.data = str(accord.version if accord else 0)
        return _page(dossier, form, 409, heurt=True)
    if not valide:
        db.session.rollback()
        return _page(dossier, form, 422)
    flash("Le consensus est enregistré. Il classe le dossier.", "succes")
    return redirect(url_for("copil.resultat", dossier_id=dossier.id), 303)


@bp.route("/dossiers/<int:dossier_id>/consensus/retirer", methods=["GET", "POST"])
@garde("dossier.accorder", Dossier)
def retirer_consensus(dossier: Dossier) -> ResponseReturnValue:
    """The mean ranks again; the journal keeps what had been agreed."""
    accord = service.consensus_de(dossier)
    if accord is None:
        raise Introuvable("Aucun consensus n’est enregistré pour ce dossier.")
    form = MotifConsensusForm()
    if not form.is_submitted():
        form.version.data = str(accord.version)
    elif form.validate():
        try:
            service.retirer_consensus(
                acteur_courant(), accord, form.motif.data, version=form.version_lue()
            )
        except Invalide as refus:
            db.session.rollback()
            form.reprendre(refus.problemes)
        else:
            flash("Le consensus est retiré : la moyenne classe de nouveau le dossier.", "succes")
            return redirect(url_for("copil.resultat", dossier_id=dossier.id), 303)
    return page_formulaire("copil/resultats/retirer.html", form, dossier=dossier, accord=accord)
