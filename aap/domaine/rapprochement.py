"""What an accountant's extraction says was paid, compared with the payments awaited. Pure.

Columns: domaine.md §5.5 (Chorus « 1. Extraction », Hélios). One engagement covers several years
and several payments: a payment is recognised by SIRET + reference + exercice, never by its
reference alone, and by an amount equal to the cent.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import islice

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.montants import lire_montant
from aap.domaine.texte import normaliser

LIGNES_MAX = 50_000
EN_TETE_AVANT = 20
CHAMP_MAX = 200
FORMATS_DATE = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y")
# Field -> names of its column, accents and signs left out.
CHORUS = {
    "siret": ("code taxe 1",),
    "reference": ("n ej",),
    "exercice": ("exercice comptable",),
    "montant": ("montant paye", "eur"),
    "paye_le": ("date de derniere operation sur la dp",),
}
HELIOS = {
    "siret": ("immatriculation",),
    "reference": ("num mandat",),
    "exercice": ("date emission",),
    "montant": ("montant paiement",),
    "paye_le": ("date paiement",),
}
# Read when they are there: the request for payment (Chorus), the object of the mandate (Hélios).
FACULTATIVES = {"demande": "n dp", "objet": "objet mandat"}
# A line of our liasses (``domaine.liasse.reference_ligne``), wherever the object carries it.
LIGNE_LIASSE = re.compile(r"[0-9]{4}-L[0-9]{3,}-[0-9]{3}(?![0-9])")


class Constat(StrEnum):
    """What a line of the extraction turns out to be."""

    CONCORDANT = "concordant"
    DOUTEUX = "douteux"
    ECART = "ecart"
    DEJA_CONNU = "deja_connu"
    INCONNU = "inconnu"
    ILLISIBLE = "illisible"


@dataclass(frozen=True)
class Paye:
    """One payment of the extraction. ``montant``: cents; ``faute``: why it cannot be read.

    ``lignes_liasse``: lines of our liasses that the object of the mandate names.
    """

    ligne: int
    siret: str = ""
    reference: str = ""
    exercice: int = 0
    montant: int = 0
    paye_le: date | None = None
    demande: str = ""
    faute: str = ""
    lignes_liasse: frozenset[str] = frozenset()

    @property
    def cle(self) -> tuple[str, str, int]:
        return self.siret, self.reference, self.exercice


@dataclass(frozen=True)
class Attendu:
    """One payment of ours. ``references``: engagement and mandate, in canonical form.

    ``payable_depuis``: day of the act that grants it; nothing was paid before.
    ``ligne_liasse``: the line of the liasse that handed it over (« 2027-L003-012 »), or empty.
    """

    id: int
    version: int
    siret: str
    references: frozenset[str]
    exercice: int
    montant: int
    mandate: bool
    paye_le: date | None
    organisme: str
    payable_depuis: date | None = None
    ligne_liasse: str = ""


@dataclass(frozen=True)
class Rapproche:
    """A line, what it is, the payment it speaks of, and why in words."""

    paye: Paye
    constat: Constat
    attendu: Attendu | None = None
    motif: str = ""


def reference(texte: str) -> str:
    """Number of an engagement or of a mandate: signs, case and leading zeros left out."""
    return "".join(c for c in texte.upper() if c.isalnum()).lstrip("0")


def decoder(octets: bytes) -> str:
    """Text of a CSV in UTF-8 or cp1252. Raises Invalide when it is empty or not text."""
    if not octets.strip():
        raise _refus("Ce fichier est vide.")
    if octets.startswith(b"PK") or b"\0" in octets:
        raise _refus(
            "Ce fichier n’est pas un CSV. Dans votre tableur, ouvrez la feuille de l’extraction "
            "et choisissez «\u00a0Enregistrer sous\u00a0», format CSV."
        )
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def lire_extraction(texte: str) -> list[Paye]:
    """Payments of a Chorus or Hélios extraction; the lines of one Chorus DP are added up.

    Raises Invalide when no line of headings is known, or beyond ``LIGNES_MAX`` lines.
    """
    rangees = _rangees(texte)
    colonnes = _en_tetes(rangees)
    payes = [_ligne(numero, r, colonnes) for numero, r in rangees if any(c.strip() for c in r)]
    if not payes:
        raise _refus("Ce fichier n’a aucune ligne sous ses intitulés de colonnes.")
    return _par_demande(payes)


def _refus(phrase: str) -> Invalide:
    return Invalide(phrase, problemes=[Probleme(phrase, "fichier")])


def _rangees(texte: str) -> Iterator[tuple[int, list[str]]]:
    tete = texte[:4000]
    separateur = max(";\t,", key=tete.count)
    lecture = csv.reader(texte.splitlines(), delimiter=separateur)
    try:
        for numero, rangee in enumerate(lecture, 1):
            if numero > LIGNES_MAX:
                raise _refus("Ce fichier dépasse 50\u202f000 lignes\u00a0: découpez-le.")
            yield numero, [c[:CHAMP_MAX] for c in rangee]
    except csv.Error as erreur:
        raise _refus("Ce fichier n’est pas un CSV lisible.") from erreur


def _en_tetes(rangees: Iterator[tuple[int, list[str]]]) -> dict[str, int]:
    for _numero, rangee in islice(rangees, EN_TETE_AVANT):
        noms = {normaliser(c): i for i, c in reversed(list(enumerate(rangee)))}
        for modele in (CHORUS, HELIOS):
            trouves = {
                champ: next((noms[n] for n in possibles if n in noms), -1)
                for champ, possibles in modele.items()
            }
            if min(trouves.values()) >= 0:
                plus = {c: noms[n] for c, n in FACULTATIVES.items() if n in noms}
                return trouves | plus
    raise _refus(
        "Les colonnes attendues manquent. Chorus\u00a0: N° EJ, Code taxe 1, Exercice comptable, "
        "Montant payé, Date de dernière opération sur la DP. Hélios\u00a0: IMMATRICULATION, "
        "NUM_MANDAT, DATE_EMISSION, MONTANT_PAIEMENT, DATE_PAIEMENT."
    )


def _ligne(numero: int, rangee: list[str], colonnes: dict[str, int]) -> Paye:
    lus = {champ: rangee[i].strip() if i < len(rangee) else "" for champ, i in colonnes.items()}
    siret = "".join(c for c in lus["siret"] if c.isascii() and c.isdigit())
    lue = Paye(
        numero,
        siret,
        reference(lus["reference"]),
        _exercice(lus["exercice"]),
        paye_le=_date(lus["paye_le"]),
        demande=reference(lus.get("demande", "")),
        lignes_liasse=frozenset(LIGNE_LIASSE.findall(lus.get("objet", "").upper())),
    )
    try:
        lue = replace(lue, montant=lire_montant(lus["montant"]) or 0)
    except ValueError as erreur:
        return replace(lue, faute=f"Montant\u00a0: {erreur}")
    return replace(lue, faute=_faute(lue))


def _faute(lue: Paye) -> str:
    if len(lue.siret) != 14:
        return "Le SIRET n’a pas quatorze chiffres."
    if not lue.exercice:
        return "L’exercice n’est pas lisible."
    if lue.paye_le is None:
        return "La date du paiement n’est pas lisible."
    return "" if lue.montant else "Le montant est nul."


def _date(texte: str) -> date | None:
    brut = texte.split(" ")[0].split("T")[0]
    for forme in FORMATS_DATE:
        try:
            return datetime.strptime(brut, forme).date()
        except ValueError:
            continue
    return None


def _exercice(texte: str) -> int:
    """A year, or the year of a date; 0 when it cannot be read."""
    if len(texte) == 4 and texte.isascii() and texte.isdigit():
        return int(texte)
    jour = _date(texte)
    return jour.year if jour else 0


def _par_demande(payes: Sequence[Paye]) -> list[Paye]:
    """One payment per request for payment: its posts are added, its last date is kept."""
    sortie: dict[object, Paye] = {}
    for p in payes:
        groupe: object = (*p.cle, p.demande) if p.demande and not p.faute else p.ligne
        deja = sortie.get(groupe)
        if deja is None or deja.paye_le is None or p.paye_le is None:
            sortie[groupe] = p
        else:
            somme, jour = deja.montant + p.montant, max(deja.paye_le, p.paye_le)
            sortie[groupe] = replace(deja, montant=somme, paye_le=jour)
    return list(sortie.values())


def rapprocher(payes: Sequence[Paye], attendus: Sequence[Attendu], jour: date) -> list[Rapproche]:
    """What each line is. A payment of ours is concordant with one line of the file at most.

    ``jour``: today; a payment dated later is doubtful.
    """
    par_siret: dict[str, list[Attendu]] = defaultdict(list)
    for a in attendus:
        par_siret[a.siret].append(a)
    pris: set[int] = set()
    classes = [_connu(p, par_siret[p.siret], pris) or _classer(p, par_siret, jour) for p in payes]
    vises = Counter(r.attendu.id for r in classes if r.attendu and _est(r, Constat.CONCORDANT))
    return [_sans_doublon(r, vises) for r in classes]


def _est(r: Rapproche, constat: Constat) -> bool:
    return r.constat is constat


def _sans_doublon(r: Rapproche, vises: Counter[int]) -> Rapproche:
    if r.attendu is None or not _est(r, Constat.CONCORDANT) or vises[r.attendu.id] < 2:
        return r
    return replace(
        r, constat=Constat.DOUTEUX, motif="Plusieurs lignes du fichier désignent ce versement."
    )


def _meme(p: Paye, a: Attendu) -> bool:
    """Named by the line of its liasse, whatever the year of the mandate, or by its number."""
    if a.ligne_liasse and a.ligne_liasse in p.lignes_liasse:
        return True
    return bool(p.reference) and p.reference in a.references and p.exercice == a.exercice


def _connu(p: Paye, proches: list[Attendu], pris: set[int]) -> Rapproche | None:
    """The line is a payment already recorded; each of ours answers one line only."""
    if p.faute:
        return Rapproche(p, Constat.ILLISIBLE, motif=p.faute)
    for a in proches:
        paye = a.paye_le is not None and a.paye_le == p.paye_le and a.montant == p.montant
        if paye and a.id not in pris and _meme(p, a):
            pris.add(a.id)
            return Rapproche(p, Constat.DEJA_CONNU, a)
    return None


def _classer(p: Paye, par_siret: dict[str, list[Attendu]], jour: date) -> Rapproche:
    proches = par_siret[p.siret]
    memes = [a for a in proches if _meme(p, a)]
    memes = [a for a in memes if a.ligne_liasse in p.lignes_liasse] or memes
    egaux = [a for a in memes if a.mandate and a.montant == p.montant]
    if len(egaux) == 1 and p.paye_le is not None and p.paye_le > jour:
        return Rapproche(p, Constat.DOUTEUX, egaux[0], "La date du paiement est à venir.")
    if len(egaux) == 1 and _trop_tot(p, egaux[0]):
        return Rapproche(p, Constat.DOUTEUX, egaux[0], "Payé avant l’acte qui accorde l’aide.")
    if any(a.paye_le and a.montant == p.montant for a in memes):
        deja = next(a for a in memes if a.paye_le and a.montant == p.montant)
        motif = "Un versement de ce montant est déjà constaté, à une autre date."
        return Rapproche(p, Constat.DOUTEUX, deja, motif)
    if len(egaux) == 1:
        return Rapproche(p, Constat.CONCORDANT, egaux[0])
    if egaux:
        motif = f"{len(egaux)} versements mandatés répondent à cette ligne."
        return Rapproche(p, Constat.DOUTEUX, egaux[0], motif)
    if prets := [a for a in memes if a.montant == p.montant]:
        return Rapproche(p, Constat.DOUTEUX, prets[0], _pas_mandate(prets[0]))
    if memes:
        motif = "Le montant n’est pas celui du versement."
        return Rapproche(p, Constat.ECART, memes[0], motif)
    return _approcher(p, [a for a in proches if a.montant == p.montant and not a.paye_le])


def _pas_mandate(a: Attendu) -> str:
    ou = f" de la ligne {a.ligne_liasse}" if a.ligne_liasse else ""
    return f"Le versement{ou} n’est pas mandaté ici\u00a0: enregistrez d’abord son mandat."


def _trop_tot(p: Paye, a: Attendu) -> bool:
    return p.paye_le is not None and a.payable_depuis is not None and p.paye_le < a.payable_depuis


def _approcher(p: Paye, egaux: list[Attendu]) -> Rapproche:
    if not egaux:
        return Rapproche(p, Constat.INCONNU, motif="Aucun versement attendu ne lui ressemble.")
    motif = "Même SIRET et même montant, mais autre numéro ou autre exercice."
    if not egaux[0].mandate:
        motif = "Même SIRET et même montant, mais le versement n’est pas mandaté ici."
    return Rapproche(p, Constat.DOUTEUX, egaux[0], motif)
