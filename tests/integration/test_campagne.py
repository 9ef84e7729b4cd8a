"""Campaigns: preparation, clock, late deposits, rules, copy."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import a_paris, depuis_paris, horloge_fixee
from aap.domaine.regles import effet_regle, regles, valeur_regle
from aap.extensions import db
from aap.models import Courriel, Enveloppe, Evenement, RoleHabilitation, Tache
from aap.permissions import SYSTEME
from aap.requetes.campagnes import problemes_campagne
from aap.services.affectation import accepter_hors_delai
from aap.services.campagne import (
    Priorite,
    copier_campagne,
    creer_campagne,
    fixer_priorites,
    fixer_regles,
    modifier_campagne,
    retablir_regle,
)
from aap.services.campagne_etapes import avancer, declarer_prete, reprendre_preparation, rouvrir
from aap.services.campagne_horloge import faire_a_l_heure
from aap.services.enveloppe import supprimer_enveloppe
from aap.services.gardes import GARDES
from aap.taches.campagnes import RELANCES, relances_quotidiennes
from tests import fabriques as f
from tests.outils_coordination import (
    CLOTURE,
    GRACE,
    OUVERTURE,
    VEILLE,
    Coordination,
    brouillon,
    donnees,
    monter,
)
from workflows.campagne import EtatCampagne
from workflows.dossier import EtatDossier

E = EtatCampagne
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def c(session: object):
    with horloge_fixee(VEILLE):
        yield monter()


def ouvrir(c: Coordination) -> None:
    declarer_prete(c.acteur, c.campagne)
    with horloge_fixee(OUVERTURE):
        faire_a_l_heure()
    assert c.campagne.etat is E.OUVERTE


def courriels(modele: str) -> list[str]:
    return list(
        f.db.session.scalars(select(Courriel.destinataire).where(Courriel.modele == modele))
    )


def test_creer_est_reserve(c: Coordination) -> None:
    with pytest.raises(Interdit):
        creer_campagne(f.acteur(c.instructrice), c.contrat, donnees())
    with pytest.raises(Invalide) as refus:
        creer_campagne(
            c.acteur, c.contrat, donnees(nom=" ", cloture_le=OUVERTURE, grace_minutes=9999)
        )
    assert [p.champ for p in refus.value.problemes] == ["nom", "cloture_le", "grace_minutes"]


def test_ce_qui_manque_avant_d_ouvrir(c: Coordination) -> None:
    vide = creer_campagne(c.acteur, c.contrat, donnees(service="", contact="", note_cadrage=""))
    bloquants = {p.lien for p in problemes_campagne(vide) if p.bloquant}
    conseils = {p.lien for p in problemes_campagne(vide) if not p.bloquant}
    assert bloquants == {"dates", "grille", "enveloppes"}
    assert {"priorites", "note"} <= conseils
    with pytest.raises(Invalide) as refus:
        declarer_prete(c.acteur, vide)
    assert len(refus.value.problemes) == 4
    assert vide.prete_le is None
    with horloge_fixee(OUVERTURE):
        dits = [p.message for p in problemes_campagne(vide) if not p.bloquant]
    assert any("ouvrira dès qu’elle sera" in m for m in dits)


def test_ouverture_et_cloture_par_l_horloge_seule(c: Coordination) -> None:
    """Without « prête » nothing opens; then the exact instants decide."""
    dossier = brouillon(c)
    with horloge_fixee(OUVERTURE):
        assert faire_a_l_heure() == {"ouvertes": 0, "closes": 0}
    declarer_prete(c.acteur, c.campagne)
    with horloge_fixee(OUVERTURE - INSTANT):
        assert faire_a_l_heure()["ouvertes"] == 0
    with horloge_fixee(OUVERTURE):
        assert faire_a_l_heure()["ouvertes"] == 1
    assert c.campagne.grille is not None and c.campagne.grille.figee_le == OUVERTURE
    with horloge_fixee(CLOTURE + GRACE):
        assert faire_a_l_heure()["closes"] == 0
    with horloge_fixee(CLOTURE + GRACE + INSTANT):
        assert faire_a_l_heure()["closes"] == 1
        assert faire_a_l_heure() == {"ouvertes": 0, "closes": 0}
    assert c.campagne.etat is E.CLOSE
    assert dossier.etat is EtatDossier.CADUC
    assert courriels("campagne_dossier_caduc") == [c.porteur.courriel]
    assert courriels("campagne_close") == [c.coordination.courriel]
    assert courriels("campagne_ouverte") == [c.coordination.courriel]


@pytest.mark.parametrize(
    ("ecart", "accepte"),
    [
        (timedelta(0), True),
        (INSTANT, True),
        (GRACE, True),
        (GRACE + INSTANT, False),
    ],
)
def test_le_depot_suit_l_horloge(c: Coordination, ecart: timedelta, accepte: bool) -> None:
    """Even when the worker is late: the guard reads the instants, not the state."""
    dossier = brouillon(c)
    garde = GARDES["dossier", "campagne_ouverte"]
    ouvrir(c)
    with horloge_fixee(OUVERTURE - INSTANT):
        assert "pas encore ouvert" in (garde(SYSTEME, dossier) or "")
    with horloge_fixee(CLOTURE + ecart):
        assert (garde(SYSTEME, dossier) is None) is accepte
        fermee = GARDES["dossier", "campagne_fermee"](SYSTEME, dossier)
        assert (fermee is None) is not accepte


def test_ouverture_exacte_meme_si_l_ouvrier_tarde(c: Coordination) -> None:
    dossier = brouillon(c)
    garde = GARDES["dossier", "campagne_ouverte"]
    with horloge_fixee(OUVERTURE):
        assert garde(SYSTEME, dossier) is not None  # nobody declared it ready
    declarer_prete(c.acteur, c.campagne)
    with horloge_fixee(OUVERTURE):
        assert garde(SYSTEME, dossier) is None


def test_ce_qui_est_annonce_ne_recule_pas(c: Coordination) -> None:
    ouvrir(c)
    with pytest.raises(Invalide) as refus:
        modifier_campagne(
            c.acteur,
            c.campagne,
            donnees(exercice=2028, cloture_le=CLOTURE - timedelta(days=1), grace_minutes=0),
        )
    champs = [p.champ for p in refus.value.problemes]
    assert champs == ["ouverture_le", "cloture_le", "grace_minutes"]
    modifier_campagne(c.acteur, c.campagne, donnees(cloture_le=CLOTURE + timedelta(days=3)))
    assert c.campagne.cloture_le == CLOTURE + timedelta(days=3)
    with pytest.raises(PasLeMoment):
        fixer_priorites(c.acteur, c.campagne, {c.orientations[0].id: Priorite(4)})


def test_une_page_perimee_est_refusee(c: Coordination) -> None:
    version = c.campagne.version
    modifier_campagne(c.acteur, c.campagne, donnees(nom="Un autre nom"), version=version)
    with pytest.raises(Conflit):
        modifier_campagne(c.acteur, c.campagne, donnees(), version=version)


def test_plus_prete_quand_il_manque_a_nouveau(c: Coordination) -> None:
    declarer_prete(c.acteur, c.campagne)
    modifier_campagne(c.acteur, c.campagne, donnees(service=""))
    assert c.campagne.prete_le is None
    modifier_campagne(c.acteur, c.campagne, donnees())
    declarer_prete(c.acteur, c.campagne)
    supprimer_enveloppe(c.acteur, c.enveloppe)
    assert c.campagne.prete_le is None


def test_reprendre_la_preparation(c: Coordination) -> None:
    declarer_prete(c.acteur, c.campagne)
    reprendre_preparation(c.acteur, c.campagne)
    with horloge_fixee(OUVERTURE):
        assert faire_a_l_heure()["ouvertes"] == 0


def test_rouvrir_ranime_les_brouillons(c: Coordination) -> None:
    dossier = brouillon(c)
    ouvrir(c)
    apres = CLOTURE + GRACE + INSTANT
    with horloge_fixee(apres):
        faire_a_l_heure()
        with pytest.raises(Invalide) as refus:
            rouvrir(c.acteur, c.campagne, CLOTURE, "")
        assert {p.champ for p in refus.value.problemes} == {"cloture_le", "motif"}
        rouvrir(c.acteur, c.campagne, apres + timedelta(days=4), "Panne nationale d’internet")
    assert c.campagne.etat is E.OUVERTE
    assert dossier.etat is EtatDossier.BROUILLON
    assert courriels("campagne_depots_rouverts") == [c.porteur.courriel]


def test_accepter_hors_delai(c: Coordination) -> None:
    dossier = brouillon(c)
    ouvrir(c)
    garde = GARDES["dossier", "campagne_ouverte"]
    with horloge_fixee(CLOTURE), pytest.raises(PasLeMoment):
        accepter_hors_delai(c.acteur, dossier, "Trop tôt")
    with horloge_fixee(CLOTURE + GRACE + INSTANT):
        faire_a_l_heure()
        with pytest.raises(Interdit):
            accepter_hors_delai(f.acteur(c.instructrice), dossier, "Non")
        with pytest.raises(Invalide):
            accepter_hors_delai(c.acteur, dossier, "  ")
        accepter_hors_delai(c.acteur, dossier, "Hospitalisation de la présidente")
        assert dossier.etat is EtatDossier.BROUILLON
        assert garde(SYSTEME, dossier) is None
        c.campagne.etat = E.COPIL
        assert garde(SYSTEME, dossier) is not None
    ligne = f.db.session.scalars(
        select(Evenement).where(Evenement.acte == "dossier.accepter_hors_delai")
    ).one()
    assert ligne.motif == "Hospitalisation de la présidente"
    assert ligne.acteur_id == c.coordination.id
    assert courriels("campagne_hors_delai") == [c.porteur.courriel]


def test_lancer_puis_bloquer_le_copil(c: Coordination) -> None:
    ouvrir(c)
    with horloge_fixee(CLOTURE + timedelta(days=1)):
        faire_a_l_heure()
        avancer(c.acteur, c.campagne, "lancer_instruction")
        f.dossier(c.campagne, c.organisme, EtatDossier.DEPOSE)
        with pytest.raises(PasLeMoment) as refus:
            avancer(c.acteur, c.campagne, "passer_au_copil")
        assert "recevabilité" in str(refus.value)
        with pytest.raises(Invalide):
            avancer(c.acteur, c.campagne, "clore")


def test_copie_d_une_annee_sur_l_autre(c: Coordination) -> None:
    fixer_priorites(c.acteur, c.campagne, {c.orientations[0].id: Priorite(4, "Urgent")})
    fixer_regles(c.acteur, c.campagne, {"taux_public_max": (900, "avertit")})
    copie = copier_campagne(c.acteur, c.campagne)
    assert copie.exercice == 2028 and copie.nom == "Appel à projets 2028"
    assert a_paris(copie.cloture_le) == a_paris(depuis_paris(datetime(2027, 11, 20, 12)))
    assert [(p.poids, p.commentaire) for p in copie.priorites] == [(4, "Urgent")]
    assert valeur_regle(copie, "taux_public_max") == 900
    assert copie.grille_id == c.campagne.grille_id
    assert any("Confirmez le montant" in p.message for p in problemes_campagne(copie))
    vides = select(Enveloppe).where(Enveloppe.campagne_id == copie.id)
    une = db.session.scalars(vides).first()
    assert une is not None and une.montant == 0
    f.enveloppe(copie, une.financeur, 0)
    dits = [p.message for p in problemes_campagne(copie) if p.lien == "montants"]
    assert len(dits) == 1 and " enveloppes, à zéro" in dits[0]
    assert copier_campagne(c.acteur, c.campagne).code == f"{copie.code}-2"


def test_copie_du_29_fevrier(c: Coordination) -> None:
    modifier_campagne(
        c.acteur,
        c.campagne,
        donnees(
            ouverture_le=depuis_paris(datetime(2028, 2, 29, 9)),
            cloture_le=depuis_paris(datetime(2028, 3, 26, 2, 30)),
        ),
    )
    copie = copier_campagne(c.acteur, c.campagne)
    assert a_paris(copie.ouverture_le).strftime("%d/%m/%Y %H:%M") == "28/02/2029 09:00"


def test_regles_et_retour_au_defaut(c: Coordination) -> None:
    assert valeur_regle(c.campagne, "fpcc_plafond") == 2_000_00
    assert effet_regle(c.campagne, "bilan_precedent") == "avertit"
    fixer_regles(
        c.acteur,
        c.campagne,
        {"fpcc_plafond": (1_500_00, "bloque"), "bilan_precedent": (True, "bloque")},
    )
    assert valeur_regle(c.campagne, "fpcc_plafond") == 1_500_00
    assert effet_regle(c.campagne, "bilan_precedent") == "bloque"
    assert len(c.campagne.regles) == 2
    retablir_regle(c.acteur, c.campagne, "fpcc_plafond")
    assert [r.code for r in c.campagne.regles] == ["bilan_precedent"]
    with pytest.raises(Invalide):
        fixer_regles(c.acteur, c.campagne, {"taux_public_max": (1001, "avertit")})
    with pytest.raises(Invalide):
        fixer_regles(c.acteur, c.campagne, {"fpcc_plafond": (900, "avertit")})


def test_chaque_regle_par_defaut_est_permise() -> None:
    assert len({r.code for r in regles()}) == len(regles())
    for r in regles():
        for v in r.versions:
            assert "{" not in r.dire(v.valeur)
            assert v.source


def test_relances_une_fois_par_jour(c: Coordination) -> None:
    brouillon(c)
    ouvrir(c)
    with horloge_fixee(CLOTURE - timedelta(days=7)):
        relances_quotidiennes()
        relances_quotidiennes()
        noms = f.db.session.scalars(select(Tache.nom).where(Tache.nom.startswith("relance_"))).all()
        assert sorted(noms) == sorted(RELANCES)


def test_le_point_de_la_semaine_se_rattrape(c: Coordination) -> None:
    """Nothing ran on Monday 9 November 2026: the point is made on Tuesday, and once."""
    lundi = datetime(2026, 11, 9, 8, tzinfo=CLOTURE.tzinfo)
    for jours, points in ((1, 1), (2, 1), (6, 1), (7, 2), (8, 2)):
        with horloge_fixee(lundi + timedelta(days=jours)):
            relances_quotidiennes()
        vues = select(Tache).where(Tache.nom == "relance_echeances")
        assert len(f.db.session.scalars(vues).all()) == points, jours


def test_un_coordinateur_d_un_autre_contrat_ne_peut_rien(c: Coordination) -> None:
    autre = f.contrat("autre")
    etranger = f.acteur(f.agent(RoleHabilitation.COORDINATEUR, autre))
    with pytest.raises(Interdit):
        modifier_campagne(etranger, c.campagne, donnees())
    with pytest.raises(Interdit):
        supprimer_enveloppe(etranger, c.enveloppe)
