"""The PDF of a dossier holds every box of the CERFA 12156*06, from what was signed alone.

``TABLE`` follows domaine.md §2.1 and §2.2 box by box: (box, what the PDF must say).
"""

from __future__ import annotations

import copy
import io
import re
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from aap.documents.depuis_depot import donnees_dossier
from aap.documents.dossier import produire
from aap.extensions import db
from aap.models import CoteBudget, EtatProduit, OrigineCredits, TypeDossier, TypePiece
from aap.requetes.contenu_depose import contenu_depose
from aap.requetes.versions import AJOUTS, AJOUTS_ORGANISME, changements_depuis
from aap.services import depot as deposer
from aap.services import dossier as ecrire
from aap.services.budget_organisme import enregistrer_budget_organisme
from aap.services.coffre import deposer_piece
from aap.services.organisme import enregistrer_rib
from aap.services.plan_financement import fixer_demandes
from tests.outils_porteur import connecte, dossier_complet, pdf, planter

IDENTITE = {
    "site": "amis-du-livre.example.org",
    "adresse_gestion": "12 rue de la Correspondance, Orlyville",
    "date_jo": "1998-05-16",
    "representant_courriel": "presidence@exemple.fr",
    "representant_telephone": "06 11 22 33 44",
    "charge_nom": "Karim Dossier",
    "charge_fonction": "Coordinateur",
    "charge_courriel": "karim@exemple.fr",
    "charge_telephone": "06 55 66 77 88",
    "agrements": "Jeunesse et éducation populaire, préfecture, 2021",
    "rup": "oui",
    "date_rup": "2001-02-03",
    "impots_commerciaux": "non",
    "affiliations": "Fédération des bibliothèques de rue",
    "adherents_morales": "Le centre social Les Tilleuls",
    "benevoles": 24,
    "volontaires": 2,
    "salaries": 3,
    "emplois_aides": 1,
    "etpt": "2,4",
    "mis_a_disposition": 5,
    "adherents": 180,
}
REPONSES = {
    "participation_financiere": "Cinq euros par famille et par an.",
    "acces_droits": "Une garde d’enfants pendant les séances.",
    "droit_commun": "L’école n’ouvre pas le soir.",
    "partenaires": "L’école Jean-Moulin.",
    "moyens_materiels": "Une salle et deux ordinateurs.",
    "benevoles": "8",
    "benevoles_etpt": "0,6",
    "salaries": "2",
    "salaries_etpt": "1,5",
    "cdi": "1",
    "cdd": "1",
    "emplois_aides": "1",
    "volontaires": "1",
    "volontaires_etpt": "0,8",
    "recrutement": "oui",
    "recrutement_etpt": "0,75",
    "information_complementaire": "L’association fête ses trente ans.",
    "regle_indirectes": "Dix pour cent du loyer.",
}
TABLE = [
    # Header
    ("Forme", "Subvention en numéraire"),
    ("Fréquence", "Fréquence Première demande"),
    ("Objet", "Objet Projet ou action"),
    ("Période", "Période Annuelle ou ponctuelle"),
    ("Administrations destinataires", "Adressée à État, Orlyville"),
    ("Politique de la ville", "Politique de la ville Oui"),
    # 1. Identification
    ("1.1 Nom", "Nom Les Amis du livre"),
    ("1.1 Sigle", "Sigle ADL"),
    ("1.1 Site", "amis-du-livre.example.org"),
    ("1.2 SIRET", "732 829 320 00074"),
    ("1.3 RNA", "W941234567"),
    ("1.4 Publication au JO", "16 mai 1998"),
    ("1.5 Siège", "3 rue du Siège 94310 Orlyville"),
    ("1.5.1 Correspondance", "12 rue de la Correspondance"),
    ("1.6 Représentant légal", "Représentant légal Mina Exemple, Présidente"),
    ("1.6 Courriel", "presidence@exemple.fr"),
    ("1.6 Téléphone", "06 11 22 33 44"),
    ("1.7 Personne chargée", "Karim Dossier"),
    ("1.7 Fonction", "Coordinateur"),
    ("1.7 Courriel", "karim@exemple.fr"),
    ("1.7 Téléphone", "06 55 66 77 88"),
    ("Courriel", "contact@exemple.fr"),
    ("Téléphone", "01 02 03 04 05"),
    ("Objet de l’association", "Lire avec les habitants."),
    ("Date de création", "Date de création 2 avril 1998"),
    # 2 and 3. Relations
    ("2 Agréments", "Jeunesse et éducation populaire, préfecture, 2021"),
    ("2 Utilité publique", "Reconnue d’utilité publique Oui"),
    ("2 Utilité publique, JO", "3 février 2001"),
    ("2 Impôts commerciaux", "Assujettie aux impôts commerciaux Non"),
    ("3 Affiliation", "Fédération des bibliothèques de rue"),
    ("3 Adhérents personnes morales", "Le centre social Les Tilleuls"),
    # 4. People
    ("4 Bénévoles", "Bénévoles 24"),
    ("4 Volontaires", "Volontaires (service civique…) 2"),
    ("4 Salariés", "Salariés 3"),
    ("4 Emplois aidés", "dont emplois aidés 1"),
    ("4 ETPT", "(ETPT) 2,4"),
    ("4 Mis à disposition", "par une autorité publique 5"),
    ("4 Adhérents", "Adhérents 180"),
    # 5. Budget of the organisme
    ("5 Exercice", "du 1er septembre 2025 au 31 août 2026"),
    ("5 Charges", "641 – Rémunération des personnels 54 321 €"),
    ("5 Produits", "756 – Cotisations 9 876 €"),
    ("5 Trésorerie", "Trésorerie 7 000 €"),
    # 6. Project
    ("6 Intitulé", "Aide aux devoirs au quartier Est"),
    ("6 Objectifs", "Quarante enfants reprennent confiance."),
    ("6 Description", "Deux séances par semaine, à la maison de quartier."),
    ("6 Bénéficiaires", "Enfants de 6 à 11 ans."),
    ("6 Nombre", "40"),
    ("6 Égalité", "Autant de filles que de garçons."),
    ("6 Participation financière", "Cinq euros par famille et par an."),
    ("6 Territoire", "Quartier Est, 100 % du public"),
    ("6 Lieux", "Maison de quartier Est."),
    ("6 Moyens matériels", "Une salle et deux ordinateurs."),
    ("6 Moyens humains", "Deux animateurs et huit bénévoles."),
    ("6 Personnes : bénévoles", "Bénévoles qui participent activement 8 0,6"),
    ("6 Personnes : salariés", "Salariés 2 1,5"),
    ("6 Personnes : CDI", "(CDI) 1 –"),
    ("6 Personnes : CDD", "(CDD) 1 –"),
    ("6 Personnes : emplois aidés", "dont emplois aidés 1 –"),
    ("6 Personnes : volontaires", "Volontaires (service civique…) 1 0,8"),
    ("6 Recrutement", "Faut-il recruter pour réaliser l’action ? Oui"),
    ("6 Recrutement, ETPT", "0,75"),
    ("6 Dates", "du 1er février 2027 au 30 novembre 2027"),
    ("6 Évaluation", "Feuilles de présence"),
    ("6 Information complémentaire", "L’association fête ses trente ans."),
    ("6 Charges indirectes", "Dix pour cent du loyer."),
    ("Objectif du contrat", "3.1.1 Aider à apprendre"),
    ("Objectif local", "Lire à Quartier Est"),
    # 2.2 Table of the budget
    ("60 à 69", "64 – Charges de personnel"),
    ("641", "641 – Animateurs 12 000 €"),
    ("Charges indirectes", "Charges fixes de fonctionnement 900 €"),
    ("74 par financeur, état et origine", "74 – État (demandé, crédits spécifiques) 6 000 €"),
    ("74, droit commun", "74 – Orlyville (demandé, droit commun) 2 000 €"),
    ("74, autre financeur", "74 – Conseil régional (acquis, droit commun) 900 €"),
    ("74, envisagé", "74 – Fondation du livre (envisagé) 3 000 €"),
    ("75", "756 – Cotisations 1 000 €"),
    ("86", "864 – Personnel bénévole 1 500 €"),
    ("87", "870 – Bénévolat 1 500 €"),
    ("Totaux", "Total des charges 12 900 € Total des produits 12 900 €"),
    ("Part du total", "8 000 €, représente 62 % du total"),
    # 7. Attestations
    ("7 Signataire", "Mina Exemple"),
    ("7 À jour", "à jour de ses obligations administratives, comptables, sociales et fiscales"),
    ("7 CER", "contrat d’engagement républicain (décret n° 2021-1947)"),
    ("7 Exactitude", "y compris les demandes à d’autres financeurs publics"),
    ("7 Charte", "Charte des engagements réciproques du 14 février 2014"),
    ("7 Aides sur trois exercices", "500 000 € ou moins"),
    ("7 Montant demandé", "une subvention de 8 000 € au titre de l’exercice 2027"),
    ("7 Compte", "IBAN : FR76 3000 6000 0112 3456 7890 189"),
    ("7 Date et signature", "Signé électroniquement le"),
    ("Pièces", "Statuts"),
]


