"""Reading a dossier without the name of its organisme, where the campaign asks for it."""

from __future__ import annotations

from flask import redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from aap.models import Dossier
from aap.requetes.lecture_anonyme import lecture_masquee, nom_masque
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp

CLE = "dossiers_nommes"
GARDES = 100


def a_lire_sans_nom(dossier: Dossier) -> bool:
    """Should its page be the reading without the name? Not once it was opened on purpose."""
    return nom_masque(acteur_courant(), dossier) and dossier.id not in session.get(CLE, [])


@bp.get("/dossiers/<int:dossier_id>/evaluation/lecture")
@garde("dossier.examiner", Dossier)
def lecture_sans_nom(dossier: Dossier) -> ResponseReturnValue:
    """What the porteur wrote, its name replaced; the dossier itself when nothing is to hide."""
    if not nom_masque(acteur_courant(), dossier):
        return redirect(url_for("instruction.dossier", dossier_id=dossier.id), 303)
    lecture = lecture_masquee(dossier)
    return render_template(
        "instruction/lecture.html", dossier=dossier, lecture=lecture, fiche=lecture.fiche
    )


@bp.post("/dossiers/<int:dossier_id>/nom")
@garde("dossier.examiner", Dossier)
def ouvrir_avec_le_nom(dossier: Dossier) -> ResponseReturnValue:
    """For the admissibility, the opinion, the papers: until the end of this visit."""
    ouverts = [i for i in session.get(CLE, []) if i != dossier.id]
    session[CLE] = [*ouverts, dossier.id][-GARDES:]
    return redirect(url_for("instruction.dossier", dossier_id=dossier.id), 303)
