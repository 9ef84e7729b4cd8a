"""Arrêté attributif: unilateral act for a grant that needs no convention (up to 23 000 €)."""

from __future__ import annotations

from aap.documents import mentions, modele, tableaux
from aap.documents.articles import montant_complet
from aap.documents.convention import partie_beneficiaire
from aap.documents.donnees import DonneesArrete
from aap.documents.redaction import Redaction
from aap.documents.texte import Gras
from aap.domaine.montants import en_euros
from aap.filtres import date_longue


def produire(d: DonneesArrete) -> bytes:
    """PDF of the arrêté. Raises ``ValueError`` when the schedule does not make the amount."""
    prevu = sum(e.montant for e in d.echeancier)
    if d.echeancier and prevu != d.montant:
        raise ValueError(
            f"L’échéancier ({en_euros(prevu)}) ne fait pas le montant ({en_euros(d.montant)})."
        )
    r = Redaction(d.territoire, d.cartouche, f"Arrêté n° {d.numero}", d.action.intitule)
    r.entete()
    r.h1(f"Arrêté n° {d.numero} portant attribution d’une subvention", d.territoire.contrat)
    autorite = d.financeur.qualite or d.financeur.nom
    r.p(Gras(autorite[:1].upper() + autorite[1:]), ",")
    visas = [
        *mentions.visas_communs(d.financeur, pluriannuelle=False),
        *d.visas,
        f"la demande n° {d.action.numero} présentée par {d.beneficiaire.nom_complet}",
    ]
    r.liste([("Vu ", f"{v}\u00a0;") for v in visas])
    r.h2("Arrête")
    if d.articles:
        modele.ecrire(r, d.articles, d.echeancier, r.h3)
    else:
        _articles(r, d)
    r.signer([f"Fait le {date_longue(d.cartouche.etabli_le)}."], d.signataire)
    r.h2("Comment contester cet arrêté")
    mentions.recours(r, d.territoire)
    return r.rendre()


def _articles(r: Redaction, d: DonneesArrete) -> None:
    r.h3("Article 1er – Attribution")
    r.p(
        "Une subvention de ",
        *montant_complet(d.montant),
        f" est attribuée, pour l’exercice {d.action.exercice}, à\u00a0: ",
        *partie_beneficiaire(d.beneficiaire),
        f", pour l’action «\u00a0{d.action.intitule}\u00a0».",
    )
    if d.objet.strip():
        r.libre(d.objet)
    r.h3("Article 2 – Versement")
    if d.echeancier:
        tableaux.echeancier(r, d.echeancier)
    r.p("Le paiement intervient dans les soixante jours qui suivent la notification de cet arrêté.")
    if d.imputation:
        r.p("Imputation budgétaire\u00a0: ", d.imputation, ".")
    if d.iban:
        r.p(
            "Compte crédité\u00a0: ",
            mentions.compte(d.titulaire_compte, d.iban).replace("\n", ", "),
            ".",
        )
    r.h3("Article 3 – Obligations du bénéficiaire")
    r.p(
        "Le bénéficiaire emploie la subvention pour cette seule action, ne la reverse à aucun "
        "autre organisme et mentionne le soutien reçu. Il remet le compte rendu financier (CERFA "
        "15059) et le bilan de l’action au plus tard le ",
        Gras(date_longue(d.bilan_avant_le)),
        ". Il tient les pièces à disposition pour tout contrôle.",
    )
    r.h3("Article 4 – Reversement")
    cer = (
        ", ou si le contrat d’engagement républicain n’est pas respecté"
        if mentions.est_association(d.beneficiaire)
        else ""
    )
    r.p(
        "Tout ou partie de la subvention est à rendre si l’action n’est pas réalisée, si l’aide a "
        f"servi à autre chose, si elle dépasse le coût de l’action{cer}. Le bénéficiaire est "
        "d’abord invité à présenter ses observations."
    )
    r.h3("Article 5 – Exécution")
    r.p("Cet arrêté est notifié au bénéficiaire. Le comptable public en est informé.")
