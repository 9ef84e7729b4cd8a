"""Identifiers of bodies, accounts, places and people.

Each ``lire_x`` takes what a person typed and returns the compact form to store; it raises
``ValueError`` with a French sentence that says what to do. The helpers ``afficher_x`` give the
form to show. Rules: Sirene (Luhn, La Poste exception), RNA numbering (overseas numbers hold a
letter), ISO 13616 and the French RIB key, décret 2023-1314 for the codes of quartiers.
"""

from __future__ import annotations

import re

import phonenumbers
import stdnum.bic
import stdnum.iban
from email_validator import EmailNotValidError, validate_email
from stdnum.exceptions import ValidationError

from aap.domaine.montants import INSECABLE

SIREN_LA_POSTE = "356000000"
SIRET_SIEGE_LA_POSTE = "35600000000048"
REGIONS_TELEPHONE = ("FR", "RE", "GP", "MQ", "GF", "YT")
# Prefixes of the overseas départements, which the library may take for mainland numbers.
PREFIXES_OUTRE_MER = {
    **dict.fromkeys(("0590", "0690", "0691"), "GP"),
    **dict.fromkeys(("0594", "0694"), "GF"),
    **dict.fromkeys(("0596", "0696", "0697"), "MQ"),
    **dict.fromkeys(("0262", "0263", "0692", "0693"), "RE"),
    **dict.fromkeys(("0269", "0639"), "YT"),
}
RNA = re.compile(r"W[0-9][0-9A-Z][0-9]{7}")
QPV = re.compile(r"QN[0-9]{5}[MINC]")
QPV_2015 = re.compile(r"QP[0-9]{6}")

_SEPARATEURS = re.compile(r"[\s.\u00a0\u202f\u2009\u2007_‐‑–-]+")
_TELEPHONE = re.compile(r"\+?[0-9 ().\-/\u00a0\u202f]+")
_PAYS_RIB = ("FR", "MC")
_CLE_RIB = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")


def compacter(texte: str) -> str:
    """Upper case without spaces, points nor hyphens: the form that identifiers are stored in."""
    return _SEPARATEURS.sub("", texte or "").upper()


def _chiffres(texte: str, longueur: int, phrase: str) -> str:
    compact = compacter(texte)
    if not re.fullmatch(rf"[0-9]{{{longueur}}}", compact) or not compact.strip("0"):
        raise ValueError(phrase)
    return compact


def _luhn(chiffres: str) -> bool:
    total = 0
    for rang, c in enumerate(reversed(chiffres)):
        valeur = int(c) * (2 if rang % 2 else 1)
        total += valeur - 9 if valeur > 9 else valeur
    return total % 10 == 0


def lire_siren(texte: str) -> str:
    """SIREN of 9 digits, Luhn checked."""
    siren = _chiffres(texte, 9, "Le numéro SIREN compte 9 chiffres, sans lettre.")
    if not _luhn(siren):
        raise ValueError(
            f"Ce numéro SIREN n’existe pas{INSECABLE}: "
            "vérifiez les 9 chiffres sur votre avis de situation Sirene."
        )
    return siren


def lire_siret(texte: str) -> str:
    """SIRET of 14 digits, Luhn checked on the SIREN and on the whole.

    Establishments of La Poste other than its seat follow another rule: the sum of the 14
    digits is a multiple of 5.
    """
    siret = _chiffres(
        texte, 14, "Le numéro SIRET compte 14 chiffres. Vous le trouvez sur votre avis Sirene."
    )
    if siret.startswith(SIREN_LA_POSTE) and siret != SIRET_SIEGE_LA_POSTE:
        juste = sum(map(int, siret)) % 5 == 0
    else:
        juste = siret[:9].strip("0") != "" and _luhn(siret[:9]) and _luhn(siret)
    if not juste:
        raise ValueError(
            f"Ce numéro SIRET n’existe pas{INSECABLE}: "
            "vérifiez les 14 chiffres sur votre avis de situation Sirene."
        )
    return siret


def afficher_siren(siren: str) -> str:
    """« 123 456 789 », with no-break spaces."""
    return INSECABLE.join(siren[i : i + 3] for i in range(0, 9, 3))


def afficher_siret(siret: str) -> str:
    """« 123 456 789 00012 », with no-break spaces."""
    return f"{afficher_siren(siret[:9])}{INSECABLE}{siret[9:]}"


def lire_rna(texte: str) -> str:
    """RNA number: W, a digit, a digit or (overseas) a letter, seven digits."""
    rna = compacter(texte)
    if not RNA.fullmatch(rna):
        raise ValueError(
            "Le numéro RNA commence par W suivi de 9 caractères, par exemple W941234567. "
            "Il figure sur le récépissé de la préfecture."
        )
    return rna


def cle_rib(banque: str, guichet: str, compte: str) -> int:
    """Key of a French RIB (arrêté norm): letters of the account become digits first."""
    b, g, c = (int(partie.translate(_CLE_RIB)) for partie in (banque, guichet, compte))
    return 97 - (89 * b + 15 * g + 3 * c) % 97


