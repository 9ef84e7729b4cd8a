"""Avenants through the services: what they change, when, and what refuses them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from aap.domaine.avenant import VersementPrevu, plancher, replanifier
from aap.domaine.erreurs import Conflit, ErreurMetier, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import Avenant, Bilan, Convention, Courriel, Evenement, TypeConvention
from aap.requetes import invariants
from aap.requetes.avenants import apercu, fin_action, plan_versements
from aap.requetes.soldes import reste_a_attribuer
from aap.services import avenant as service
from aap.services import convention as conventions
from aap.services import tranche as tranches
from aap.services import versement, vote
from aap.services.avenant import ChangementTranche as Changement
from aap.services.avenant import SaisieAvenant as Saisie
from aap.services.journal import verifier_journal
from tests import fabriques as f
from tests.parcours.test_argent import (
    ETE,
    PRINTEMPS,
    VOTE,
    Monde,
    creer_monde,
    en_vigueur,
    notifier,
    payer,
)
from workflows.avenant import EtatAvenant
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.versement import EtatVersement

ACTE: dict[str, Any] = {
    "acte_type": "deliberation",
    "acte_numero": "D-77",
    "acte_date": date(2027, 3, 12),
}


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        yield creer_monde()


def convention_de(m: Monde, **options: Any) -> Convention:
    notifier(m)
    options.setdefault("type_acte", TypeConvention.ANNUELLE)
    return en_vigueur(m, **options)


def cpo_de(m: Monde) -> Convention:
    annees = {2028: 8_000_00, 2029: 8_000_00}
    return convention_de(m, type_acte=TypeConvention.CPO, exercices=annees)


def saisir(*montants: tuple[int, int], objet: str = "Un atelier de plus", **reste: Any) -> Saisie:
    return Saisie(objet, tuple(Changement(e, m) for e, m in montants), **reste)


def signer(m: Monde, avenant: Avenant) -> None:
    service.envoyer_a_la_signature(m.anne, avenant, version=avenant.version)
    service.signer_porteur(m.sam, avenant, version=avenant.version)
    service.signer_financeur(m.anne, avenant, version=avenant.version)


def ruptures() -> list[str]:
    """Every invariant of the database that does not hold."""
    return [
        f"{i.code} : {e.objet} {e.message}"
        for i in invariants.INVARIANTS.values()
        if i.code.split(".")[0] in ("enveloppe", "versement", "tranche", "avenant", "contenu")
        for e in i.controle(iter)
        if i.code != "contenu.depot"
    ]


def test_hausse_signee_des_deux_parties(monde: Monde, session: Any) -> None:
    m = monde
    convention = convention_de(m)
    reste = reste_a_attribuer(m.enveloppe)
    avenant = service.preparer_avenant(m.anne, convention, saisir((2027, 12_000_01), **ACTE))
    assert avenant.numero_avenant == 1
    vue = apercu(avenant)
    assert (vue.total_avant, vue.total_apres) == (VOTE, 12_000_01)
    assert [(v.avant, v.apres) for v in vue.suites[0].versements] == [
        (8_000_01, 8_000_01),
        (2_000_00, 4_000_00),
    ]
    assert vue.suites[0].reste_apres == reste - 2_000_00
    service.envoyer_a_la_signature(m.anne, avenant)
    service.signer_porteur(m.sam, avenant)
    assert m.ligne.montant_vote == VOTE, "rien ne change avant la dernière signature"
    assert convention.tranches[0].montant == VOTE
    service.signer_financeur(m.anne, avenant)
    assert avenant.etat is EtatAvenant.SIGNE and avenant.signe_le == date(2027, 3, 15)
    assert m.ligne.montant_vote == convention.tranches[0].montant == 12_000_01
    assert [v.montant for v in convention.tranches[0].versements] == [8_000_01, 4_000_00]
    assert reste_a_attribuer(m.enveloppe) == reste - 2_000_00
    assert ruptures() == [] and verifier_journal()[1] is None
    assert {"avenant_a_signer", "avenant_signe"} <= set(session.scalars(select(Courriel.modele)))
    actes = set(session.scalars(select(Evenement.acte)))
    assert {"financement.reviser_vote", "tranche.modifier", "versement.reviser"} <= actes
    assert convention.contenu is not None
    assert convention.contenu["tranches"] == [[2027, VOTE]], "le texte signé ne bouge pas"


def test_hausse_sans_vote_ou_sans_credits(monde: Monde) -> None:
    m = monde
    convention = convention_de(m)
    avenant = service.preparer_avenant(m.anne, convention, saisir((2027, 30_000_01)))
    with pytest.raises(PasLeMoment, match="doit être votée") as refus:
        service.envoyer_a_la_signature(m.anne, avenant)
    assert "Il reste" in str(refus.value)
    service.modifier_avenant(m.anne, avenant, saisir((2027, 30_000_00), **ACTE))
    service.envoyer_a_la_signature(m.anne, avenant)
    service.signer_porteur(m.sam, avenant)
    autre = f.dossier(m.ligne.dossier.campagne, m.ligne.dossier.organisme, intitule="Autre")
    f.programmer(autre, [(m.ligne.financeur, m.enveloppe, 1_00)], f.utilisateur("Coordination"))
    with pytest.raises(PasLeMoment, match="Il reste"):
        service.signer_financeur(m.anne, avenant)


def test_baisse_apres_une_avance_payee(monde: Monde) -> None:
    m = monde
    convention = convention_de(m)
    avance, solde = convention.tranches[0].versements
    with horloge_fixee(ETE):
        payer(m, avance)
        with pytest.raises(Invalide) as refus:
            service.preparer_avenant(m.anne, convention, saisir((2027, 8_000_00)))
        assert "payés ou en cours" in refus.value.problemes[0].message
        assert convention.avenants == []
        signer(m, service.preparer_avenant(m.anne, convention, saisir((2027, 8_000_01))))
    assert solde.etat is EtatVersement.ANNULE
    assert m.ligne.etat is EtatFinancement.VERSE, "il ne reste rien à payer"
    assert ruptures() == []


def test_cpo_annees_suivantes_et_exercice_de_plus(monde: Monde) -> None:
    m = monde
    cpo = cpo_de(m)
    saisie = Saisie(
        "Un quartier de plus",
        (
            Changement(2028, 9_000_00, "Ouvrir un second lieu."),
            Changement(2029, 8_000_00),
            Changement(2030, 5_000_00, "Évaluer les trois années."),
        ),
    )
    avenant = service.preparer_avenant(m.anne, cpo, saisie)
    assert [e["exercice"] for e in avenant.effets] == [2028, 2030]
    vue = apercu(avenant)
    assert vue.total_apres - vue.total_avant == 6_000_00 and vue.suites == []
    signer(m, avenant)
    assert cpo.dernier_exercice == 2030
    assert [t.montant for t in cpo.tranches] == [VOTE, 9_000_00, 8_000_00, 5_000_00]
    assert cpo.tranches[1].objectifs == "Ouvrir un second lieu."
    with pytest.raises(Invalide, match="complet"):
        service.preparer_avenant(m.anne, cpo, saisir((2031, 1_00)))
    assert apercu(avenant).total_apres == VOTE + 22_000_00
    assert ruptures() == []


def test_fin_repoussee_et_bilan(monde: Monde, session: Any) -> None:
    m = monde
    convention = convention_de(m)
    bilan = session.scalars(select(Bilan)).one()
    avenant = service.preparer_avenant(
        m.anne, convention, saisir(objet="Travaux dans la salle", fin=date(2028, 3, 31))
    )
    vue = apercu(avenant)
    assert (vue.bilan_avant, vue.bilan) == (date(2028, 6, 30), date(2029, 6, 30))
    signer(m, avenant)
    assert fin_action(convention) == date(2028, 3, 31)
    assert bilan.echeance == date(2029, 6, 30)
    assert m.ligne.dossier.date_fin != date(2028, 3, 31), "le dossier déposé ne change pas"
    for fin in (date(2028, 3, 31), date(2029, 1, 1), date(2020, 1, 1)):
        with pytest.raises(Invalide):
            service.preparer_avenant(m.anne, convention, saisir(fin=fin))


def test_un_a_la_fois_et_numeros_sans_trou(monde: Monde) -> None:
    m = monde
    convention = convention_de(m)
    premier = service.preparer_avenant(m.anne, convention, saisir((2027, 9_000_00)))
    with pytest.raises(PasLeMoment, match="est en cours"):
        service.preparer_avenant(m.bruno, convention, saisir((2027, 9_500_00)))
    service.abandonner(m.anne, premier, "Renoncement")
    second = service.preparer_avenant(m.anne, convention, saisir((2027, 9_000_00)))
    assert second.numero_avenant == 2
    vue = second.version
    service.envoyer_a_la_signature(m.anne, second, version=vue)
    with pytest.raises(Conflit):
        service.envoyer_a_la_signature(m.anne, second, version=vue)
    with pytest.raises(PasLeMoment):
        service.modifier_avenant(m.anne, second, saisir((2027, 1_00)))
    service.renvoyer_en_projet(m.sam, second, "Le montant n’est pas le bon")
    assert second.sha256 is None and second.etat is EtatAvenant.PROJET
    assert ruptures() == []


def test_refus(monde: Monde) -> None:
    m = monde
    notifier(m)
    arrete = en_vigueur(m)
    with pytest.raises(PasLeMoment, match="arrêté n’a pas d’avenant"):
        service.preparer_avenant(m.anne, arrete, saisir((2027, 9_000_00)))
    conventions.resilier(m.anne, arrete, "Convention requise")
    projet = conventions.preparer_convention(m.anne, m.ligne, TypeConvention.ANNUELLE)
    with pytest.raises(PasLeMoment, match="en vigueur"):
        service.preparer_avenant(m.anne, projet, saisir((2027, 9_000_00)))
    with pytest.raises(Interdit):
        service.preparer_avenant(m.sam, projet, saisir((2027, 9_000_00)))
    conventions.abandonner_projet(m.anne, projet, "Essai")
    convention = en_vigueur(m, type_acte=TypeConvention.ANNUELLE)
    for saisie in (
        saisir((2027, VOTE)),
        saisir(),
        saisir((2027, 0)),
        saisir((2028, 1_00)),
        saisir((2027, 9_000_00), objet=" "),
        saisir((2027, 9_000_00), acte_type="inconnu"),
    ):
        with pytest.raises(Invalide):
            service.preparer_avenant(m.anne, convention, saisie)
    avenant = service.preparer_avenant(m.anne, convention, saisir((2027, 9_000_00)))
    with pytest.raises(Interdit):
        service.signer_porteur(m.anne, avenant)
    with pytest.raises(PasLeMoment):
        service.signer_financeur(m.anne, avenant)


def test_valeurs_demesurees(monde: Monde) -> None:
    """A figure that cannot be right is told when it is typed, not at the last signature."""
    notifier(monde)
    with pytest.raises(Invalide) as refus:
        conventions.preparer_convention(
            monde.anne, monde.ligne, TypeConvention.CPO, exercices={2028: 99_999_999_00}
        )
    assert "2028" in refus.value.problemes[0].message
    acte = en_vigueur(monde, type_acte=TypeConvention.CPO, exercices={2028: 8_000_00})
    vieux = {**ACTE, "acte_date": date(1900, 1, 1)}
    for saisie, mot in (
        (saisir((2028, 99_999_999_00)), "quatre ans"),
        (saisir((2029, 80_000_01)), "quatre ans"),
        (saisir((2027, VOTE + 1), **vieux), "trop ancienne"),
        (saisir((2028, 1), (2028, 9_000_00)), "deux fois"),
    ):
        with pytest.raises(Invalide) as refus:
            service.preparer_avenant(monde.anne, acte, saisie)
        assert any(mot in p.message for p in refus.value.problemes)
    assert service.preparer_avenant(monde.anne, acte, saisir((2028, 80_000_00)))


def test_le_texte_fige_ne_survit_pas_a_un_changement(monde: Monde) -> None:
    """A payment proposed meanwhile, or a tranche given up: the signature is refused."""
    m = monde
    cpo = cpo_de(m)
    avenant = service.preparer_avenant(m.anne, cpo, saisir((2027, 8_000_01), (2028, 7_000_00)))
    service.envoyer_a_la_signature(m.anne, avenant)
    service.signer_porteur(m.sam, avenant)
    solde = cpo.tranches[0].versements[1]
    versement.proposer(m.anne, solde)
    versement.rejeter(m.bruno, solde, "RIB à vérifier")
    tranches.abandonner_tranche(m.anne, cpo.tranches[1], "Sans suite")
    with pytest.raises(PasLeMoment, match="changé"):
        service.signer_financeur(m.anne, avenant)


def test_la_resiliation_emporte_l_avenant(monde: Monde) -> None:
    m = monde
    convention = convention_de(m)
    avenant = service.preparer_avenant(m.anne, convention, saisir((2027, 9_000_00)))
    service.envoyer_a_la_signature(m.anne, avenant)
    conventions.resilier(m.anne, convention, "Action arrêtée")
    assert convention.etat is EtatConvention.RESILIEE
    assert avenant.etat is EtatAvenant.ABANDONNE


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(1, 10_000), st.booleans()), max_size=5),
    st.integers(0, 10_000),
    st.integers(1, 40_000),
)
def test_replanifier_ne_perd_rien(lignes: list[tuple[int, bool]], libre: int, apres: int) -> None:
    versements = [VersementPrevu(i, m, ouvert) for i, (m, ouvert) in enumerate(lignes)]
    avant = sum(v.montant for v in versements) + libre
    if apres < plancher(versements):
        with pytest.raises(ValueError, match="payé"):
            replanifier(avant, apres, versements)
        return
    plan = replanifier(avant, apres, versements)
    total = sum(plan.montants.values()) + plan.ajout
    assert total <= apres
    assert all(m >= 0 for m in plan.montants.values())
    assert all(plan.montants[v.cle] == v.montant for v in versements if not v.libre)
    if apres >= avant:
        assert apres - total == libre, "une hausse est toute planifiée"
    else:
        assert apres - total == max(0, libre - (avant - apres))


GESTES = ("preparer", "envoyer", "porteur", "financeur", "corriger", "abandonner", "payer",
          "annuler", "tranche", "resilier")  # fmt: skip


def _geste(m: Monde, cpo: Convention, geste: str, exercice: int, montant: int) -> None:
    vivant = next((a for a in cpo.avenants if not a.etat.final), None)
    if geste == "preparer":
        service.preparer_avenant(m.anne, cpo, saisir((exercice, montant), **ACTE))
    elif geste == "payer":
        v = next(v for v in cpo.tranches[0].versements if v.etat is EtatVersement.PREVU)
        payer(m, v)
    elif geste == "annuler":
        versement.annuler(m.anne, cpo.tranches[0].versements[-1], "Essai")
    elif geste == "tranche":
        tranches.abandonner_tranche(m.anne, cpo.tranches[-1], "Essai")
    elif geste == "resilier":
        conventions.resilier(m.anne, cpo, "Essai")
    elif vivant is not None:
        {
            "envoyer": lambda: service.envoyer_a_la_signature(m.anne, vivant),
            "porteur": lambda: service.signer_porteur(m.sam, vivant),
            "financeur": lambda: service.signer_financeur(m.anne, vivant),
            "corriger": lambda: service.renvoyer_en_projet(m.anne, vivant, "Essai"),
            "abandonner": lambda: service.abandonner(m.anne, vivant, "Essai"),
        }[geste]()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    suite=st.lists(
        st.tuples(
            st.one_of(st.sampled_from(GESTES), st.just("signer")),
            st.sampled_from([2027, 2027, 2028, 2029, 2030]),
            st.integers(1, 40_000_00),
        ),
        min_size=4,
        max_size=14,
    )
)
def test_vies_au_hasard(session: Any, suite: list[tuple[str, int, int]]) -> None:
    """Whatever is amended, paid, given up, in any order: every sum still holds."""
    transaction = session.begin_nested()
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        cpo = cpo_de(m)
        for geste, exercice, montant in suite:
            suivants = ("preparer", "envoyer", "porteur", "financeur")
            for pas in suivants if geste == "signer" else (geste,):
                point = session.begin_nested()
                try:
                    with horloge_fixee(ETE if pas == "payer" else PRINTEMPS):
                        _geste(m, cpo, pas, exercice, montant)
                    point.commit()
                except (ErreurMetier, StopIteration):
                    point.rollback()
                    session.expire_all()
            assert ruptures() == []
            fermes = [t for t in cpo.tranches if t.financement_id is not None]
            assert sum(t.montant for t in fermes) == m.ligne.montant_vote
            assert reste_a_attribuer(m.enveloppe) >= 0
    assert verifier_journal()[1] is None
    transaction.rollback()
    session.expire_all()


def test_plan_dit_ce_que_la_signature_fera(monde: Monde) -> None:
    m = monde
    convention = convention_de(m)
    tranche = convention.tranches[0]
    versement.annuler(m.anne, tranche.versements[1], "Solde reporté")
    plan = plan_versements(tranche, 9_000_01)
    assert plan.montants == {tranche.versements[0].id: 8_000_01} and plan.ajout == 0
    assert plan_versements(tranche, 11_000_01).montants[tranche.versements[0].id] == 9_000_01
    assert db.session.get(Convention, convention.id) is convention
    assert vote.TYPES_ACTE["deliberation"] == "Délibération"
