"""The list and the page agree: ``requetes.perimetre`` is the twin of ``permissions``."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select

from aap.extensions import db
from aap.models import (
    Commune,
    Deport,
    Dossier,
    DossierQuartier,
    Habilitation,
    Orientation,
    PerimetreHabilitation,
    Quartier,
    RoleHabilitation,
    Secteur,
    Utilisateur,
)
from aap.permissions import charger_acteur, dans_perimetre, may
from aap.requetes.perimetre import dans_perimetre_sql, dossiers_lisibles
from tests import fabriques as f
from workflows.dossier import EtatDossier

R = RoleHabilitation


class Monde:
    """Two contrats with places, orientations, and dossiers that mix everything."""

    def __init__(self, hasard: random.Random) -> None:
        self.hasard = hasard
        self.contrats = [f.contrat("un"), f.contrat("deux")]
        self.financeurs = [f.financeur(c, "etat") for c in self.contrats]
        self.lieux: dict[str, list] = {"commune": [], "secteur": [], "quartier": []}
        self.orientations: list[Orientation] = []
        for contrat in self.contrats:
            self._territoire(contrat)
        self.organismes = [f.organisme(f"Asso {i}") for i in range(4)]
        campagnes = [f.campagne(c) for c in self.contrats]
        self.dossiers = [self._dossier(hasard.choice(campagnes)) for _ in range(30)]
        db.session.flush()

    def _territoire(self, contrat: object) -> None:
        secteurs = [Secteur(contrat=contrat, code=f"s{i}", nom=f"S{i}") for i in range(2)]
        communes = [Commune(contrat=contrat, code=f"c{i}", nom=f"C{i}") for i in range(3)]
        orientations = [
            Orientation(contrat=contrat, code=f"O{i}", ordre=i, titre=f"O{i}") for i in range(3)
        ]
        quartiers = [
            Quartier(
                contrat=contrat,
                code=f"q{i}",
                nom=f"Q{i}",
                secteur=self.hasard.choice([None, *secteurs]),
                communes=self.hasard.sample(communes, self.hasard.randint(0, 2)),
            )
            for i in range(5)
        ]
        db.session.add_all([*secteurs, *communes, *orientations, *quartiers])
        db.session.flush()
        self.lieux["secteur"] += secteurs
        self.lieux["commune"] += communes
        self.lieux["quartier"] += quartiers
        self.orientations += orientations

    def _dossier(self, campagne: object) -> Dossier:
        etat = self.hasard.choice([EtatDossier.DEPOSE, EtatDossier.INSTRUIT, EtatDossier.BROUILLON])
        d = f.dossier(campagne, self.hasard.choice(self.organismes), etat)
        if etat is EtatDossier.BROUILLON:
            d.depose_le = None
        d.orientation = self.hasard.choice([None, *self.orientations])
        choisis = self.hasard.sample(self.lieux["quartier"], self.hasard.randint(0, 3))
        d.quartiers = [DossierQuartier(quartier=q) for q in choisis]
        return d

    def personne(self, nom: str) -> Utilisateur:
        """Random rights, random perimeters, random déports."""
        p = f.utilisateur("Alex", nom)
        for _ in range(self.hasard.randint(0, 3)):
            rang = self.hasard.randrange(2)
            role = self.hasard.choice([*R])
            contrat = self.hasard.choice([self.contrats[rang], None])
            h = f.habiliter(p, role, contrat, self.financeurs[rang])
            self._limiter(h)
        for o in self.hasard.sample(self.organismes, self.hasard.randint(0, 2)):
            db.session.add(
                Deport(utilisateur_id=p.id, organisme_id=o.id, motif="Lien", declare_par_id=p.id)
            )
        db.session.flush()
        return p

    def _limiter(self, h: Habilitation) -> None:
        for _ in range(self.hasard.choice([0, 0, 1, 2])):
            genre = self.hasard.choice(["commune", "secteur", "quartier", "orientation"])
            source = self.orientations if genre == "orientation" else self.lieux[genre]
            cible = self.hasard.choice(source)
            if not any(getattr(x, f"{genre}_id") == cible.id for x in h.perimetre):
                h.perimetre.append(PerimetreHabilitation(**{f"{genre}_id": cible.id}))
        db.session.flush()


@pytest.mark.parametrize("graine", range(6))
def test_la_liste_et_la_page_sont_d_accord(session: object, graine: int) -> None:
    monde = Monde(random.Random(graine))
    for i in range(12):
        acteur = charger_acteur(monde.personne(f"P{i}"))
        listes = set(db.session.scalars(select(Dossier.id).where(dossiers_lisibles(acteur))))
        ouverts = {d.id for d in monde.dossiers if may(acteur, "dossier.examiner", d)}
        assert listes == ouverts
        for h in acteur.habilitations:
            touches = set(db.session.scalars(select(Dossier.id).where(dans_perimetre_sql(h))))
            assert touches == {d.id for d in monde.dossiers if dans_perimetre(h, d)}