def lire_pdf(octets: bytes) -> str:
    texte = "\n".join(p.extract_text() for p in PdfReader(io.BytesIO(octets)).pages)
    return re.sub(r"[\s\u00a0\u202f]+", " ", texte)


def rendre(dossier, contenu, depot=None) -> str:
    return lire_pdf(produire(donnees_dossier(dossier, contenu, depot)))


def _organisme_complet(d) -> None:
    o = d.organisme
    o.sigle, o.rna, o.objet = "ADL", "W941234567", "Lire avec les habitants."
    o.adresse, o.code_postal, o.ville = "3 rue du Siège", "94310", "Orlyville"
    o.courriel, o.telephone, o.date_creation = (
        "contact@exemple.fr",
        "01 02 03 04 05",
        date(1998, 4, 2),
    )
    o.fin_exercice_mois, o.tresorerie, o.identite = 8, 700_000, dict(IDENTITE)
    enregistrer_rib(d.acteur, o, "FR76 3000 6000 0112 3456 7890 189", "AGRIFRPP", "Les Amis")
    deposer_piece(d.acteur, o, TypePiece.STATUTS, "statuts.pdf", pdf())
    enregistrer_budget_organisme(
        d.acteur,
        o,
        2026,
        [("charge", "641", "54 321"), ("produit", "756", "9 876")],
    )


