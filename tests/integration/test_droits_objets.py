"""Every address of an object × every kind of person who has nothing to do with it.

The objects are those of the small demonstration, in several states. For each account the rooms
that it may enter are written below, by hand: everywhere else the answer is 403 or 404 (sign-in
for the visitor), whatever is sent, and nothing is written. So that a refusal of everything would
not pass, each room must also have opened for its rightful role.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from aap.extensions import db
from aap.models import (
    Avenant,
    Bilan,
    Convention,
    Courriel,
    Deport,
    Dossier,
    Evenement,
    Fichier,
    Financement,
    Inscription,
    Liasse,
    LotActes,
    Membre,
    Organisme,
    Reversement,
    Tranche,
    Utilisateur,
    Versement,
)
from aap.permissions import charger_acteur, may
from tests.conftest import VARIABLE_COMMUN
from tests.outils_bases import Base, fermer
from tests.outils_connexion import se_connecter
from tests.outils_droits import (
    Porte,
    dossier_de,
    echantillon,
    ouvrir_demonstration,
    personne,
    portes,
    tous,
)
from tests.outils_gardes import declaration, regles
from workflows.financement import EtatFinancement

pytestmark = [pytest.mark.timeout(240), pytest.mark.lent]

# Anybody signed in may ask to join an organisme found by its number.
A_TOUS = frozenset({"porteur.rejoindre", "porteur.demander_a_rejoindre"})
LECTURE_COMITE = frozenset(
    {"copil.dossier", "copil.projection", "copil.pv", "copil.pv_pdf", "copil.seance",
     "copil.totaux", "copil.liste_attente",
     "copil.resultats", "copil.resultat", "copil.sensibilite", "copil.exporter_resultats",
     "copil.scenario", "copil.scenarios", "copil.changements_scenario", "copil.comparer_scenarios",
     "copil.exporter_scenario", "copil.convocation_pdf", "copil.agenda_seance",
     "copil.notification", "instruction.dossier", "instruction.evaluation",
     "technique.telecharger", "technique.vignette", "instruction.versions_deposees",
     "instruction.lecteurs", "instruction.travail_transmis", "instruction.lettre_dossier",
     "instruction.lettre_ligne", "instruction.mon_avis", "instruction.reperes_dossier",
     "instruction.comparaisons_dossier", "instruction.lecture_sans_nom",
     "instruction.ouvrir_avec_le_nom", "instruction.se_deporter"}
)  # fmt: skip
ETRANGERS = (
    "porteur-ailleurs",
    "sans-rien",
    "instructeur-ailleurs",
    "coordinateur-ailleurs",
    "copil-ailleurs",
    "finance-ailleurs",
    "observateur-ailleurs",
    "observateur-oisif",
)


@pytest.fixture(scope="module")
def ouvrir() -> Iterator[Callable[[str], tuple[Base, Flask]]]:
    """The demonstration of an engine, built once for all the workers of the run."""
    commun = Path(os.environ[VARIABLE_COMMUN])
    ouvrier = os.environ.get("PYTEST_XDIST_WORKER", "seul")
    ouvertes: dict[str, tuple[Base, Flask]] = {}

    def ouvrir_une(nom: str) -> tuple[Base, Flask]:
        if nom not in ouvertes:
            ouvertes[nom] = ouvrir_demonstration(nom, commun, ouvrier)
        return ouvertes[nom]

    yield ouvrir_une
    for base, app in ouvertes.values():
        fermer(app)
        base.arreter()


@pytest.fixture
def base(
    request: pytest.FixtureRequest, ouvrir: Callable[[str], tuple[Base, Flask]]
) -> Iterator[Base]:
    """The demonstration, fresh."""
    demonstration, app = ouvrir(request.param)
    demonstration.remettre_a_neuf()
    yield demonstration
    fermer(app)


@pytest.fixture
def app(base: Base, ouvrir: Callable[[str], tuple[Base, Flask]]) -> Flask:
    return ouvrir(base.nom)[1]


Choix = Callable[[type[Any]], list[Any]]
Filtre = Callable[[Any], bool]


def _adresses(app: Flask, choisir: Choix = echantillon) -> Iterator[Porte]:
    """Every address of every guarded object of the sample."""
    objets: dict[type[Any], list[Any]] = {}
    for regle in regles(app):
        garde = declaration(app, regle.endpoint)
        if garde is None or garde.modele is None:
            continue
        if garde.modele not in objets:
            objets[garde.modele] = choisir(garde.modele)
        for objet in objets[garde.modele]:
            yield from portes(app, regle, garde.parametre, objet)


def _connecter(app: Flask, cle: str) -> FlaskClient:
    client = app.test_client()
    with app.app_context():
        se_connecter(client, personne(cle))
    return client


def _essais(client: FlaskClient, porte: Porte, rang: int) -> Iterator[tuple[str, int, str]]:
    """(what was tried, status, redirected to) for each method; one body out of two is empty."""
    if "GET" in porte.methodes:
        reponse = client.get(porte.chemin)
        yield f"GET {porte.chemin}", reponse.status_code, reponse.location or ""
    if "POST" in porte.methodes:
        corps = {"version": "1", "motif": "essai", "texte": "essai"} if rang % 2 else None
        reponse = client.post(porte.chemin, data=corps)
        yield f"POST {porte.chemin}", reponse.status_code, reponse.location or ""


def _ecrits() -> tuple[int, ...]:
    """What any act leaves behind: a line of the journal, a mail."""
    return tuple(
        db.session.scalar(select(func.count()).select_from(m)) or 0 for m in (Evenement, Courriel)
    )


def _refuse(
    app: Flask, cle: str, permises: frozenset[str], sauf: Filtre, choisir: Choix = echantillon
) -> None:
    """Elsewhere than ``permises`` and ``sauf``: 403 or 404, and nothing is written."""
    client = _connecter(app, cle)
    with app.app_context():
        interdites = [
            p for p in _adresses(app, choisir) if p.endpoint not in permises and not sauf(p.objet)
        ]
        avant = _ecrits()
    assert len(interdites) > 50, "presque rien n’a été essayé"
    fautes = [
        (essai, code)
        for rang, porte in enumerate(interdites)
        for essai, code, _ in _essais(client, porte, rang)
        if code not in (403, 404)
    ]
    assert fautes == []
    with app.app_context():
        assert _ecrits() == avant


def _a_soi(app: Flask, cle: str) -> Filtre:
    """The object is the person's own: her organisme, her account, her right."""
    with app.app_context():
        utilisateur_id = personne(cle).id
        organismes = set(
            db.session.scalars(
                select(Membre.organisme_id).where(Membre.utilisateur_id == utilisateur_id)
            )
        )

    def est_a_soi(objet: Any) -> bool:
        proprietaires = {getattr(objet, a, None) for a in ("utilisateur_id", "delegue_par_id")}
        if isinstance(objet, Organisme | Utilisateur):
            proprietaires.add(objet.id if isinstance(objet, Utilisateur) else None)
        organisme_id = objet.id if isinstance(objet, Organisme) else _organisme_de(objet)
        return utilisateur_id in proprietaires or organisme_id in organismes

    return est_a_soi


