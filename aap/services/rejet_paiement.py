"""A payment recorded that did not arrive: the bank sent it back, or the wrong line was ticked."""

from __future__ import annotations

from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Financement, Versement
from aap.permissions import SYSTEME, Acteur
from aap.services.avertissement import avertir_porteur
from aap.services.gardes import garde_de
from aap.services.transition import franchir
from aap.services.versement import dossier_de, verse
from workflows.financement import EtatFinancement

OUVERTES = (EtatFinancement.VERSE_PARTIEL, EtatFinancement.VERSE)


def constater_rejet(
    acteur: Acteur, versement: Versement, motif: str, *, version: int | None = None
) -> None:
    """Undo a payment recorded; it is then taken up again and validated anew, or cancelled.

    The journal keeps its date and amount. Raises Interdit, Conflit, Invalide (no motif),
    PasLeMoment (the aid is justified, closed or asked back).
    """
    paye_le, montant = versement.paye_le, versement.montant
    franchir(
        acteur,
        versement,
        "constater_rejet",
        motif=motif,
        version=version,
        donnees={"paye_le": str(paye_le), "montant": montant},
    )
    versement.paye_le, versement.motif = None, nettoyer(motif).strip()[:500]
    db.session.flush()
    financement = versement.tranche.financement
    if financement is not None:
        _suivre(financement)
    avertir_porteur(
        dossier_de(versement.tranche),
        "versement_rejete",
        versement=versement,
        motif=versement.motif,
        paye_le=paye_le,
    )


def _suivre(financement: Financement) -> None:
    """The line says what is paid now."""
    if not verse(financement):
        franchir(SYSTEME, financement, "revenir_engage")
    elif financement.etat is EtatFinancement.VERSE:
        franchir(SYSTEME, financement, "revenir_partiel")


@garde_de("versement", "aide_non_soldee")
def _aide_non_soldee(_acteur: Acteur, versement: Versement) -> str | None:
    financement = versement.tranche.financement
    if financement is not None and financement.etat in OUVERTES:
        return None
    return (
        "L’usage de cette aide est déjà contrôlé, ou une somme est redemandée\u00a0: ce paiement "
        "ne se reprend plus ici."
    )


@garde_de("financement", "rien_de_paye")
def _rien_de_paye(_acteur: Acteur, financement: Financement) -> str | None:
    return "Un versement est payé." if verse(financement) else None
