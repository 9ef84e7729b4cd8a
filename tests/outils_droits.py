"""The small demonstration, built once per run, and what the matrix of rights needs of it.

``ouvrir_demonstration`` gives a database of its own (one per worker) that comes back to the
freshly built demonstration at will: a file copy on SQLite, ``CREATE DATABASE … TEMPLATE`` on
PostgreSQL. Strangers are added to it: a second contrat with its agents, an organisme apart.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import AnyConverter, Rule

from aap import create_app, reglages_de_test
from aap.demo.construire import construire
from aap.demo.monde import DOMAINE, Monde
from aap.domaine.code_acte import chemin_acte
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import (
    Bilan,
    Campagne,
    Contrat,
    Convention,
    Dossier,
    Fichier,
    Financeur,
    FormeJuridique,
    Grille,
    Habilitation,
    NatureInvite,
    NoteInterne,
    Organisme,
    PieceBilan,
    Presence,
    RoleHabilitation,
    RoleMembre,
    TypePiece,
    Utilisateur,
)
from aap.models.base import Base as Modele
from aap.permissions import SYSTEME, Acteur, charger_acteur
from aap.pieces.controle import controler
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.requetes.affectations import instructeurs_de
from aap.requetes.copil_publication import courriels_de_decision
from aap.routes.coordination.etapes import AVEC_DATE
from aap.services.bilan import MODIFIABLES, joindre_piece_bilan
from aap.services.dossier import joindre_piece
from aap.services.habilitation import ENTIER, Perimetre, deleguer, habiliter
from aap.services.invitation import DonneesInvitation, inviter
from aap.services.membre import demander_rattachement
from aap.services.organisme import DonneesOrganisme, creer_organisme, deposer_piece
from aap.services.passation import declarer_absence
from aap.services.referentiel import charger_contrat
from aap.services.regles_affectation import DonneesRegle, creer_regle
from aap.services.repartition import demander_repartition
from aap.services.scan import deposer_scan, noter_lecture
from tests.outils_bases import Base, BasePostgreSQL, BaseSQLite, ClientIsole, fermer, verrou
from tests.outils_porteur import pdf
from workflows.dossier import EtatDossier

R = RoleHabilitation
MODELE_PG = "aap_modele_demonstration"
# One real trigger per room, so that a 404 never hides a missing guard.
DECLENCHEURS = {
    "coordination.etape": ("lancer_instruction", AVEC_DATE),
    "finance.agir_avenant": ("envoyer_a_la_signature", "abandonner"),
    "finance.agir_bilan": ("valider", "demander_modification"),
    "finance.agir_convention": ("envoyer_a_la_signature", "resilier"),
    "finance.agir_ligne": ("enregistrer_vote", "renoncer"),
    "finance.agir_versement": ("proposer", "valider"),
    "instruction.acte_dossier": ("declarer_irrecevable", "clore_instruction"),
    "instruction.faire_acte_dossier": ("declarer_irrecevable", "clore_instruction"),
    "instruction.acte_ligne": ("prendre_en_charge", "declarer_non_recevable"),
    "instruction.faire_acte_ligne": ("prendre_en_charge", "declarer_non_recevable"),
}


def _creer(cle: str, prenom: str = "Dominique") -> Utilisateur:
    personne = Utilisateur(courriel=f"{cle}@{DOMAINE}", prenom=prenom, nom=f"Ailleurs {cle}")
    db.session.add(personne)
    db.session.flush()
    return personne


def _habiliter(
    cle: str,
    role: RoleHabilitation,
    contrat: Contrat,
    financeur: Financeur | None = None,
    perimetre: Perimetre = ENTIER,
) -> None:
    debut = aujourdhui() - timedelta(days=30)
    habiliter(SYSTEME, _creer(cle), role, contrat, financeur, perimetre, du=debut)


def _etrangers(monde: Monde) -> None:
    """People who have nothing to do with the demonstration's objects."""
    autre = db.session.scalars(select(Contrat).where(Contrat.id != monde.contrat.id)).one()
    la_bas = db.session.scalars(select(Financeur).where(Financeur.contrat_id == autre.id)).first()
    assert la_bas is not None
    for role in (R.COORDINATEUR, R.COPIL, R.OBSERVATEUR):
        _habiliter(f"{role.value}-ailleurs", role, autre)
    _habiliter("instructeur-ailleurs", R.INSTRUCTEUR, autre, la_bas)
    _habiliter("finance-ailleurs", R.FINANCE, autre, la_bas)
    _habiliter("finance-caf", R.FINANCE, monde.contrat, monde.financeurs["caf-94"])
    _habiliter("observateur-oisif", R.OBSERVATEUR, monde.contrat)
    seule = _creer("porteur-ailleurs")
    creer_organisme(
        charger_acteur(seule),
        DonneesOrganisme(nom="Association d’ailleurs (fictif)", forme=FormeJuridique.ASSOCIATION),
    )
    _creer("sans-rien")


