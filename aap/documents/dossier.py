"""Whole dossier as deposited, in the order of the CERFA 12156*06."""

from __future__ import annotations

from aap.documents import tableaux
from aap.documents.donnees import DonneesDossier, total
from aap.documents.recepisse import pieces
from aap.documents.redaction import Redaction
from aap.domaine.montants import en_euros, pourcent, rapport
from aap.filtres import date_heure


def produire(d: DonneesDossier) -> bytes:
    """PDF of the dossier: identification to attestations, budget and pieces."""
    a, b = d.action, d.beneficiaire
    r = Redaction(d.territoire, d.cartouche, f"Dossier {a.numero}", f"{a.intitule} – {b.nom}")
    r.entete()
    r.h1(a.intitule, f"{a.campagne} – dossier {a.numero}")
    tableaux.fiche(r, _tete(d))
    r.h2("1. Identification de l’organisme")
    tableaux.fiche(r, d.identification)
    r.h2("2. Relations avec l’administration et avec d’autres organismes")
    tableaux.fiche(r, d.relations or (("Agréments et affiliations", "Aucun déclaré"),))
    r.h2("3. Moyens humains")
    tableaux.fiche(r, d.moyens or (("Moyens humains", "Non renseignés"),), part=0.6)
    _projet(r, d)
    _budget(r, d)
    _attestations(r, d)
    pieces(r, d.pieces, titre="7. Pièces jointes")
    return r.rendre()


def _tete(d: DonneesDossier) -> list[tuple[str, str]]:
    a = d.action
    depot = date_heure(d.depose_le) if d.depose_le else "Brouillon, non déposé"
    return [
        ("Organisme", d.beneficiaire.nom_complet),
        ("Exercice", str(a.exercice)),
        ("Période", a.periode),
        ("Orientation du contrat", a.orientation),
        ("Quartiers", ", ".join(a.quartiers)),
        ("Aide demandée", en_euros(sum(m.demande for m in d.montants))),
        ("Déposé le", depot),
    ]


def _projet(r: Redaction, d: DonneesDossier) -> None:
    r.h2("4. Le projet")
    for rubrique in d.projet:
        r.h3(rubrique.intitule)
        r.libre(rubrique.texte)
    r.h3("Indicateurs proposés pour évaluer l’action")
    tableaux.indicateurs(r, d.indicateurs)


def _budget(r: Redaction, d: DonneesDossier) -> None:
    r.h2("5. Budget de l’action")
    tableaux.budget(r, d.budget)
    demande = sum(m.demande for m in d.montants)
    produits = total(d.budget.produits)
    r.p(
        f"L’aide demandée, {en_euros(demande)}, représente {pourcent(rapport(demande, produits))} "
        "du total des produits."
    )
    ecart = total(d.budget.charges) - produits
    if ecart:
        r.note(f"Le budget n’est pas équilibré\u00a0: écart de {en_euros(abs(ecart))}.")
    r.h3("Aides demandées à chaque financeur")
    tableaux.financeurs(r, d.montants, decide=False)


def _attestations(r: Redaction, d: DonneesDossier) -> None:
    r.h2("6. Attestations")
    r.p("La personne qui signe déclare que\u00a0:")
    r.liste(list(d.attestations))
    if d.signataire:
        r.signer(["Ces déclarations engagent l’organisme."], d.signataire)
