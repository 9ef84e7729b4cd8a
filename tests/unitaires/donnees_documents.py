"""Sample inputs of the documents: plausible, long enough to meet page breaks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

from aap.documents import donnees as D
from aap.documents import donnees_seance as S
from aap.documents.donnees_cerfa import DonneesDossier

EMPREINTE = "3f2a91bc0d4e77aa5b1c6d8e9f00112233445566778899aabbccddeeff001122"
INSTANT = datetime(2026, 11, 20, 13, 32, tzinfo=UTC)
LOREM = (
    "Chaque mercredi, l’équipe ouvre un atelier aux habitants du quartier. Les participants "
    "préparent ensemble un repas, parlent de leur recherche d’emploi et rencontrent un "
    "conseiller. L’atelier est gratuit et une garde d’enfants est prévue sur place. "
)
TERRITOIRE = D.Territoire(
    nom="Grand-Orly Seine Bièvre",
    service="Direction de la politique de la ville",
    contrat="Contrat de ville Engagements Quartiers 2030",
    adresse=("11 avenue Henri-Farman", "94398 Orly Aérogare"),
    courriel="politique.ville@exemple.fr",
    telephone="01 23 45 67 89",
    ville="Orly",
    tribunal="tribunal administratif de Melun",
)
BENEFICIAIRE = D.Beneficiaire(
    nom="Les Jardins partagés du Chaperon-Vert",
    sigle="JPCV",
    siret="123 456 789 00012",
    rna="W941234567",
    adresse=("5 rue des Lilas", "94250 Gentilly"),
    representant="Aïcha Benœil",
    qualite="présidente",
    courriel="contact@jardins.exemple.fr",
)
ACTION = D.Action(
    numero="2027-0042",
    intitule="Cuisine et emploi : l’atelier du mercredi",
    campagne="Appel à projets 2027",
    exercice=2027,
    orientation="Favoriser l’accès à l’emploi et le développement économique",
    periode="du 1er janvier au 31 décembre 2027",
    quartiers=("Chaperon-Vert (Gentilly – Arcueil)", "Gabriel-Péri (Gentilly)"),
)
FINANCEUR = D.Financeur(
    nom="État – préfecture du Val-de-Marne",
    adresse=("21-29 avenue du Général-de-Gaulle", "94000 Créteil"),
    siret="179 400 012 00018",
    representant="Jean Dupont",
    qualite="préfet du Val-de-Marne",
)
PREFET = D.Signataire("Jean Dupont", "Préfet du Val-de-Marne", "Pour l’État")
PRESIDENTE = D.Signataire("Aïcha Benœil", "Présidente", "Pour le bénéficiaire")
L = D.LigneCompte
BUDGET = D.Budget(
    charges=(
        L("60", "Achats", groupe=True),
        L("604", "Prestations de services", 320000, 301250),
        L("606", "Autres fournitures", 180000, 192000),
        L("61", "Services extérieurs", groupe=True),
        L("613", "Locations", 240000, 240000),
        L("616", "Assurance", 30000, 31500),
        L("62", "Autres services extérieurs", groupe=True),
        L("622", "Rémunérations intermédiaires et honoraires", 150000, 90000),
        L("64", "Charges de personnel", groupe=True),
        L("641", "Rémunération des personnels", 1400000, 1432010),
        L("645", "Charges sociales", 580000, 591000),
    ),
    produits=(
        L("70", "Vente de produits finis, de marchandises, prestations de services", 50000, 41000),
        L("74", "Subventions d’exploitation", groupe=True),
        L("74", "État – politique de la ville", 1200000, 1000000, precision="demandé"),
        L("74", "Commune de Gentilly", 600000, 600000, precision="obtenu"),
        L("74", "Caf du Val-de-Marne", 500000, 500000, precision="envisagé"),
        L("75", "Autres produits de gestion courante", groupe=True),
        L("756", "Cotisations", 150000, 162000),
        L("758", "Dons manuels – Mécénat", 400000, 400000),
    ),
    emplois_nature=(L("864", "Personnel bénévole", 320000, 300000),),
    contributions_nature=(L("870", "Bénévolat", 320000, 300000),),
)
INDICATEURS = (
    D.Indicateur("Personnes ayant retrouvé un emploi", "15", "Suivi à six mois", "12"),
    D.Indicateur("Habitantes et habitants venus une fois", "120", "Feuille de présence", "134"),
    D.Indicateur("Part de femmes parmi les participants", "60 %", "Feuille de présence", "71 %"),
)
MONTANTS = (
    D.MontantFinanceur("État – BOP 147", 1200000, 1000000),
    D.MontantFinanceur("Commune de Gentilly", 600000, 600000, "droit commun"),
    D.MontantFinanceur("Caf du Val-de-Marne", 500000, 0),
)
PIECES = (
    D.Piece("Statuts signés", "statuts-2019.pdf", "déjà connus"),
    D.Piece("Relevé d’identité bancaire", "rib.pdf", ""),
    D.Piece("Comptes annuels 2025", "comptes_annuels_2025_approuves.pdf", "1,8 Mo"),
)
ECHEANCIER = (
    D.Echeance("Avance", "À la signature, au plus tard le 31 mars", 800000),
    D.Echeance("Solde", "Après réception du compte rendu financier", 200000),
)


def cartouche(nom: str) -> D.Cartouche:
    return D.Cartouche(
        f"{nom}-2027-0042", INSTANT, EMPREINTE, f"https://exemple.fr/d/{nom}-2027-0042"
    )


def recepisse() -> D.DonneesRecepisse:
    return D.DonneesRecepisse(
        TERRITOIRE,
        cartouche("AR"),
        ACTION,
        BENEFICIAIRE,
        recu_le=INSTANT,
        depose_par="Aïcha Benœil, présidente",
        refus_implicite_le=date(2027, 1, 20),
        montants=MONTANTS,
        pieces=PIECES,
    )


def dossier() -> DonneesDossier:
    rubriques = ("Objectifs", "Description", "Publics", "Moyens matériels", "Partenaires")
    return DonneesDossier(
        TERRITOIRE,
        cartouche("DOS"),
        ACTION,
        BENEFICIAIRE,
        identification=(
            ("Nom", BENEFICIAIRE.nom),
            ("Sigle", "JPCV"),
            ("SIRET", BENEFICIAIRE.siret),
            ("RNA", BENEFICIAIRE.rna),
            ("Siège", "5 rue des Lilas, 94250 Gentilly"),
            ("Représentante légale", "Aïcha Benœil, présidente"),
            ("Objet", LOREM),
        ),
        relations=(("Agréments", "Jeunesse et éducation populaire (2021)"), ("Fédération", "")),
        moyens=(("Bénévoles", "24"), ("Salariés", "3"), ("Salariés en ETPT", "2,4")),
        projet=tuple(D.Rubrique(x, (LOREM + "\n\n") * 2 + LOREM * 2) for x in rubriques),
        indicateurs=INDICATEURS,
        budget=BUDGET,
        montants=MONTANTS,
        attestations=(
            "l’organisme est à jour de ses obligations sociales et fiscales ;",
            "il souscrit le contrat d’engagement républicain ;",
            "les informations de cette demande sont exactes.",
        ),
        pieces=PIECES,
        signataire=D.Signataire("Aïcha Benœil", "Présidente", signe_le=INSTANT, preuve="Compte 12"),
        depose_le=INSTANT,
    )


def notification(sens: str) -> D.DonneesNotification:
    return D.DonneesNotification(
        TERRITOIRE,
        cartouche("NOT"),
        ACTION,
        BENEFICIAIRE,
        sens=sens,  # type: ignore[arg-type]
        decide_le=date(2027, 2, 11),
        instance="Le comité de pilotage du contrat de ville",
        signataire=D.Signataire("Claire Martin", "Présidente du comité de pilotage"),
        montants=MONTANTS if sens == "accord" else (),
        motif="" if sens == "accord" else "L’action ne précise pas assez le public visé. " + LOREM,
        reserves=("associer la mission locale ;", "ouvrir l’atelier aux deux quartiers."),
        attendus=("un budget équilibré ;", "l’accord écrit de la commune pour la salle."),
        prochaine_seance="8 avril 2027",
        bilan_avant_le=date(2028, 6, 30),
    )


def convention(genre: str, tranches: int = 1) -> D.DonneesConvention:
    return D.DonneesConvention(
        TERRITOIRE,
        cartouche("CONV"),
        ACTION,
        BENEFICIAIRE,
        FINANCEUR,
        type=genre,  # type: ignore[arg-type]
        numero="2027-012",
        debut=date(2027, 1, 1),
        fin=date(2026 + tranches, 12, 31),
        objet=LOREM,
        tranches=tuple(
            D.TrancheActe(
                2027 + i, 1000000 if i == 0 else 1050000, i == 0, "Trente ateliers par an"
            )
            for i in range(tranches)
        ),
        echeancier=ECHEANCIER,
        bilan_avant_le=date(2028, 6, 30),
        budget=BUDGET,
        indicateurs=INDICATEURS,
        signataire_financeur=PREFET,
        signataire_beneficiaire=PRESIDENTE,
        visas=("la délibération n° 2026-118 du conseil de territoire du 15 décembre 2026",),
        considerants=("l’accès à l’emploi est une priorité de l’année 2027 ;",),
        imputation="BOP 147, action 01",
        titulaire_compte="Les Jardins partagés",
        iban="FR7630001007941234567890185",
    )


def arrete() -> D.DonneesArrete:
    return D.DonneesArrete(
        TERRITOIRE,
        cartouche("ARR"),
        ACTION,
        BENEFICIAIRE,
        FINANCEUR,
        numero="2027-118",
        objet="",
        montant=1000000,
        echeancier=ECHEANCIER,
        bilan_avant_le=date(2028, 6, 30),
        signataire=PREFET,
        imputation="BOP 147, action 01",
        titulaire_compte="Les Jardins partagés",
        iban="FR7630001007941234567890185",
    )


def fiche() -> S.DonneesFiche:
    criteres = ("Conformité aux priorités", "Besoin des quartiers", "Qualité et faisabilité")
    return S.DonneesFiche(
        TERRITOIRE,
        cartouche("FI"),
        ACTION,
        BENEFICIAIRE,
        resume=LOREM * 2,
        montants=tuple(D.MontantFinanceur(m.financeur, m.demande) for m in MONTANTS),
        score=Fraction(2147, 30),
        evaluateurs=3,
        notes=(
            *(
                S.LigneNote(c, 20, Fraction(10, 3), 2, 4, ("Public bien décrit.", LOREM), i == 0)
                for i, c in enumerate(criteres)
            ),
            S.LigneNote("Partenariats", 10, None),
        ),
        avis=(
            S.LigneAvis("État, délégué du préfet", "Favorable avec réserve", LOREM, 1000000),
            S.LigneAvis("Commune de Gentilly", "Favorable", "", 600000),
        ),
        reperes=(("Renouvellement", "Oui, 9 000 € versés en 2026"), ("Bilan 2026", "Validé")),
        alertes=("Trésorerie de neuf mois, à comprendre avec l’association.",),
        synthese=LOREM,
    )


def pv(nombre: int = 14) -> S.DonneesPV:
    sens: tuple[S.Sens, ...] = ("programmer", "ajourner", "rejeter", "liste_attente")
    decisions = []
    for i in range(nombre):
        choix = sens[i % 4]
        decisions.append(
            S.DecisionPV(
                D.Action(f"2027-{i:04d}", f"Action de quartier {i}", "AAP 2027", 2027),
                f"Association {i}",
                choix,
                MONTANTS
                if choix == "programmer"
                else tuple(D.MontantFinanceur(m.financeur, m.demande) for m in MONTANTS),
                motif="" if choix == "programmer" else LOREM,
                deportes=("Marc Roy",) if i == 2 else (),
                rang_attente=i if choix == "liste_attente" else None,
            )
        )
    return S.DonneesPV(
        TERRITOIRE,
        cartouche("PV"),
        titre="Séance du 11 février 2027",
        campagne="Appel à projets 2027",
        lieu="Salle du conseil, Orly",
        ouverte_le=datetime(2027, 2, 11, 8, 30, tzinfo=UTC),
        close_le=datetime(2027, 2, 11, 11, 15, tzinfo=UTC),
        quorum=4,
        convoques=tuple(
            S.Convoque(f"Membre {i}", "Élue à la politique de la ville", i < 5) for i in range(7)
        ),
        decisions=tuple(decisions),
        president=D.Signataire("Claire Martin", "Présidente du comité de pilotage"),
        secretaire=D.Signataire("Paul Leroy", "Secrétaire de séance"),
        notes=LOREM,
    )


def convocation(nombre: int = 12) -> S.DonneesConvocation:
    return S.DonneesConvocation(
        TERRITOIRE,
        cartouche("CONV"),
        titre="Séance du 11 février 2027",
        campagne="Appel à projets 2027",
        lieu="Salle du conseil, Orly",
        prevue_le=datetime(2027, 2, 11, 8, 30, tzinfo=UTC),
        quorum=4,
        points=tuple(
            S.PointConvocation(i, f"2027-{i:04d}", f"Action {i}", f"Association {i}", 500_000)
            for i in range(1, nombre + 1)
        ),
        masques=1,
        destinataire="Claire Martin",
    )


def bilan() -> D.DonneesBilan:
    return D.DonneesBilan(
        TERRITOIRE,
        cartouche("BIL"),
        ACTION,
        BENEFICIAIRE,
        qualitatif=(
            D.Rubrique("Mise en œuvre de l’action", LOREM * 3),
            D.Rubrique("Dates et lieux", "De janvier à décembre, à la maison de quartier."),
            D.Rubrique("Les objectifs ont-ils été atteints ?", LOREM),
        ),
        publics=(("Personnes", "134"), ("dont femmes", "95"), ("dont habitants des QPV", "118")),
        indicateurs=INDICATEURS,
        budget=BUDGET,
        subvention=1000000,
        annexes=(
            D.Rubrique("Explication des écarts", LOREM),
            D.Rubrique("Règles de répartition des charges indirectes", ""),
        ),
        certification=D.Signataire("Aïcha Benœil", "Présidente", "Pour l’association"),
        depose_le=INSTANT,
    )


def etat_versement() -> D.DonneesEtatVersement:
    return D.DonneesEtatVersement(
        TERRITOIRE,
        cartouche("EV"),
        ACTION,
        BENEFICIAIRE,
        FINANCEUR,
        acte="Convention 2027-012",
        montant_acte=1000000,
        versements=(
            D.LigneVersement(
                1, "Avance", 800000, "Payé", date(2027, 3, 1), date(2027, 3, 9), "4512"
            ),
            D.LigneVersement(2, "Solde", 200000, "Prévu", date(2028, 7, 15)),
        ),
        signataire=D.Signataire("Nadia Petit", "Gestionnaire financière"),
        numero_ej="2103456789",
        titulaire_compte="Les Jardins partagés",
        iban="FR7630001007941234567890185",
        bic="BDFEFRPP",
        verifications=(("Convention signée", "Oui"), ("Contrat d’engagement républicain", "Oui")),
    )


def reversement() -> D.DonneesReversement:
    return D.DonneesReversement(
        TERRITOIRE,
        cartouche("REV"),
        ACTION,
        BENEFICIAIRE,
        FINANCEUR,
        acte="Convention 2027-012",
        montant=135050,
        motif="Le compte rendu financier montre une dépense plus faible que prévu. " + LOREM,
        etapes=(
            ("Subvention versée", 1000000),
            ("Dépenses retenues au prorata", 814950),
            ("Part conservable (5 %)", 50000),
            ("Montant à reverser", 135050),
        ),
        observations="",
        a_payer_avant_le=date(2028, 12, 31),
        signataire=PREFET,
        numero_titre="2028-77",
    )


def avenant() -> D.DonneesAvenant:
    return D.DonneesAvenant(
        TERRITOIRE,
        cartouche("AV"),
        ACTION,
        BENEFICIAIRE,
        FINANCEUR,
        convention="2027-012",
        numero=1,
        motif="Les crédits votés pour 2028 sont plus élevés que prévu. " + LOREM,
        effets=((2028, 1050000, 1100000), (2029, 1050000, 1050000)),
        clauses=("l’annexe 3 est remplacée par l’annexe jointe ;",),
        signataire_financeur=PREFET,
        signataire_beneficiaire=PRESIDENTE,
    )
