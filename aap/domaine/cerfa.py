"""The boxes of the CERFA 12156*06 (§1 to 4) that the record of an organisme fills, in words.

Codes are those of ``Organisme.identite``; the order is the one of the printed form.
"""

from __future__ import annotations

RELATIONS_ADMINISTRATION = (
    ("agrements", "Agréments"),
    ("rup", "Reconnue d’utilité publique"),
    ("date_rup", "Publication de cette reconnaissance au Journal officiel"),
    ("impots_commerciaux", "Assujettie aux impôts commerciaux"),
)
RELATIONS_ASSOCIATIONS = (
    ("affiliations", "Réseau, union ou fédération"),
    ("adherents_morales", "Adhérents personnes morales"),
)
MOYENS_HUMAINS = (
    ("benevoles", "Bénévoles"),
    ("volontaires", "Volontaires (service civique…)"),
    ("salaries", "Salariés"),
    ("emplois_aides", "dont emplois aidés"),
    ("etpt", "Salariés en équivalent temps plein travaillé (ETPT)"),
    ("mis_a_disposition", "Personnes mises à disposition par une autorité publique"),
    ("adherents", "Adhérents"),
)
IDENTITE: dict[str, str] = {
    "site": "Site internet",
    "adresse_gestion": "Adresse de correspondance",
    "date_jo": "Publication de la création au Journal officiel",
    "representant_courriel": "Courriel du représentant légal",
    "representant_telephone": "Téléphone du représentant légal",
    "charge_nom": "Personne chargée de la demande",
    "charge_fonction": "Fonction de la personne chargée de la demande",
    "charge_courriel": "Courriel de la personne chargée de la demande",
    "charge_telephone": "Téléphone de la personne chargée de la demande",
    **dict(RELATIONS_ADMINISTRATION),
    **dict(RELATIONS_ASSOCIATIONS),
    **dict(MOYENS_HUMAINS),
}
