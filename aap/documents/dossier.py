"""Whole dossier as deposited, in the order of the CERFA 12156*06."""

from __future__ import annotations

from aap.documents import tableaux
from aap.documents.donnees import Budget, total
from aap.documents.donnees_cerfa import DonneesDossier
from aap.documents.recepisse import pieces
from aap.documents.redaction import Redaction
from aap.documents.tableaux import TIRET, Rang
from aap.domaine.montants import en_euros, pourcent, rapport
from aap.filtres import date_heure


def produire(d: DonneesDossier) -> bytes:
    """PDF of the dossier: identification to attestations, budget and pieces."""
    a, b = d.action, d.beneficiaire
    r = Redaction(d.territoire, d.cartouche, f"Dossier {a.numero}", f"{a.intitule} – {b.nom}")
    r.entete()
    r.h1(a.intitule, f"{a.campagne} – dossier {a.numero}")
    tableaux.fiche(r, _tete(d))
    _organisme(r, d)
    _projet(r, d)
    _attestations(r, d)
    pieces(r, d.pieces, titre="8. Pièces jointes")
    return r.rendre()


def _tete(d: DonneesDossier) -> list[tuple[str, str]]:
    a = d.action
    depot = date_heure(d.depose_le) if d.depose_le else "Brouillon, non déposé"
    return [
        ("Organisme", d.beneficiaire.nom_complet),
        ("Exercice", str(a.exercice)),
        *d.entete,
        ("Dates de l’action", a.periode),
        ("Orientation du contrat", a.orientation),
        ("Quartiers", ", ".join(a.quartiers)),
        ("Aide demandée", en_euros(sum(m.demande for m in d.montants))),
        ("Déposé le", depot),
    ]


def _organisme(r: Redaction, d: DonneesDossier) -> None:
    r.h2("1. Identification de l’organisme")
    tableaux.fiche(r, d.identification)
    r.h2("2. Relations avec l’administration")
    tableaux.fiche(r, d.relations or (("Agréments", "Aucun déclaré"),))
    r.h2("3. Relations avec d’autres associations")
    tableaux.fiche(r, d.reseaux or (("Réseaux et fédérations", "Aucun déclaré"),))
    r.h2("4. Moyens humains")
    r.p("Au 31 décembre de l’année écoulée.")
    tableaux.fiche(r, d.moyens or (("Moyens humains", "Non renseignés"),), part=0.6)
    r.h2("5. Budget de l’organisme")
    if d.comptes:
        tableaux.fiche(r, d.comptes)
    if d.budget_organisme is None:
        r.p("Le budget détaillé de l’organisme n’est pas dans ce dossier.")
        return
    r.p(f"{d.budget_organisme.titre}\u00a0:")
    tableaux.budget(r, d.budget_organisme.budget)
    _ecart(r, d.budget_organisme.budget)


def _projet(r: Redaction, d: DonneesDossier) -> None:
    r.h2("6. Le projet")
    for rubrique in d.projet:
        r.h3(rubrique.intitule)
        r.libre(rubrique.texte)
    if d.personnes:
        r.h3("Les personnes qui réalisent l’action")
        rangs = [Rang((p.libelle, p.nombre or TIRET, p.etpt or TIRET)) for p in d.personnes]
        entetes = ("Personnes", "Nombre", "Équivalent temps plein")
        tableaux.tableau(r, entetes, rangs, [6, 2, 3], droites=(1, 2))
    r.h3("Indicateurs proposés pour évaluer l’action")
    tableaux.indicateurs(r, d.indicateurs)
    _budget(r, d)


def _budget(r: Redaction, d: DonneesDossier) -> None:
    suite = bool(d.budgets_suivants)
    r.h3(f"Budget de l’action, exercice {d.action.exercice}" if suite else "Budget de l’action")
    tableaux.budget(r, d.budget)
    demande = sum(m.demande for m in d.montants)
    r.p(
        f"L’aide demandée, {en_euros(demande)}, représente "
        f"{pourcent(rapport(demande, total(d.budget.produits)))} du total des produits. Les aides "
        "demandées à d’autres financeurs publics valent déclaration sur l’honneur."
    )
    _ecart(r, d.budget)
    for suivant in d.budgets_suivants:
        r.h3(f"Budget de l’action, {suivant.titre[0].lower()}{suivant.titre[1:]}")
        tableaux.budget(r, suivant.budget)
        _ecart(r, suivant.budget)
    r.h3("Aides demandées à chaque financeur")
    tableaux.financeurs(r, d.montants, decide=False)
    if d.aides_passees:
        r.h3("Aides déjà notifiées les trois années précédentes")
        rangs = [
            Rang((str(x.exercice), x.financeur, tableaux.euros(x.montant))) for x in d.aides_passees
        ]
        entetes = ("Exercice", "Financeur", "Montant")
        tableaux.tableau(r, entetes, rangs, [2, 6, 3], droites=(2,))


def _ecart(r: Redaction, budget: Budget) -> None:
    ecart = total(budget.charges) - total(budget.produits)
    if ecart:
        r.note(f"Le budget n’est pas équilibré\u00a0: écart de {en_euros(abs(ecart))}.")


def _attestations(r: Redaction, d: DonneesDossier) -> None:
    r.h2("7. Attestations")
    r.p("La personne qui signe déclare que\u00a0:")
    r.liste(list(d.attestations))
    if d.signataire:
        r.signer(["Ces déclarations engagent l’organisme."], d.signataire)
