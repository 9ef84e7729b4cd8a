"""Two people on the same money at the same instant: nothing twice, nothing left half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from aap.domaine.erreurs import ErreurMetier, Invalide
from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import (
    Bilan,
    Convention,
    Courriel,
    Evenement,
    Financement,
    Reversement,
    Tranche,
    Utilisateur,
    Versement,
)
from aap.permissions import Acteur, charger_acteur
from aap.requetes.invariants import INVARIANTS
from aap.services import bilan as bilans
from aap.services import convention as conventions
from aap.services import reversement as reversements
from aap.services import signature, versement
from aap.services import tranche as tranches
from tests.outils_course import courir, en_clair, un_seul
from tests.parcours.test_argent import (
    BILAN,
    ETE,
    PRINTEMPS,
    Monde,
    bilan_de,
    creer_monde,
    en_vigueur,
    notifier,
    remplir,
)
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

PAYE_LE = date(2027, 6, 30)


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        session.commit()
        yield m


def _moi(acteur: Acteur) -> Callable[[], Acteur]:
    qui = acteur.utilisateur_id

    def charger() -> Acteur:
        return charger_acteur(db.session.get_one(Utilisateur, qui))

    return charger


def _mandates(m: Monde) -> list[int]:
    """Two payments of the line, both mandated; ids."""
    convention = en_vigueur(m)
    with horloge_fixee(ETE):
        for v in convention.tranches[0].versements:
            versement.proposer(m.anne, v)
            versement.valider(m.bruno, v)
            versement.mandater(m.anne, v, f"M-{v.rang}")
    db.session.commit()
    return [v.id for v in convention.tranches[0].versements]


def _payer(acteur: Callable[[], Acteur], versement_id: int) -> Callable[[], object]:
    def acte() -> None:
        with horloge_fixee(ETE):
            v = db.session.get_one(Versement, versement_id)
            versement.constater_paiement(acteur(), v, PAYE_LE)

    return acte


def _base_juste() -> None:
    ecarts = [
        (code, e)
        for code, un in INVARIANTS.items()
        if not code.startswith(("journal.sceaux", "contenu.", "dossier.", "recherche"))
        for e in un.controle(iter)
    ]
    assert ecarts == []


def test_le_meme_versement_paye_par_deux_agents(app: Flask, session: Any, monde: Monde) -> None:
    premier = _mandates(monde)[0]
    issues = courir(app, [_payer(_moi(monde.anne), premier), _payer(_moi(monde.bruno), premier)])
    un_seul(issues)
    session.expire_all()
    assert versement.verse(monde.ligne) == 8_000_01
    courriels = select(func.count()).where(Courriel.modele == "versement_paye")
    assert session.scalar(courriels) == 1
    _base_juste()


def test_les_deux_derniers_versements_ensemble(app: Flask, session: Any, monde: Monde) -> None:
    """Each sees the other unpaid: the line must yet end wholly paid, whoever comes last."""
    un, deux = _mandates(monde)
    monde.ligne.etat = EtatFinancement.VERSE_PARTIEL  # as after a first advance
    session.commit()
    issues = courir(app, [_payer(_moi(monde.anne), un), _payer(_moi(monde.bruno), deux)])
    assert issues == [None, None]
    session.expire_all()
    assert versement.verse(monde.ligne) == monde.ligne.montant_vote
    assert monde.ligne.etat is EtatFinancement.VERSE


def test_le_solde_et_la_validation_du_bilan_ensemble(
    app: Flask, session: Any, monde: Monde
) -> None:
    """Whoever comes last closes the line: it never stays open for ever."""
    m = monde
    un, deux = _mandates(m)
    _payer(_moi(m.anne), un)()
    bilan = bilan_de(m, session)
    with horloge_fixee(BILAN):
        remplir(m, bilan)
        bilans.deposer_bilan(m.sam, bilan)
    session.commit()
    cle = bilan.id

    def valider() -> None:
        with horloge_fixee(BILAN):
            reversements.valider_bilan(_moi(m.bruno)(), db.session.get_one(Bilan, cle))

    issues = courir(app, [_payer(_moi(m.anne), deux), valider])
    en_clair(issues)
    if issues[0] is not None:  # told to try again: she does
        _payer(_moi(m.anne), deux)()
    if issues[1] is not None:
        valider()
    session.commit()
    session.expire_all()
    assert m.ligne.etat is EtatFinancement.CLOS
    _base_juste()


def test_deux_agents_preparent_l_acte_de_la_meme_aide(
    app: Flask, session: Any, monde: Monde
) -> None:
    ligne_id = monde.ligne.id

    def preparer(qui: Callable[[], Acteur]) -> Callable[[], object]:
        def acte() -> None:
            with horloge_fixee(PRINTEMPS):
                ligne = db.session.get_one(Financement, ligne_id)
                conventions.preparer_convention(qui(), ligne)

        return acte

    un_seul(courir(app, [preparer(_moi(monde.anne)), preparer(_moi(monde.bruno))]))
    assert session.scalar(select(func.count()).select_from(Convention)) == 1


def test_deux_signatures_du_financeur(app: Flask, session: Any, monde: Monde) -> None:
    convention = conventions.preparer_convention(monde.anne, monde.ligne)
    signature.envoyer_a_la_signature(monde.anne, convention)
    session.commit()
    cle = convention.id

    def signer(qui: Callable[[], Acteur]) -> Callable[[], object]:
        def acte() -> None:
            with horloge_fixee(PRINTEMPS):
                signature.signer_financeur(qui(), db.session.get_one(Convention, cle))

        return acte

    un_seul(courir(app, [signer(_moi(monde.anne)), signer(_moi(monde.bruno))]))
    session.expire_all()
    assert convention.etat is EtatConvention.SIGNEE
    assert len(convention.tranches[0].versements) == 2


def test_deux_reversements_demandes_ensemble(app: Flask, session: Any, monde: Monde) -> None:
    """Together they would ask back more than what was paid."""
    m = monde
    for v in _mandates(m):
        _payer(_moi(m.anne), v)()
        session.commit()
    bilan = bilan_de(m, session)
    with horloge_fixee(BILAN):
        remplir(m, bilan, realise=40)
        bilans.deposer_bilan(m.sam, bilan)
        reversements.valider_bilan(m.anne, bilan)
    session.commit()
    cle, ligne_id = bilan.id, m.ligne.id

    def demander(qui: Callable[[], Acteur]) -> Callable[[], object]:
        def acte() -> None:
            with horloge_fixee(BILAN):
                b = db.session.get_one(Bilan, cle)
                ligne = db.session.get_one(Financement, ligne_id)
                reversements.demander_reversement(qui(), b, ligne, 6_000_00, "Trop perçu")

        return acte

    un_seul(courir(app, [demander(_moi(m.anne)), demander(_moi(m.bruno))]))
    assert session.scalar(select(func.count()).select_from(Reversement)) == 1


def test_resilier_pendant_qu_un_versement_se_propose(
    app: Flask, session: Any, monde: Monde
) -> None:
    """The act ends and a payment starts: nothing of it can then be mandated."""
    convention = en_vigueur(monde)
    session.commit()
    cle, premier = convention.id, convention.tranches[0].versements[0].id

    def resilier() -> None:
        with horloge_fixee(PRINTEMPS):
            conventions.resilier(
                _moi(monde.anne)(), db.session.get_one(Convention, cle), "Action arrêtée"
            )

    def proposer() -> None:
        with horloge_fixee(PRINTEMPS):
            versement.proposer(_moi(monde.bruno)(), db.session.get_one(Versement, premier))

    issues = courir(app, [resilier, proposer])
    en_clair(issues)
    session.expire_all()
    if convention.etat is EtatConvention.RESILIEE:
        v = convention.tranches[0].versements[0]
        if v.etat is EtatVersement.PROPOSE:
            with pytest.raises(ErreurMetier):
                versement.valider(monde.anne, v)


def _dans(instant: datetime, acte: Callable[[], object]) -> Callable[[], object]:
    def a_l_heure() -> None:
        with horloge_fixee(instant):
            acte()

    return a_l_heure


def _lire(*objets: Any) -> None:
    """What a page has shown before the act: states that may be stale when it is done."""
    for objet in objets:
        assert objet.etat


@pytest.mark.parametrize("d_abord", ["fin", "paiement"])
def test_un_paiement_ne_part_pas_pendant_que_l_acte_finit(
    app: Flask, session: Any, monde: Monde, d_abord: str
) -> None:
    """Each has read the other's state before it changed: one of the two must be told."""
    convention = en_vigueur(monde)
    versement.proposer(monde.anne, convention.tranches[0].versements[0])
    session.commit()
    cle, premier = convention.id, convention.tranches[0].versements[0].id
    anne, bruno = _moi(monde.anne), _moi(monde.bruno)

    def resilier() -> None:
        acte = db.session.get_one(Convention, cle)
        _lire(acte, *acte.tranches, *(v for t in acte.tranches for v in t.versements))
        conventions.resilier(anne(), acte, "Action arrêtée")

    def valider() -> None:
        v = db.session.get_one(Versement, premier)
        _lire(v, v.tranche, v.tranche.convention)
        versement.valider(bruno(), v)

    actes = [_dans(PRINTEMPS, resilier), _dans(PRINTEMPS, valider)]
    issues = courir(app, actes if d_abord == "fin" else actes[::-1])
    en_clair(issues)
    session.expire_all()
    assert convention.etat is EtatConvention.RESILIEE
    if convention.tranches[0].versements[0].etat is EtatVersement.VALIDE:
        lignes = (
            session.execute(
                select(Evenement.acte)
                .where(Evenement.acte.in_(["versement.valider", "convention.resilier"]))
                .order_by(Evenement.id)
            )
            .scalars()
            .all()
        )
        assert lignes[0] == "versement.valider", "validé sur un acte déjà fini"
    _base_juste()


