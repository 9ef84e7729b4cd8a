"""The committee's services: agenda, amounts, decisions, déports, publication, minutes."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from aap.documents.depuis_seance import lettre_notification, pdf_pv
from aap.domaine.erreurs import (
    Conflit,
    Depassement,
    Interdit,
    Introuvable,
    Invalide,
    PasLeMoment,
)
from aap.extensions import db
from aap.models import (
    Courriel,
    Decision,
    EtatCourriel,
    Evenement,
    OrigineCredits,
    SensDecision,
    Tache,
)
from aap.permissions import charger_acteur, may
from aap.requetes.copil_liste import FiltresSeance, vue_seance
from aap.requetes.copil_publication import apercu_publication
from aap.requetes.publication import etat_dossier_porteur, lignes_porteur
from aap.services import publication, pv
from aap.services import seance as service
from aap.services.arbitrage import SaisieArbitrage, arbitrer, arbitrer_dossier
from aap.services.decision import decider, revenir_sur_decision
from tests.outils_copil import (
    DecorCopil,
    deporter,
    enveloppe_de,
    lignes,
    planter_copil,
    seance_prete,
)
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement
from workflows.seance import EtatSeance

S = SensDecision
MOTIF = "Le budget présenté ne permet pas de comprendre l’action."


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def _programmer(decor: DecorCopil, seance: Any, dossier: Any, montant: int = 200_000) -> Decision:
    arbitrer(decor.acteur, lignes(dossier)[0], montant, decor.env_etat)
    return decider(decor.acteur, seance, dossier, S.PROGRAMMER)


def _terminer(decor: DecorCopil, seance: Any) -> None:
    service.clore(decor.acteur, seance)
    pv.arreter_pv(decor.acteur, seance, "Cora Exemple", "coordinatrice")


class TestMontants:
    def test_overrun_is_told_with_what_remains(self, decor: DecorCopil) -> None:
        seance_prete(decor)
        a, b, c = (lignes(d)[0] for d in decor.dossiers)
        arbitrer(decor.acteur, a, 500_000, decor.env_etat)
        arbitrer(decor.acteur, b, 400_000, decor.env_etat)
        with pytest.raises(Depassement) as refus:
            arbitrer(decor.acteur, c, 100_001, decor.env_etat)
        assert "Il reste 1\u202f000\u00a0€" in refus.value.message
        arbitrer(decor.acteur, c, 100_000, decor.env_etat)

    def test_the_database_refuses_too(self, decor: DecorCopil) -> None:
        seance_prete(decor)
        ligne = lignes(decor.dossiers[0])[0]
        db.session.flush()
        with pytest.raises(DBAPIError, match="enveloppe_depassee"):
            db.session.execute(
                update(type(ligne))
                .where(type(ligne).id == ligne.id)
                .values(
                    enveloppe_id=decor.env_etat.id, montant_arbitre=1_000_001, motif_ecart="trop"
                )
            )

    def test_ineligible_enveloppe(self, decor: DecorCopil) -> None:
        """Dossier 1 aims at commune B; the city of commune A cannot pay."""
        seance_prete(decor)
        dossier = decor.dossiers[0]
        with pytest.raises(Invalide) as refus:
            arbitrer(decor.acteur, lignes(dossier)[1], 100_000, decor.env_ville)
        assert "commune" in refus.value.problemes[0].message
        arbitrer(decor.acteur, lignes(decor.dossiers[1])[1], 100_000, decor.env_ville)

    def test_above_the_request_needs_a_reason(self, decor: DecorCopil) -> None:
        seance_prete(decor)
        ligne = lignes(decor.dossiers[0])[0]
        with pytest.raises(Invalide) as refus:
            arbitrer(decor.acteur, ligne, 500_001, decor.env_etat)
        assert refus.value.problemes[0].champ == "motif_ecart"
        arbitrer(decor.acteur, ligne, 500_001, decor.env_etat, "Le comité étend l’action")
        assert ligne.montant_arbitre == 500_001

    def test_amount_without_enveloppe_or_negative(self, decor: DecorCopil) -> None:
        seance_prete(decor)
        ligne = lignes(decor.dossiers[0])[0]
        for montant, enveloppe in ((1, None), (-1, decor.env_etat)):
            with pytest.raises(Invalide):
                arbitrer(decor.acteur, ligne, montant, enveloppe)

    def test_stale_page_tells_both_values(self, decor: DecorCopil) -> None:
        seance_prete(decor)
        ligne = lignes(decor.dossiers[0])[0]
        version = ligne.version
        arbitrer(decor.acteur, ligne, 100_000, decor.env_etat, version=version)
        with pytest.raises(Conflit) as refus:
            arbitrer(decor.acteur, ligne, 150_000, decor.env_etat, version=version)
        assert "1\u202f500\u00a0€" in refus.value.message
        assert "1\u202f000\u00a0€" in refus.value.message
        # The same value typed twice is no conflict.
        arbitrer(decor.acteur, ligne, 100_000, decor.env_etat, version=version)

    def test_moving_money_between_lines_is_no_overrun(self, decor: DecorCopil) -> None:
        seance_prete(decor)
        dossier = decor.dossiers[1]
        etat, ville = lignes(dossier)
        arbitrer(decor.acteur, etat, 500_000, decor.env_etat)
        petite = enveloppe_de(decor.campagne, decor.ville, 100_000, code="petite")
        arbitrer(decor.acteur, ville, 100_000, petite)
        posees = arbitrer_dossier(
            decor.acteur,
            dossier,
            [
                SaisieArbitrage(etat, 400_000, decor.env_etat, version=etat.version),
                SaisieArbitrage(ville, 50_000, petite, version=ville.version),
            ],
        )
        assert [f.montant_arbitre for f in posees] == [400_000, 50_000]

    def test_nothing_off_the_agenda(self, decor: DecorCopil) -> None:
        with pytest.raises(PasLeMoment):
            arbitrer(decor.acteur, lignes(decor.dossiers[0])[0], 100, decor.env_etat)

    def test_leaving_the_agenda_gives_the_money_back(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        dossier = decor.dossiers[0]
        ligne = lignes(dossier)[0]
        arbitrer(decor.acteur, ligne, 500_000, decor.env_etat)
        service.desinscrire(decor.acteur, seance, dossier)
        assert ligne.montant_arbitre is None and ligne.enveloppe is None
        assert dossier.etat is EtatDossier.INSTRUIT


class TestDecisions:
    def test_each_decision_brings_its_lines(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        a, b, c = decor.dossiers
        decision = _programmer(decor, seance, a)
        decider(decor.acteur, seance, b, S.AJOURNER, MOTIF)
        decider(decor.acteur, seance, c, S.REJETER, MOTIF)
        assert [f.etat for f in lignes(a)] == [EtatFinancement.ARBITRE, EtatFinancement.REFUSE]
        assert {f.etat for f in lignes(b)} == {EtatFinancement.AJOURNE}
        assert {f.etat for f in lignes(c)} == {EtatFinancement.REFUSE}
        assert decision.montants == {str(lignes(a)[0].id): 200_000}

    def test_refusal_needs_a_motif(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        for sens in (S.AJOURNER, S.REJETER):
            with pytest.raises(Invalide):
                decider(decor.acteur, seance, decor.dossiers[0], sens, "  ")

    def test_programming_needs_an_amount(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        with pytest.raises(PasLeMoment, match="montant"):
            decider(decor.acteur, seance, decor.dossiers[0], S.PROGRAMMER)

    def test_waiting_list_ranks_are_unique_and_free_the_money(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        a, b, _ = decor.dossiers
        arbitrer(decor.acteur, lignes(a)[0], 500_000, decor.env_etat)
        decider(decor.acteur, seance, a, S.LISTE_ATTENTE, rang_attente=1)
        assert lignes(a)[0].montant_arbitre is None
        for rang in (None, 0, 1):
            with pytest.raises(Invalide):
                decider(decor.acteur, seance, b, S.LISTE_ATTENTE, rang_attente=rang)
        decider(decor.acteur, seance, b, S.LISTE_ATTENTE, rang_attente=2)

    def test_amounts_changed_since_the_page(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        dossier = decor.dossiers[0]
        vues = {f.id: f.version for f in dossier.financements}
        arbitrer(decor.acteur, lignes(dossier)[0], 100_000, decor.env_etat)
        with pytest.raises(Conflit):
            decider(decor.acteur, seance, dossier, S.PROGRAMMER, versions=vues)

    def test_take_back(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        dossier = decor.dossiers[0]
        _programmer(decor, seance, dossier)
        revenir_sur_decision(decor.acteur, seance, dossier)
        assert dossier.etat is EtatDossier.INSCRIT
        assert lignes(dossier)[0].montant_arbitre == 200_000
        assert {f.etat for f in lignes(dossier)} == {EtatFinancement.AVIS_RENDU}

    def test_taken_back_without_money_left(self, decor: DecorCopil) -> None:
        """The amount of a refused dossier was given to another one: it must be typed anew."""
        seance = seance_prete(decor)
        a, b, c = decor.dossiers
        arbitrer(decor.acteur, lignes(a)[0], 500_000, decor.env_etat)
        decider(decor.acteur, seance, a, S.REJETER, MOTIF)
        for d in (b, c):
            arbitrer(decor.acteur, lignes(d)[0], 500_000, decor.env_etat)
        revenir_sur_decision(decor.acteur, seance, a)
        assert lignes(a)[0].montant_arbitre is None

    def test_quorum_counts_without_the_deports(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor, quorum=2)
        dossier = decor.dossiers[0]
        deporter(decor, decor.membre, dossier)
        with pytest.raises(PasLeMoment, match="quorum"):
            decider(decor.acteur, seance, dossier, S.REJETER, MOTIF)
        autre = decider(decor.acteur, seance, decor.dossiers[1], S.REJETER, MOTIF)
        assert autre.deportes == []

    def test_a_coordinator_in_conflict_cannot_decide(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        deporter(decor, decor.coordo, decor.dossiers[0])
        with pytest.raises(Interdit):
            decider(decor.acteur, seance, decor.dossiers[0], S.REJETER, MOTIF)
        with pytest.raises(Interdit):
            arbitrer(decor.acteur, lignes(decor.dossiers[0])[0], 1, decor.env_etat)

    def test_members_do_not_write(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        membre = charger_acteur(decor.membre)
        for acte in ("seance.preparer", "seance.decider", "seance.publier"):
            assert not may(membre, acte, seance)
        assert may(membre, "seance.voir", seance)
        with pytest.raises(Interdit):
            decider(membre, seance, decor.dossiers[0], S.REJETER, MOTIF)

    def test_postponed_dossier_comes_back_in_another_session(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        a, b, c = decor.dossiers
        arbitrer(decor.acteur, lignes(a)[0], 500_000, decor.env_etat)
        decider(decor.acteur, seance, a, S.AJOURNER, MOTIF)
        for d in (b, c):
            _programmer(decor, seance, d, 500_000)
        _terminer(decor, seance)
        suite = seance_prete(decor, tous=False, ouverte=False)
        service.inscrire(decor.acteur, suite, a)
        service.ouvrir(decor.acteur, suite)
        assert lignes(a)[0].montant_arbitre is None
        with pytest.raises(PasLeMoment, match="plus récente"):
            decider(decor.acteur, seance, a, S.REJETER, MOTIF)
        decider(decor.acteur, suite, a, S.REJETER, MOTIF)

    def test_cannot_close_with_undecided_dossiers(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        with pytest.raises(PasLeMoment, match="sans décision"):
            service.clore(decor.acteur, seance)

    def test_only_committee_members_are_convened(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        with pytest.raises(Invalide):
            service.convoquer(decor.acteur, seance, decor.porteur)

    def test_convocations(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor, ouverte=False)
        assert service.envoyer_convocations(decor.acteur, seance) == 2
        courriels = db.session.scalars(select(Courriel).where(Courriel.modele == "convocation"))
        assert {c.destinataire for c in courriels} == {decor.coordo.courriel, decor.membre.courriel}


def test_deport_hides_the_line(decor: DecorCopil) -> None:
    seance = seance_prete(decor)
    cache = decor.dossiers[0]
    deporter(decor, decor.membre, cache)
    membre = charger_acteur(decor.membre)
    vue = vue_seance(membre, seance, FiltresSeance())
    assert cache.id not in {d.id for d in vue.lignes}
    assert vue.masques == 1
    assert not may(membre, "dossier.examiner", cache)


def test_cut_line_follows_the_rank(decor: DecorCopil) -> None:
    """Proposed 4 000 € each on 10 000 €: the third of the ranking does not fit."""
    seance = seance_prete(decor)
    vue = vue_seance(decor.acteur, seance, FiltresSeance())
    (coupe,) = [c for c in vue.coupes if c.enveloppe == decor.env_etat.libelle]
    assert coupe.dossier_id == vue.lignes[2].id
    assert (coupe.cumul, coupe.disponible) == (1_200_000, 1_000_000)
    assert vue.lignes[2].coupes == (decor.env_etat.libelle,)


class TestPublication:
    def test_nothing_leaks_before(self, decor: DecorCopil) -> None:
        seance = seance_prete(decor)
        dossier = decor.dossiers[0]
        _programmer(decor, seance, dossier)
        assert etat_dossier_porteur(dossier) is EtatDossier.EN_INSTRUCTION
        for ligne in lignes_porteur(dossier):
            assert ligne.montant is None
            assert ligne.etat is EtatFinancement.PRIS_EN_CHARGE
        visibles = db.session.scalars(select(Evenement).where(Evenement.visible_porteur)).all()
        assert visibles == []
        with pytest.raises(Introuvable):
            lettre_notification(dossier)

    def _decider_tout(self, decor: DecorCopil) -> Any:
        seance = seance_prete(decor)
        a, b, c = decor.dossiers
        _programmer(decor, seance, a)
        decider(decor.acteur, seance, b, S.REJETER, MOTIF)
        decider(decor.acteur, seance, c, S.LISTE_ATTENTE, rang_attente=1)
        return seance

    def test_needs_the_minutes(self, decor: DecorCopil) -> None:
        seance = self._decider_tout(decor)
        with pytest.raises(PasLeMoment, match="procès-verbal"):
            publication.publier(decor.acteur, seance)

    def test_wrong_count(self, decor: DecorCopil) -> None:
        seance = self._decider_tout(decor)
        _terminer(decor, seance)
        with pytest.raises(PasLeMoment):
            publication.publier(decor.acteur, seance, attendues=2)

    def test_twice_is_once(self, decor: DecorCopil) -> None:
        seance = self._decider_tout(decor)
        _terminer(decor, seance)
        apercu = apercu_publication(decor.acteur, seance)
        assert (apercu.nombre, apercu.courriels) == (3, 3)
        assert publication.publier(decor.acteur, seance, attendues=3) == 3
        assert publication.publier(decor.acteur, seance) == 0
        with pytest.raises(PasLeMoment):
            publication.publier(decor.acteur, seance, attendues=3)
        courriels = db.session.scalars(
            select(Courriel).where(Courriel.modele.startswith("decision_"))
        ).all()
        assert len(courriels) == 3
        assert etat_dossier_porteur(decor.dossiers[0]) is EtatDossier.PROGRAMME
        assert lignes_porteur(decor.dossiers[0])[0].montant == 200_000

    def test_held_mails_are_let_go_once(self, decor: DecorCopil) -> None:
        seance = self._decider_tout(decor)
        _terminer(decor, seance)
        publication.publier(decor.acteur, seance, retenir=True)
        envois = select(Tache).where(Tache.nom == "envoyer_courriel")
        assert db.session.scalars(envois).all() == []
        with pytest.raises(PasLeMoment):
            publication.liberer_courriels(decor.acteur, seance, attendus=2)
        assert publication.liberer_courriels(decor.acteur, seance, attendus=3) == 3
        assert publication.liberer_courriels(decor.acteur, seance) == 0
        assert len(db.session.scalars(envois).all()) == 3
        etats = {c.etat for c in db.session.scalars(select(Courriel))}
        assert etats == {EtatCourriel.A_ENVOYER}

    def test_missing_motif(self, decor: DecorCopil) -> None:
        seance = self._decider_tout(decor)
        _terminer(decor, seance)
        db.session.execute(update(Decision).values(motif=""))
        db.session.expire_all()
        with pytest.raises(Invalide, match="motif"):
            publication.publier(decor.acteur, seance)

    def test_withdrawn_meanwhile_gets_no_mail(self, decor: DecorCopil) -> None:
        seance = self._decider_tout(decor)
        _terminer(decor, seance)
        decor.dossiers[0].etat = EtatDossier.RETIRE
        db.session.flush()
        assert apercu_publication(decor.acteur, seance).courriels == 2
        publication.publier(decor.acteur, seance, attendues=3)
        modeles = db.session.scalars(select(Courriel.modele)).all()
        assert sorted(modeles) == ["decision_liste_attente", "decision_rejeter"]

    def test_letters(self, decor: DecorCopil) -> None:
        seance = self._decider_tout(decor)
        _terminer(decor, seance)
        publication.publier(decor.acteur, seance)
        for dossier in decor.dossiers:
            assert lettre_notification(dossier).startswith(b"%PDF")


class TestProcesVerbal:
    def test_frozen_and_replayed(self, decor: DecorCopil, app: Flask) -> None:
        seance = TestPublication()._decider_tout(decor)
        revenir_sur_decision(decor.acteur, seance, decor.dossiers[1])
        decider(decor.acteur, seance, decor.dossiers[1], S.AJOURNER, MOTIF)
        _terminer(decor, seance)
        assert seance.etat is EtatSeance.PV_ARRETE
        assert pv.rejouer_pv(seance).conforme
        assert pdf_pv(seance) == pdf_pv(seance)
        db.session.commit()
        sortie = app.test_cli_runner().invoke(args=["copil", "rejouer", str(seance.id)])
        assert sortie.exit_code == 0, sortie.output
        assert "conforme" in sortie.output

    def test_a_changed_decision_is_seen(self, decor: DecorCopil, app: Flask) -> None:
        seance = TestPublication()._decider_tout(decor)
        _terminer(decor, seance)
        db.session.execute(update(Decision).values(motif="Autre chose"))
        db.session.commit()
        rejeu = pv.rejouer_pv(seance)
        assert rejeu.intact and not rejeu.ecarts_journal and rejeu.ecarts_tables
        sortie = app.test_cli_runner().invoke(args=["copil", "rejouer", str(seance.id)])
        assert sortie.exit_code == 1
        assert "différence" in sortie.output

    def test_a_changed_content_is_seen(self, decor: DecorCopil) -> None:
        seance = TestPublication()._decider_tout(decor)
        _terminer(decor, seance)
        contenu = {**seance.pv_contenu, "libelles": {}}
        seance.pv_contenu = contenu
        db.session.flush()
        assert not pv.rejouer_pv(seance).intact

    def test_closed_to_those_in_conflict_until_published(self, decor: DecorCopil) -> None:
        seance = TestPublication()._decider_tout(decor)
        _terminer(decor, seance)
        deporter(decor, decor.membre, decor.dossiers[0])
        membre = charger_acteur(decor.membre)
        assert not may(membre, "seance.lire_pv", seance)
        publication.publier(decor.acteur, seance)
        assert may(membre, "seance.lire_pv", seance)

    def test_unknown_session(self, app: Flask) -> None:
        sortie = app.test_cli_runner().invoke(args=["copil", "rejouer", "999"])
        assert sortie.exit_code == 1 and "Aucune séance" in sortie.output


def test_nature_of_the_credits(decor: DecorCopil) -> None:
    """A request on ordinary credits is not paid with specific ones, and is not offered them."""
    seance = seance_prete(decor)
    dossier = decor.dossiers[0]
    ligne = lignes(dossier)[0]
    ligne.origine = OrigineCredits.DROIT_COMMUN
    db.session.flush()
    with pytest.raises(Invalide) as refus:
        arbitrer(decor.acteur, ligne, 100_000, decor.env_etat)
    assert "crédits spécifiques" in refus.value.problemes[0].message
    vue = vue_seance(decor.acteur, seance, FiltresSeance())
    (x,) = [x for d in vue.lignes for x in d.lignes if x.id == ligne.id]
    assert not x.offertes and "droit commun" in x.ecartees[0][1]
    ordinaire = enveloppe_de(
        decor.campagne,
        decor.etat,
        500_000,
        code="ordinaire",
        origine=OrigineCredits.DROIT_COMMUN,
    )
    arbitrer(decor.acteur, ligne, 100_000, ordinaire)
    assert ligne.enveloppe is ordinaire