@pytest.fixture
def rempli(session):
    """A dossier where no box of the form is left empty."""
    d = planter()
    _organisme_complet(d)
    dossier = dossier_complet(d)
    for champ, valeur in REPONSES.items():
        ecrire.enregistrer_reponse(d.acteur, dossier, champ, valeur)
    droit_commun, specifiques = OrigineCredits.DROIT_COMMUN, OrigineCredits.SPECIFIQUES
    fixer_demandes(
        d.acteur,
        dossier,
        {(d.etat.id, specifiques): 600_000, (d.commune.id, droit_commun): 200_000},
    )
    charge, produit, ligne = CoteBudget.CHARGE, CoteBudget.PRODUIT, ecrire.LigneSaisie
    region = ligne(produit, "74region", "Conseil régional", "900", EtatProduit.ACQUIS)
    ecrire.enregistrer_budget(
        d.acteur,
        dossier,
        [
            ligne(charge, "641", "Animateurs", "12 000"),
            ligne(charge, "ind_fixes", "", "900"),
            ligne(charge, "864", "", "1 500"),
            ligne(produit, "870", "", "1 500"),
            replace(region, origine=droit_commun),
            ligne(produit, "74prive", "Fondation du livre", "3 000", EtatProduit.ENVISAGE),
            ligne(produit, "756", "", "1 000"),
        ],
    )
    return d, dossier


