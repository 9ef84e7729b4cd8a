"""Articles of a draft model: written, moved, removed; tried on a real aid."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap import documents
from aap.domaine.erreurs import PasLeMoment
from aap.domaine.fusion import champs_de
from aap.domaine.horloge import aujourdhui
from aap.domaine.modele_acte import bloquants, problemes_article
from aap.models import ModeleActe
from aap.requetes.modeles_actes import lignes_apercu
from aap.routes.finance import bp
from aap.routes.finance.actes import REFUS, reprendre_refus
from aap.routes.finance.documents import reponse_pdf
from aap.routes.garde import acteur_courant, garde
from aap.services import modele_acte as service
from aap.services.apercu_acte import acte_d_essai
from forms.modele_acte import FormulaireArticle


def _retour(modele: ModeleActe, cle: int = 0) -> ResponseReturnValue:
    ancre = f"article-{cle}" if cle else None
    return redirect(url_for("finance.modele", modele_acte_id=modele.id, _anchor=ancre), 303)


@bp.route("/modeles/<int:modele_acte_id>/articles/<int:cle>", methods=["GET", "POST"])
@garde("modele_acte.modifier", ModeleActe)
def article_modele(modele_acte: ModeleActe, cle: int) -> ResponseReturnValue:
    """Write an article (``cle`` 0: a new one). « Vérifier » checks without keeping anything."""
    connu = next((a for a in modele_acte.texte if a.cle == cle), None)
    if cle and connu is None:
        abort(404)
    form, code, verifie = FormulaireArticle(), 200, False
    if request.method == "GET":
        form.version.data = str(modele_acte.version)
        if connu is not None:
            form.remplir(connu)
    elif not form.validate():
        code = 422
    elif request.form.get("etape") == "verifier":
        form.reprendre(problemes_article(form.article(cle), modele_acte.type_acte))
        verifie = not form.problemes()
        code = 200 if verifie else 422
    else:
        try:
            garde_ = service.enregistrer_article(
                acteur_courant(), modele_acte, form.article(cle), version=form.version_lue()
            )
        except REFUS as refus:
            code = reprendre_refus(form, modele_acte, refus)
        else:
            flash(f"L’article «\u00a0{garde_.titre}\u00a0» est enregistré.", "succes")
            return _retour(modele_acte, garde_.cle)
    page = render_template(
        "finance/modele_article.html",
        modele=modele_acte,
        article=connu,
        form=form,
        verifie=verifie,
        champs=champs_de(modele_acte.type_acte),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


def _version() -> int:
    brut = request.form.get("version", "")
    return int(brut) if brut.isascii() and brut.isdigit() and len(brut) < 10 else 0


@bp.post("/modeles/<int:modele_acte_id>/articles/<int:cle>/<any(monter,descendre):sens>")
@garde("modele_acte.modifier", ModeleActe)
def deplacer_article(modele_acte: ModeleActe, cle: int, sens: str) -> ResponseReturnValue:
    pas = -1 if sens == "monter" else 1
    service.deplacer_article(acteur_courant(), modele_acte, cle, pas, version=_version())
    return _retour(modele_acte, cle)


@bp.post("/modeles/<int:modele_acte_id>/articles/<int:cle>/supprimer")
@garde("modele_acte.modifier", ModeleActe)
def supprimer_article(modele_acte: ModeleActe, cle: int) -> ResponseReturnValue:
    parti = service.supprimer_article(acteur_courant(), modele_acte, cle, version=_version())
    flash(
        f"L’article «\u00a0{parti.titre}\u00a0» est supprimé. L’historique en garde le texte.",
        "succes",
    )
    return _retour(modele_acte)


@bp.get("/modeles/<int:modele_acte_id>/apercu")
@garde("modele_acte.voir", ModeleActe)
def apercu_modele(modele_acte: ModeleActe) -> ResponseReturnValue:
    return render_template(
        "finance/modele_apercu.html",
        modele=modele_acte,
        lignes=lignes_apercu(acteur_courant(), modele_acte),
    )


@bp.get("/modeles/<int:modele_acte_id>/apercu/<int:ligne>.pdf")
@garde("modele_acte.voir", ModeleActe)
def apercu_pdf(modele_acte: ModeleActe, ligne: int) -> ResponseReturnValue:
    """The text on a real aid of this funder, among those that the page offers."""
    acteur = acteur_courant()
    aide = next((x for x in lignes_apercu(acteur, modele_acte) if x.id == ligne), None)
    if aide is None:
        abort(404)
    articles = modele_acte.texte
    if not articles or any(
        bloquants(problemes_article(a, modele_acte.type_acte)) for a in articles
    ):
        raise PasLeMoment("Corrigez d’abord les articles signalés sur la page du modèle.")
    jour = max(modele_acte.effet_le or aujourdhui(), aujourdhui())
    acte = acte_d_essai(acteur, aide, modele_acte.type)
    return reponse_pdf(
        documents.pdf_apercu(acte, articles, jour), f"apercu-{modele_acte.type.value}.pdf"
    )
