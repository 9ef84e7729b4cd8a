"""Whatever people do, in any order: Σ versements ≤ tranche ≤ vote ≤ enveloppe; bilans by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from aap.domaine.erreurs import ErreurMetier
from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import (
    Bilan,
    Convention,
    Courriel,
    Enveloppe,
    Financement,
    Tache,
    Tranche,
    TypeConvention,
    TypeVersement,
    Versement,
)
from aap.requetes.soldes import RETENU
from aap.services import convention as conventions
from aap.services import signature, tranche, versement, vote
from aap.taches import bilans as taches_bilans
from aap.taches.bilans import bilans_quotidiens
from aap.taches.registre import executer
from tests import fabriques
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde, en_vigueur, notifier
from workflows.bilan import EtatBilan
from workflows.versement import EtatVersement

GESTES = (
    "voter",
    "notifier",
    "preparer",
    "signer",
    "resilier",
    "proposer",
    "valider",
    "mandater",
    "payer",
    "rejeter",
    "reprendre",
    "annuler",
    "ajouter",
)


def _conventions() -> list[Convention]:
    return list(db.session.scalars(select(Convention).order_by(Convention.id)))


def _versements() -> list[Versement]:
    return list(db.session.scalars(select(Versement).order_by(Versement.id)))


def _ligne(m: Monde, geste: str, montant: int) -> None:
    if geste == "voter":
        vote.enregistrer_vote(m.anne, m.ligne, montant, "arrete", "1", date(2027, 3, 1))
    elif geste == "notifier":
        vote.notifier(m.anne, m.ligne)
    else:
        conventions.preparer_convention(m.anne, m.ligne, TypeConvention.ANNUELLE)


def _acte(m: Monde, geste: str, c: Convention) -> None:
    if geste == "resilier":
        conventions.resilier(m.anne, c, "Essai")
    elif geste == "signer":
        signature.envoyer_a_la_signature(m.anne, c)
        signature.signer_porteur(m.sam, c)
        signature.signer_financeur(m.anne, c)
        signature.mettre_en_vigueur(m.anne, c)


def _paiement(m: Monde, geste: str, v: Versement, montant: int) -> None:
    gestes: dict[str, Any] = {
        "proposer": lambda: versement.proposer(m.anne, v),
        "valider": lambda: versement.valider(m.bruno, v),
        "mandater": lambda: versement.mandater(m.anne, v, "M"),
        "payer": lambda: versement.constater_paiement(m.bruno, v, date(2027, 3, 15)),
        "rejeter": lambda: versement.rejeter(m.bruno, v, "Essai"),
        "reprendre": lambda: versement.reprendre(m.bruno, v),
        "annuler": lambda: versement.annuler(m.anne, v, "Essai"),
        "ajouter": lambda: tranche.ajouter_versement(
            m.anne, v.tranche, TypeVersement.SOLDE, montant, date(2027, 12, 1)
        ),
    }
    gestes[geste]()


def _faire(m: Monde, geste: str, rang: int, montant: int) -> None:
    if geste in ("voter", "notifier", "preparer"):
        _ligne(m, geste, montant)
    elif geste in ("signer", "resilier"):
        actes = _conventions()
        if actes:
            _acte(m, geste, actes[rang % len(actes)])
    else:
        lignes = _versements()
        if lignes:
            _paiement(m, geste, lignes[rang % len(lignes)], montant)


def verifier_invariants() -> None:
    db.session.flush()
    for t in db.session.scalars(select(Tranche)):
        planifie = sum(v.montant for v in t.versements if v.etat is not EtatVersement.ANNULE)
        assert planifie <= t.montant
        if t.financement is not None:
            assert t.montant <= (t.financement.montant_vote or 0)
    for f in db.session.scalars(select(Financement)):
        paye = db.session.scalar(
            select(func.coalesce(func.sum(Versement.montant), 0))
            .join(Tranche, Tranche.id == Versement.tranche_id)
            .where(Tranche.financement_id == f.id, Versement.etat == EtatVersement.PAYE)
        )
        assert paye <= (f.montant_vote or 0)
    for e in db.session.scalars(select(Enveloppe)):
        pris = db.session.scalar(
            select(func.coalesce(func.sum(RETENU), 0)).where(Financement.enveloppe_id == e.id)
        )
        assert pris <= e.montant


@pytest.mark.parametrize("depart", ["arbitre", "en_vigueur"])
def test_vies_au_hasard(session: Any, depart: str) -> None:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde(9_999_99, enveloppe=12_000_00)
        if depart == "en_vigueur":
            notifier(m, 9_999_99)
            en_vigueur(m)
        session.commit()

        @settings(
            max_examples=25,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            st.lists(
                st.tuples(st.sampled_from(GESTES), st.integers(0, 5), st.integers(1, 13_000_00)),
                max_size=14,
            )
        )
        def vivre(gestes: list[tuple[str, int, int]]) -> None:
            essai = session.begin_nested()
            try:
                for geste, rang, montant in gestes:
                    pas = session.begin_nested()
                    try:
                        _faire(m, geste, rang, montant)
                        pas.commit()
                    except ErreurMetier:
                        pas.rollback()
                    verifier_invariants()
            finally:
                essai.rollback()

        vivre()


def test_bilans_de_chaque_jour(session: Any) -> None:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        en_vigueur(m)
    bilan = session.scalars(select(Bilan)).one()
    envois: dict[str, int] = {}

    def jour(avant: int) -> dict[str, int]:
        quand = datetime.combine(bilan.echeance - timedelta(days=avant), PRINTEMPS.timetz())
        with horloge_fixee(quand):
            bilans_quotidiens()
            bilans_quotidiens()
        for modele in ("bilan_rappel", "bilan_en_defaut"):
            envois[modele] = session.scalar(
                select(func.count()).select_from(Courriel).where(Courriel.modele == modele)
            )
        return envois

    assert jour(31) == {"bilan_rappel": 0, "bilan_en_defaut": 0}
    assert jour(29)["bilan_rappel"] == 1, "le rappel part même si l’ouvrier a manqué un jour"
    assert jour(8)["bilan_rappel"] == 1
    assert jour(7)["bilan_rappel"] == 2
    assert jour(0)["bilan_rappel"] == 2 and bilan.etat is EtatBilan.ATTENDU
    assert jour(-1)["bilan_en_defaut"] == 1
    assert bilan.etat is EtatBilan.EN_DEFAUT


def test_un_bilan_qui_echoue_n_arrete_pas_les_autres(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that fails becomes a job of its own; what the others became is kept."""
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        dossier = fabriques.dossier(m.ligne.dossier.campagne, fabriques.organisme("Une autre"))
        votees = [(m.ligne.financeur, m.enveloppe, 5_000_00)]
        [autre] = fabriques.programmer(dossier, votees, fabriques.utilisateur("Copil"))
        for ligne in (m.ligne, autre):
            notifier(replace(m, ligne=ligne), ligne.montant_arbitre)
            en_vigueur(replace(m, ligne=ligne), type_acte=TypeConvention.ARRETE)
    premier, second = session.scalars(select(Bilan).order_by(Bilan.id))
    vrai = taches_bilans.mettre_en_defaut

    def casser(acteur: Any, bilan: Bilan) -> None:
        vrai(acteur, bilan)
        if bilan is premier:
            session.execute(text("SELECT rien FROM nulle_part"))

    apres = datetime.combine(premier.echeance + timedelta(days=1), PRINTEMPS.timetz())
    with horloge_fixee(apres):
        monkeypatch.setattr(taches_bilans, "mettre_en_defaut", casser)
        bilans_quotidiens()
        session.expire_all()
        assert premier.etat is EtatBilan.ATTENDU and second.etat is EtatBilan.EN_DEFAUT
        seul = session.scalars(select(Tache).where(Tache.nom == "bilan_en_defaut")).one()
        monkeypatch.setattr(taches_bilans, "mettre_en_defaut", vrai)
        executer(seul.nom, seul.arguments)
        executer(seul.nom, seul.arguments)
    assert premier.etat is EtatBilan.EN_DEFAUT