def _acteur(courriel: str) -> Acteur:
    return charger_acteur(
        db.session.scalars(
            select(Utilisateur).where(Utilisateur.courriel == f"{courriel}@{DOMAINE}")
        ).one()
    )


def _signataire(organisme: Organisme) -> Acteur:
    membre = next(m for m in organisme.membres if m.role is RoleMembre.SIGNATAIRE)
    return charger_acteur(membre.utilisateur)


def _objets_rares(monde: Monde) -> None:
    """One object of each kind that the demonstration does not make."""
    porteuse = monde.acteur("porteur")
    maison = db.session.get_one(Organisme, next(iter(porteuse.membres)))
    deposer_piece(porteuse, maison, TypePiece.AUTRE, "statuts.pdf", pdf())
    demander_rattachement(_acteur("sans-rien"), maison, "Je suis bénévole.")
    brouillon = db.session.scalars(
        select(Dossier).where(Dossier.etat == EtatDossier.BROUILLON)
    ).first()
    assert brouillon is not None
    joindre_piece(_signataire(brouillon.organisme), brouillon, "devis.pdf", pdf(), "devis")
    bilan = db.session.scalars(select(Bilan).where(Bilan.etat.in_(sorted(MODIFIABLES)))).first()
    assert bilan is not None
    joindre_piece_bilan(_signataire(bilan.dossier.organisme), bilan, "photo.pdf", pdf())
    _annoter()
    _deleguer(monde)
    _repartir(monde)
    _numeriser()


def _repartir(monde: Monde) -> None:
    """A rule, a sharing out being computed, an absence to come, a guest asked for an opinion."""
    coordination = monde.acteur("coordination")
    dossier = db.session.scalars(
        select(Dossier).where(Dossier.etat == EtatDossier.EN_INSTRUCTION).order_by(Dossier.id)
    ).first()
    assert dossier is not None and dossier.orientation_id is not None
    qui = instructeurs_de(dossier.campagne)[0]
    regle = DonneesRegle(qui.cle, orientation=dossier.orientation_id)
    creer_regle(coordination, dossier.campagne, regle)
    demander_repartition(coordination, dossier.campagne, False)
    jour = aujourdhui()
    bientot = jour + timedelta(days=40)
    declarer_absence(coordination, qui.utilisateur, bientot, bientot + timedelta(days=5))
    inviter(
        coordination,
        dossier,
        DonneesInvitation(
            "invitee@exemple.fr",
            "Lou",
            "Invitée",
            NatureInvite.EXPERT,
            "Urbaniste",
            "",
            jour + timedelta(days=20),
        ),
    )


def _numeriser() -> None:
    """A scan of signed papers that a funder sent: the page of one of its acts."""
    acte = db.session.scalars(
        select(Convention).where(Convention.sha256.is_not(None)).order_by(Convention.id)
    ).first()
    assert acte is not None
    pile = deposer_scan(_finance(acte), acte.financeur, controler("pile.pdf", pdf(), 20))
    noter_lecture(pile, [[f"/{chemin_acte(acte.id, acte.sha256 or '')}#1/1"]])


def _finance(acte: Convention) -> Acteur:
    """Whoever manages the money of the act's funder."""
    droit = db.session.scalars(
        select(Habilitation)
        .where(Habilitation.role == R.FINANCE, Habilitation.financeur_id == acte.financeur_id)
        .order_by(Habilitation.id)
    ).first()
    assert droit is not None
    return charger_acteur(droit.utilisateur)


