"""Sharing a campaign out: rules, working time, proposal, preview, application, undo."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import ErreurMetier, Invalide, PasLeMoment, Probleme
from aap.domaine.texte import accorder
from aap.models import Affectation, Campagne, RegleAffectation, Repartition
from aap.requetes.affectations import affectations_de_la_personne, instructeurs_de
from aap.requetes.campagnes import orientations_du_contrat
from aap.requetes.enveloppes import communes_du_contrat, financeurs_du_contrat
from aap.requetes.propositions_affectation import (
    EN_COURS,
    derniere_repartition,
    suite_repartition,
)
from aap.requetes.repartition import couples_de, regles_de, secteurs_du_contrat
from aap.routes.coordination import bp
from aap.routes.coordination.commun import page, refuser
from aap.routes.garde import acteur_courant, garde
from aap.services import passation as passations
from aap.services import regles_affectation as reglages
from aap.services import repartition as service
from forms.base import Formulaire
from forms.champs import SelectChoice
from forms.repartition import (
    FormulaireApplication,
    FormulaireDemandeRepartition,
    FormulairePassation,
    FormulaireRegle,
)

VIDE = SelectChoice("", "Peu importe")


def _entier(texte: str) -> int | None:
    propre = texte.strip()
    return int(propre) if propre.isascii() and propre.isdigit() and len(propre) < 7 else None


def _form_regle(campagne: Campagne) -> FormulaireRegle:
    form, contrat = FormulaireRegle(), campagne.contrat_id
    form.commune.choices = [
        VIDE,
        *(SelectChoice(c.id, c.nom) for c in communes_du_contrat(contrat)),
    ]
    form.secteur.choices = [
        VIDE,
        *(SelectChoice(s.id, s.nom) for s in secteurs_du_contrat(contrat)),
    ]
    form.orientation.choices = [
        VIDE,
        *(SelectChoice(o.id, o.titre) for o in orientations_du_contrat(contrat)),
    ]
    form.sollicite.choices = [
        VIDE,
        *(SelectChoice(f.id, f.nom) for f in financeurs_du_contrat(contrat)),
    ]
    form.cle.choices = [
        SelectChoice("", "Choisissez"),
        *(SelectChoice(i.cle, i.libelle) for i in instructeurs_de(campagne)),
    ]
    return form


def _page(
    campagne: Campagne,
    regle: FormulaireRegle | None = None,
    refuse: Formulaire | None = None,
    saisies: dict[str, str] | None = None,
) -> ResponseReturnValue:
    return page(
        "repartition.html",
        campagne,
        refuse,
        regle=regle or _form_regle(campagne),
        demande=FormulaireDemandeRepartition(),
        regles=regles_de(campagne),
        couples=couples_de(campagne),
        derniere=derniere_repartition(campagne),
        saisies=saisies or {},
    )


@bp.get("/campagnes/<int:campagne_id>/repartition")
@garde("campagne.affecter", Campagne)
def repartition(campagne: Campagne) -> ResponseReturnValue:
    return _page(campagne)


def _retour(campagne_id: int) -> ResponseReturnValue:
    return redirect(url_for("coordination.repartition", campagne_id=campagne_id), 303)


@bp.post("/campagnes/<int:campagne_id>/repartition/regles")
@garde("campagne.affecter", Campagne)
def creer_regle(campagne: Campagne) -> ResponseReturnValue:
    form = _form_regle(campagne)
    if not form.validate():
        return _page(campagne, form, form)
    donnees = reglages.DonneesRegle(
        form.cle.data,
        form.commune.data,
        form.secteur.data,
        form.orientation.data,
        form.sollicite.data,
        bool(form.obligatoire.data),
    )
    try:
        reglages.creer_regle(acteur_courant(), campagne, donnees)
    except Invalide as erreur:
        refuser(form, erreur)
        return _page(campagne, form, form)
    flash("La règle est ajoutée. Elle servira à la prochaine répartition.", "succes")
    return _retour(campagne.id)


@bp.post("/regles-affectation/<int:regle_affectation_id>/supprimer")
@garde("regle_affectation.supprimer", RegleAffectation)
def supprimer_regle(regle_affectation: RegleAffectation) -> ResponseReturnValue:
    campagne_id = regle_affectation.campagne_id
    reglages.supprimer_regle(acteur_courant(), regle_affectation)
    flash("La règle est retirée.", "succes")
    return _retour(campagne_id)


@bp.post("/campagnes/<int:campagne_id>/repartition/capacites")
@garde("campagne.affecter", Campagne)
def fixer_capacites(campagne: Campagne) -> ResponseReturnValue:
    """Fields « part-<clé> » and « plafond-<clé> »; an empty limit is no limit."""
    form, voulues = Formulaire(), {}
    problemes = []
    for i in instructeurs_de(campagne):
        part, plafond = request.form.get(f"part-{i.cle}"), request.form.get(f"plafond-{i.cle}", "")
        if part is None or request.form.get(f"lu-{i.cle}") == f"{part.strip()}/{plafond.strip()}":
            continue  # left as it was shown: somebody else may have changed it since
        lue, limite = _entier(part), _entier(plafond)
        if lue is None or (plafond.strip() and limite is None):
            nom = i.utilisateur.nom_complet
            problemes.append(Probleme(f"{nom} : écrivez des nombres entiers.", f"part-{i.cle}"))
        else:
            voulues[i.cle] = (lue, limite)
    try:
        if problemes:
            raise Invalide("Les temps ne sont pas complets.", problemes)
        change = reglages.fixer_capacites(acteur_courant(), campagne, voulues)
    except Invalide as erreur:
        refuser(form, erreur)
        return _page(campagne, None, form, dict(request.form))
    flash("Les temps sont enregistrés." if change else "Rien n’a changé.", "succes")
    return _retour(campagne.id)


@bp.post("/campagnes/<int:campagne_id>/repartition")
@garde("campagne.affecter", Campagne)
def demander_repartition(campagne: Campagne) -> ResponseReturnValue:
    form = FormulaireDemandeRepartition()
    if not form.validate():
        return _page(campagne, None, form)
    voulue = service.demander_repartition(acteur_courant(), campagne, form.mode.data == "financeur")
    return redirect(url_for("coordination.proposition", repartition_id=voulue.id), 303)


@bp.get("/repartitions/<int:repartition_id>")
@garde("repartition.voir", Repartition)
def proposition(repartition: Repartition) -> ResponseReturnValue:
    """Progress, then the proposal with its reasons, then what became of it."""
    suite = suite_repartition(
        acteur_courant(),
        repartition,
        request.args.get("etat", ""),
        request.args.get("page", 1, type=int),
    )
    return page(
        "proposition.html",
        repartition.campagne,
        repartition=repartition,
        bilan=repartition.bilan,
        suite=suite,
        en_cours=repartition.etat in EN_COURS,
    )


@bp.post("/repartitions/<int:repartition_id>/appliquer")
@garde("repartition.appliquer", Repartition)
def appliquer_proposition(repartition: Repartition) -> ResponseReturnValue:
    form = FormulaireApplication()
    form.validate()
    service.appliquer(acteur_courant(), repartition, attendus=form.attendus.data)
    flash("La répartition s’applique. Vous pouvez quitter cette page.", "succes")
    return redirect(url_for("coordination.proposition", repartition_id=repartition.id), 303)


@bp.post("/repartitions/<int:repartition_id>/annuler")
@garde("repartition.appliquer", Repartition)
def annuler_proposition(repartition: Repartition) -> ResponseReturnValue:
    service.annuler(acteur_courant(), repartition)
    flash("L’annulation est en cours. Les dossiers déjà commencés restent confiés.", "succes")
    return redirect(url_for("coordination.proposition", repartition_id=repartition.id), 303)


@bp.route("/affectations/<int:affectation_id>/passer", methods=["GET", "POST"])
@garde("affectation.retirer", Affectation)
def passer_affectation(affectation: Affectation) -> ResponseReturnValue:
    """Give a dossier, or all those of a person, to somebody else, with the work begun."""
    campagne, financeur_id = affectation.dossier.campagne, affectation.financeur_id
    siennes = affectations_de_la_personne(acteur_courant(), affectation)
    personnes = {
        i.utilisateur.id: i.utilisateur
        for i in instructeurs_de(campagne)
        if i.financeur.id == financeur_id and i.utilisateur.id != affectation.utilisateur_id
    }
    form = FormulairePassation()
    form.successeur.choices = [
        SelectChoice("", "Choisissez"),
        *(SelectChoice(u.id, u.nom_complet) for u in personnes.values()),
    ]
    contexte = {"affectation": affectation, "nombre": len(siennes), "possible": bool(personnes)}
    if not form.validate_on_submit():
        return page("passer.html", campagne, form, **contexte)
    successeur = personnes[form.successeur.data]
    try:
        fait = passations.passer(
            acteur_courant(),
            siennes if form.tous.data else [affectation],
            successeur,
            form.motif.data or "",
        )
    except (Invalide, PasLeMoment) as erreur:
        _remontrer(form, erreur)
        return page("passer.html", campagne, form, **contexte)
    reste = len(fait.deja) + len(fait.deportes) + len(fait.hors_perimetre)
    texte = accorder(len(fait.a_affecter), "dossier passé", "dossiers passés")
    texte += f" à {successeur.nom_complet}."
    if reste:
        texte += f" {accorder(reste, 'reste', 'restent')} (déport, périmètre ou déjà confié)."
    flash(texte, "succes")
    return redirect(url_for("coordination.affectation", campagne_id=campagne.id), 303)


def _remontrer(form: Formulaire, erreur: ErreurMetier) -> None:
    refuser(form, erreur if isinstance(erreur, Invalide) else Invalide(erreur.message))
