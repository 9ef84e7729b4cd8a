"""Bilan and compte rendu financier, in the order of the CERFA 15059*02."""

from __future__ import annotations

from aap.documents import tableaux
from aap.documents.donnees import Budget, DonneesBilan, total_realise
from aap.documents.redaction import Redaction
from aap.domaine.montants import en_euros, pourcent, rapport
from aap.filtres import date_heure


def produire(d: DonneesBilan) -> bytes:
    """PDF of the bilan: qualitative part, planned/realised table, annexes, certification."""
    a, b = d.action, d.beneficiaire
    r = Redaction(
        d.territoire,
        d.cartouche,
        f"Bilan {a.exercice} – dossier {a.numero}",
        f"{a.intitule} – {b.nom}",
    )
    r.entete()
    r.h1("Bilan et compte rendu financier", f"Exercice {a.exercice} – dossier {a.numero}")
    depot = date_heure(d.depose_le) if d.depose_le else "Brouillon, non déposé"
    identite = [
        ("Action", a.intitule),
        ("Organisme", b.nom_complet),
        ("SIRET", b.siret),
        ("RNA", b.rna),
        ("Campagne", a.campagne),
        ("Quartiers", ", ".join(a.quartiers)),
        ("Déposé le", depot),
    ]
    tableaux.fiche(r, [p for p in identite if p[1]])
    _qualitatif(r, d)
    _financier(r, d)
    _annexes(r, d)
    return r.rendre()


def _qualitatif(r: Redaction, d: DonneesBilan) -> None:
    r.h2("1. Bilan qualitatif")
    for rubrique in d.qualitatif:
        r.h3(rubrique.intitule)
        r.libre(rubrique.texte)
    if d.publics:
        r.h3("Personnes bénéficiaires")
        tableaux.fiche(r, d.publics, part=0.6)
    r.h3("Indicateurs")
    tableaux.indicateurs(r, d.indicateurs, resultat=True)


def _financier(r: Redaction, d: DonneesBilan) -> None:
    r.h2("2. Tableau de synthèse")
    _tables(r, d.budget)
    charges, produits = total_realise(d.budget.charges), total_realise(d.budget.produits)
    r.p(
        f"La subvention de {en_euros(d.subvention)} représente "
        f"{pourcent(rapport(d.subvention, produits))} du total des produits réalisés."
    )
    ecart = produits - charges
    if ecart:
        nom = "excédent" if ecart > 0 else "déficit"
        r.p(f"Résultat de l’action\u00a0: {nom} de {en_euros(abs(ecart))}.")


def _tables(r: Redaction, b: Budget) -> None:
    tableaux.budget_realise(r, "Charges", b.charges, "Total des charges")
    tableaux.budget_realise(r, "Produits", b.produits, "Total des produits")
    if b.emplois_nature:
        nom = "Emplois des contributions volontaires"
        tableaux.budget_realise(r, nom, b.emplois_nature, "Total")
    if b.contributions_nature:
        nom = "Contributions volontaires en nature"
        tableaux.budget_realise(r, nom, b.contributions_nature, "Total")


def _annexes(r: Redaction, d: DonneesBilan) -> None:
    r.h2("3. Annexe")
    for rubrique in d.annexes:
        r.h3(rubrique.intitule)
        r.libre(rubrique.texte)
    if d.certification:
        r.h2("Certification")
        r.signer(
            [
                "Je certifie exactes les informations de ce compte rendu. Elles correspondent aux "
                "comptes de l’organisme."
            ],
            d.certification,
        )