def _organisme_de(objet: Any) -> int | None:
    """The organisme whose business the object is."""
    dossier = dossier_de(objet)
    return dossier.organisme_id if dossier else getattr(objet, "organisme_id", None)


@pytest.mark.une_base
@pytest.mark.parametrize("cle", ETRANGERS)
def test_a_stranger_enters_nowhere(app: Flask, cle: str) -> None:
    """Another organisme, another contrat, another funder, nothing asked, no right at all."""
    un_de_chaque = partial(echantillon, combien=1 if cle in ETRANGERS[2:] else 2)
    _refuse(app, cle, A_TOUS, _a_soi(app, cle), un_de_chaque)


@pytest.mark.une_base
def test_a_visitor_is_asked_to_sign_in(app: Flask) -> None:
    client = app.test_client()
    with app.app_context():
        avant = _ecrits()
        toutes = list(_adresses(app))
    fautes = [
        (essai, code, vers)
        for rang, porte in enumerate(toutes)
        for essai, code, vers in _essais(client, porte, rang)
        if code != 303 or urlsplit(vers).path != "/connexion"
    ]
    assert fautes == []
    with app.app_context():
        assert _ecrits() == avant
    lue = next(p for p in toutes if "GET" in p.methodes)
    assert client.get(lue.chemin, headers={"Accept": "application/json"}).status_code == 401


