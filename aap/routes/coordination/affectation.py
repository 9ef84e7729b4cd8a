"""Assignment: the list, the preview, the act."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Introuvable, Invalide, Probleme
from aap.models import Affectation, Campagne, Dossier
from aap.requetes.affectations import (
    LAISSES,
    FiltresAffectation,
    Instructeur,
    affectations_de,
    apercu_affectation,
    dossiers_a_affecter,
    dossiers_choisis,
    instructeurs_de,
)
from aap.requetes.affectations_vacantes import dossiers_laisses
from aap.requetes.campagnes import orientations_du_contrat
from aap.requetes.enveloppes import communes_du_contrat, financeurs_du_contrat
from aap.routes.coordination import bp
from aap.routes.coordination.commun import page
from aap.routes.garde import acteur_courant, garde
from aap.services import affectation as service
from forms.affectation import FormulaireAffectation
from forms.base import Formulaire


def _filtres() -> FiltresAffectation:
    """The filters of the address; what is not a number is ignored."""
    args = request.args
    return FiltresAffectation(
        recherche=args.get("q", "")[:100],
        commune=args.get("commune", type=int),
        orientation=args.get("orientation", type=int),
        financeur=args.get("financeur", type=int),
        instructeur=args.get("instructeur", type=int),
    )


@bp.get("/campagnes/<int:campagne_id>/affectation")
@garde("campagne.affecter", Campagne)
def affectation(campagne: Campagne) -> ResponseReturnValue:
    return _liste(campagne)


def _liste(campagne: Campagne, form: Formulaire | None = None) -> ResponseReturnValue:
    filtres = _filtres()
    numero = request.args.get("page", 1, type=int)
    liste = dossiers_a_affecter(acteur_courant(), campagne, filtres, numero)
    contrat = campagne.contrat_id
    personnes = instructeurs_de(campagne)
    return page(
        "affectation.html",
        campagne,
        form,
        liste=liste,
        filtres=filtres,
        affectations=affectations_de(liste.dossiers),
        instructeurs=personnes,
        actifs={p.cle for p in personnes},
        laisses=dossiers_laisses(campagne),
        LAISSES=LAISSES,
        choix={
            "commune": [(c.id, c.nom) for c in communes_du_contrat(contrat)],
            "orientation": [(o.id, o.titre) for o in orientations_du_contrat(contrat)],
            "financeur": [(f.id, f.nom) for f in financeurs_du_contrat(contrat)],
            "instructeur": [
                (0, "Personne"),
                (LAISSES, "Une personne qui ne peut plus instruire"),
                *{p.utilisateur.id: p.utilisateur.nom_complet for p in personnes}.items(),
            ],
        },
    )


def _personne(campagne: Campagne, form: FormulaireAffectation) -> Instructeur:
    """The instructor chosen, among those of the contrat."""
    for p in instructeurs_de(campagne):
        if p.cle == form.instructeur.data:
            return p
    raise Introuvable("Cette personne n’instruit pas sur ce contrat.", "Revenez à la liste.")


def _dossiers(campagne: Campagne, form: FormulaireAffectation) -> Sequence[Dossier]:
    return dossiers_choisis(acteur_courant(), campagne, form.ids())


@bp.post("/campagnes/<int:campagne_id>/affectation/apercu")
@garde("campagne.affecter", Campagne)
def apercu(campagne: Campagne) -> ResponseReturnValue:
    """How many dossiers would be assigned, and why the others would not; nothing is written."""
    form = FormulaireAffectation()
    if not form.validate():
        return _liste(campagne, form)
    personne, choisis = _personne(campagne, form), _dossiers(campagne, form)
    if not choisis:
        form.reprendre([Probleme("Aucun de ces dossiers ne peut être affecté.", "dossiers")])
        return _liste(campagne, form)
    return page(
        "affectation_apercu.html",
        campagne,
        personne=personne,
        choisis=choisis,
        apercu=apercu_affectation(choisis, personne.utilisateur, personne.financeur),
    )


@bp.post("/campagnes/<int:campagne_id>/affectation")
@garde("campagne.affecter", Campagne)
def affecter(campagne: Campagne) -> ResponseReturnValue:
    form = FormulaireAffectation()
    if not form.validate():
        return _liste(campagne, form)
    personne = _personne(campagne, form)
    fait = service.affecter_en_lot(
        acteur_courant(),
        _dossiers(campagne, form),
        personne.utilisateur,
        personne.financeur,
        attendus=form.attendus.data,
    )
    nombre = len(fait.a_affecter)
    if not nombre:
        raise Invalide("Aucun de ces dossiers ne peut être affecté à cette personne.")
    mot = "dossier affecté" if nombre < 2 else "dossiers affectés"
    flash(f"{nombre} {mot} à {personne.utilisateur.nom_complet}.", "succes")
    return redirect(url_for("coordination.affectation", campagne_id=campagne.id), 303)


@bp.post("/affectations/<int:affectation_id>/retirer")
@garde("affectation.retirer", Affectation)
def retirer_affectation(affectation: Affectation) -> ResponseReturnValue:
    campagne_id, nom = affectation.dossier.campagne_id, affectation.utilisateur.nom_complet
    service.retirer_affectation(acteur_courant(), affectation)
    flash(f"Le dossier est retiré à {nom}.", "succes")
    return redirect(url_for("coordination.affectation", campagne_id=campagne_id), 303)
