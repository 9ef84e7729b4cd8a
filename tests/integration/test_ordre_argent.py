"""Acts on the same money that cross: what one has just committed, the other sees before it acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from aap.domaine.erreurs import ErreurMetier
from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import (
    Avenant,
    Bilan,
    Convention,
    Financement,
    Tranche,
    TypeConvention,
    TypeVersement,
    Utilisateur,
    Versement,
)
from aap.permissions import Acteur, charger_acteur
from aap.requetes.invariants import INVARIANTS
from aap.services import avenant as avenants
from aap.services import bilan as bilans
from aap.services import convention as conventions
from aap.services import renoncement, tranche, versement, vote
from aap.services import signature as signatures
from aap.taches.bilans import bilans_quotidiens
from tests import fabriques as f
from tests.integration.test_avenants import saisir
from tests.outils_course import courir, en_clair, un_seul
from tests.parcours.test_argent import (
    ETE,
    PRINTEMPS,
    Monde,
    bilan_de,
    creer_monde,
    en_vigueur,
    notifier,
    remplir,
)
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

Acte = Callable[[], object]


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        session.commit()
        yield m


def _moi(acteur: Acteur) -> Acteur:
    """The same person, read in the session of the thread that acts."""
    return charger_acteur(db.session.get_one(Utilisateur, acteur.utilisateur_id))


def _base_juste() -> None:
    db.session.expire_all()
    sans = ("journal.sceaux", "contenu.", "dossier.", "recherche")
    ecarts = [
        (code, e)
        for code, un in INVARIANTS.items()
        if not code.startswith(sans)
        for e in un.controle(iter)
    ]
    assert ecarts == []


def _puis(app: Flask, premier: Acte, second: Acte, *lus: Any) -> ErreurMetier | None:
    """``second`` acts on what it read before ``premier``, of somebody else, was committed.

    SQLite lets nobody write between the two: the first simply comes before.
    """
    cles = [(type(x), x.id) for x in lus]
    db.session.commit()
    postgresql = db.session.get_bind().dialect.name == "postgresql"

    def autre() -> None:
        with app.app_context(), horloge_fixee(PRINTEMPS):
            premier()
            db.session.commit()
            db.session.remove()

    if not postgresql:
        autre()
    lire = [_tout_lire(db.session.get_one(modele, cle)) for modele, cle in cles]
    if postgresql:
        fil = Thread(target=autre)
        fil.start()
        fil.join(10)
        assert not fil.is_alive()
    try:
        second()
        db.session.commit()
    except ErreurMetier as refus:
        db.session.rollback()
        return refus
    finally:
        del lire
    return None


def _tout_lire(objet: Any) -> list[Any]:
    """Load the object and all that it leads to, as the page of an officer does."""
    lus: list[Any] = [objet]
    if isinstance(objet, Versement):
        lus += _tout_lire(objet.tranche)
    elif isinstance(objet, Tranche):
        lus += [*objet.versements, objet.convention, objet.convention.organisme]
        lus += [t.financement for t in objet.convention.tranches]
    elif isinstance(objet, Convention):
        lus += [x for t in objet.tranches for x in _tout_lire(t)]
    elif isinstance(objet, Avenant):
        lus += _tout_lire(objet.convention)
    for x in lus:
        if x is not None:
            assert x.id
    return lus


def _un(modele: type[Any], cle: int) -> Any:
    return db.session.get_one(modele, cle)


def _valide(m: Monde) -> Versement:
    v = en_vigueur(m).tranches[0].versements[0]
    versement.proposer(m.anne, v)
    versement.valider(m.bruno, v)
    db.session.commit()
    return v


def test_rien_n_est_mandate_sur_un_acte_resilie(app: Flask, monde: Monde) -> None:
    m, v = monde, _valide(monde)
    cle, acte = v.id, v.tranche.convention_id
    refus = _puis(
        app,
        lambda: conventions.resilier(_moi(m.anne), _un(Convention, acte), "Action arrêtée"),
        lambda: versement.mandater(m.anne, _un(Versement, cle), "M-1"),
        v,
    )
    assert refus is not None and "pas en vigueur" in str(refus)
    assert _un(Versement, cle).etat is EtatVersement.VALIDE


def test_rien_n_est_propose_sur_une_aide_renoncee(app: Flask, monde: Monde) -> None:
    m, v = monde, en_vigueur(monde).tranches[0].versements[0]
    cle, ligne = v.id, m.ligne.id
    refus = _puis(
        app,
        lambda: renoncement.renoncer_aide(_moi(m.sam), _un(Financement, ligne), "Trop tard"),
        lambda: versement.proposer(m.anne, _un(Versement, cle)),
        v,
    )
    assert refus is not None and "renoncé" in str(refus)
    assert _un(Versement, cle).etat is EtatVersement.PREVU


def test_aucun_acte_pour_une_aide_renoncee(app: Flask, monde: Monde, session: Any) -> None:
    m, ligne = monde, monde.ligne.id
    refus = _puis(
        app,
        lambda: renoncement.renoncer_aide(_moi(m.sam), _un(Financement, ligne), "Trop tard"),
        lambda: conventions.preparer_convention(m.anne, _un(Financement, ligne)),
        monde.ligne,
    )
    assert refus is not None
    assert session.scalar(select(func.count()).select_from(Convention)) == 0


def test_la_tranche_abandonnee_emporte_le_versement_ajoute(app: Flask, monde: Monde) -> None:
    m, t = monde, en_vigueur(monde).tranches[0]
    versement.annuler(m.anne, t.versements[1], "Plan à revoir")
    cle = t.id

    def ajouter() -> None:
        tranche.ajouter_versement(
            _moi(m.bruno), _un(Tranche, cle), TypeVersement.SOLDE, 1_000_00, date(2027, 12, 1)
        )

    _puis(
        app,
        ajouter,
        lambda: tranche.abandonner_tranche(m.anne, _un(Tranche, cle), "Action arrêtée"),
        t,
    )
    t = _un(Tranche, cle)
    assert t.etat is EtatTranche.ABANDONNEE and len(t.versements) == 3
    assert {v.etat for v in t.versements} == {EtatVersement.ANNULE}


def test_l_avenant_compte_le_versement_ajoute(app: Flask, monde: Monde) -> None:
    """A cut signed while a payment is planned: the payments still fit in the tranche."""
    m = monde
    convention = en_vigueur(m, type_acte=TypeConvention.ANNUELLE)
    t = convention.tranches[0]
    versement.annuler(m.anne, t.versements[1], "Plan à revoir")
    a = avenants.preparer_avenant(m.anne, convention, saisir((2027, 8_500_00)))
    avenants.envoyer_a_la_signature(m.anne, a)
    avenants.signer_porteur(m.sam, a)
    cle, avenant_id = t.id, a.id

    def ajouter() -> None:
        tranche.ajouter_versement(
            _moi(m.bruno), _un(Tranche, cle), TypeVersement.SOLDE, 2_000_00, date(2027, 12, 1)
        )

    _puis(app, ajouter, lambda: avenants.signer_financeur(m.anne, _un(Avenant, avenant_id)), a)
    _base_juste()


def test_deux_premiers_versements_constates_ensemble(
    app: Flask, monde: Monde, session: Any
) -> None:
    """Neither officer has done anything wrong: both are recorded, and the line is wholly paid."""
    m, convention = monde, en_vigueur(monde)
    cles = []
    with horloge_fixee(ETE):
        for v in convention.tranches[0].versements:
            versement.proposer(m.anne, v)
            versement.valider(m.bruno, v)
            versement.mandater(m.anne, v, f"M-{v.rang}")
            cles.append(v.id)
    session.commit()

    def payer(qui: Acteur, cle: int) -> Acte:
        def acte() -> None:
            with horloge_fixee(ETE):
                versement.constater_paiement(_moi(qui), _un(Versement, cle), date(2027, 6, 30))

        return acte

    assert courir(app, [payer(m.anne, cles[0]), payer(m.bruno, cles[1])]) == [None, None]
    session.expire_all()
    assert m.ligne.etat is EtatFinancement.VERSE
    _base_juste()


def _seconde_aide(m: Monde, exercice: int) -> Financement:
    """Another aid of the same funder to the same organisme, in the call of ``exercice``."""
    dossier = m.ligne.dossier
    campagne = dossier.campagne
    credits = m.enveloppe
    if exercice != campagne.exercice:
        campagne = f.campagne(campagne.contrat, exercice)
        credits = f.enveloppe(campagne, m.ligne.financeur, 30_000_00)
    autre = f.dossier(campagne, dossier.organisme, intitule="Suite")
    qui = f.utilisateur("Coordination")
    [ligne] = f.programmer(autre, [(m.ligne.financeur, credits, 13_000_00)], qui)
    vote.enregistrer_vote(m.anne, ligne, 13_000_00, "arrete", "13", date(2027, 3, 12))
    vote.notifier(m.anne, ligne)
    return ligne


def test_une_aide_n_a_pas_deux_actes(app: Flask, monde: Monde, session: Any) -> None:
    """The year of a CPO is made firm while a colleague prepares an act for the same aid."""
    m = monde
    cpo = en_vigueur(m, type_acte=TypeConvention.CPO, exercices={2028: 13_000_00})
    suite = _seconde_aide(m, 2028)
    bilan = bilan_de(m, session)
    remplir(m, bilan)
    bilans.deposer_bilan(m.sam, bilan)
    session.commit()
    t, ligne = cpo.tranches[1].id, suite.id

    def affermir() -> None:
        with horloge_fixee(PRINTEMPS):
            tranche.affermir_tranche(_moi(m.anne), _un(Tranche, t), _un(Financement, ligne))

    def preparer() -> None:
        with horloge_fixee(PRINTEMPS):
            conventions.preparer_convention(_moi(m.bruno), _un(Financement, ligne))

    un_seul(courir(app, [affermir, preparer]))
    _base_juste()


def test_deux_arretes_ne_passent_pas_le_seuil_ensemble(
    app: Flask, monde: Monde, session: Any
) -> None:
    """23 000 € in the year: the second vote and the order to pay of the first do not cross."""
    m, v = monde, _valide(monde)
    autre = _seconde_aide(m, 2027)
    vote_id, cle = autre.id, v.id
    autre.etat, autre.montant_vote = EtatFinancement.ARBITRE, None
    session.commit()
    ordre: list[str] = []

    def voter() -> None:
        with horloge_fixee(PRINTEMPS):
            ligne = _un(Financement, vote_id)
            vote.enregistrer_vote(
                _moi(m.bruno), ligne, 13_000_00, "arrete", "14", date(2027, 3, 12)
            )
            ordre.append("vote")

    def mandater() -> None:
        with horloge_fixee(PRINTEMPS):
            versement.mandater(_moi(m.anne), _un(Versement, cle), "M-1")
            ordre.append("mandat")

    issues = courir(app, [voter, mandater])
    en_clair(issues)
    assert issues[0] is None
    assert ordre in (["mandat", "vote"], ["vote"])


def test_la_resiliation_et_la_signature_ne_se_croisent_pas(app: Flask, monde: Monde) -> None:
    m = monde
    convention = conventions.preparer_convention(m.anne, m.ligne)
    signatures.envoyer_a_la_signature(m.anne, convention)
    cle, ligne = convention.id, m.ligne.id
    refus = _puis(
        app,
        lambda: renoncement.renoncer_aide(_moi(m.sam), _un(Financement, ligne), "Trop tard"),
        lambda: signatures.signer_financeur(m.anne, _un(Convention, cle)),
        convention,
    )
    assert refus is not None
    assert _un(Convention, cle).etat is EtatConvention.RESILIEE
    assert _un(Financement, ligne).etat is EtatFinancement.RENONCE


def test_un_bilan_depose_pendant_le_travail_de_nuit_n_est_pas_en_defaut(
    app: Flask, monde: Monde, session: Any
) -> None:
    """And the job goes on for the others, instead of failing as a whole."""
    m = monde
    en_vigueur(m)
    bilan = bilan_de(m, session)
    remplir(m, bilan)
    session.commit()
    cle = bilan.id
    with horloge_fixee(datetime(2028, 7, 2, 3, tzinfo=UTC)):
        refus = _puis(
            app,
            lambda: bilans.deposer_bilan(_moi(m.sam), _un(Bilan, cle)),
            bilans_quotidiens,
            bilan,
        )
    assert refus is None
    assert _un(Bilan, cle).etat is EtatBilan.DEPOSE