def test_une_tranche_ne_s_abandonne_pas_sous_un_paiement(
    app: Flask, session: Any, monde: Monde
) -> None:
    convention = en_vigueur(monde)
    session.commit()
    tranche_id, premier = convention.tranches[0].id, convention.tranches[0].versements[0].id
    anne, bruno = _moi(monde.anne), _moi(monde.bruno)

    def abandonner() -> None:
        tranche = db.session.get_one(Tranche, tranche_id)
        _lire(tranche, *tranche.versements)
        tranches.abandonner_tranche(anne(), tranche, "Exercice perdu")

    def proposer() -> None:
        v = db.session.get_one(Versement, premier)
        _lire(v, v.tranche)
        versement.proposer(bruno(), v)

    un_seul(courir(app, [_dans(PRINTEMPS, abandonner), _dans(PRINTEMPS, proposer)]))
    session.expire_all()
    tranche = convention.tranches[0]
    en_cours = [v for v in tranche.versements if v.etat is EtatVersement.PROPOSE]
    assert bool(en_cours) is (tranche.etat is EtatTranche.FERME)
    _base_juste()


def test_payer_avant_le_vote_est_refuse(session: Any, monde: Monde) -> None:
    """A date typed or read in the accountant's file: never before the act that decided it."""
    premier = _mandates(monde)[0]
    v = session.get_one(Versement, premier)
    with horloge_fixee(ETE), pytest.raises(Invalide, match="10/03/2027"):
        versement.constater_paiement(monde.anne, v, date(2027, 3, 9))
    session.rollback()
    with horloge_fixee(ETE):
        versement.constater_paiement(monde.anne, v, date(2027, 3, 10))