def _rib_juste(iban: str) -> bool:
    rib = iban[4:]
    return cle_rib(rib[:5], rib[5:10], rib[10:21]) == int(rib[21:])


def lire_iban(texte: str) -> str:
    """IBAN, ISO 7064 checked, and for France and Monaco the RIB key as well."""
    iban = compacter(texte)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{8,30}", iban):
        raise ValueError(
            "L’IBAN commence par deux lettres et deux chiffres, par exemple FR76. "
            "Recopiez-le depuis le RIB de l’organisme."
        )
    if iban[:2] in _PAYS_RIB and len(iban) != 27:
        raise ValueError(
            f"Un IBAN {iban[:2]} compte 27 caractères, celui-ci en compte {len(iban)}."
        )
    try:
        stdnum.iban.validate(iban)
        juste = iban[:2] not in _PAYS_RIB or _rib_juste(iban)
    except (ValidationError, ValueError):
        juste = False
    if not juste:
        raise ValueError(
            f"Cet IBAN contient une erreur{INSECABLE}: comparez-le caractère par caractère au RIB."
        )
    return iban


def afficher_iban(iban: str) -> str:
    """Groups of four, with no-break spaces."""
    return INSECABLE.join(iban[i : i + 4] for i in range(0, len(iban), 4))


def masquer_iban(iban: str) -> str:
    """Country and last four characters only: enough to recognise, useless to copy."""
    return f"{iban[:4]}{INSECABLE}••••{INSECABLE}{iban[-4:]}"


def lire_bic(texte: str) -> str:
    """BIC of 8 or 11 characters."""
    bic = compacter(texte)
    if not stdnum.bic.is_valid(bic):
        raise ValueError("Le BIC compte 8 ou 11 caractères, par exemple PSSTFRPPPAR.")
    return bic


def lire_code_postal(texte: str) -> str:
    """French postcode of five digits (01000 to 98999)."""
    code = compacter(texte)
    if not re.fullmatch(r"[0-9]{5}", code) or not "01000" <= code <= "98999":
        raise ValueError("Le code postal compte 5 chiffres, par exemple 94600.")
    return code


def departement_du_code_postal(code: str) -> str:
    """« 94 », « 2A », « 971 »: the département that a postcode normally belongs to."""
    if code.startswith(("97", "98")):
        return code[:3]
    if code.startswith("20"):
        return "2A" if code < "20200" else "2B"
    return code[:2]


def lire_code_qpv(texte: str) -> str:
    """Code of a quartier prioritaire: QN and five digits and M, I, N or C (2024), or QP of 2015."""
    code = compacter(texte)
    if not QPV.fullmatch(code) and not QPV_2015.fullmatch(code):
        raise ValueError("Le code d’un quartier prioritaire ressemble à QN09402M.")
    return code


def lire_telephone(texte: str) -> str:
    """Phone number in E.164 form; numbers without prefix are French, overseas included."""
    brut = (texte or "").strip()
    message = "Indiquez un numéro à 10 chiffres, ou avec l’indicatif du pays (+33…)."
    if not _TELEPHONE.fullmatch(brut):
        raise ValueError(message)
    prefixe = re.sub(r"[^0-9+]", "", brut)[:4]
    for region in (PREFIXES_OUTRE_MER.get(prefixe, "FR"), *REGIONS_TELEPHONE):
        try:
            numero = phonenumbers.parse(brut, region)
        except phonenumbers.NumberParseException as e:
            raise ValueError(message) from e
        if phonenumbers.is_valid_number(numero):
            return phonenumbers.format_number(numero, phonenumbers.PhoneNumberFormat.E164)
    raise ValueError(f"Ce numéro de téléphone n’existe pas. {message}")


def afficher_telephone(numero: str) -> str:
    """National form for French numbers (« 01 23 45 67 89 »), international for the others."""
    lu = phonenumbers.parse(numero)
    francais = phonenumbers.region_code_for_number(lu) in REGIONS_TELEPHONE
    forme = phonenumbers.PhoneNumberFormat
    texte = phonenumbers.format_number(lu, forme.NATIONAL if francais else forme.INTERNATIONAL)
    return texte.replace(" ", INSECABLE)


def lire_courriel(texte: str) -> str:
    """Address in ASCII, domain in lower case; compare addresses with ``cle_courriel`` only."""
    brut = (texte or "").strip()
    if len(brut) > 254:
        raise ValueError("Cette adresse est trop longue.")
    try:
        valide = validate_email(brut, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as e:
        raise ValueError(
            "Indiquez une adresse comme prenom.nom@exemple.fr, sans accent ni espace."
        ) from e
    return valide.ascii_email or valide.normalized


def cle_courriel(courriel: str) -> str:
    """Comparison key: two addresses that differ only by case are the same person."""
    return courriel.strip().lower()