def _endpoints(app: Flask, *salles: str) -> frozenset[str]:
    """Every endpoint of these rooms."""
    return frozenset(r.endpoint for r in regles(app) if r.endpoint.split(".")[0] in salles)


def _jamais(_objet: Any) -> bool:
    return False


@pytest.mark.une_base
def test_the_committee_reads_and_writes_nothing(app: Flask) -> None:
    _refuse(app, "copil-prefecture", A_TOUS | LECTURE_COMITE, _a_soi(app, "copil-prefecture"))


@pytest.mark.une_base
def test_the_administration_decides_nothing(app: Flask) -> None:
    """Accounts, funders, mails, jobs: nothing of the dossiers, sessions or money."""
    permises = A_TOUS | _endpoints(app, "admin")
    _refuse(app, "administration", permises, _a_soi(app, "administration"))


@pytest.mark.une_base
def test_the_coordination_neither_writes_for_a_porteur_nor_pays(app: Flask) -> None:
    permises = A_TOUS | _endpoints(app, "coordination", "copil", "instruction")
    permises |= {"compte.annuler_absence"}
    permises |= {"finance.convention", "finance.convention_pdf", "finance.agir_convention"}
    permises |= {"finance.avenant", "finance.avenant_pdf", "finance.agir_avenant"}
    permises |= {"finance.commencer_modele", "finance.modele", "finance.retirer_modele",
                 "finance.article_modele", "finance.deplacer_article", "finance.supprimer_article",
                 "finance.apercu_modele", "finance.apercu_pdf",
                 "finance.comparer_modele"}  # she prepares the text of a funder  # fmt: skip
    permises |= {"finance.circonstances_cpo"}  # she writes why an aid stays out of a CPO
    permises |= {"technique.telecharger", "technique.vignette", "finance.etat_versements"}
    permises |= {"technique.acte", "technique.avenant"}
    _refuse(app, "coordination", permises, _a_soi(app, "coordination"))


@pytest.mark.une_base
def test_whoever_is_asked_an_opinion_sees_nothing_else(app: Flask) -> None:
    """Neither the dossier's pages, nor its pieces, nor anybody else's opinion."""
    permises = A_TOUS | {"avis.voir", "avis.rendre"}
    _refuse(app, "conseil-citoyen", permises, _a_soi(app, "conseil-citoyen"))


def _touche_la_caf(objet: Any) -> bool:
    """Does the object concern the CAF's money, or a dossier that asks it for some?"""
    lignes: list[Any] = []
    match objet:
        case Convention() | Financement() | Liasse() | LotActes():
            lignes = [objet]
        case Tranche() | Avenant():
            lignes = [objet.convention]
        case Versement():
            lignes = [objet.tranche.convention]
        case Reversement():
            lignes = [objet.financement]
        case Fichier() if dossier_de(objet) is None:
            return True  # an organisme's paper: read by the agents of its contrats
        case _:
            dossier = dossier_de(objet)
            lignes = dossier.financements if dossier else []
    return any(ligne.financeur.code == "caf-94" for ligne in lignes)


def test_the_officer_of_one_funder_manages_no_other(app: Flask) -> None:
    """Lines, acts, tranches, payments, bilans and dossiers that ask her funder for nothing."""

    def choisir(modele: type[Any]) -> list[Any]:
        return [o for o in tous(modele) if not _touche_la_caf(o)][:2]

    _refuse(app, "finance-caf", A_TOUS, _a_soi(app, "finance-caf"), choisir)


