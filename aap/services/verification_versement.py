"""What to weigh before a payment moves (said on its pages, never a refusal) or a line is closed."""

from __future__ import annotations

from aap.domaine.titulaire import titulaire_ressemble
from aap.models import Financement, FormeJuridique, Versement
from aap.services.gardes_convention import bilan_de
from aap.services.reversement import decompte, depassement_du_bilan
from aap.services.versement import RETIENNENT
from workflows.versement import EtatVersement

# Paid through their public accountant, whose name the account bears.
PAYES_AU_TRESOR = (
    FormeJuridique.COMMUNE,
    FormeJuridique.ETABLISSEMENT_SCOLAIRE,
    FormeJuridique.ETABLISSEMENT_PUBLIC,
    FormeJuridique.GIP,
)
FINIS = (EtatVersement.PAYE, EtatVersement.ANNULE)


def titulaire_different(versement: Versement) -> str:
    """Why the account may not be the organisme's; empty when it looks right or is absent."""
    o = versement.tranche.convention.organisme
    if versement.etat in FINIS or not o.titulaire_compte or o.forme in PAYES_AU_TRESOR:
        return ""
    if titulaire_ressemble(o.titulaire_compte, o.nom, o.sigle or ""):
        return ""
    return (
        f"Le compte est au nom de «\u00a0{o.titulaire_compte}\u00a0», qui n’est pas celui de "
        f"l’organisme, «\u00a0{o.nom}\u00a0»\u00a0: vérifiez le RIB auprès du porteur."
    )


def a_verifier(versement: Versement) -> str:
    """Sentences to read before proposing or validating; empty when there is nothing."""
    return " ".join(filter(None, (depassement_du_bilan(versement), titulaire_different(versement))))


def bilan_laisse_une_somme(financement: Financement) -> bool:
    """Does the bilan handed in leave something to pay, or to ask back, on this line?"""
    bilan = bilan_de(financement.dossier_id, financement.exercice)
    if bilan is None or bilan.depose_le is None:
        return False
    compte = decompte(bilan, financement)
    return bool(compte.a_verser or compte.a_reverser)


RETIENNENT.append(bilan_laisse_une_somme)
