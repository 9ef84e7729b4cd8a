"""A conflict of interest closes an organisme everywhere: every page, list, file and export.

The demonstration is crawled as each agent, once a link with several organismes is declared:
nothing that is opened, searched or downloaded may name their actions.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select

from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Decision,
    Deport,
    Dossier,
    Financement,
    Inscription,
    MontantScenario,
    Organisme,
)
from tests.integration.test_droits_objets import (  # noqa: F401 – fixtures
    _adresses,
    _connecter,
    app,
    base,
    ouvrir,
)
from tests.outils_droits import echantillon, personne
from tests.outils_gardes import regles

pytestmark = [pytest.mark.timeout(240), pytest.mark.lent, pytest.mark.une_base]
SALLES = ("instruction", "copil", "coordination", "finance", "avis", "technique")
COMPTES = ("coordination", "instruction-etat", "copil-prefecture", "finance-controle")
COMBIEN = 4
# The link itself is declared and read there, with the name of the organisme.
DECLAREES = frozenset({"coordination.deports", "coordination.campagne_conflits"})


def _declarer(cle: str) -> list[Organisme]:
    """Links with the organismes that the committee is at work on."""
    moi = personne(cle)
    connus = set(db.session.scalars(select(Deport.organisme_id)))
    choisis = db.session.scalars(
        select(Dossier.organisme_id)
        .join(Inscription, Inscription.dossier_id == Dossier.id)
        .outerjoin(Financement, Financement.dossier_id == Dossier.id)
        .outerjoin(MontantScenario, MontantScenario.financement_id == Financement.id)
        .where(Dossier.organisme_id.not_in(connus))
        .group_by(Dossier.organisme_id)
        .order_by(func.count(MontantScenario.financement_id).desc(), Dossier.organisme_id)
        .limit(COMBIEN)
    ).all()
    for organisme_id in choisis:
        db.session.add(
            Deport(
                utilisateur_id=moi.id,
                organisme_id=organisme_id,
                motif="Membre du bureau",
                declare_par_id=moi.id,
            )
        )
    db.session.commit()
    return [db.session.get_one(Organisme, i) for i in choisis]


def _mots(organismes: list[Organisme]) -> set[str]:
    """What would betray them: their names, and the titles that nobody else gave."""
    ids = [o.id for o in organismes]
    titres = db.session.scalars(
        select(Dossier.intitule)
        .where(Dossier.intitule != "")
        .group_by(Dossier.intitule)
        .having(func.count() == 1, func.max(Dossier.organisme_id).in_(ids))
    )
    return {normaliser(o.nom.removesuffix(" (fictif)")) for o in organismes} | {
        normaliser(t) for t in titres
    }


def _textes(reponse: Any) -> Iterator[str]:
    """Everything readable of an answer, whatever its format."""
    octets = reponse.get_data()
    if octets[:5] == b"%PDF-":
        yield from (page.extract_text() for page in PdfReader(io.BytesIO(octets)).pages)
    elif octets[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            yield from (
                archive.read(n).decode(errors="replace")
                for n in archive.namelist()
                if n.endswith(".xml")
            )
    else:
        yield octets.decode(errors="replace")


def _lieux(app: Flask) -> list[tuple[str, str]]:  # noqa: F811
    """(endpoint, address): every list, then every page of a few objects."""
    with app.test_request_context():
        listes = [
            (r.endpoint, r.build({})[1])  # type: ignore[index]
            for r in regles(app)
            if not r.arguments and "GET" in (r.methods or ()) and r.endpoint.split(".")[0] in SALLES
        ]
    with app.app_context():
        objets = [
            (p.endpoint, p.chemin)
            for p in _adresses(app, partial(echantillon, combien=4))
            if "GET" in p.methodes and p.endpoint.split(".")[0] in SALLES
        ]
        publiees = set(
            db.session.scalars(
                select(Decision.seance_id)
                .group_by(Decision.seance_id)
                .having(func.count() == func.count(Decision.publiee_le))
            )
        )
    # The minutes of what is published are everybody's.
    pv = {f"/copil/seances/{s}/proces-verbal{f}" for s in publiees for f in ("", ".pdf")}
    return [(e, c) for e, c in listes + objets if c not in pv]


def _fuites(client: FlaskClient, lieux: list[tuple[str, str]], mots: set[str]) -> list[str]:
    vues = []
    for endpoint, chemin in lieux:
        reponse = client.get(chemin)
        if reponse.status_code != 200 or endpoint in DECLAREES:
            continue
        lu = " ".join(normaliser(re.sub(r"<[^>]+>", " ", t)) for t in _textes(reponse))
        vues += [f"{chemin} : {mot}" for mot in sorted(mots) if mot in lu]
    return vues


@pytest.mark.parametrize("cle", COMPTES)
def test_nothing_names_an_organisme_she_is_linked_to(app: Flask, cle: str) -> None:  # noqa: F811
    with app.app_context():
        organismes = _declarer(cle)
        assert len(organismes) == COMBIEN
        mots = _mots(organismes)
        recherche = next(iter(organismes)).nom.split("(")[0].strip()
    client = _connecter(app, cle)
    lieux = [*_lieux(app), ("instruction.liste", f"/instruction/?q={recherche}&toutes=1")]
    assert sum(client.get(c).status_code == 200 for _, c in lieux) > 20
    fuites = _fuites(client, lieux, mots)
    assert fuites == [], "\n".join(fuites)