def _a_vitry(dossier: Dossier) -> bool:
    communes = [c.code for lien in dossier.quartiers for c in lien.quartier.communes]
    return "vitry-sur-seine" in communes


def test_an_instructor_keeps_to_her_perimeter_and_to_her_funder(app: Flask) -> None:
    """Elsewhere nothing opens; at home she gives no other funder's opinion."""
    cle = "instruction-commune-vitry-sur-seine"

    def hors_de_vitry(modele: type[Any]) -> list[Any]:
        couples = [(o, dossier_de(o)) for o in tous(modele)]
        return [o for o, dossier in couples if dossier and not _a_vitry(dossier)][:2]

    _refuse(app, cle, A_TOUS, _jamais, hors_de_vitry)

    def lignes_des_autres(modele: type[Any]) -> list[Any]:
        if modele is not Financement:
            return []
        return [
            f
            for f in db.session.scalars(select(Financement))
            if _a_vitry(f.dossier) and f.financeur.code != "commune-vitry-sur-seine"
        ][:12]

    _refuse(app, cle, frozenset(), _jamais, lignes_des_autres)


def _de_la_maison(cle: str) -> Choix:
    """A few objects of the organisme of ``cle``, in different states."""

    def choisir(modele: type[Any]) -> list[Any]:
        moi = charger_acteur(personne(cle))
        if modele is Organisme:
            return [db.session.get_one(Organisme, i) for i in moi.membres]
        return [o for o in tous(modele) if _organisme_de(o) in moi.membres][:4]

    return choisir


SIGNATURES = frozenset(
    {"porteur.changer_role", "porteur.inviter_membre", "porteur.retirer_membre",
     "porteur.repondre_rattachement", "porteur.signer_engagement", "porteur.enregistrer_rib",
     "porteur.deposer_bilan", "porteur.signer_convention", "porteur.renvoyer_convention",
     "porteur.transmettre"}
)  # fmt: skip


@pytest.mark.une_base
def test_who_writes_for_an_organisme_does_not_sign_for_it(app: Flask) -> None:
    """Same house, another role: the acts of a signatory are refused, not the pages."""
    client = _connecter(app, "redaction")
    with app.app_context():
        siennes = list(_adresses(app, _de_la_maison("redaction")))
    signatures = [p for p in siennes if p.endpoint in SIGNATURES]
    assert {p.endpoint for p in signatures} >= SIGNATURES - {"porteur.signer_convention"}
    with app.app_context():
        avant = _ecrits()
    for rang, porte in enumerate(signatures):
        # A dossier sent long ago is told so, whoever asks: nothing is done.
        admis = (303, 403, 422) if porte.endpoint == "porteur.transmettre" else (403, 409)
        for essai, code, _ in _essais(client, porte, rang):
            assert code in admis, essai
    with app.app_context():
        assert _ecrits() == avant
    lues = [client.get(p.chemin).status_code for p in siennes if p.endpoint == "porteur.dossier"]
    assert lues and set(lues) <= {200, 303}


def test_a_deport_closes_everything_of_the_organisme(app: Flask) -> None:
    """A member of the committee linked to an association: neither its dossiers nor its line."""
    client = _connecter(app, "copil-mairie")
    with app.app_context():
        deport = db.session.scalars(select(Deport)).one()
        fermes = [d for d in tous(Dossier) if d.organisme_id == deport.organisme_id]
        ouvert = db.session.scalars(
            select(Dossier).where(
                Dossier.organisme_id != deport.organisme_id, Dossier.depose_le.is_not(None)
            )
        ).first()
        assert ouvert is not None
        inscrits = [(i.seance_id, i.dossier_id) for i in tous(Inscription)]
        ids = {d.id for d in fermes}
        noms = {d.intitule for d in fermes}
        seances = {s for s, d in inscrits if d in ids}
        lisible = f"/instruction/dossiers/{ouvert.id}"
    assert client.get(lisible).status_code == 200
    assert ids and seances
    for dossier_id in ids:
        assert client.get(f"/instruction/dossiers/{dossier_id}").status_code == 403
        assert client.get(f"/copil/dossiers/{dossier_id}/notification.pdf").status_code == 403
        for seance_id in {s for s, d in inscrits if d == dossier_id}:
            page = client.get(f"/copil/seances/{seance_id}/dossiers/{dossier_id}")
            assert page.status_code in (403, 404)
    for adresse in ("/instruction/", *(f"/copil/seances/{s}" for s in seances)):
        lue = client.get(adresse).text
        assert not [nom for nom in noms if nom in lue]


