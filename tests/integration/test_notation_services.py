"""Scores: exact, blind until sent, frozen; opinions; delays; what an act brings along."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee, maintenant
from aap.extensions import db
from aap.models import (
    Courriel,
    DemandeComplement,
    EtatEvaluation,
    Evaluation,
    Evenement,
    Fiche,
    IndicateurQuartier,
    RoleHabilitation,
    TypeCampagne,
    ValeurAvis,
)
from aap.permissions import charger_acteur, may
from aap.requetes.criteres_calcules import expliquer_besoin, expliquer_conformite
from aap.requetes.delais import delais
from aap.requetes.memoire_resultats import oublier
from aap.requetes.notation import evaluations_notees, resultats
from aap.requetes.page_evaluation import autres, page_evaluation
from aap.services.avis import demander_avis, rendre_avis, rendre_avis_externe
from aap.services.evaluation import (
    NoteSaisie,
    enregistrer_evaluation,
    envoyer_evaluation,
    evaluation_de,
)
from aap.services.instruction import clore_instruction
from aap.services.message import ecrire_message
from aap.services.recevabilite import (
    declarer_irrecevable,
    demander_complements,
    lever_la_demande,
    prendre_en_instruction,
)
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_porteur import compter_requetes
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

R = RoleHabilitation


def test_score_exact_et_criteres_expliques(session) -> None:
    decor = o.planter()
    besoin = expliquer_besoin(decor.dossier)
    assert besoin.valeur == 4  # 25 % against 15 %: the greatest need
    assert any("Taux d’emploi" in r for r in besoin.reserves)
    conformite = expliquer_conformite(decor.dossier)
    assert conformite.valeur == Fraction(4) * (Fraction(5, 10) + Fraction(3, 10))
    evaluation = o.noter(decor, decor.instructrice, qualite=3, egalite=1)
    [notee] = evaluations_notees(decor.campagne)
    attendu = Fraction(100, 400) * (20 * Fraction(16, 5) + 20 * 4 + 40 * 3 + 20 * 1)
    assert notee.score == attendu
    assert evaluation.calcules["conformite"]["valeur"] == "16/5"
    ligne = session.query(Evenement).filter_by(acte="evaluation.envoyer").one()
    assert ligne.donnees["score"] == str(attendu) and not ligne.visible_porteur


def test_sans_objet_sort_du_denominateur(session) -> None:
    decor = o.planter()
    o.noter(decor, decor.instructrice, qualite=3, egalite=None)
    [notee] = evaluations_notees(decor.campagne)
    assert notee.score == Fraction(100, 4 * 80) * (20 * Fraction(16, 5) + 20 * 4 + 40 * 3)
    assert notee.valeurs["egalite"] is None
    ids = {c.code: c.id for c in decor.grille.criteres}
    with pytest.raises(Invalide):
        enregistrer_evaluation(
            f.acteur(decor.collegue),
            decor.dossier,
            {ids["qualite"]: NoteSaisie(None, sans_objet=True)},
        )


def test_valeur_douteuse_exclue_et_dite(session) -> None:
    decor = o.planter()
    indicateur = session.query(IndicateurQuartier).join(Fiche).filter(Fiche.titre == "Quartier Est")
    indicateur.one().ecarte = True
    db.session.flush()
    besoin = expliquer_besoin(decor.dossier)
    assert besoin.valeur is None
    assert any("valeur douteuse" in r for r in besoin.reserves)


def test_gele_a_l_envoi(session) -> None:
    decor = o.planter()
    o.noter(decor, decor.instructrice)
    avant = resultats(decor.campagne)[0].score
    for i in session.query(IndicateurQuartier):
        i.ecarte = True
    decor.campagne.priorites[0].poids = 0
    db.session.flush()
    assert resultats(decor.campagne)[0].score == avant
    page = page_evaluation(
        f.acteur(decor.instructrice),
        decor.dossier,
        evaluation_de(f.acteur(decor.instructrice), decor.dossier),
    )
    besoin = next(x for x in page.lignes if x.critere.code == "besoin")
    assert besoin.explication is not None and besoin.explication.valeur == 4


def test_brouillon_ne_compte_jamais(session) -> None:
    decor = o.planter()
    acteur = f.acteur(decor.instructrice)
    enregistrer_evaluation(acteur, decor.dossier, o.notes(decor))
    [resultat] = resultats(decor.campagne)
    assert resultat.score is None and resultat.rang is None and resultat.evaluations == 0
    decor.ligne_etat.etat = decor.ligne_ville.etat = EtatFinancement.NON_RECEVABLE
    with pytest.raises(PasLeMoment, match="notation"):
        clore_instruction(f.acteur(decor.coordination), decor.dossier)


def test_aveugle_jusqu_a_l_envoi(session) -> None:
    decor = o.planter()
    o.noter(decor, decor.collegue, qualite=4)
    acteur = f.acteur(decor.instructrice)
    cachees = autres(acteur, decor.dossier)
    assert not cachees.visibles and cachees.evaluations == []
    o.noter(decor, decor.instructrice, qualite=2)
    visibles = autres(acteur, decor.dossier)
    assert len(visibles.evaluations) == 2
    assert visibles.dispersion is not None and visibles.dispersion.etendue == 20
    assert not may(acteur, "notation.voir", decor.campagne)
    assert may(f.acteur(decor.coordination), "notation.voir", decor.campagne)
    finance = f.agent(R.FINANCE, decor.contrat, decor.etat)
    assert not autres(f.acteur(finance), decor.dossier).visibles


def test_envoi_final_et_version(session) -> None:
    decor = o.planter()
    acteur = f.acteur(decor.instructrice)
    brouillon = enregistrer_evaluation(acteur, decor.dossier, o.notes(decor, qualite=None))
    with pytest.raises(Conflit):
        enregistrer_evaluation(acteur, decor.dossier, {}, version=brouillon.version + 5)
    with pytest.raises(Invalide) as manque:
        envoyer_evaluation(acteur, brouillon)
    assert len(manque.value.problemes) == 1
    ids = {c.code: c.id for c in decor.grille.criteres}
    enregistrer_evaluation(acteur, decor.dossier, {ids["qualite"]: NoteSaisie(1)})
    with pytest.raises(Invalide) as eliminatoire:
        envoyer_evaluation(acteur, brouillon)
    assert eliminatoire.value.problemes[0].champ == f"commentaire-{ids['qualite']}"
    enregistrer_evaluation(acteur, decor.dossier, o.notes(decor, qualite=1))
    with pytest.raises(Interdit):
        envoyer_evaluation(f.acteur(decor.collegue), brouillon)
    envoyer_evaluation(acteur, brouillon)
    envoyer_evaluation(acteur, brouillon)
    assert session.query(Evenement).filter_by(acte="evaluation.envoyer").count() == 1
    with pytest.raises(PasLeMoment):
        enregistrer_evaluation(acteur, decor.dossier, o.notes(decor))
    [resultat] = resultats(decor.campagne)
    assert resultat.sous_seuil == ("Qualite",) and resultat.rang is None


@pytest.mark.parametrize("etat", [EtatDossier.IRRECEVABLE, EtatDossier.INSTRUIT])
def test_pas_le_moment_de_noter(session, etat: EtatDossier) -> None:
    decor = o.planter(etat)
    with pytest.raises(PasLeMoment):
        enregistrer_evaluation(f.acteur(decor.instructrice), decor.dossier, {})


def test_deport_interdit_de_noter_et_d_ecrire(session) -> None:
    decor = o.planter()
    o.deporter(decor.instructrice, decor.organisme)
    acteur = f.acteur(decor.instructrice)
    with pytest.raises(Interdit):
        enregistrer_evaluation(acteur, decor.dossier, o.notes(decor))
    with pytest.raises(Interdit):
        rendre_avis(acteur, decor.ligne_etat, ValeurAvis.FAVORABLE, "", 100)
    with pytest.raises(Interdit):
        ecrire_message(acteur, decor.dossier, "Bonjour")


def test_note_d_une_personne_deportee_ne_compte_plus(session) -> None:
    decor = o.planter()
    o.noter(decor, decor.instructrice, qualite=4)
    o.noter(decor, decor.collegue, qualite=2)
    o.deporter(decor.instructrice, decor.organisme)
    [resultat] = resultats(decor.campagne)
    assert resultat.evaluations == 1 and resultat.moyennes["qualite"] == 2
    o.deporter(decor.collegue, decor.organisme)
    assert resultats(decor.campagne)[0].score is None
    decor.ligne_etat.etat = decor.ligne_ville.etat = EtatFinancement.NON_RECEVABLE
    with pytest.raises(PasLeMoment, match="notation"):
        clore_instruction(f.acteur(decor.coordination), decor.dossier)


def test_classement_departage_et_requetes(session) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 12)
    d1, d2, d3 = [x for x in sorted(_dossiers(decor), key=lambda d: d.numero)][1:4]
    o.noter(decor, decor.instructrice, d1, qualite=3, egalite=4)
    o.noter(decor, decor.instructrice, d2, qualite=4, egalite=2)
    o.noter(decor, decor.instructrice, d3, qualite=4, egalite=4)
    rangs = {r.dossier_id: (r.rang, r.egalite) for r in resultats(decor.campagne) if r.rang}
    # d1 and d2 tie at the same score: the heaviest criterion (qualite) separates them.
    assert rangs == {d3.id: (1, False), d2.id: (2, True), d1.id: (3, True)}
    oublier()
    db.session.expire_all()
    peu = compter_requetes(lambda: resultats(decor.campagne))
    db.session.expire_all()
    assert compter_requetes(lambda: resultats(decor.campagne)) == 4  # kept: witness only
    for d in _dossiers(decor)[4:]:
        o.noter(decor, decor.collegue, d)
    db.session.expire_all()
    assert compter_requetes(lambda: resultats(decor.campagne)) == peu <= 13


def _dossiers(decor: o.Decor) -> list:
    return list(db.session.query(type(decor.dossier)).order_by(type(decor.dossier).id))


def test_irrecevable_emporte_toutes_les_lignes(session) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    declarer_irrecevable(f.acteur(decor.instructrice), decor.dossier, "Hors du contrat de ville.")
    etats = {x.etat for x in decor.dossier.financements}
    assert etats == {EtatFinancement.NON_RECEVABLE}
    courriel = session.query(Courriel).filter_by(modele="dossier_irrecevable").one()
    assert "Hors du contrat" in courriel.texte and "tribunal administratif" in courriel.texte
    assert courriel.sujet.startswith("Votre dossier 2027-")


def test_tous_les_courriels_se_rendent(session) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    acteur = f.acteur(decor.instructrice)
    demander_complements(acteur, decor.dossier, "Il manque <b>tout</b>", ["Budget"], o.dans(10))
    lever_la_demande(acteur, decor.dossier, "Pas indispensable pour décider.")
    prendre_en_instruction(acteur, decor.dossier)
    personne = o.observatrice(decor)
    demande = demander_avis(acteur, decor.dossier, personne, "Conseil", "Utile ?", o.dans(5))
    rendre_avis_externe(f.acteur(personne), demande, ValeurAvis.RESERVE, "À préciser.")
    lus = {c.modele: c for c in session.query(Courriel)}
    assert set(lus) == {
        "complements_demandes",
        "complements_leves",
        "dossier_recevable",
        "avis_demande",
        "avis_exterieur_rendu",
    }
    assert "&lt;b&gt;tout" in lus["complements_demandes"].html
    assert f"/avis/{demande.id}" in lus["avis_demande"].texte
    for c in lus.values():
        assert "{{" not in c.texte + c.html and c.sujet


def test_avis_exterieur_bornes(session) -> None:
    decor = o.planter()
    acteur, personne = f.acteur(decor.instructrice), o.observatrice(decor)
    with pytest.raises(Invalide):
        demander_avis(acteur, decor.dossier, decor.collegue, "Voisin", "", o.dans(5))
    liee = o.observatrice(decor)
    o.deporter(liee, decor.organisme)
    with pytest.raises(Invalide):
        demander_avis(acteur, decor.dossier, liee, "Conseil", "", o.dans(5))
    with pytest.raises(Invalide):
        demander_avis(acteur, decor.dossier, personne, "Conseil", "", o.dans(0))
    demande = demander_avis(acteur, decor.dossier, personne, "Conseil", "", o.dans(5))
    with pytest.raises(PasLeMoment):
        demander_avis(acteur, decor.dossier, personne, "Conseil", "", o.dans(5))
    with pytest.raises(Invalide):
        rendre_avis_externe(f.acteur(personne), demande, ValeurAvis.DROIT_COMMUN, "Non")
    decor.dossier.etat = EtatDossier.INSTRUIT
    with pytest.raises(PasLeMoment):
        rendre_avis_externe(f.acteur(personne), demande, ValeurAvis.FAVORABLE, "Oui")


def test_clore_demande_tous_les_avis(session) -> None:
    decor = o.planter()
    acteur = f.acteur(decor.instructrice)
    o.noter(decor, decor.instructrice)
    rendre_avis(acteur, decor.ligne_etat, ValeurAvis.FAVORABLE, "", 5_000_00)
    with pytest.raises(PasLeMoment, match="Orlyville"):
        clore_instruction(acteur, decor.dossier)
    collegue = f.acteur(decor.collegue)
    rendre_avis(collegue, decor.ligne_ville, ValeurAvis.DEFAVORABLE, "Hors priorité", None)
    assert decor.ligne_ville.montant_propose == 0
    decor.campagne.type = TypeCampagne.FPCC
    with pytest.raises(PasLeMoment, match="conseil citoyen"):
        clore_instruction(acteur, decor.dossier)
    decor.campagne.type = TypeCampagne.AAP_ANNUEL
    clore_instruction(acteur, decor.dossier)
    assert decor.dossier.etat is EtatDossier.INSTRUIT


def test_delai_de_silence_suspendu_par_le_seul_indispensable(session) -> None:
    with horloge_fixee(datetime(2026, 11, 2, 12, tzinfo=UTC)):
        decor = o.planter()
    cle = {decor.dossier.id: EtatDossier.DEPOSE}
    demande = DemandeComplement(
        dossier_id=decor.dossier.id,
        demandee_le=datetime(2026, 11, 12, 12, tzinfo=UTC),
        demandee_par_id=decor.instructrice.id,
        echeance=date(2026, 11, 22),
        texte="x",
        elements=["y"],
        bloquante=False,
    )
    db.session.add(demande)
    db.session.flush()
    with horloge_fixee(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        assert delais(cle)[decor.dossier.id].silence == date(2027, 1, 2)
        demande.bloquante = True
        db.session.flush()
        assert delais(cle)[decor.dossier.id].silence is None
    with horloge_fixee(datetime(2027, 1, 5, 12, tzinfo=UTC)):
        # never answered: suspended until the date fixed, no longer
        assert delais(cle)[decor.dossier.id].silence == date(2027, 1, 12)
        mots = [m for _, m in delais(cle)[decor.dossier.id].badges]
        assert mots == ["Sans réponse, refus le 12\u00a0janvier 2027"]


def test_severite_a_cote_jamais_a_la_place(session) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 3)
    for d in _dossiers(decor):
        o.noter(decor, decor.instructrice, d, qualite=2)
        o.noter(decor, decor.collegue, d, qualite=4)
    notees = evaluations_notees(decor.campagne)
    severe = [e for e in notees if e.utilisateur_id == decor.instructrice.id]
    assert all(e.normalise == e.score + 10 for e in severe if e.score is not None)
    premier = resultats(decor.campagne)[0]
    assert premier.score == premier.dispersion.moyenne
    assert premier.evaluations == 2


def test_etat_evaluation_inchange_par_un_autre(session) -> None:
    decor = o.planter()
    acteur = charger_acteur(decor.collegue)
    enregistrer_evaluation(acteur, decor.dossier, o.notes(decor))
    assert session.query(Evaluation).one().etat is EtatEvaluation.BROUILLON
    assert evaluation_de(f.acteur(decor.instructrice), decor.dossier) is None
    assert maintenant() - session.query(Evaluation).one().modifie_le < timedelta(minutes=1)
