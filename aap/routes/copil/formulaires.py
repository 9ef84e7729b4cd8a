"""The form of amounts of a dossier: drawn from what the reads give, read for the service."""

from __future__ import annotations

from collections.abc import Iterable

from aap.domaine.erreurs import Probleme
from aap.models import Dossier, Enveloppe
from aap.requetes.copil_dossier import financements_de
from aap.requetes.copil_liste import LigneDossier, LigneFinanceur
from aap.requetes.lecture_objets import lire
from aap.requetes.liste_attente import EnAttente
from aap.services.arbitrage import SaisieArbitrage
from forms.champs import SelectChoice
from forms.decision import LigneMontantForm, MontantsForm, RepechageForm


def prefixe(dossier_id: int) -> str:
    return f"d{dossier_id}-"


def modifiables(ligne: LigneDossier) -> list[LigneFinanceur]:
    return [x for x in ligne.lignes if x.modifiable]


def _choix(x: LigneFinanceur) -> list[SelectChoice]:
    return [
        SelectChoice("", "Choisissez l’enveloppe"),
        *(SelectChoice(i, libelle) for i, libelle in x.offertes),
    ]


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


def repechage_vierge(attente: EnAttente) -> RepechageForm:
    """The form of a waiting dossier, with what free money could give each line."""
    donnees = [
        {
            "financement": p.ligne.id,
            "version": p.ligne.version,
            "montant": p.montant or None,
            "enveloppe": p.enveloppe_id if p.montant else None,
            "motif_ecart": p.ligne.motif_ecart,
        }
        for p in attente.possibles
    ]
    form = RepechageForm(formdata=None, data={"version": attente.ligne.version, "lignes": donnees})
    garnir(form, attente.ligne)
    return form


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


def recaler(form: MontantsForm, problemes: Iterable[Probleme], racine: str = "") -> None:
    """Show the problems of the service beside their row (a lone line is told without its rank)."""
    seule = "lignes-0-" if len(form.lignes) == 1 else ""
    champs = ("montant", "enveloppe", "motif_ecart")
    form.reprendre(
        Probleme(p.message, f"{racine}{seule if p.champ in champs else ''}{p.champ}")
        for p in problemes
    )


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
