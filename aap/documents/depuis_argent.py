"""From the rows of an act or of a bilan to its document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from aap.documents import arrete, bilan, convention
from aap.documents.budget_compte import budget_de
from aap.documents.depuis_dossier import action_de, beneficiaire_de, territoire_de
from aap.documents.depuis_modele import avec_modele
from aap.documents.donnees import (
    Budget,
    Cartouche,
    DonneesArrete,
    DonneesBilan,
    DonneesConvention,
    Echeance,
    Financeur,
    Indicateur,
    LigneCompte,
    Rubrique,
    Signataire,
    TrancheActe,
)
from aap.domaine.calendrier import MOIS, fin_exercice_comptable, limite_bilan
from aap.domaine.code_acte import chemin_acte
from aap.domaine.horloge import a_paris, maintenant
from aap.domaine.identifiants import afficher_iban, afficher_siret
from aap.domaine.modele_acte import Article
from aap.domaine.montants import repartir
from aap.extensions import reglages
from aap.models import (
    Avenant,
    Bilan,
    Convention,
    CoteBudget,
    Dossier,
    LigneBilan,
    TypeConvention,
    TypeFinanceur,
    TypeVersement,
)
from aap.models import Financeur as FinanceurModele
from aap.requetes.modeles_actes import texte_de
from workflows.avenant import EtatAvenant

APERCU = "APERÇU – sans valeur"
COLLECTIVITES = (TypeFinanceur.EPT, TypeFinanceur.COMMUNE, TypeFinanceur.DEPARTEMENT)


def pdf_acte(acte: Convention) -> bytes:
    """PDF of an arrêté, an annual convention or a CPO, draft or signed."""
    texte = texte_de(acte)
    return _produire(acte, texte[0].texte, texte[1]) if texte else _produire(acte)


def pdf_apercu(acte: Convention, articles: Sequence[Article], jour: date) -> bytes:
    """A model tried on an act that exists nowhere: every page says that it is worth nothing."""
    return _produire(acte, articles, jour, APERCU)


def _produire(
    acte: Convention,
    articles: Sequence[Article] = (),
    jour: date = date.min,
    mention: str = "",
) -> bytes:
    if acte.type is TypeConvention.ARRETE:
        a = _donnees_arrete(acte)
        a = replace(a, cartouche=replace(a.cartouche, mention=mention))
        return arrete.produire(avec_modele(a, articles, jour) if articles else a)
    c = _donnees_convention(acte)
    c = replace(c, cartouche=replace(c.cartouche, mention=mention))
    return convention.produire(avec_modele(c, articles, jour) if articles else c)


def financeur_de(f: FinanceurModele) -> Financeur:
    return Financeur(
        nom=f.nom,
        siret=afficher_siret(f.siret) if f.siret else "",
        qualite=f.service,
        collectivite=f.type in COLLECTIVITES,
    )


def _cartouche(acte: Convention) -> Cartouche:
    return Cartouche(
        reference=f"{acte.financeur.sigle or acte.financeur.code} {acte.numero}",
        etabli_le=acte.signee_le or maintenant(),
        sha256=acte.sha256 or "",
        qr=reglages().adresse_de(chemin_acte(acte.id, acte.sha256)) if acte.sha256 else "",
    )


def montants_signes(acte: Convention) -> list[tuple[int, int]]:
    """(exercice, cents) of the text as it was frozen; of the draft while nothing is.

    Avenants and yearly acts change the tranches afterwards, never the text that was signed.
    """
    if acte.contenu is not None:
        return [(int(annee), int(montant)) for annee, montant in acte.contenu["tranches"]]
    return [(t.exercice, t.montant) for t in acte.tranches]


def _objectifs_signes(acte: Convention, exercice: int) -> str:
    """Objectives of one exercice before any avenant."""
    for avenant in acte.avenants:
        if avenant.etat is EtatAvenant.SIGNE:
            for e in avenant.effets:
                if int(e["exercice"]) == exercice and "objectifs" in e:
                    return str(e["objectifs_avant"])
    return next((t.objectifs for t in acte.tranches if t.exercice == exercice), "")


def echeances_de(acte: Convention) -> tuple[Echeance, ...]:
    """Payments of the first exercice, exact to the cent; a month gone by is not promised."""
    prepare = a_paris(acte.cree_le).date()
    montant = montants_signes(acte)[0][1]
    parts = repartir(montant, [int(e["pour_mille"]) for e in acte.echeancier])
    return tuple(
        Echeance(
            TypeVersement(e["type"]).libelle,
            f"{MOIS[int(e['mois']) - 1]} {acte.exercice}"
            if (acte.exercice, int(e["mois"])) > (prepare.year, prepare.month)
            else "à la notification de l’acte",
            part,
        )
        for e, part in zip(acte.echeancier, parts, strict=True)
        if part
    )


def bilan_attendu_le(dossier: Dossier) -> date:
    """Six months after the end of the organisme's exercice in which the action ends."""
    terme = dossier.date_fin or date(dossier.campagne.exercice, 12, 31)
    return limite_bilan(fin_exercice_comptable(terme, dossier.organisme.fin_exercice_mois))