def test_chaque_case_du_cerfa_est_dans_le_pdf(app, rempli) -> None:
    d, dossier = rempli
    depot = deposer.transmettre(d.acteur, dossier)
    lu = rendre(dossier, depot.contenu, depot)
    manquent = [case for case, texte in TABLE if texte not in lu]
    assert manquent == []


def test_le_pdf_est_ce_qui_a_ete_signe(app, rempli) -> None:
    """Nothing that changes after the deposit changes the PDF: record, names, budget, papers."""
    d, dossier = rempli
    depot = deposer.transmettre(d.acteur, dossier)
    avant = rendre(dossier, depot.contenu, depot)
    d.organisme.nom, d.organisme.iban = "Un autre nom", None
    d.organisme.identite = {"adherents": 1}
    d.quartier.nom, d.etat.nom = "Quartier renommé", "Préfecture renommée"
    d.objectif.titre, d.campagne.nom = "Autre objectif", "Autre appel"
    enregistrer_budget_organisme(d.acteur, d.organisme, 2026, [("charge", "641", "1")])
    dossier.intitule = "Autre titre"
    dossier.lignes[0].montant = 1
    db.session.flush()
    apres = rendre(dossier, depot.contenu, depot)
    sans_pied = re.compile(r"(établi|produit|édité) le .{0,40}", re.IGNORECASE)
    assert sans_pied.sub("", apres) == sans_pied.sub("", avant)
    page = connecte(app, d.signataire).get(f"/porteur/dossiers/{dossier.id}/dossier.pdf")
    assert "Quartier renommé" not in lire_pdf(page.data)


def ancien(contenu):
    """The same content as it was frozen before the format 2."""
    vieux = {
        cle: v
        for cle, v in copy.deepcopy(contenu).items()
        if cle not in AJOUTS | {"aides_passees", "questions", "noms"}
    }
    vieux["organisme"] = {
        cle: v for cle, v in vieux["organisme"].items() if cle not in AJOUTS_ORGANISME
    }
    vieux["budget"] = [ligne[:5] for ligne in vieux["budget"]]
    vieux["pieces"] = [piece[:2] for piece in vieux["pieces"]]
    return vieux


def test_un_ancien_depot_se_lit_encore(app, rempli) -> None:
    d, dossier = rempli
    depot = deposer.transmettre(d.acteur, dossier)
    vieux = ancien(depot.contenu)
    lu = rendre(dossier, vieux, depot)
    assert "Les Amis du livre" in lu and "Quartier Est, 100 % du public" in lu
    assert "641 – Animateurs 12 000 €" in lu and "74 – État 6 000 €" in lu
    assert "500 000 € ou moins" in lu and "IBAN" not in lu and "Charte" not in lu
    assert "à jour de ses obligations sociales et fiscales" in lu and "comptables" not in lu
    assert "budget détaillé de l’organisme n’est pas dans ce dossier" in lu
    assert changements_depuis(dossier, vieux, contenu_depose(dossier)) == []


def test_les_versions_menent_a_leur_pdf(app, rempli) -> None:
    d, dossier = rempli
    deposer.transmettre(d.acteur, dossier)
    client = connecte(app, d.signataire)
    page = client.get(f"/porteur/dossiers/{dossier.id}/versions").text
    adresse = f"/porteur/dossiers/{dossier.id}/dossier.pdf?version=1"
    assert adresse in page
    assert client.get(adresse).mimetype == "application/pdf"
    for faux in ("2", "0", "-1", "un", "1e9"):
        assert client.get(adresse[:-1] + faux).status_code == 404


def test_un_brouillon_vide_se_relit(app, session) -> None:
    d = planter()
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne, TypeDossier.ACTION)
    lu = rendre(dossier, contenu_depose(dossier))
    assert "Brouillon, non déposé" in lu and "Les Amis du livre" in lu
