"""Questions that only some types of dossier have, and the very short form of a micro-project.

Sources: PRE needs a legal structure (caisse des écoles, CCAS, GIP); adultes-relais: code du
travail, art. L. 5134-100 and following (post, employer, person); fonds participatif des conseils
citoyens: contract l.7623; CPO: circulaire of 29 September 2015 (four years at most).
"""

from __future__ import annotations

from aap.domaine.questionnaire_socle import LONGS, PLURIANNUELS, Question, Section
from aap.domaine.questionnaire_socle import Genre as G

MICRO = frozenset({"micro_projet"})
PRE = frozenset({"pre"})
ADULTE_RELAIS = frozenset({"adulte_relais"})
FONCTIONNEMENT = frozenset({"fonctionnement"})
OUI_NON = (("oui", "Oui"), ("non", "Non"))

DUREE = Question(
    "duree_annees",
    "Sur combien d’années demandez-vous cette aide ?",
    G.CHOIX,
    "Plusieurs années : une convention pluriannuelle d’objectifs. Vous direz les objectifs et le "
    "budget de chaque année, puis seulement le budget et le bilan chaque année suivante.",
    obligatoire=False,
    types=PLURIANNUELS,
    annee=1,
    choix=(("1", "Une année"), ("2", "Deux ans"), ("3", "Trois ans"), ("4", "Quatre ans")),
)

SECTION_ANNEES = Section(
    "annees",
    "Les objectifs des années suivantes",
    tuple(
        Question(
            f"objectifs_annee_{rang}",
            f"Objectifs de la {mot} année",
            G.LONG,
            "Ce qui continue, ce qui change, et le résultat attendu cette année-là.",
            annee=rang,
            types=PLURIANNUELS,
            max=2000,
        )
        for rang, mot in ((2, "deuxième"), (3, "troisième"), (4, "quatrième"))
    ),
    types=PLURIANNUELS,
    annees=2,
)

# Rows of the table of persons of the CERFA 12156*06 §6, each a number and a full-time equivalent.
PERSONNES = (
    ("benevoles", "Bénévoles qui participent activement"),
    ("salaries", "Salariés"),
    ("cdi", "dont contrats à durée indéterminée (CDI)"),
    ("cdd", "dont contrats à durée déterminée (CDD)"),
    ("emplois_aides", "dont emplois aidés"),
    ("volontaires", "Volontaires (service civique…)"),
)


def _personnes(code: str, libelle: str) -> tuple[Question, Question]:
    return (
        Question(code, libelle, G.ENTIER, obligatoire=False, max=100_000),
        Question(
            f"{code}_etpt",
            f"{libelle}, en équivalent temps plein",
            G.DECIMAL,
            obligatoire=False,
            max=100_000,
        ),
    )


SECTION_EQUIPE = Section(
    "equipe",
    "Les personnes qui réalisent l’action",
    tuple(q for code, mot in PERSONNES for q in _personnes(code, mot)),
    aide="Comptez les personnes, puis leur temps de travail : un mi-temps toute "
    "l’année compte pour 0,5 équivalent temps plein. Laissez vide ce que vous ne savez pas.",
    types=LONGS,
    selon=(("fonctionnement", "Les personnes qui font vivre l’association"),),
)

SECTION_TRANCHE = Section(
    "tranche",
    "L’année passée et l’année qui vient",
    (
        Question(
            "bilan_annee_passee",
            "Qu’avez-vous réalisé l’année passée ?",
            G.LONG,
            "Les activités, les personnes touchées, les résultats, l’emploi de l’aide reçue.",
            "Trente-huit enfants suivis sur quarante prévus, deux séances par semaine.",
        ),
        Question(
            "changements_tranche",
            "Qu’est-ce qui change cette année ?",
            G.LONG,
            "Rien à dire si l’action continue telle que la convention la décrit.",
            obligatoire=False,
            max=2000,
        ),
    ),
    tranche=None,
    types=PLURIANNUELS,
)

