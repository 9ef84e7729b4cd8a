"""Fields that read what French people type and show again exactly what was typed.

``data`` is the value (cents, ``date``, compact identifier…), or None when nothing was typed
or when it could not be read; in the last case the field carries a French error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, ClassVar

from wtforms import StringField, TextAreaField

# The stubs are one version late: they do not know this name yet.
from wtforms.fields.choices import SelectChoice as SelectChoice  # type: ignore[attr-defined]

# The stubs are one version late: they do not know this name yet.
from aap.domaine import identifiants
from aap.domaine.horloge import a_paris, depuis_paris
from aap.domaine.montants import decimal_fr, en_euros, grouper, lire_montant, nombre
from aap.domaine.texte import nettoyer

LONGUEUR_LUE_MAX = 200
ANNEES = range(1850, 2151)


class ChampLu(StringField):
    """Text input whose ``data`` is the value given by ``lire``; ``ecrire`` shows it again."""

    attributs: ClassVar[dict[str, str]] = {}
    data: Any

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        kwargs["render_kw"] = {**self.attributs, **(kwargs.get("render_kw") or {})}
        super().__init__(label, validators, **kwargs)

    def lire(self, texte: str) -> Any:
        """Value of a non-empty trimmed text; raises ``ValueError`` with a French sentence."""
        raise NotImplementedError

    def ecrire(self, valeur: Any) -> str:
        """Text that shows the value in the input."""
        return str(valeur)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        if not valuelist:
            return
        self.data = None
        texte = valuelist[0].strip() if isinstance(valuelist[0], str) else ""
        if not texte:
            return
        if len(texte) > LONGUEUR_LUE_MAX:
            raise ValueError("Ce texte est trop long.")
        self.data = self.lire(texte)

    def _value(self) -> str:
        if self.raw_data and isinstance(self.raw_data[0], str):
            return self.raw_data[0][:LONGUEUR_LUE_MAX]
        return "" if self.data in (None, "") else self.ecrire(self.data)


class MontantField(ChampLu):
    """Amount in euros; ``data`` in integer cents. Text mode: number inputs blank « 200,50 »."""

    attributs: ClassVar[dict[str, str]] = {"inputmode": "decimal", "autocomplete": "off"}

    def __init__(
        self,
        label: str | None = None,
        validators: Any = None,
        *,
        negatif_permis: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.negatif_permis = negatif_permis

    def lire(self, texte: str) -> int:
        return lire_montant(texte, negatif_permis=self.negatif_permis)

    def ecrire(self, valeur: int) -> str:
        return en_euros(valeur)[:-2]


class EntierField(ChampLu):
    """Whole number between bounds; refuses « ² », « 1e9 » and « 12,5 »."""

    attributs: ClassVar[dict[str, str]] = {"inputmode": "numeric", "autocomplete": "off"}

    def __init__(
        self,
        label: str | None = None,
        validators: Any = None,
        *,
        minimum: int = 0,
        maximum: int = 999_999_999,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.minimum, self.maximum = minimum, maximum

    def lire(self, texte: str) -> int:
        compact = re.sub(r"[ \u00a0\u202f]", "", texte).replace("−", "-")
        if not re.fullmatch(r"-?[0-9]{1,12}", compact):
            raise ValueError("Indiquez un nombre entier, en chiffres et sans virgule.")
        valeur = int(compact)
        if not self.minimum <= valeur <= self.maximum:
            raise ValueError(
                f"Indiquez un nombre entre {nombre(self.minimum)} et {nombre(self.maximum)}."
            )
        return valeur

    def ecrire(self, valeur: int) -> str:
        return grouper(valeur)


class PourcentField(ChampLu):
    """Percentage typed as « 29,7 » or « 29,7 % »; ``data`` is the ratio ``Fraction(297, 1000)``."""

    attributs: ClassVar[dict[str, str]] = {"inputmode": "decimal", "autocomplete": "off"}

    def __init__(
        self, label: str | None = None, validators: Any = None, *, maximum: int = 100, **kwargs: Any
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.maximum = maximum

    def lire(self, texte: str) -> Fraction:
        compact = re.sub(r"[ \u00a0\u202f%]", "", texte).replace(",", ".")
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,4})?", compact):
            raise ValueError("Indiquez un pourcentage, par exemple 29,7.")
        ratio = Fraction(compact) / 100
        if ratio > Fraction(self.maximum, 100):
            raise ValueError(f"Indiquez un pourcentage entre 0 et {self.maximum}.")
        return ratio

    def ecrire(self, valeur: Fraction) -> str:
        return decimal_fr(valeur * 100, 4, fixe=False)


def _identifiant(
    nom: str,
    lecteur: Callable[[str], str],
    afficheur: Callable[[str], str] = str,
    attributs: dict[str, str] | None = None,
    doc: str = "",
) -> type[ChampLu]:
    """Field class over a pair of functions of ``aap.domaine.identifiants``."""

    def lire(self: ChampLu, texte: str) -> str:
        return lecteur(texte)

    def ecrire(self: ChampLu, valeur: str) -> str:
        return afficheur(valeur)

    return type(
        nom,
        (ChampLu,),
        {"lire": lire, "ecrire": ecrire, "attributs": attributs or {}, "__doc__": doc},
    )


_SANS_CORRECTION = {"autocomplete": "off", "spellcheck": "false"}
_CHIFFRES = {**_SANS_CORRECTION, "inputmode": "numeric"}

SirenField = _identifiant(
    "SirenField", identifiants.lire_siren, identifiants.afficher_siren, _CHIFFRES, "9 digits."
)
SiretField = _identifiant(
    "SiretField", identifiants.lire_siret, identifiants.afficher_siret, _CHIFFRES, "14 digits."
)
RnaField = _identifiant(
    "RnaField", identifiants.lire_rna, str, _SANS_CORRECTION, "RNA number, « W941234567 »."
)
IbanField = _identifiant(
    "IbanField",
    identifiants.lire_iban,
    identifiants.afficher_iban,
    _SANS_CORRECTION,
    "IBAN, with the French RIB key.",
)
BicField = _identifiant("BicField", identifiants.lire_bic, str, _SANS_CORRECTION, "BIC, 8 or 11.")
CodePostalField = _identifiant(
    "CodePostalField",
    identifiants.lire_code_postal,
    str,
    {"inputmode": "numeric", "autocomplete": "postal-code"},
    "French postcode.",
)
TelephoneField = _identifiant(
    "TelephoneField",
    identifiants.lire_telephone,
    identifiants.afficher_telephone,
    {"type": "tel", "autocomplete": "tel"},
    "Phone number, E.164 in ``data``.",
)
CourrielField = _identifiant(
    "CourrielField",
    identifiants.lire_courriel,
    str,
    {"type": "email", "autocomplete": "email", "spellcheck": "false"},
    "E-mail address in ASCII.",
)


def lire_date(texte: str) -> date:
    """Day typed as ``jj/mm/aaaa`` (also with points or hyphens) or sent as ``aaaa-mm-jj``."""
    francais = re.fullmatch(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})", texte)
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", texte)
    if francais:
        jour, mois, annee = map(int, francais.groups())
    elif iso:
        annee, mois, jour = map(int, iso.groups())
    else:
        raise ValueError("Indiquez une date comme 31/12/2025.")
    if annee not in ANNEES:
        raise ValueError("Vérifiez l’année de cette date.")
    try:
        return date(annee, mois, jour)
    except ValueError as e:
        raise ValueError("Cette date n’existe pas dans le calendrier.") from e


def lire_date_heure(texte: str) -> datetime:
    """Aware UTC instant of a Paris wall-clock text: ``31/12/2025 18 h 30`` or the browser's form.

    The hour that does not exist in March is refused; in October the first occurrence is taken.
    """
    m = re.fullmatch(
        r"(\S+?)(?:T|,?\s+(?:à\s+)?)([0-9]{1,2})\s?[:hH]\s?([0-9]{2})?(?::([0-9]{2}))?(?:\.0+)?",
        texte,
    )
    if not m:
        raise ValueError("Indiquez une date et une heure comme 31/12/2025 18:00.")
    jour = lire_date(m.group(1))
    heure, minute, seconde = (int(g or 0) for g in m.groups()[1:])
    if heure > 23 or minute > 59 or seconde > 59:
        raise ValueError("Cette heure n’existe pas.")
    naif = datetime(jour.year, jour.month, jour.day, heure, minute, seconde)
    instant = depuis_paris(naif)
    if a_paris(instant).replace(tzinfo=None) != naif:
        raise ValueError("Cette heure n’existe pas le jour du passage à l’heure d’été.")
    return instant


class DateFr(ChampLu):
    """Day; ``<input type=date>`` and also « 31/12/2025 » typed by hand or sent by a script."""

    attributs: ClassVar[dict[str, str]] = {"type": "date"}

    def lire(self, texte: str) -> date:
        return lire_date(texte)

    def ecrire(self, valeur: date) -> str:
        return valeur.isoformat()

    def _value(self) -> str:
        return self.ecrire(self.data) if self.data else super()._value()


class DateHeureParis(ChampLu):
    """Instant typed in Paris time; ``data`` is aware, in UTC."""

    attributs: ClassVar[dict[str, str]] = {"type": "datetime-local"}

    def lire(self, texte: str) -> datetime:
        return lire_date_heure(texte)

    def ecrire(self, valeur: datetime) -> str:
        local = a_paris(valeur)
        return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")

    def _value(self) -> str:
        return self.ecrire(self.data) if self.data else super()._value()


class _TexteMesure:
    """Shared reading of free text: cleaned, measured, never cut."""

    lignes = True
    max_length: int
    data: Any

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        if not valuelist:
            return
        brut = valuelist[0] if isinstance(valuelist[0], str) else ""
        self.data = nettoyer(brut, lignes=self.lignes)
        if len(self.data) > self.max_length:
            trop = len(self.data) - self.max_length
            raise ValueError(
                f"Ce texte dépasse de {grouper(trop)} caractère{'s' if trop > 1 else ''} "
                f"la limite de {grouper(self.max_length)}."
            )

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)


class TexteCourt(_TexteMesure, StringField):
    """One line; newlines and repeated spaces become one space; ``data`` is "" when empty."""

    lignes = False

    def __init__(
        self, label: str | None = None, validators: Any = None, *, max_length: int = 200, **kw: Any
    ) -> None:
        super().__init__(label, validators, **kw)
        self.max_length = max_length


class TexteLong(_TexteMesure, TextAreaField):
    """Several lines, ``\\n`` newlines, no control characters; ``data`` is "" when empty."""

    def __init__(
        self,
        label: str | None = None,
        validators: Any = None,
        *,
        max_length: int = 4000,
        rows: int = 6,
        **kw: Any,
    ) -> None:
        kw["render_kw"] = {
            "rows": str(rows),
            "data-max": str(max_length),
            **(kw.get("render_kw") or {}),
        }
        super().__init__(label, validators, **kw)
        self.max_length = max_length