# Whoever may read each room, in the demonstration.
AYANTS_DROIT = (
    "administration",
    "coordination",
    "copil-prefecture",
    "instruction-etat",
    "finance-controle",
    "conseil-citoyen",
)
# Pages that only open at a moment of a life where the small demonstration has nobody.
RARES = frozenset(
    {"porteur.notification", "finance.agir_ligne", "finance.modifier_avenant",
     "copil.repechage", "copil.rejeter_de_l_attente", "technique.vignette",
     "copil.retirer_consensus", "copil.rouvrir_classement",  # nothing agreed nor frozen there
     "porteur.lettre_recours", "instruction.lettre_recours",  # no appeal is decided there
     "porteur.reprise", "porteur.budget_annees",  # a draft copied, a draft of several years
     "copil.comparer_scenarios",  # of two or three, named in the address
     "porteur.signer_sur_papier_convention",  # an act that awaits its porteur
     "porteur.signer_sur_papier_avenant", "technique.avenant",
     "instruction.lecture_sans_nom",  # only where the campaign hides the name
     "instruction.envoi",  # a score being written; once sent it leads to the score
     "instruction.mon_avis", "technique.acte"}  # they only lead to the right page
)  # fmt: skip


def _s_ouvrent(app: Flask, cle: str, choisir: Choix, restent: set[str]) -> set[str]:
    """The pages among ``restent`` that answer 200 to this account on one object at least."""
    client = _connecter(app, cle)
    with app.app_context():
        lues = [p for p in _adresses(app, choisir) if "GET" in p.methodes]
    ouvertes: set[str] = set()
    for porte in lues:
        if porte.endpoint in restent - ouvertes and client.get(porte.chemin).status_code == 200:
            ouvertes.add(porte.endpoint)
    return ouvertes


def test_every_page_opens_for_whoever_has_the_right(app: Flask) -> None:
    """Without this, a house whose every door is locked would pass the tests above."""
    with app.app_context():
        tableau = {p.endpoint for p in _adresses(app) if "GET" in p.methodes}
    restent = set(tableau)
    for cle in AYANTS_DROIT:
        restent -= _s_ouvrent(app, cle, partial(echantillon, combien=6), restent)
    for rang in range(12):
        cle = f"porteur-{rang}" if rang else "porteur"
        restent -= _s_ouvrent(app, cle, _de_la_maison(cle), restent)
    assert restent <= RARES
    assert len(tableau) > 60


def test_a_bilan_is_judged_by_those_who_pay(app: Flask) -> None:
    """An officer of a funder that gives nothing reads neither the bilan nor accepts it."""
    with app.app_context():
        bilan = next(b for b in tous(Bilan) if not _touche_la_caf(b))
        etrangere = charger_acteur(personne("finance-caf"))
        assert not may(etrangere, "bilan.controler", bilan)
        assert not may(etrangere, "bilan.valider", bilan)
        ligne = next(f for f in bilan.dossier.financements if f.montant_vote)
        ligne.financeur_id = etrangere.habilitations[0].financeur_id or 0
        db.session.flush()
        assert may(etrangere, "bilan.valider", bilan)
        ligne.etat = EtatFinancement.REFUSE
        assert not may(etrangere, "bilan.valider", bilan), "qui a refusé ne juge pas"
        assert may(etrangere, "bilan.controler", bilan)
        db.session.rollback()