def _annoter() -> None:
    """A private note of a funder."""
    droit = db.session.scalars(
        select(Habilitation).where(Habilitation.role == R.INSTRUCTEUR).order_by(Habilitation.id)
    ).first()
    dossier = db.session.scalars(
        select(Dossier).where(Dossier.etat == EtatDossier.EN_INSTRUCTION).order_by(Dossier.id)
    ).first()
    assert droit is not None and dossier is not None
    db.session.add(
        NoteInterne(
            dossier=dossier,
            financeur_id=droit.financeur_id,
            auteur_id=droit.utilisateur_id,
            texte="Réservé à mon financeur.",
        )
    )


def _deleguer(monde: Monde) -> None:
    """A right lent from next month on: it changes nothing today."""
    prete = monde.acteur("coordination")
    droit = db.session.get_one(Habilitation, prete.habilitations[0].id)
    a_qui = monde.utilisateurs["copil.prefecture"]
    jour = aujourdhui()
    deleguer(prete, droit, a_qui, jour + timedelta(days=30), jour + timedelta(days=40))


def _remplir(app: Flask) -> None:
    with app.app_context():
        for code in ("gosb-2024-2030", "exemple-val-fictif"):
            charger_contrat(lire_contrat(DONNEES / code))
        db.session.commit()
        monde = construire(7, muet=True, pour_cent=12)
        _etrangers(monde)
        _objets_rares(monde)
        db.session.commit()
    fermer(app)


def _app(url: str, fichiers: Path) -> Flask:
    app = create_app(
        reglages_de_test(base=url, stockage=str(fichiers)),
        surcharges={"WTF_CSRF_ENABLED": False},
    )
    app.test_client_class = ClientIsole
    return app


class DemoSQLite(BaseSQLite):
    """``remettre_a_neuf`` brings back the demonstration."""

    def __init__(self, commun: Path, ouvrier: str) -> None:
        super().__init__(commun, f"droits-{ouvrier}")
        modele = commun / "modele-demonstration.db"
        with verrou(commun / "demonstration.verrou"):
            if not modele.exists():
                self.remettre_a_neuf()
                _remplir(_app(self.url, commun / "fichiers-sqlite"))
                shutil.copyfile(self.fichier, brouillon := modele.with_suffix(".en-cours"))
                brouillon.rename(modele)
        self.modele = modele


class DemoPostgreSQL(BasePostgreSQL):
    """The same; the server is the one of the run."""

    def __init__(self, commun: Path, ouvrier: str) -> None:
        super().__init__(commun, f"droits_{ouvrier}")
        with verrou(commun / "demonstration.verrou"):
            if not self._existe(MODELE_PG):
                super().remettre_a_neuf()
                _remplir(_app(self.url, commun / "fichiers-postgresql"))
                self._executer(f"ALTER DATABASE {self.base} RENAME TO {MODELE_PG}")

    def remettre_a_neuf(self) -> None:
        self._executer(
            f"DROP DATABASE IF EXISTS {self.base} WITH (FORCE)",
            f"CREATE DATABASE {self.base} TEMPLATE {MODELE_PG} STRATEGY FILE_COPY",
        )


def ouvrir_demonstration(nom: str, commun: Path, ouvrier: str) -> tuple[Base, Flask]:
    """The database, still to be made new, and the application on it."""
    base: Base = (DemoSQLite if nom == "sqlite" else DemoPostgreSQL)(commun, ouvrier)
    return base, _app(base.url, commun / f"fichiers-{nom}")


def personne(cle: str) -> Utilisateur:
    """The account whose address starts with ``cle`` (« finance-caf »)."""
    return db.session.scalars(
        select(Utilisateur).where(Utilisateur.courriel == f"{cle}@{DOMAINE}")
    ).one()


def tous(modele: type[Any]) -> list[Any]:
    return list(db.session.scalars(select(modele).order_by(modele.id)))


def echantillon(modele: type[Any], combien: int = 2) -> list[Any]:
    """A few objects in different states, from both ends of the table: oldest and newest."""
    serie = tous(modele)
    choisis: dict[Any, Any] = {}
    for objet in (serie[:1] + serie[::-1]) if len(serie) > 1 else serie:
        choisis.setdefault(getattr(objet, "etat", objet.id), objet)
    return list(choisis.values())[:combien]


