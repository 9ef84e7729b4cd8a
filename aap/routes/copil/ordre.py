"""The agenda: choose the dossiers, order them, take one off."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.texte import accorder
from aap.models import Seance
from aap.requetes.copil import candidats, choix_filtres, dossiers_par_ids
from aap.requetes.copil_dossier import ordre_par_classement
from aap.requetes.copil_liste import enveloppes_vues, lignes_seance
from aap.routes.copil import bp
from aap.routes.copil.dossiers import dossier_de
from aap.routes.copil.seances import lire_filtres
from aap.routes.garde import acteur_courant, garde
from aap.services import ordre_du_jour as service
from forms.base import FormulaireVersionne
from forms.seance import lire_ids, lire_rangs
from workflows.dossier import EtatDossier


def _vers(seance: Seance) -> ResponseReturnValue:
    return redirect(url_for("copil.ordre_du_jour", seance_id=seance.id), 303)


@bp.get("/seances/<int:seance_id>/ordre-du-jour")
@garde("seance.preparer", Seance)
def ordre_du_jour(seance: Seance) -> ResponseReturnValue:
    acteur, filtres = acteur_courant(), lire_filtres()
    enveloppes, _ = enveloppes_vues(seance.campagne_id)
    lignes = lignes_seance(acteur, seance, enveloppes)
    return render_template(
        "copil/ordre_du_jour.html",
        seance=seance,
        lignes=lignes,
        retirables={d.id for d in lignes if d.etat is EtatDossier.INSCRIT},
        candidats=candidats(acteur, seance, filtres.commune, filtres.orientation),
        filtres=filtres,
        choix=choix_filtres(seance.campagne.contrat),
    )


@bp.post("/seances/<int:seance_id>/ordre-du-jour")
@garde("seance.preparer", Seance)
def inscrire(seance: Seance) -> ResponseReturnValue:
    """Put the ticked dossiers on the agenda; « tous »: every one that the filters show."""
    acteur, filtres = acteur_courant(), lire_filtres()
    if request.form.get("tous"):
        ids = [c.id for c in candidats(acteur, seance, filtres.commune, filtres.orientation)]
    else:
        ids = lire_ids(request.form.getlist("dossier"))
    nombre = service.inscrire_plusieurs(acteur, seance, dossiers_par_ids(seance, ids))
    flash(
        f"{accorder(nombre, 'dossier inscrit', 'dossiers inscrits')} à l’ordre du jour.", "succes"
    )
    return _vers(seance)


@bp.post("/seances/<int:seance_id>/ordre-du-jour/ordre")
@garde("seance.preparer", Seance)
def ordonner(seance: Seance) -> ResponseReturnValue:
    """Typed places, or the ranking of the scores."""
    actuels = [i.dossier_id for i in seance.inscriptions]
    if request.form.get("par") == "classement":
        enveloppes, _ = enveloppes_vues(seance.campagne_id)
        vus = ordre_par_classement(lignes_seance(acteur_courant(), seance, enveloppes))
        ids = vus + [i for i in actuels if i not in set(vus)]
    else:
        ids = lire_rangs(request.form, actuels)
    service.ordonner(acteur_courant(), seance, ids)
    flash("L’ordre de passage est enregistré.", "succes")
    return _vers(seance)


@bp.post("/seances/<int:seance_id>/ordre-du-jour/<int:dossier_id>/retirer")
@garde("seance.preparer", Seance)
def desinscrire(seance: Seance, dossier_id: int) -> ResponseReturnValue:
    dossier = dossier_de(seance, dossier_id)
    version = FormulaireVersionne().version_lue()
    service.desinscrire(acteur_courant(), seance, dossier, version=version)
    flash(f"Le dossier {dossier.reference} est retiré de l’ordre du jour.", "succes")
    return _vers(seance)
