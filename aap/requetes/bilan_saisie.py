"""The fields of the page of a bilan as they are stored, and how a stale page differs from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aap.domaine.budget_plan import poste
from aap.filtres import nombre
from aap.models import Bilan


@dataclass(frozen=True)
class ChampBilan:
    """A field by its name on the page; ``longue``: several lines are expected."""

    nom: str
    libelle: str
    valeur: str
    longue: bool = False


@dataclass(frozen=True)
class DeuxTextes:
    """What the page sent (``mien``) and what somebody else saved meanwhile (``champ.valeur``)."""

    champ: ChampBilan
    mien: str


def saisie_nombre(bilan: Bilan, champ: str) -> str:
    """A number as the page shows it; as typed when it cannot be read."""
    brut = bilan.textes.get(f"saisie_{champ}")
    lu = getattr(bilan, champ)
    return str(brut) if brut else "" if lu is None else nombre(lu)


def champs_bilan(
    bilan: Bilan, textes: Mapping[str, tuple[str, bool]], nombres: Mapping[str, tuple[str, bool]]
) -> dict[str, ChampBilan]:
    """Every field of the page, in its order, by name."""
    liste = [
        ChampBilan(c, question, str(bilan.textes.get(c, "")), True)
        for c, (question, _) in textes.items()
    ]
    liste += [ChampBilan(c, q, saisie_nombre(bilan, c)) for c, (q, _) in nombres.items()]
    for x in bilan.lignes:
        compte = poste(x.compte, x.libelle)
        liste.append(ChampBilan(f"ligne-{x.id}", f"Réalisé, {compte}", x.saisie))
        liste.append(
            ChampBilan(f"explication-{x.id}", f"Explication, {compte}", x.explication, True)
        )
    for m in sorted(bilan.mesures, key=lambda m: m.id):
        cle, mot = m.indicateur_dossier_id, m.indicateur.libelle
        liste.append(ChampBilan(f"mesure-{cle}", f"Valeur atteinte, {mot}", m.valeur))
        liste.append(ChampBilan(f"mode-{cle}", f"Comment mesurée, {mot}", m.mode_mesure))
    return {c.nom: c for c in liste}


def _net(texte: str) -> str:
    return "\n".join(texte.splitlines()).strip()


def deux_textes(champs: Mapping[str, ChampBilan], envoi: Mapping[str, str]) -> list[DeuxTextes]:
    """The fields that the page sent with another text than the stored one."""
    return [
        DeuxTextes(champ, envoi[nom])
        for nom, champ in champs.items()
        if nom in envoi and _net(envoi[nom]) != _net(champ.valeur)
    ]
