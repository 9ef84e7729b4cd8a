"""The finance rooms: votes, acts, payments, bilans, enveloppes of one's own funder."""

from flask import Blueprint

bp = Blueprint("finance", __name__, url_prefix="/finance")

from aap.routes.finance import (  # noqa: E402
    accueil,
    acte_vote,
    avenants,
    bilans,
    candidats_cpo,
    comptes,
    conventions,
    cpo,
    exemplaires,
    exports,
    liasses,
    lignes,
    lot_actes,
    modeles,
    modeles_articles,
    retour,
    reversements,
    scans,
    tranches,
    versements,
    votes,
)
