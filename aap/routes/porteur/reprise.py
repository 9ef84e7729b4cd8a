"""The page after a copy: what was taken up, what must be said anew, in one go."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.montants import lire_montant
from aap.extensions import db
from aap.models import Dossier, OrigineCredits
from aap.requetes import porteur as lire
from aap.requetes.completude import problemes_dossier
from aap.requetes.reprise import Reprise, dates_proposees, reprise_de
from aap.requetes.rubriques import empreinte_rubrique
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.redaction import situer
from aap.services.dossier import fixer_demandes
from aap.services.redaction import MODIFIABLES
from aap.services.reponse import ReponseModifiee, enregistrer_reponse, reponses_de
from forms.base import Formulaire
from forms.dossier import formulaire_questions, version_champ

Demandes = dict[tuple[int, OrigineCredits], int]


def _formulaire(dossier: Dossier, lue: Reprise) -> Formulaire:
    reponses = reponses_de(dossier)
    valeurs = {c: r.valeur for c, r in reponses.items()}
    return formulaire_questions(
        lue.questions,
        {**dates_proposees(dossier, lue.source), **{c: v for c, v in valeurs.items() if v}},
        {c: r.version for c, r in reponses.items()},
    )


def _montrer(
    dossier: Dossier,
    lue: Reprise,
    form: Formulaire,
    saisies: dict[str, str],
    fautes: list[Probleme],
    code: int = 200,
) -> ResponseReturnValue:
    ici = {"calendrier", "attestations", "financeurs"}
    reste = [p for p in problemes_dossier(dossier) if p.bloquant and p.lien not in ici]
    page = render_template(
        "porteur/dossier/reprise.html",
        dossier=dossier,
        lue=lue,
        form=form,
        saisies=saisies,
        erreurs=form.problemes() + fautes,
        fautes={p.champ: p.message for p in fautes},
        reste=situer(dossier.id, [p for p in reste if p.lien != "budget"]),
        empreinte=empreinte_rubrique(dossier, "financeurs"),
    )
    return page, code


def _charger(dossier: Dossier) -> Reprise | None:
    lire.charger_redaction(dossier)
    return reprise_de(dossier) if dossier.etat in MODIFIABLES else None


@bp.get("/dossiers/<int:dossier_id>/reprise")
@garde("dossier.voir_porteur", Dossier)
def reprise(dossier: Dossier) -> ResponseReturnValue:
    """What was copied from last year, and the few things that are said anew."""
    lue = _charger(dossier)
    if lue is None:
        return redirect(url_for("porteur.dossier", dossier_id=dossier.id), 303)
    return _montrer(dossier, lue, _formulaire(dossier, lue), {}, [])


def _lire_aides(dossier: Dossier, lue: Reprise) -> tuple[Demandes, dict[str, str], list[Probleme]]:
    """All that is asked afterwards, what was typed, what cannot be read."""
    demandes: Demandes = {
        (f.financeur_id, f.origine): f.montant_demande for f in dossier.financements
    }
    saisies: dict[str, str] = {}
    fautes = []
    for aide in lue.aides:
        brut = saisies[aide.nom] = request.form.get(aide.nom, "").strip()[:40]
        cle = (aide.financeur.id, aide.origine)
        try:
            montant = lire_montant(brut) if brut else 0
        except ValueError as erreur:
            fautes.append(Probleme(f"{aide.financeur.nom}\u00a0: {erreur}", aide.nom))
            continue
        if montant:
            demandes[cle] = montant
        else:
            demandes.pop(cle, None)
    return demandes, saisies, fautes


@bp.post("/dossiers/<int:dossier_id>/reprise")
@garde("dossier.rediger", Dossier)
def enregistrer_reprise(dossier: Dossier) -> ResponseReturnValue:
    """Keep the dates, the attestations and the amounts asked; then the check of the dossier."""
    lue = _charger(dossier)
    if lue is None:
        flash("Ce dossier n’est plus modifiable.", "info")
        return redirect(url_for("porteur.dossier", dossier_id=dossier.id), 303)
    form = _formulaire(dossier, lue)
    demandes, saisies, fautes = _lire_aides(dossier, lue)
    try:
        fautes += _garder_reponses(dossier, lue, form)
        if not fautes:
            empreinte = request.form.get("empreinte", "")
            fixer_demandes(acteur_courant(), dossier, demandes, empreinte=empreinte)
    except (Conflit, Invalide, PasLeMoment) as erreur:
        db.session.rollback()
        lire.charger_redaction(dossier)
        fautes = [Probleme(f"{erreur.message} {erreur.que_faire}".strip())]
    if fautes:
        return _montrer(dossier, lue, form, saisies, fautes, 422)
    return redirect(url_for("porteur.verifier", dossier_id=dossier.id), 303)


def _garder_reponses(dossier: Dossier, lue: Reprise, form: Formulaire) -> list[Probleme]:
    """Save each answer; what somebody else wrote meanwhile is told, and not overwritten."""
    fautes = []
    for q in lue.questions:
        if not form[q.code].raw_data:
            continue
        try:
            enregistrer_reponse(
                acteur_courant(),
                dossier,
                q.code,
                str(form[q.code].data or ""),
                version=version_champ(form, q.code),
            )
        except ReponseModifiee as conflit:
            cachee = form[f"version_{q.code}"]
            cachee.data, cachee.raw_data = str(conflit.actuelle.version), None
            fautes.append(
                Probleme(
                    f"{q.libelle}\u00a0: {conflit.auteur} a écrit «\u00a0"
                    f"{conflit.actuelle.valeur}\u00a0». Enregistrez de nouveau pour garder "
                    "votre réponse.",
                    q.code,
                )
            )
    return fautes
