"""Letters of admissibility, made again from the journal each time they are asked."""

from __future__ import annotations

from io import BytesIO

from flask import send_file
from flask.typing import ResponseReturnValue

from aap import documents
from aap.models import Dossier, Financement
from aap.routes.garde import garde
from aap.routes.instruction import bp


def reponse_pdf(octets: bytes, nom: str) -> ResponseReturnValue:
    reponse = send_file(BytesIO(octets), mimetype="application/pdf", download_name=nom)
    reponse.headers["Cache-Control"] = "private, no-store"
    return reponse


@bp.get("/dossiers/<int:dossier_id>/lettre-recevabilite")
@garde("dossier.examiner", Dossier)
def lettre_dossier(dossier: Dossier) -> ResponseReturnValue:
    return reponse_pdf(
        documents.lettre_recevabilite(dossier), f"recevabilite-{dossier.reference}.pdf"
    )


@bp.get("/financements/<int:financement_id>/lettre-recevabilite")
@garde("financement.examiner", Financement)
def lettre_ligne(financement: Financement) -> ResponseReturnValue:
    nom = f"recevabilite-{financement.dossier.reference}-{financement.id}.pdf"
    return reponse_pdf(documents.lettre_recevabilite(financement), nom)
