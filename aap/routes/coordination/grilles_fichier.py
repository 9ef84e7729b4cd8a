"""A grid as a file: written for another contrat or another house, read back with its faults."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Interdit, Invalide, Probleme
from aap.domaine.grille import OCTETS_MAX, ecrire_grille
from aap.domaine.texte import slug
from aap.models import Contrat, Grille
from aap.requetes.campagnes import contrats_coordonnes
from aap.requetes.grilles import contenu
from aap.routes.coordination import bp
from aap.routes.coordination.commun import refuser
from aap.routes.coordination.grilles_editeur import vers_grille
from aap.routes.garde import acteur_courant, garde
from aap.services import grille as service
from forms.champs import SelectChoice
from forms.grille import FormulaireFichierGrille

RIEN = "Choisissez un fichier, ou collez son texte."


@bp.get("/grilles/<int:grille_id>/grille.json")
@garde("grille.voir", Grille)
def exporter_grille(grille: Grille) -> ResponseReturnValue:
    octets = ecrire_grille(grille.nom, contenu(grille)).encode()
    nom = f"{slug(grille.nom) or 'grille'}-v{grille.numero_version}.json"
    return send_file(BytesIO(octets), "application/json", as_attachment=True, download_name=nom)


@bp.post("/grilles/proposee")
@garde("coordination.accueil")
def grille_proposee() -> ResponseReturnValue:
    """The default grid, in the contrat chosen."""
    contrat = _contrat(request.form.get("contrat", type=int))
    grille = service.creer_grille_par_defaut(acteur_courant(), contrat)
    flash("La grille proposée est créée : relisez-la.", "succes")
    return vers_grille(grille)


def _contrat(ident: int | None) -> Contrat:
    """One of those that the person coordinates; the only one when nothing is said."""
    contrats = contrats_coordonnes(acteur_courant())
    trouve = next((c for c in contrats if c.id == ident), None)
    if trouve is None and ident is None and len(contrats) == 1:
        trouve = contrats[0]
    if trouve is None:
        raise Interdit("Vous ne coordonnez pas ce contrat.")
    return trouve


def _formulaire() -> FormulaireFichierGrille:
    form = FormulaireFichierGrille()
    contrats = contrats_coordonnes(acteur_courant())
    form.contrat.choices = [SelectChoice(c.id, c.nom) for c in contrats]
    if len(contrats) == 1:
        del form.contrat
    return form


def _octets(form: Any) -> bytes:
    """The file, else the pasted text. Raises Invalide."""
    fichier = form.fichier.data
    if fichier is not None and not isinstance(fichier, str) and fichier.filename:
        lu: bytes = fichier.stream.read(OCTETS_MAX + 1)
        return lu
    if not (form.texte.data or "").strip():
        raise Invalide(RIEN, [Probleme(RIEN, "fichier")])
    return str(form.texte.data).encode()


@bp.route("/grilles/importer", methods=["GET", "POST"])
@garde("coordination.accueil")
def importer_grille() -> ResponseReturnValue:
    """Every fault of the file is told at once, with its field; nothing is then created."""
    form = _formulaire()
    if form.validate_on_submit():
        contrat = _contrat(form.contrat.data if "contrat" in form else None)
        try:
            lue = service.lire_fichier(_octets(form))
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            grille = service.importer_grille(acteur_courant(), contrat, lue)
            flash(_compte_rendu(grille, lue.ignores), "succes")
            return redirect(url_for("coordination.voir_grille", grille_id=grille.id), 303)
    erreurs = form.problemes()
    rendu = render_template("coordination/grilles/importer.html", form=form, erreurs=erreurs)
    return rendu, 422 if erreurs else 200


def _compte_rendu(grille: Grille, ignores: tuple[str, ...]) -> str:
    phrase = (
        f"La grille est lue : {len(grille.criteres)} critères, version {grille.numero_version}."
    )
    if ignores:
        phrase += f" Champs inconnus, ignorés : {', '.join(ignores)}."
    return phrase
