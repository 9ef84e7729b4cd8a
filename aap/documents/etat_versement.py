"""Payment statement: what was granted, paid, and remains to pay under one act."""

from __future__ import annotations

from aap.documents import mentions, tableaux
from aap.documents.donnees import DonneesEtatVersement
from aap.documents.redaction import Redaction
from aap.documents.tableaux import Rang
from aap.domaine.montants import en_euros
from aap.filtres import date_courte


def produire(d: DonneesEtatVersement) -> bytes:
    """PDF of the statement. Raises ``ValueError`` when payments exceed the act."""
    paye = sum(v.montant for v in d.versements if v.paye_le)
    if paye > d.montant_acte:
        raise ValueError(
            f"Les versements ({en_euros(paye)}) dépassent l’acte ({en_euros(d.montant_acte)})."
        )
    r = Redaction(
        d.territoire,
        d.cartouche,
        f"État des versements – {d.acte}",
        f"{d.beneficiaire.nom} – {d.action.intitule}",
    )
    r.entete()
    r.h1("État des versements", f"{d.acte} – dossier {d.action.numero}")
    tableaux.fiche(r, _identite(d))
    r.h2("Versements")
    _versements(r, d, paye)
    if d.verifications:
        r.h2("Vérifications faites avant paiement")
        tableaux.fiche(r, d.verifications, part=0.6)
    r.signer(
        ["Certifié exact, pour servir de pièce à l’appui du paiement."],
        d.signataire,
    )
    return r.rendre()


def _identite(d: DonneesEtatVersement) -> list[tuple[str, str]]:
    paires = [
        ("Financeur", d.financeur.nom),
        ("Bénéficiaire", d.beneficiaire.nom_complet),
        ("SIRET", d.beneficiaire.siret),
        ("Action", d.action.intitule),
        ("Exercice", str(d.action.exercice)),
        ("Acte", d.acte),
        ("Engagement juridique", d.numero_ej),
        ("Imputation", d.imputation),
        ("Compte à créditer", mentions.compte(d.titulaire_compte, d.iban, d.bic)),
    ]
    return [p for p in paires if p[1]]


def _versements(r: Redaction, d: DonneesEtatVersement, paye: int) -> None:
    rangs = []
    for v in d.versements:
        jour = date_courte(v.paye_le or v.prevu_le)
        etat = f"{v.etat} le {jour}" if v.paye_le else f"{v.etat} – échéance {jour}"
        nom = f"{v.rang}. {v.libelle}"
        rangs.append(Rang((nom, etat, v.mandat or "–", en_euros(v.montant))))
    rangs += [
        Rang(("Montant de l’acte", "", "", en_euros(d.montant_acte)), "total"),
        Rang(("Déjà payé", "", "", en_euros(paye)), "total"),
        Rang(("Reste à payer", "", "", en_euros(d.montant_acte - paye)), "total"),
    ]
    tableaux.tableau(
        r, ("Versement", "État", "Mandat", "Montant"), rangs, [3.2, 4.4, 2.4, 2.4], droites=(3,)
    )