def _signataires(acte: Convention) -> tuple[Signataire, Signataire]:
    """(funder, porteur): who signed, or who is expected to."""
    f, p = acte.signature_financeur_par, acte.signature_porteur_par
    o = acte.organisme
    financeur = _signataire(
        f.nom_complet if f else "",
        acte.financeur.service,
        acte.financeur.nom,
        acte.signature_financeur_le,
        acte,
    )
    porteur = _signataire(
        p.nom_complet if p else o.representant_nom,
        "signataire" if p else o.representant_fonction,
        o.nom,
        acte.signature_porteur_le,
        acte,
    )
    return sur_papier(acte, financeur, porteur)


def sur_papier(
    acte: Convention | Avenant, financeur: Signataire, porteur: Signataire
) -> tuple[Signataire, Signataire]:
    """The same, as the signed papers name them when there are some."""
    if copie := acte.papier_financeur:
        financeur = replace(financeur, nom=copie.financeur_nom, papier=copie.signee_le)
    if copie := acte.papier_porteur:
        porteur = replace(porteur, nom=copie.porteur_nom, qualite="", papier=copie.signee_le)
    return financeur, porteur


def _signataire(
    nom: str, qualite: str, pour: str, instant: datetime | None, acte: Convention
) -> Signataire:
    preuve = (acte.sha256 or "")[:16] if instant else ""
    return Signataire(nom, qualite, pour=pour, signe_le=instant, preuve=preuve)


def _objet(dossier: Dossier) -> str:
    """What the porteur wrote of its aims and of what it will do; the act commits it to that."""
    reponses = {x.champ: x.valeur.strip() for x in dossier.reponses}
    return "\n\n".join(t for t in (reponses.get(c, "") for c in ("objectifs", "description")) if t)


def _considerants(acte: Convention) -> tuple[str, ...]:
    """Why an act of one year although several were possible (objective of the contrat)."""
    motif = acte.motif_circonstances.strip()
    if not motif:
        return ()
    return (f"une convention pluriannuelle n’est pas retenue, pour ce motif\u00a0: {motif}",)


def _donnees_arrete(acte: Convention) -> DonneesArrete:
    o, d = acte.organisme, acte.dossier
    return DonneesArrete(
        territoire=territoire_de(d.campagne),
        cartouche=_cartouche(acte),
        action=action_de(d),
        beneficiaire=beneficiaire_de(o),
        financeur=financeur_de(acte.financeur),
        numero=acte.numero,
        objet=_objet(d),
        montant=montants_signes(acte)[0][1],
        echeancier=echeances_de(acte),
        bilan_avant_le=bilan_attendu_le(d),
        signataire=_signataires(acte)[0],
        titulaire_compte=o.titulaire_compte,
        iban=afficher_iban(o.iban) if o.iban else "",
    )


