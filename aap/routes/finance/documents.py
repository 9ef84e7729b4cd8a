"""Answers that carry a document, shared with the porteur's rooms."""

from __future__ import annotations

from io import BytesIO

from flask import current_app, send_file, url_for
from flask.typing import ResponseReturnValue

from aap import documents
from aap.extensions import db
from aap.models import Avenant, Bilan, Convention, Fichier, Reversement, Tranche, Utilisateur
from aap.services.bilan import NOMBRES, TEXTES
from aap.services.gardes_convention import convention_de
from aap.stockage import stockage
from workflows.socle import Audience


def reponse_pdf(octets: bytes, nom: str) -> ResponseReturnValue:
    """A PDF shown in the browser, never kept by a cache."""
    reponse = send_file(BytesIO(octets), mimetype="application/pdf", download_name=nom)
    reponse.headers["Cache-Control"] = "private, no-store"
    return reponse


def _avec_cachet(objet: Convention | Avenant) -> bytes | None:
    """The PDF as it was sealed once signed, None when it bears no seal."""
    cachet = objet.cachet
    if cachet is None or cachet.fichier is None:
        return None
    return stockage().lire(cachet.fichier.cle)


def reponse_acte(convention: Convention) -> ResponseReturnValue:
    octets = _avec_cachet(convention) or documents.pdf_acte(convention)
    return reponse_pdf(octets, f"acte-{convention.numero}.pdf")


def reponse_avenant(avenant: Avenant) -> ResponseReturnValue:
    nom = f"avenant-{avenant.convention.numero}-{avenant.numero_avenant}.pdf"
    return reponse_pdf(_avec_cachet(avenant) or documents.pdf_avenant(avenant), nom)


def reponse_etat_versement(tranche: Tranche, audience: Audience = "agent") -> ResponseReturnValue:
    nom = f"versements-{tranche.convention.numero}-{tranche.exercice}.pdf"
    return reponse_pdf(documents.pdf_etat_versement(tranche, audience), nom)


def reponse_reversement(reversement: Reversement) -> ResponseReturnValue:
    acte = convention_de(reversement.financement)
    nom = f"reversement-{reversement.bilan.dossier.reference}-{reversement.id}.pdf"
    return reponse_pdf(documents.pdf_reversement(reversement, acte), nom)


def reponse_bilan(bilan: Bilan) -> ResponseReturnValue:
    """The bilan as it is now; deposited, it bears its hash and who certified it."""
    personne = db.session.get(Utilisateur, bilan.depose_par_id) if bilan.depose_par_id else None
    octets = documents.pdf_bilan(
        bilan,
        {c: mot for c, (mot, _) in TEXTES.items()},
        {c: mot for c, (mot, _) in NOMBRES.items()},
        personne.nom_complet if personne else "",
    )
    return reponse_pdf(octets, f"bilan-{bilan.dossier.reference}-{bilan.exercice}.pdf")


def lien_fichier(fichier: Fichier) -> str | None:
    """Address of the guarded download, None when this installation does not serve files."""
    if "technique.telecharger" not in current_app.view_functions:
        return None
    return url_for("technique.telecharger", fichier_id=fichier.id)
