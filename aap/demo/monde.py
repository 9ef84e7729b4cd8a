"""The invented world: people, rights, funders, and the instants of the story."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlalchemy import select

from aap.demo.noms import personne
from aap.domaine.horloge import aujourdhui, horloge_fixee, maintenant
from aap.domaine.texte import slug
from aap.extensions import db
from aap.models import (
    Contrat,
    Financeur,
    Quartier,
    RoleHabilitation,
    Utilisateur,
)
from aap.permissions import SYSTEME, Acteur, charger_acteur
from aap.services.compte import creer_utilisateur
from aap.services.habilitation import ENTIER, Perimetre, habiliter

MOT_DE_PASSE = "figuier-passerelle-2030"
DOMAINE = "demo.example.org"


@dataclass
class Compte:
    """One account told to the visitor."""

    role: str
    identifiant: str
    description: str


@dataclass
class Monde:
    """Everything that the builders share. Instants are counted in days before now."""

    hasard: Random
    contrat: Contrat
    financeurs: dict[str, Financeur]
    quartiers: list[Quartier]
    debut: datetime
    utilisateurs: dict[str, Utilisateur] = field(default_factory=dict)
    comptes: list[Compte] = field(default_factory=list)
    _acteurs: dict[int, Acteur] = field(default_factory=dict)

    def il_y_a(self, jours: float, heure: int = 10) -> datetime:
        """``jours`` days before now, at a working hour (UTC); never in the future."""
        jour = (self.debut - timedelta(days=jours)).replace(
            hour=heure, minute=self.hasard.randrange(60), second=self.hasard.randrange(60)
        )
        return min(jour, self.debut)

    @contextmanager
    def le(self, jours: float, heure: int = 10) -> Iterator[None]:
        with horloge_fixee(self.il_y_a(jours, heure)):
            yield

    def acteur(self, cle: str) -> Acteur:
        """The person ``cle`` with her rights (read once, refreshed by ``oublier``)."""
        utilisateur = self.utilisateurs[cle]
        if utilisateur.id not in self._acteurs:
            self._acteurs[utilisateur.id] = charger_acteur(utilisateur)
        return self._acteurs[utilisateur.id]

    def oublier(self) -> None:
        self._acteurs.clear()

    def creer(
        self, cle: str, prenom: str, nom: str, *, role: str = "", description: str = ""
    ) -> Utilisateur:
        """An account; told to the visitor (with the password) when ``role`` is given."""
        courriel = f"{slug(cle)}@{DOMAINE}"
        utilisateur = creer_utilisateur(
            SYSTEME, courriel, prenom, nom, MOT_DE_PASSE if role else None, confirme=True
        )
        self.utilisateurs[cle] = utilisateur
        if role:
            self.comptes.append(Compte(role, courriel, description))
        return utilisateur

    def habiliter(
        self,
        cle: str,
        role: RoleHabilitation,
        financeur: Financeur | None = None,
        perimetre: Perimetre = ENTIER,
    ) -> None:
        contrat = None if role is RoleHabilitation.ADMINISTRATEUR else self.contrat
        habiliter(
            SYSTEME,
            self.utilisateurs[cle],
            role,
            contrat,
            financeur,
            perimetre,
            du=date(self.debut.year - 3, 1, 1),
        )
        self._acteurs.pop(self.utilisateurs[cle].id, None)


def ouvrir_monde(graine: int) -> Monde:
    """Read the loaded contract; now is the end of the story."""
    contrat = db.session.scalars(select(Contrat).where(Contrat.code == "gosb-2024-2030")).one()
    financeurs = {
        f.code: f
        for f in db.session.scalars(select(Financeur).where(Financeur.contrat_id == contrat.id))
    }
    quartiers = list(
        db.session.scalars(
            select(Quartier).where(Quartier.contrat_id == contrat.id).order_by(Quartier.code)
        )
    )
    return Monde(Random(graine), contrat, financeurs, quartiers, maintenant().astimezone(UTC))


def exercice_courant() -> int:
    """The exercice of « this year's » call: that of six months ago, so that last year's
    bilans are due."""
    return (aujourdhui() - timedelta(days=182)).year


R = RoleHabilitation
# key, first name, name, role told, description, habilitation, funder
AGENTS: tuple[tuple[str, str, str, str, str, RoleHabilitation, str | None], ...] = (
    ("administration", "Paul", "Martel", "administrateur",
     "Administration technique : comptes, droits, financeurs, paramètres", R.ADMINISTRATEUR, None),
    ("coordination", "Hélène", "Roussel", "coordinateur",
     "Coordination du contrat : campagnes, affectation, séances, publication",
     R.COORDINATEUR, None),
    ("instruction.etat", "Samir", "Lefèvre", "instructeur",
     "Délégué du préfet du Val-de-Marne (BOP 147)", R.INSTRUCTEUR, "etat-147-94"),
    ("copil.prefecture", "Agnès", "Garnier", "copil",
     "Membre du comité de pilotage (préfecture)", R.COPIL, None),
    ("finance.etat", "Denis", "Perrin", "finance",
     "Gestion financière de l’État (Val-de-Marne)", R.FINANCE, "etat-147-94"),
    ("finance.controle", "Nadia", "Collet", "finance",
     "Gestion financière de tous les financeurs : deuxième personne des versements",
     R.FINANCE, None),
    ("finance.saisie", "Olivier", "Meunier", "finance",
     "Gestion financière de tous les financeurs : propose les versements", R.FINANCE, None),
)  # fmt: skip
MEMBRES_COPIL = ("mairie", "ept", "departement", "caf")


def peupler(monde: Monde) -> None:
    """The agents: one account per role for the visitor, one instructor per funder."""
    for cle, prenom, nom, role, description, habilitation, financeur in AGENTS:
        monde.creer(cle, prenom, nom, role=role, description=description)
        monde.habiliter(cle, habilitation, monde.financeurs[financeur] if financeur else None)
    for qualite in MEMBRES_COPIL:
        monde.creer(f"copil.{qualite}", *personne(monde.hasard))
        monde.habiliter(f"copil.{qualite}", R.COPIL)
    for code, payeur in sorted(monde.financeurs.items()):
        cle = f"instruction.{code}"
        if code == "etat-147-94":
            monde.utilisateurs[cle] = monde.utilisateurs["instruction.etat"]
            continue
        ville = code == "commune-vitry-sur-seine"
        monde.creer(
            cle,
            *personne(monde.hasard),
            role="instructeur" if ville else "",
            description="Cheffe de projet de la ville de Vitry-sur-Seine" if ville else "",
        )
        perimetre = Perimetre(communes=[payeur.commune_id]) if payeur.commune_id else ENTIER
        monde.habiliter(cle, R.INSTRUCTEUR, payeur, perimetre)
    monde.creer(
        "conseil.citoyen",
        "Chantal",
        "Poulain",
        role="observateur",
        description="Conseil citoyen de Viry-Châtillon : avis demandés",
    )
    monde.habiliter("conseil.citoyen", R.OBSERVATEUR)
