"""The pages of the form in order (CERFA 12156*06 §6-7), as data: one subject per page.

Questions about orientations, quartiers, indicators, budget, funders and pieces have their own
tables and their own pages; here they are sections without questions.
"""

from __future__ import annotations

from aap.domaine.questionnaire_socle import ACTIONS, LONGS, PLURIANNUELS, Question, Section
from aap.domaine.questionnaire_socle import Genre as G
from aap.domaine.questionnaire_types import (
    DUREE,
    OUI_NON,
    SECTION_ANNEES,
    SECTION_EQUIPE,
    SECTION_MICRO,
    SECTION_TRANCHE,
    SECTIONS_DES_TYPES,
)

SECTIONS: tuple[Section, ...] = (
    SECTION_TRANCHE,
    Section(
        "presentation",
        "Votre action en quelques mots",
        (
            Question(
                "intitule",
                "Nom de l’action",
                G.COURT,
                "Un nom court, que l’on comprend sans connaître votre association.",
                "Aide aux devoirs et ateliers lecture au quartier Est",
                max=150,
                selon=(
                    ("fonctionnement", "Nom de la demande", "Par exemple « Fonctionnement 2027 »."),
                ),
            ),
            Question(
                "objectifs",
                "Objectifs de l’action",
                G.LONG,
                "Qu’est-ce qui aura changé, et pour qui, à la fin de l’action ?",
                "Quarante enfants suivis toute l’année reprennent confiance dans leur travail.",
                selon=(
                    (
                        "fonctionnement",
                        "À quoi sert votre association dans les quartiers ?",
                        "Ce que l’aide au fonctionnement permettra de continuer, et pour qui.",
                    ),
                ),
            ),
            Question(
                "renouvellement",
                "Cette action est-elle nouvelle ?",
                G.CHOIX,
                choix=(
                    ("premiere", "C’est une première demande"),
                    ("renouvellement", "C’est la suite d’une action déjà financée"),
                ),
                selon=(("fonctionnement", "Cette demande est-elle nouvelle ?", ""),),
            ),
            DUREE,
        ),
        types=LONGS,
        selon=(("fonctionnement", "Votre association en quelques mots"),),
    ),
    SECTION_MICRO,
    SECTION_ANNEES,
    Section(
        "orientation",
        "Ce que l’action vise dans le contrat de ville",
        speciale=True,
        aide="Choisissez l’orientation principale, puis un ou plusieurs objectifs.",
        selon=(
            ("fonctionnement", "Ce que l’association vise dans le contrat de ville"),
            ("micro_projet", "Ce que le micro-projet vise dans le contrat de ville"),
        ),
    ),
    Section(
        "quartiers",
        "Les quartiers et leurs besoins",
        speciale=True,
        aide="Choisissez les quartiers où vivent les personnes, puis les objectifs locaux.",
    ),
    Section(
        "description",
        "Le contenu de l’action",
        (
            Question(
                "besoin",
                "À quel besoin l’action répond-elle ?",
                G.LONG,
                "Dites comment vous avez repéré ce besoin, et avec qui.",
                types=LONGS,
                selon=(
                    (
                        "fonctionnement",
                        "À quels besoins l’association répond-elle ?",
                        "Dites comment vous les avez repérés, et avec qui.",
                    ),
                ),
            ),
            Question(
                "description",
                "Description de l’action",
                G.LONG,
                "Ce qui se passe concrètement : séances, rythme, lieux, encadrement.",
                max=6000,
                selon=(
                    (
                        "fonctionnement",
                        "Que fait l’association pendant l’année ?",
                        "Ses activités ordinaires, leur rythme, leurs lieux.",
                    ),
                ),
            ),
            Question(
                "droit_commun",
                "Qu’est-ce que l’action apporte de plus que les services habituels ?",
                G.LONG,
                "Les crédits de la politique de la ville complètent les services ordinaires.",
                obligatoire=False,
                types=ACTIONS,
            ),
        ),
        types=LONGS,
        selon=(("fonctionnement", "L’activité de l’association"),),
    ),
    *SECTIONS_DES_TYPES,
    Section(
        "publics",
        "Les personnes concernées",
        (
            Question("public", "Qui sont les personnes concernées ?", G.LONG, max=2000),
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
                "Une estimation honnête suffit. L’action doit toucher surtout ces habitants.",
                max=100,
                selon=(
                    (
                        "fonctionnement",
                        "Quelle part habite dans un quartier prioritaire ?",
                        "Une estimation honnête suffit. L’association doit toucher surtout ces "
                        "habitants.",
                    ),
                ),
            ),
            Question(
                "participation_financiere",
                "Une participation est-elle demandée aux personnes ?",
                G.LONG,
                obligatoire=False,
                types=LONGS,
                max=500,
            ),
        ),
        types=LONGS,
    ),
    Section(
        "principes",
        "Participation, égalité, accès aux droits",
        (
            Question(
                "participation",
                "Comment les habitants prennent-ils part à l’action ?",
                G.LONG,
                "Dans l’idée de départ, la préparation, la réalisation ou l’évaluation.",
                max=2000,
                selon=(
                    (
                        "fonctionnement",
                        "Comment les habitants prennent-ils part à la vie de l’association ?",
                        "Dans ses décisions, la préparation ou la conduite des activités.",
                    ),
                ),
            ),
            Question(
                "egalite",
                "Comment l’action tient-elle compte de l’égalité entre femmes et hommes "
                "et de la lutte contre les discriminations ?",
                G.LONG,
                max=2000,
                selon=(
                    (
                        "fonctionnement",
                        "Comment l’association tient-elle compte de l’égalité entre femmes et "
                        "hommes et de la lutte contre les discriminations ?",
                        "",
                    ),
                ),
            ),
            Question(
                "acces_droits",
                "Comment l’action lève-t-elle les freins (langue, mobilité, numérique) ?",
                G.LONG,
                obligatoire=False,
                max=2000,
                selon=(
                    (
                        "fonctionnement",
                        "Comment l’association lève-t-elle les freins (langue, mobilité, "
                        "numérique) ?",
                        "",
                    ),
                ),
            ),
        ),
        types=LONGS,
    ),
    Section(
        "moyens",
        "Moyens et partenaires",
        (
            Question(
                "partenaires",
                "Avec qui travaillez-vous sur cette action ?",
                G.LONG,
                obligatoire=False,
                max=2000,
                selon=(("fonctionnement", "Avec qui travaillez-vous ?", ""),),
            ),
            Question("moyens_materiels", "Moyens matériels", G.LONG, obligatoire=False, max=2000),
            Question(
                "moyens_humains",
                "Qui encadre l’action ?",
                G.LONG,
                max=2000,
                selon=(("fonctionnement", "Qui encadre les activités ?", ""),),
            ),
            Question(
                "recrutement",
                "Faut-il recruter pour réaliser l’action ?",
                G.CHOIX,
                obligatoire=False,
                choix=OUI_NON,
                selon=(("fonctionnement", "Faut-il recruter cette année ?", ""),),
            ),
            Question(
                "recrutement_etpt",
                "Si oui, pour combien d’équivalents temps plein ?",
                G.DECIMAL,
                "Un mi-temps compte pour 0,5.",
                obligatoire=False,
                max=10_000,
            ),
            Question(
                "information_complementaire",
                "Y a-t-il autre chose à dire sur l’action ?",
                G.LONG,
                obligatoire=False,
                max=2000,
                selon=(("fonctionnement", "Y a-t-il autre chose à dire ?", ""),),
            ),
        ),
        types=LONGS,
    ),
    SECTION_EQUIPE,
    Section(
        "calendrier",
        "Dates et lieux",
        (
            Question(
                "date_debut",
                "Début de l’action",
                G.DATE,
                selon=(("fonctionnement", "Début de la période", ""),),
            ),
            Question(
                "date_fin",
                "Fin de l’action",
                G.DATE,
                selon=(("fonctionnement", "Fin de la période", ""),),
            ),
            Question(
                "lieux",
                "Où l’action se déroule-t-elle ?",
                G.LONG,
                max=1000,
                selon=(("fonctionnement", "Où les activités se déroulent-elles ?", ""),),
            ),
        ),
        types=LONGS,
        selon=(("fonctionnement", "Période et lieux"),),
    ),
    Section(
        "indicateurs",
        "Comment saurez-vous que l’action a réussi ?",
        speciale=True,
        types=LONGS,
        aide="Choisissez des indicateurs de la fiche du quartier, ou écrivez les vôtres.",
        selon=(("fonctionnement", "Comment saurez-vous que l’année est réussie ?"),),
    ),
    Section("financeurs", "Les aides que vous demandez", speciale=True, tranche=True),
    Section(
        "budget",
        "Le budget de l’action",
        (
            Question(
                "regle_indirectes",
                "Comment calculez-vous la part des charges indirectes ?",
                G.LONG,
                "Loyer, téléphone, secrétariat… : quelle part de ces frais l’action prend-elle, "
                "et pourquoi ?",
                "L’action occupe deux de nos dix salles : elle prend 20 % du loyer.",
                obligatoire=False,
                types=LONGS,
                max=1000,
            ),
        ),
        tranche=True,
        selon=(
            ("fonctionnement", "Le budget de l’association"),
            ("micro_projet", "Le budget du micro-projet"),
        ),
        speciale=True,
    ),
    Section(
        "budget_annees",
        "Le budget des années suivantes",
        speciale=True,
        types=PLURIANNUELS,
        annees=2,
    ),
    Section("pieces", "Documents joints", speciale=True, tranche=True),
    Section(
        "attestations",
        "Attestations",
        (
            Question(
                "aides_publiques",
                "Total des aides publiques reçues sur les trois derniers exercices",
                G.CHOIX,
                "Comptez l’exercice en cours.",
                choix=(
                    ("sous_seuil", "500 000 € ou moins"),
                    ("au_dessus", "Plus de 500 000 €"),
                ),
            ),
            Question(
                "exactitude",
                "Les informations du dossier sont exactes, y compris les demandes à d’autres "
                "financeurs publics, et l’organisme est à jour de ses obligations "
                "administratives, comptables, sociales et fiscales",
                G.CHOIX,
                "Une association atteste aussi qu’elle respecte la Charte des engagements "
                "réciproques du 14 février 2014.",
                choix=(("oui", "Oui, je l’atteste au nom de l’organisme"),),
            ),
        ),
        tranche=True,
    ),
)
