"""The tree of enveloppes, with what remains in each."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Depassement, Invalide
from aap.models import Campagne, Enveloppe, FormeJuridique, OrigineCredits
from aap.requetes.campagnes import campagne_de, orientations_du_contrat
from aap.requetes.enveloppes import (
    arbre_enveloppes,
    communes_du_contrat,
    enveloppes_possibles_parents,
    financeurs_du_contrat,
    quartiers_du_contrat,
)
from aap.routes.coordination import bp
from aap.routes.coordination.commun import page, refuser
from aap.routes.garde import acteur_courant, garde
from aap.services import enveloppe as service
from forms.champs import SelectChoice
from forms.enveloppe import FormulaireEnveloppe, FormulaireSuppression, formulaire_montants


def _vers(campagne_id: int) -> ResponseReturnValue:
    return redirect(url_for("coordination.enveloppes", campagne_id=campagne_id), 303)


@bp.get("/campagnes/<int:campagne_id>/enveloppes")
@garde("campagne.suivre", Campagne)
def enveloppes(campagne: Campagne) -> ResponseReturnValue:
    noeuds = arbre_enveloppes(campagne)
    racines = [n for n in noeuds if n.niveau == 0]
    return page(
        "enveloppes.html",
        campagne,
        noeuds=noeuds,
        total=sum(n.solde.montant for n in racines),
        attribue=sum(n.solde.consomme for n in noeuds),
        a_confirmer=sum(n.solde.montant == 0 for n in noeuds),
    )


def _preparer(
    campagne: Campagne, enveloppe: Enveloppe | None, donnees: dict[str, Any]
) -> FormulaireEnveloppe:
    form = FormulaireEnveloppe(data=donnees)
    financeurs = list(financeurs_du_contrat(campagne.contrat_id))
    if enveloppe is not None and enveloppe.financeur not in financeurs:
        financeurs.append(enveloppe.financeur)
    parents = enveloppes_possibles_parents(campagne, enveloppe)
    contrat = campagne.contrat_id
    form.financeur.choices = [
        SelectChoice("", "Choisissez"),
        *(SelectChoice(f.id, f.nom) for f in financeurs),
    ]
    form.parent.choices = [SelectChoice("", "Aucune : elle vient directement du financeur")] + [
        SelectChoice(e.id, _nom(e)) for e in parents
    ]
    form.origine.choices = [SelectChoice(o.value, o.libelle) for o in OrigineCredits]
    form.communes.choices = [SelectChoice(c.id, c.nom) for c in communes_du_contrat(contrat)]
    form.quartiers.choices = [
        SelectChoice(q.id, f"{q.nom} ({', '.join(c.nom for c in q.communes)})")
        for q in quartiers_du_contrat(contrat)
    ]
    form.orientations.choices = [
        SelectChoice(o.id, o.titre) for o in orientations_du_contrat(contrat)
    ]
    form.formes_juridiques.choices = [SelectChoice(f.value, f.libelle) for f in FormeJuridique]
    return form


def _donnees(form: FormulaireEnveloppe) -> service.DonneesEnveloppe:
    taux = form.taux_max.data
    return service.DonneesEnveloppe(
        libelle=form.libelle.data,
        code=form.code.data or "",
        montant=form.montant.data,
        financeur_id=form.financeur.data,
        parent_id=form.parent.data,
        origine=OrigineCredits(form.origine.data),
        programme=form.programme.data or "",
        departement=(form.departement.data or "").upper() or None,
        communes=frozenset(form.communes.data or ()),
        quartiers=frozenset(form.quartiers.data or ()),
        orientations=frozenset(form.orientations.data or ()),
        formes_juridiques=frozenset(form.formes_juridiques.data or ()),
        montant_min=form.montant_min.data,
        montant_max=form.montant_max.data,
        taux_max_pour_mille=int(taux * 1000) if taux else None,
    )


@bp.route("/campagnes/<int:campagne_id>/enveloppes/nouvelle", methods=["GET", "POST"])
@garde("campagne.modifier", Campagne)
def nouvelle_enveloppe(campagne: Campagne) -> ResponseReturnValue:
    """``?parent=``: the enveloppe to delegate from."""
    mere = next(
        (
            e
            for e in enveloppes_possibles_parents(campagne)
            if str(e.id) == request.args.get("parent")
        ),
        None,
    )
    defauts = {"parent": mere.id, "financeur": mere.financeur_id} if mere else {}
    form = _preparer(campagne, None, defauts)
    if form.validate_on_submit():
        try:
            service.creer_enveloppe(acteur_courant(), campagne, _donnees(form))
        except (Invalide, Depassement) as erreur:
            refuser(form, erreur, "montant")
        else:
            flash("L’enveloppe est créée.", "succes")
            return _vers(campagne.id)
    return page("enveloppe.html", campagne, form, enveloppe=None, mere=mere)


def _valeurs(e: Enveloppe) -> dict[str, Any]:
    noms = "libelle code montant programme departement formes_juridiques montant_min montant_max"
    taux = e.taux_max_pour_mille
    return {
        **{nom: getattr(e, nom) for nom in noms.split()},
        "financeur": e.financeur_id,
        "parent": e.parent_id,
        "origine": e.origine.value,
        "communes": [c.id for c in e.communes],
        "quartiers": [q.id for q in e.quartiers],
        "orientations": [o.id for o in e.orientations],
        "taux_max": Fraction(taux, 1000) if taux else None,
        "version": str(e.version),
    }


@bp.route("/enveloppes/<int:enveloppe_id>/modifier", methods=["GET", "POST"])
@garde("enveloppe.modifier", Enveloppe)
def modifier_enveloppe(enveloppe: Enveloppe) -> ResponseReturnValue:
    campagne = campagne_de(enveloppe)
    form = _preparer(campagne, enveloppe, _valeurs(enveloppe))
    if form.validate_on_submit():
        try:
            service.modifier_enveloppe(
                acteur_courant(), enveloppe, _donnees(form), version=form.version_lue()
            )
        except (Invalide, Depassement) as erreur:
            refuser(form, erreur, "montant")
        else:
            flash("L’enveloppe est enregistrée.", "succes")
            return _vers(campagne.id)
    return page("enveloppe.html", campagne, form, enveloppe=enveloppe, mere=enveloppe.parent)


@bp.route("/enveloppes/<int:enveloppe_id>/supprimer", methods=["GET", "POST"])
@garde("enveloppe.modifier", Enveloppe)
def supprimer_enveloppe(enveloppe: Enveloppe) -> ResponseReturnValue:
    campagne = campagne_de(enveloppe)
    form = FormulaireSuppression(data={"version": str(enveloppe.version)})
    if form.validate_on_submit():
        service.supprimer_enveloppe(acteur_courant(), enveloppe, version=form.version_lue())
        flash("L’enveloppe est supprimée.", "succes")
        return _vers(campagne.id)
    return page("enveloppe_supprimer.html", campagne, form, enveloppe=enveloppe)


def _nom(e: Enveloppe) -> str:
    """Many are called « Crédits 2027 »: the funder tells them apart."""
    return f"{e.libelle} ({e.financeur.sigle or e.financeur.nom})"


@bp.route("/campagnes/<int:campagne_id>/enveloppes/montants", methods=["GET", "POST"])
@garde("campagne.modifier", Campagne)
def montants_enveloppes(campagne: Campagne) -> ResponseReturnValue:
    """All the amounts on one page; those of last year are offered when nothing is set yet."""
    noeuds = arbre_enveloppes(campagne)
    proposes = {f"montant_{n.enveloppe.id}": n.enveloppe.montant or n.passe or 0 for n in noeuds}
    noms = [(n.enveloppe.id, _nom(n.enveloppe)) for n in noeuds]
    form = formulaire_montants(noms)(data=proposes)
    if form.validate_on_submit():
        voulus = {n.enveloppe.id: form[f"montant_{n.enveloppe.id}"].data for n in noeuds}
        try:
            changes = service.confirmer_montants(acteur_courant(), campagne, voulus)
        except (Invalide, Depassement) as erreur:
            refuser(form, erreur)
            noeuds = arbre_enveloppes(campagne)
        else:
            mot = "montant enregistré" if changes < 2 else "montants enregistrés"
            flash(f"{changes} {mot}.", "succes")
            return _vers(campagne.id)
    return page("enveloppes_montants.html", campagne, form, noeuds=noeuds)
