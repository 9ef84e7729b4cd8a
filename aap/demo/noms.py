"""Invented people, organisations and identifiers, the same for a same seed.

SIREN numbers start with 999 and RNA numbers with W99: no register gives them out. Names carry
« (fictif) » so that nobody takes them for a real body.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from aap.domaine.identifiants import cle_rib, lire_iban, lire_siret
from aap.models import FormeJuridique

TETES = (
    "Les Ateliers",
    "La Maison",
    "Le Relais",
    "Collectif",
    "Passerelles",
    "La Fabrique",
    "Le Cercle",
    "Horizon",
    "L’Atelier",
    "Les Voisins",
    "La Ruche",
    "Le Fil",
    "Ensemble",
    "Les Jardins",
    "La Compagnie",
)
QUEUES = (
    "du Figuier",
    "des Quatre Vents",
    "de la Passerelle bleue",
    "du Petit Matin",
    "des Mille Mots",
    "du Grand Large",
    "de l’Écluse",
    "des Hirondelles",
    "du Pommier",
    "de la Boussole",
    "des Tisserands",
    "du Marronnier",
    "de l’Étincelle",
    "des Coquelicots",
    "du Cerf-volant",
    "de la Source",
    "du Trait d’union",
    "des Deux Rives",
    "de la Lanterne",
    "du Tilleul",
)
PRENOMS = [
    "Amina",
    "Karim",
    "Sophie",
    "Mamadou",
    "Claire",
    "Yacine",
    "Léa",
    "Fatou",
    "Hugo",
    "Inès",
    "Nadia",
    "Thomas",
    "Awa",
    "Julien",
    "Sabrina",
    "Olivier",
    "Mariama",
    "Éric",
    "Zoé",
    "Malik",
    "Hélène",
    "Samir",
    "Chantal",
    "Idriss",
    "Noémie",
    "Rachid",
    "Agnès",
    "Boubacar",
    "Lucie",
    "Patrick",
    "Djamila",
    "Antoine",
    "Rokia",
    "Benoît",
    "Leïla",
    "Vincent",
    "Aïcha",
    "Martin",
    "Safia",
    "Denis",
]
NOMS = [
    "Benali",
    "Moreau",
    "Diallo",
    "Lefèvre",
    "Traoré",
    "Nguyen",
    "Garnier",
    "Haddad",
    "Roussel",
    "Camara",
    "Perrin",
    "Belkacem",
    "Fontaine",
    "Sow",
    "Marchand",
    "Ouattara",
    "Lemoine",
    "Keïta",
    "Dubois",
    "Cissé",
    "Renard",
    "Mansouri",
    "Collet",
    "Barry",
    "Vidal",
    "Touré",
    "Chevalier",
    "Amrani",
    "Gautier",
    "Sylla",
    "Poulain",
    "Bakari",
    "Meunier",
    "Konaté",
    "Leroux",
    "Saïdi",
]


@dataclass(frozen=True)
class OrganismeInvente:
    nom: str
    sigle: str
    forme: FormeJuridique
    siret: str
    rna: str | None
    iban: str


def _luhn_complete(debut: str) -> str:
    """``debut`` and the digit that makes its Luhn sum right."""
    for dernier in "0123456789":
        total = 0
        for i, c in enumerate(reversed(debut + dernier)):
            n = int(c) * (2 if i % 2 else 1)
            total += n - 9 if n > 9 else n
        if total % 10 == 0:
            return debut + dernier
    raise AssertionError("une clé de Luhn existe toujours")


def siret_invente(rang: int) -> str:
    siren = _luhn_complete(f"999{rang:05d}")
    return lire_siret(_luhn_complete(f"{siren}0001"))


def iban_invente(rang: int) -> str:
    """A French IBAN of a bank that does not exist (99999), keys right."""
    banque, guichet, compte = "99999", "00001", f"{rang:011d}"
    bban = f"{banque}{guichet}{compte}{cle_rib(banque, guichet, compte):02d}"
    controle = 98 - int(bban + "152700") % 97
    return lire_iban(f"FR{controle:02d}{bban}")


def personne(hasard: Random) -> tuple[str, str]:
    return hasard.choice(PRENOMS), hasard.choice(NOMS)


def organismes(hasard: Random, nombre: int) -> list[OrganismeInvente]:
    """``nombre`` invented bodies: nine associations out of ten, then GIP and collèges."""
    couples = [(t, q) for t in TETES for q in QUEUES]
    hasard.shuffle(couples)
    inventes = []
    for rang, (tete, queue) in enumerate(couples[:nombre], 1):
        forme = FormeJuridique.ASSOCIATION
        nom = f"{tete} {queue} (fictif)"
        if rang % 23 == 0:
            forme, nom = FormeJuridique.GIP, f"GIP Réussite éducative {queue} (fictif)"
        elif rang % 17 == 0:
            forme = FormeJuridique.ETABLISSEMENT_SCOLAIRE
            nom = f"Collège {queue} (fictif)"
        mots = [m for m in nom.replace("’", " ").split() if m[0].isupper()]
        inventes.append(
            OrganismeInvente(
                nom=nom,
                sigle="".join(m[0] for m in mots)[:6],
                forme=forme,
                siret=siret_invente(rang),
                rna=f"W99{rang:07d}" if forme is FormeJuridique.ASSOCIATION else None,
                iban=iban_invente(rang),
            )
        )
    return inventes