# How each kind of object leads to its dossier.
_VERS_DOSSIER: dict[str, Callable[[Any], Dossier | None]] = {
    "dossier": lambda o: o,
    "avenant": lambda o: o.convention.dossier,
    "tranche": lambda o: o.convention.dossier,
    "versement": lambda o: o.tranche.convention.dossier,
    "reversement": lambda o: o.bilan.dossier,
    "piece_dossier": lambda o: db.session.get(Dossier, o.dossier_id),
    "fichier": lambda o: _dossier_du_fichier(o),
}


def dossier_de(objet: Any) -> Dossier | None:
    """The dossier that the object is about, if any."""
    chemin = _VERS_DOSSIER.get(objet.__tablename__)
    return chemin(objet) if chemin else getattr(objet, "dossier", None)


def _dossier_du_fichier(fichier: Fichier) -> Dossier | None:
    modele = {"dossier": Dossier, "bilan": Bilan, "convention": Convention}.get(fichier.entite)
    return dossier_de(db.session.get_one(modele, fichier.entite_id)) if modele else None


@dataclass(frozen=True)
class Porte:
    """An address of a guarded object: which rule, which object, which methods."""

    endpoint: str
    chemin: str
    methodes: frozenset[str]
    objet: Modele


def portes(app: Flask, regle: Rule, parametre: str, objet: Modele) -> list[Porte]:
    """Every address of the rule about ``objet`` (real triggers, real companions)."""
    autres: dict[str, Any] = {}
    for nom, convertisseur in regle._converters.items():
        if nom == parametre:
            autres[nom] = (objet.id,)  # type: ignore[attr-defined]
        elif nom == "declencheur":
            autres[nom] = DECLENCHEURS[regle.endpoint]
        elif isinstance(convertisseur, AnyConverter):
            autres[nom] = sorted(convertisseur.items)
        else:
            autres[nom] = (_compagnon(nom, objet),)
    adaptateur = app.url_map.bind("localhost")
    methodes = frozenset(regle.methods or ()) & {"GET", "POST"}
    return [
        Porte(
            regle.endpoint,
            adaptateur.build(
                regle.endpoint, dict(zip(autres, valeurs, strict=True)), min(methodes)
            ),
            methodes,
            objet,
        )
        for valeurs in product(*autres.values())
    ]


_COMPAGNONS: dict[str, Callable[[Any], Any]] = {
    "champ": lambda _o: "description",
    "rang": lambda _o: 0,
    "code": lambda o: _code(o),
    "dossier_id": lambda o: o.inscriptions[0].dossier_id if o.inscriptions else 1,
    "courriel_id": lambda o: next(iter(_annonces(o)), 1),
    "presence_id": lambda o: _premier(Presence.id, Presence.seance_id == o.id),
    "piece_id": lambda o: _premier(PieceBilan.id, PieceBilan.bilan_id == o.id),
    "empreinte": lambda o: (o.sha256 or "0" * 16)[:16],
    "cle": lambda _o: 1,
    "ligne": lambda _o: 1,
    "financement_id": lambda o: o.dossier.financements[0].id,
}


def _compagnon(nom: str, objet: Any) -> Any:
    """The second object of an address, as belongs to the first."""
    if nom not in _COMPAGNONS:
        raise LookupError(f"argument d’adresse à faire connaître ici : {nom}")
    return _COMPAGNONS[nom](objet)


def _annonces(seance: Any) -> list[int]:
    """The mails that tell the decisions of a session."""
    return [c.id for c in courriels_de_decision(SYSTEME, seance, None, 1)[0].lignes]


def _premier(colonne: Any, condition: Any) -> int:
    return db.session.scalar(select(colonne).where(condition)) or 1


def _code(objet: Any) -> str:
    if isinstance(objet, Campagne):
        return objet.grille.criteres[0].code if objet.grille else "impact"
    if isinstance(objet, Grille):
        return objet.criteres[0].code
    return "identite" if isinstance(objet, Organisme) else "description"
