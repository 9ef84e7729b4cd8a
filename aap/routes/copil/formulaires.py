"""The form of amounts of a dossier: drawn from what the reads give, read for the service."""

from __future__ import annotations

from aap.models import Dossier, Enveloppe
from aap.requetes.copil_dossier import financements_de
from aap.requetes.copil_liste import LigneDossier, LigneFinanceur
from aap.requetes.lecture_objets import lire
from aap.services.arbitrage import SaisieArbitrage
from forms.decision import LigneMontantForm, MontantsForm


def prefixe(dossier_id: int) -> str:
    return f"d{dossier_id}-"


def modifiables(ligne: LigneDossier) -> list[LigneFinanceur]:
    return [x for x in ligne.lignes if x.modifiable]


def _choix(x: LigneFinanceur) -> list[tuple[int | str, str]]:
    vide: list[tuple[int | str, str]] = [("", "Choisissez l’enveloppe")]
    return vide + list(x.offertes)


def formulaire_vierge(ligne: LigneDossier) -> MontantsForm:
    """The form as the database has it."""
    donnees = [
        {
            "financement": x.id,
            "version": x.version,
            "montant": x.arbitre,
            "enveloppe": x.enveloppe_visee,
            "motif_ecart": x.motif_ecart,
        }
        for x in modifiables(ligne)
    ]
    form = MontantsForm(
        formdata=None,
        prefix=prefixe(ligne.id),
        data={"version": ligne.version, "lignes": donnees},
    )
    return garnir(form, ligne)


def garnir(form: MontantsForm, ligne: LigneDossier, *, rafraichir: bool = False) -> MontantsForm:
    """Give each row its eligible enveloppes (and the version of now after a conflict)."""
    par_id = {x.id: x for x in ligne.lignes}
    for entree in form.lignes:
        sous: LigneMontantForm = entree.form
        x = par_id.get(sous.identifiant() or 0)
        if x is None:
            continue
        sous.enveloppe.choices = _choix(x)
        if rafraichir:
            sous.version.data = str(x.version)
    return form


def saisies(form: MontantsForm, dossier: Dossier) -> list[SaisieArbitrage]:
    """What was typed, for the service; rows of other dossiers are dropped."""
    lignes = {f.id: f for f in financements_de(dossier)}
    return [
        SaisieArbitrage(
            financement=lignes[cle],
            montant=entree.form.montant.data,
            enveloppe=lire(Enveloppe, entree.form.enveloppe.data),
            motif_ecart=entree.form.motif_ecart.data or "",
            version=entree.form.version_lue(),
        )
        for entree in form.lignes
        if (cle := entree.form.identifiant()) in lignes and cle is not None
    ]