def _donnees_convention(acte: Convention) -> DonneesConvention:
    o, d = acte.organisme, acte.dossier
    financeur, porteur = _signataires(acte)
    return DonneesConvention(
        territoire=territoire_de(d.campagne),
        cartouche=_cartouche(acte),
        action=action_de(d),
        beneficiaire=beneficiaire_de(o),
        financeur=financeur_de(acte.financeur),
        type="cpo" if acte.type is TypeConvention.CPO else "annuelle",
        numero=acte.numero,
        debut=d.date_debut or date(acte.exercice, 1, 1),
        fin=max(d.date_fin or date(acte.exercice, 12, 31), _fin(acte)),
        objet=_objet(d),
        considerants=_considerants(acte),
        tranches=tuple(
            TrancheActe(annee, montant, annee == acte.exercice, _objectifs_signes(acte, annee))
            for annee, montant in montants_signes(acte)
        ),
        echeancier=echeances_de(acte),
        bilan_avant_le=bilan_attendu_le(d),
        budget=budget_de(d),
        indicateurs=tuple(
            Indicateur(i.libelle, i.cible, i.mode_mesure)
            for i in sorted(d.indicateurs, key=lambda i: i.id)
        ),
        signataire_financeur=financeur,
        signataire_beneficiaire=porteur,
        titulaire_compte=o.titulaire_compte,
        iban=afficher_iban(o.iban) if o.iban else "",
    )


def _fin(acte: Convention) -> date:
    """A CPO runs to the end of its last exercice; other acts to the end of the action."""
    if acte.type is TypeConvention.CPO:
        return date(montants_signes(acte)[-1][0], 12, 31)
    return date(acte.exercice, 1, 1)


def pdf_bilan(
    objet: Bilan, questions: dict[str, str], publics: dict[str, str], deposant: str = ""
) -> bytes:
    """PDF of the bilan as it is. ``questions``, ``publics``: field -> wording of the page."""
    d = objet.dossier
    annexes = ("charges_indirectes", "contributions", "observations")
    rubriques = {
        champ: Rubrique(mot, str(objet.textes.get(champ, "")))
        for champ, mot in questions.items()
        if objet.textes.get(champ)
    }
    donnees = DonneesBilan(
        territoire=territoire_de(d.campagne),
        cartouche=Cartouche(
            reference=f"Bilan {d.reference}",
            etabli_le=objet.depose_le or maintenant(),
            sha256=objet.sha256 or "",
        ),
        action=action_de(d),
        beneficiaire=beneficiaire_de(d.organisme),
        qualitatif=tuple(r for c, r in rubriques.items() if c not in annexes),
        publics=tuple(
            (mot, str(getattr(objet, champ)))
            for champ, mot in publics.items()
            if getattr(objet, champ) is not None
        ),
        indicateurs=tuple(
            Indicateur(m.indicateur.libelle, m.indicateur.cible, m.mode_mesure, m.valeur)
            for m in sorted(objet.mesures, key=lambda m: m.id)
        ),
        budget=_budget_realise(objet.lignes),
        subvention=sum(f.montant_vote or 0 for f in d.financements if f.montant_retenu),
        annexes=tuple(rubriques[c] for c in annexes if c in rubriques),
        certification=Signataire(
            deposant,
            "signataire",
            pour=d.organisme.nom,
            signe_le=objet.depose_le,
            preuve=(objet.sha256 or "")[:16],
        )
        if objet.depose_le
        else None,
        depose_le=objet.depose_le,
    )
    return bilan.produire(donnees)


def _budget_realise(lignes: list[LigneBilan]) -> Budget:
    def cote(voulu: CoteBudget, nature: str) -> tuple[LigneCompte, ...]:
        return tuple(
            LigneCompte(x.compte, x.libelle, x.prevu, x.realise)
            for x in lignes
            if x.cote is voulu
            and (x.compte.startswith(nature) if nature else not x.compte.startswith(("86", "87")))
        )

    return Budget(
        charges=cote(CoteBudget.CHARGE, ""),
        produits=cote(CoteBudget.PRODUIT, ""),
        emplois_nature=cote(CoteBudget.CHARGE, "86"),
        contributions_nature=cote(CoteBudget.PRODUIT, "87"),
    )
