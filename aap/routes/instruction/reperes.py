"""What helps to weigh a dossier, on a page of its own, with the private notes of one's funder."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import Dossier, NoteInterne
from aap.permissions import may
from aap.requetes.carte import carte_des_quartiers
from aap.requetes.notes_internes import notes_internes
from aap.requetes.reperes import comparaisons, reperes
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.services.evaluation import financeur_de
from aap.services.note_interne import ecrire_note, retirer_note
from forms.recevabilite import NoteInterneForm


def _page(dossier: Dossier, form: NoteInterneForm, code: int = 200) -> ResponseReturnValue:
    acteur = acteur_courant()
    annote = may(acteur, "dossier.annoter", dossier)
    vises = [q.quartier for q in dossier.quartiers]
    contrat = dossier.campagne.contrat
    rendu = render_template(
        "instruction/reperes.html",
        dossier=dossier,
        contrat=contrat,
        r=reperes(acteur, dossier),
        vises=vises,
        plan=carte_des_quartiers(contrat.id, {q.id for q in vises}) if vises else None,
        adresse_quartier=lambda q: url_for(
            "public.quartier", contrat_code=contrat.code, quartier_code=q.code
        ),
        notes=notes_internes(dossier, financeur_de(acteur, dossier)) if annote else [],
        annote=annote,
        form=form,
        erreurs=form.problemes(),
    )
    return rendu, code


@bp.get("/dossiers/<int:dossier_id>/reperes")
@garde("dossier.examiner", Dossier)
def reperes_dossier(dossier: Dossier) -> ResponseReturnValue:
    return _page(dossier, NoteInterneForm())


@bp.get("/dossiers/<int:dossier_id>/comparaisons")
@garde("dossier.examiner", Dossier)
def comparaisons_dossier(dossier: Dossier) -> ResponseReturnValue:
    """The alerts that compare with other dossiers: a fragment that the dossier's page fetches."""
    return render_template(
        "instruction/_comparaisons.html", alertes=comparaisons(acteur_courant(), dossier)
    )


@bp.post("/dossiers/<int:dossier_id>/notes-internes")
@garde("dossier.annoter", Dossier)
def annoter_dossier(dossier: Dossier) -> ResponseReturnValue:
    """Add a private note."""
    form = NoteInterneForm()
    if not form.validate_on_submit():
        return _page(dossier, form, 422)
    try:
        ecrire_note(acteur_courant(), dossier, form.texte.data)
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page(dossier, form, 422)
    flash("Votre note est enregistrée. Seul votre financeur la lit.", "succes")
    return redirect(url_for("instruction.reperes_dossier", dossier_id=dossier.id) + "#notes", 303)


@bp.post("/notes-internes/<int:note_interne_id>/retrait")
@garde("note_interne.retirer", NoteInterne)
def retirer_note_interne(note_interne: NoteInterne) -> ResponseReturnValue:
    retirer_note(acteur_courant(), note_interne)
    flash("Votre note est retirée.", "succes")
    retour = url_for("instruction.reperes_dossier", dossier_id=note_interne.dossier_id)
    return redirect(retour + "#notes", 303)
