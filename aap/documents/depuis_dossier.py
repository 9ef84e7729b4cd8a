"""From the rows of a dossier to the plain data that its documents are made of."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from aap.documents.donnees import (
    Action,
    Beneficiaire,
    Budget,
    Cartouche,
    DonneesDossier,
    DonneesRecepisse,
    Indicateur,
    LigneCompte,
    MontantFinanceur,
    Piece,
    Rubrique,
    Signataire,
    Territoire,
)
from aap.domaine.budget import PlanComptable, plan_au
from aap.domaine.calendrier import MOIS_SILENCE, ajouter_mois, date_longue
from aap.domaine.horloge import a_paris, maintenant
from aap.domaine.identifiants import afficher_siret
from aap.domaine.questionnaire import Genre, Question, questions_pour, sections_lues
from aap.extensions import db
from aap.models import (
    Campagne,
    CoteBudget,
    Depot,
    Dossier,
    LigneBudget,
    Organisme,
    PieceDossier,
    PieceOrganisme,
)
from aap.requetes.delais import delais
from aap.requetes.essai import MENTION_DOCUMENT, est_essai
from aap.requetes.mandats import mandat_du_depot
from aap.requetes.territoire import valeurs_territoire


def territoire_de(campagne: Campagne) -> Territoire:
    """The head of the letter, from the settings of the house and of the call."""
    v = valeurs_territoire()
    contact = campagne.contact or v["contact"]
    return Territoire(
        nom=v["nom"],
        service=campagne.service or v["nom"],
        contrat=campagne.contrat.nom,
        courriel=contact if "@" in contact else "",
        telephone="" if "@" in contact else contact,
    )


def cartouche_de(dossier: Dossier, reference: str, sha256: str = "") -> Cartouche:
    """Identity of a document of this dossier, made now; a sandbox is written on every page."""
    return Cartouche(
        reference=reference,
        etabli_le=maintenant(),
        sha256=sha256,
        mention=MENTION_DOCUMENT if est_essai(dossier) else "",
    )


def beneficiaire_de(o: Organisme) -> Beneficiaire:
    return Beneficiaire(
        nom=o.nom,
        forme=o.forme.value,
        sigle=o.sigle,
        siret=afficher_siret(o.siret) if o.siret else "",
        rna=o.rna or "",
        adresse=tuple(x for x in (o.adresse, f"{o.code_postal} {o.ville}".strip()) if x),
        representant=o.representant_nom,
        qualite=o.representant_fonction,
        courriel=o.courriel,
        telephone=o.telephone,
    )


def action_de(d: Dossier) -> Action:
    periode = ""
    if d.date_debut and d.date_fin:
        periode = f"du {date_longue(d.date_debut)} au {date_longue(d.date_fin)}"
    return Action(
        numero=d.numero or "brouillon",
        intitule=d.intitule or "Sans titre",
        campagne=d.campagne.nom,
        exercice=d.campagne.exercice,
        orientation=d.orientation.titre if d.orientation else "",
        periode=periode,
        quartiers=tuple(sorted(q.quartier.nom for q in d.quartiers)),
    )


def montants_de(d: Dossier) -> tuple[MontantFinanceur, ...]:
    """What is asked of each funder; never what is decided."""
    return tuple(
        MontantFinanceur(f.financeur.nom, f.montant_demande, precision=f.origine.libelle)
        for f in d.financements
    )


def pieces_de(d: Dossier) -> tuple[Piece, ...]:
    """Files joined to the dossier, then the papers of the vault."""
    jointes = db.session.scalars(
        select(PieceDossier)
        .where(PieceDossier.dossier_id == d.id, PieceDossier.retiree_le.is_(None))
        .order_by(PieceDossier.id)
    )
    coffre = db.session.scalars(
        select(PieceOrganisme)
        .where(PieceOrganisme.organisme_id == d.organisme_id, PieceOrganisme.remplacee_le.is_(None))
        .order_by(PieceOrganisme.id)
    )
    return tuple(Piece(p.libelle, p.fichier.nom) for p in jointes) + tuple(
        Piece(
            p.type.libelle,
            p.fichier.nom,
            f"valable jusqu’au {p.valable_jusquau:%d/%m/%Y}" if p.valable_jusquau else "",
        )
        for p in coffre
    )


def donnees_recepisse(depot: Depot) -> DonneesRecepisse:
    """Data of the accusé de réception of one deposit."""
    d = depot.dossier
    return DonneesRecepisse(
        territoire=territoire_de(d.campagne),
        cartouche=cartouche_de(d, d.numero or "", depot.sha256),
        action=action_de(d),
        beneficiaire=beneficiaire_de(d.organisme),
        recu_le=depot.depose_le,
        depose_par=f"{depot.depose_par.nom_complet}, {_qualite(depot)}",
        refus_implicite_le=_silence(depot),
        montants=montants_de(d),
        pieces=pieces_de(d),
    )


def _qualite(depot: Depot) -> str:
    """In what quality the deposit was signed."""
    mandat = mandat_du_depot(depot)
    if mandat is None:
        return "signataire"
    return f"par mandat du {date_longue(mandat.du)} au {date_longue(mandat.au)}"


def _silence(depot: Depot) -> date:
    """Two months after the first deposit, plus what was suspended (CRPA L231-4 3°, L114-5)."""
    dossier = depot.dossier
    delai = delais({dossier.id: dossier.etat}).get(dossier.id)
    if delai is not None and delai.silence is not None:
        return delai.silence
    return ajouter_mois(a_paris(depot.depose_le).date(), MOIS_SILENCE)


def donnees_dossier(d: Dossier) -> DonneesDossier:
    """Data of the whole dossier, draft or deposited, in the order of the CERFA 12156*06."""
    o = d.organisme
    depot = d.depots[-1] if d.depots else None
    reponses = {r.champ: r.valeur for r in d.reponses}
    return DonneesDossier(
        territoire=territoire_de(d.campagne),
        cartouche=cartouche_de(d, d.reference, depot.sha256 if depot else ""),
        action=action_de(d),
        beneficiaire=beneficiaire_de(o),
        identification=_identification(o),
        relations=_identite(o, RELATIONS),
        moyens=_identite(o, MOYENS),
        projet=_projet(d, reponses),
        indicateurs=tuple(
            Indicateur(i.libelle, i.cible, i.mode_mesure)
            for i in sorted(d.indicateurs, key=lambda i: i.id)
        ),
        budget=budget_de(d),
        montants=montants_de(d),
        attestations=_attestations(d, reponses),
        pieces=pieces_de(d),
        signataire=Signataire(
            depot.depose_par.nom_complet,
            _qualite(depot),
            pour=o.nom,
            signe_le=depot.depose_le,
            preuve=depot.sha256[:16],
        )
        if depot
        else None,
        depose_le=d.depose_le,
    )


RELATIONS = (
    ("agrements", "Agréments"),
    ("rup", "Reconnue d’utilité publique"),
    ("impots_commerciaux", "Assujettie aux impôts commerciaux"),
    ("affiliations", "Réseaux et fédérations"),
)
MOYENS = (
    ("benevoles", "Bénévoles"),
    ("volontaires", "Volontaires (service civique…)"),
    ("salaries", "Salariés"),
    ("etpt", "Salariés en équivalent temps plein"),
    ("adherents", "Adhérents"),
)


def _identite(o: Organisme, champs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((mot, str(o.identite[c])) for c, mot in champs if o.identite.get(c))


def _identification(o: Organisme) -> tuple[tuple[str, str], ...]:
    couples = (
        ("Nom", f"{o.nom} ({o.sigle})" if o.sigle else o.nom),
        ("Forme juridique", o.forme.libelle),
        ("SIRET", afficher_siret(o.siret) if o.siret else ""),
        ("RNA", o.rna or ""),
        ("Adresse du siège", f"{o.adresse}\n{o.code_postal} {o.ville}".strip()),
        (
            "Représentant légal",
            ", ".join(filter(None, (o.representant_nom, o.representant_fonction))),
        ),
        ("Courriel", o.courriel),
        ("Téléphone", o.telephone),
        ("Objet", o.objet),
    )
    return tuple((mot, valeur) for mot, valeur in couples if valeur)


def _lire(question: Question, texte: str) -> str:
    if question.genre is Genre.CHOIX:
        return dict(question.choix).get(texte, texte)
    return f"{texte} %" if question.genre is Genre.POURCENT and texte else texte


def _projet(d: Dossier, reponses: dict[str, str]) -> tuple[Rubrique, ...]:
    rubriques = [
        Rubrique(question.libelle, _lire(question, reponses.get(question.code, "")))
        for section in sections_lues(d.profil)
        if section.code != "attestations"
        for question in questions_pour(section, d.profil)
        if reponses.get(question.code)
    ]
    if d.objectifs:
        titres = "\n".join(f"– {o.code} {o.titre}" for o in d.objectifs)
        rubriques.append(Rubrique("Objectifs du contrat de ville", titres))
    if d.objectifs_locaux:
        locaux = "\n".join(f"– {o.texte}" for o in d.objectifs_locaux)
        rubriques.append(Rubrique("Objectifs locaux des quartiers", locaux))
    return tuple(rubriques)


def _attestations(d: Dossier, reponses: dict[str, str]) -> tuple[str, ...]:
    section = next(s for s in sections_lues(d.profil) if s.code == "attestations")
    phrases = [
        f"{q.libelle}\u00a0: {_lire(q, reponses[q.code])}"
        for q in section.questions
        if reponses.get(q.code)
    ]
    if d.organisme.forme.signe_le_cer:
        phrases.append(
            "L’organisme souscrit au contrat d’engagement républicain (décret n° 2021-1947)."
        )
    return tuple(phrases)


def budget_de(d: Dossier, annee: int = 1) -> Budget:
    """The budget of one year by groups of accounts; lines without readable amount left out."""
    plan = plan_au(a_paris(d.campagne.ouverture_le).date())
    lignes = [x for x in d.lignes if x.annee == annee and x.montant]

    def cote(voulu: CoteBudget, nature: str) -> tuple[LigneCompte, ...]:
        retenues = [
            x
            for x in lignes
            if x.cote is voulu
            and x.compte.startswith(nature) == bool(nature)
            and (nature or not x.compte.startswith(("86", "87")))
        ]
        return _grouper(plan, retenues)

    return Budget(
        charges=cote(CoteBudget.CHARGE, ""),
        produits=cote(CoteBudget.PRODUIT, ""),
        emplois_nature=cote(CoteBudget.CHARGE, "86"),
        contributions_nature=cote(CoteBudget.PRODUIT, "87"),
    )


def _grouper(plan: PlanComptable, lignes: list[LigneBudget]) -> tuple[LigneCompte, ...]:
    """In the order of the chart, each group headed by its title."""
    rangs = {(c.compte, c.cote): i for i, c in enumerate(plan.comptes)}
    sortie: list[LigneCompte] = []
    dernier = ""
    for x in sorted(lignes, key=lambda x: (rangs.get((x.compte, x.cote.value), 999), x.rang)):
        compte = plan.trouver(x.compte, x.cote.value)
        groupe = (compte.groupe if compte else None) or ""
        if groupe and groupe != dernier:
            titre = plan.trouver(groupe, x.cote.value)
            sortie.append(LigneCompte(groupe, titre.libelle if titre else groupe, groupe=True))
        dernier = groupe
        sortie.append(
            LigneCompte(
                x.compte,
                x.libelle or (compte.libelle if compte else x.compte),
                x.montant or 0,
                precision=x.etat_produit.libelle if x.etat_produit else "",
            )
        )
    return tuple(sortie)