SECTION_MICRO = Section(
    "micro_projet",
    "Votre micro-projet",
    (
        Question(
            "intitule",
            "Nom du micro-projet",
            G.COURT,
            "Un nom court, que tout le monde comprend.",
            "Repas partagé de la fête des voisins",
            max=150,
        ),
        Question("objectifs", "Qu’est-ce qu’il apportera au quartier ?", G.LONG, max=1500),
        Question("description", "Que se passera-t-il ?", G.LONG, max=3000),
        Question("public", "Qui sont les personnes concernées ?", G.LONG, max=1000),
        Question(
            "beneficiaires",
            "Combien de personnes au total ?",
            G.ENTIER,
            "Comptez chaque personne une seule fois.",
            max=1_000_000,
        ),
        Question(
            "part_qpv",
            "Quelle part habite dans un quartier prioritaire ?",
            G.POURCENT,
            "Une estimation honnête suffit.",
            max=100,
        ),
        Question("date_debut", "Début", G.DATE),
        Question("date_fin", "Fin", G.DATE),
        Question("lieux", "Où ?", G.LONG, max=1000),
        Question(
            "conseil_citoyen",
            "Avez-vous présenté le projet au conseil citoyen ?",
            G.CHOIX,
            "Son avis motivé est obligatoire : s’il n’est pas encore donné, il lui sera demandé "
            "pendant l’instruction.",
            choix=(
                ("avis", "Oui, il a donné son avis"),
                ("presente", "Oui, nous attendons son avis"),
                ("non", "Pas encore"),
            ),
        ),
        Question(
            "hors_programmation",
            "Ce projet est-il aussi demandé dans l’appel à projets annuel ?",
            G.CHOIX,
            "Le fonds participatif ne finance que des projets qui n’y figurent pas.",
            choix=(("non", "Non"), ("oui", "Oui")),
        ),
    ),
    types=MICRO,
)

SECTIONS_DES_TYPES = (
    Section(
        "petite_association",
        "La taille de l’association",
        (
            Question(
                "etp_association",
                "Combien de salariés, en équivalent temps plein ?",
                G.ENTIER,
                "Écrivez 0 si l’association n’emploie personne.",
                max=10_000,
            ),
            Question(
                "benevoles_actifs",
                "Combien de bénévoles font vivre l’association ?",
                G.ENTIER,
                max=100_000,
            ),
            Question(
                "raison_fonctionnement",
                "Pourquoi une aide au fonctionnement plutôt qu’à une action ?",
                G.LONG,
                "Par exemple : un loyer, une coordination, l’accueil de tous les jours.",
                max=2000,
            ),
        ),
        types=FONCTIONNEMENT,
    ),
    Section(
        "pre",
        "Le programme de réussite éducative",
        (
            Question(
                "pre_structure",
                "Quelle structure porte le programme ?",
                G.CHOIX,
                choix=(
                    ("caisse_des_ecoles", "Une caisse des écoles"),
                    ("ccas", "Un CCAS"),
                    ("gip", "Un groupement d’intérêt public"),
                    ("eple", "Un établissement public local"),
                ),
            ),
            Question(
                "pre_parcours",
                "Combien de parcours personnalisés sont prévus ?",
                G.ENTIER,
                "Un parcours par enfant suivi.",
                max=100_000,
            ),
            Question(
                "pre_equipe",
                "Qui compose l’équipe pluridisciplinaire de soutien ?",
                G.LONG,
                "École, santé, action sociale, associations…",
                max=2000,
            ),
            Question(
                "pre_familles",
                "Comment l’accord et la place des parents sont-ils assurés ?",
                G.LONG,
                max=2000,
            ),
        ),
        types=PRE,
    ),
    Section(
        "adulte_relais",
        "Le poste d’adulte-relais",
        (
            Question(
                "ar_missions",
                "Quelles sont les missions de médiation du poste ?",
                G.LONG,
                "Le poste ne remplace pas un emploi ordinaire du service.",
                max=3000,
            ),
            Question(
                "ar_etat",
                "Le poste est-il nouveau ?",
                G.CHOIX,
                choix=(
                    ("creation", "C’est une création"),
                    ("renouvellement", "C’est le renouvellement d’une convention"),
                ),
            ),
            Question(
                "ar_quotite",
                "Temps de travail",
                G.CHOIX,
                choix=(("plein", "Temps plein"), ("mi_temps", "Mi-temps au moins")),
            ),
            Question(
                "ar_conditions",
                "La personne remplira-t-elle les conditions à l’embauche ?",
                G.CHOIX,
                "Habiter un quartier prioritaire, être sans emploi ou en contrat aidé, avoir "
                "26 ans ou plus.",
                choix=OUI_NON,
            ),
            Question(
                "ar_tutorat",
                "Qui encadre et forme la personne ?",
                G.LONG,
                max=2000,
            ),
        ),
        types=ADULTE_RELAIS,
    ),
)
