"""Consensus, frozen list, replay: what counts, what is refused, what is seen when tampered."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Classement, Dossier, EffetRegle, Evenement, RegleCampagne
from aap.permissions import may
from aap.requetes.memoire_resultats import resultats_campagne
from aap.requetes.notation import resultats
from aap.requetes.resultats import attendues_de
from aap.services.abstention import reprendre_notation, s_abstenir
from aap.services.affectation import declarer_deport
from aap.services.classement import figer_classement, rejouer, rouvrir_classement
from aap.services.consensus import (
    NoteAccordee,
    consensus_de,
    enregistrer_consensus,
    retirer_consensus,
)
from aap.services.evaluation import enregistrer_evaluation, envoyer_evaluation, evaluation_de
from tests import fabriques as f
from tests import outils_instruction as o
from workflows.dossier import EtatDossier


def accordees(decor: o.Decor, qualite: int = 4, egalite: int | None = 4) -> dict[int, NoteAccordee]:
    ids = {c.code: c.id for c in decor.grille.criteres}
    return {
        ids["qualite"]: NoteAccordee(qualite, "Tous d’accord"),
        ids["egalite"]: NoteAccordee(egalite, "Après lecture du projet"),
    }


def deux_notations() -> o.Decor:
    decor = o.planter()
    o.noter(decor, decor.instructrice, qualite=3, egalite=1)
    o.noter(decor, decor.collegue, qualite=1, egalite=1)
    return decor


def test_le_consensus_classe_a_la_place_de_la_moyenne(session) -> None:
    decor = deux_notations()
    coordination = f.acteur(decor.coordination)
    avant = resultats(decor.campagne)[0]
    assert not avant.consensus
    accord = enregistrer_consensus(
        coordination, decor.dossier, accordees(decor), "Réunion du 3 mars", version=0
    )
    apres = resultats(decor.campagne)[0]
    assert apres.consensus and apres.dispersion == avant.dispersion
    assert apres.score == Fraction(100, 400) * (20 * Fraction(16, 5) + 20 * 4 + 40 * 4 + 20 * 4)
    enregistrer_consensus(
        coordination, decor.dossier, accordees(decor, 2), "Relecture", version=accord.version
    )
    assert resultats(decor.campagne)[0].moyennes["qualite"] == 2
    lignes = session.query(Evenement).filter_by(acte="consensus.enregistrer").all()
    assert [e.libelle for e in lignes] == ["Consensus enregistré", "Consensus révisé"]
    assert [e.donnees["notes"]["qualite"]["valeur"] for e in lignes] == [4, 2]
    assert not any(e.visible_porteur for e in lignes)
    retirer_consensus(coordination, accord, "Un évaluateur manquait")
    assert consensus_de(decor.dossier) is None
    assert resultats(decor.campagne)[0].score == avant.score


def test_consensus_refuse(session) -> None:
    decor = o.planter()
    coordination = f.acteur(decor.coordination)
    o.noter(decor, decor.instructrice)
    with pytest.raises(PasLeMoment, match="deux notations"):
        enregistrer_consensus(coordination, decor.dossier, accordees(decor), "Accord")
    o.noter(decor, decor.collegue)
    with pytest.raises(Interdit):
        enregistrer_consensus(
            f.acteur(decor.instructrice), decor.dossier, accordees(decor), "Accord"
        )
    with pytest.raises(Invalide) as refus:
        enregistrer_consensus(coordination, decor.dossier, {}, " ")
    assert len(refus.value.problemes) == 3
    sans = accordees(decor)
    qualite = next(c.id for c in decor.grille.criteres if c.code == "qualite")
    sans[qualite] = NoteAccordee(None, "Rien à dire")
    with pytest.raises(Invalide, match="consensus"):
        enregistrer_consensus(coordination, decor.dossier, sans, "Accord")
    enregistrer_consensus(coordination, decor.dossier, accordees(decor), "Accord", version=0)
    with pytest.raises(Conflit):
        enregistrer_consensus(coordination, decor.dossier, accordees(decor), "Accord", version=0)
    decor.dossier.etat = EtatDossier.PROGRAMME
    with pytest.raises(PasLeMoment):
        enregistrer_consensus(coordination, decor.dossier, accordees(decor), "Accord")


def test_une_coordinatrice_deportee_ne_note_pas_le_consensus(session) -> None:
    decor = deux_notations()
    o.deporter(decor.coordination, decor.organisme)
    with pytest.raises(Interdit):
        enregistrer_consensus(
            f.acteur(decor.coordination), decor.dossier, accordees(decor), "Accord"
        )


def test_note_minimale_de_la_campagne(session) -> None:
    decor = deux_notations()
    assert resultats(decor.campagne)[0].rang == 1
    decor.campagne.regles.append(
        RegleCampagne(code="note_minimale", valeur={"v": 990}, effet=EffetRegle.AVERTIT)
    )
    db.session.flush()
    seul = resultats(decor.campagne)[0]
    assert seul.rang is None and seul.sous_seuil == ("Note minimale",)


def test_un_dossier_retire_quitte_la_liste(session) -> None:
    decor = deux_notations()
    decor.dossier.etat = EtatDossier.RETIRE
    db.session.flush()
    assert resultats(decor.campagne) == []


def test_figer_puis_plus_rien_ne_bouge(session) -> None:
    decor = deux_notations()
    o.dossiers_en_plus(decor, 2)
    coordination = f.acteur(decor.coordination)
    fige = figer_classement(coordination, decor.campagne)
    ligne = session.query(Evenement).filter_by(acte="classement.figer").one()
    assert ligne.donnees["sha256"] == fige.sha256 and fige.numero == 1
    avant = [(r.dossier_id, r.rang, r.score) for r in resultats(decor.campagne)]
    with pytest.raises(PasLeMoment, match="figé"):
        enregistrer_consensus(coordination, decor.dossier, accordees(decor), "Accord")
    with pytest.raises(PasLeMoment, match="figé"):
        o.noter(decor, decor.instructrice, _autre(decor))
    declarer_deport(coordination, decor.collegue, decor.organisme, "Conjoint salarié")
    assert [(r.dossier_id, r.rang, r.score) for r in resultats(decor.campagne)] == avant
    rejeu = rejouer(fige)
    assert rejeu.conforme and rejeu.sha256 == fige.sha256
    assert any("ne compte plus" in e for e in rejeu.ecarts_tables)
    with pytest.raises(PasLeMoment, match="déjà figé"):
        figer_classement(coordination, decor.campagne)


def _autre(decor: o.Decor) -> Dossier:
    return db.session.scalars(select(Dossier).where(Dossier.id != decor.dossier.id)).first()


def test_rouvrir_garde_la_trace(session) -> None:
    decor = deux_notations()
    coordination = f.acteur(decor.coordination)
    premier = figer_classement(coordination, decor.campagne)
    with pytest.raises(Invalide):
        rouvrir_classement(coordination, decor.campagne, " ")
    rouvrir_classement(coordination, decor.campagne, "Erreur de saisie d’un évaluateur")
    with pytest.raises(PasLeMoment):
        rouvrir_classement(coordination, decor.campagne, "Encore")
    enregistrer_consensus(coordination, decor.dossier, accordees(decor), "Accord")
    second = figer_classement(coordination, decor.campagne)
    assert (premier.numero, second.numero) == (1, 2) and premier.sha256 != second.sha256
    assert rejouer(premier).conforme and rejouer(second).conforme
    assert resultats_campagne(decor.campagne).fige == second.id
    with pytest.raises(Interdit):
        figer_classement(f.acteur(decor.instructrice), decor.campagne)


def test_rien_a_figer_et_page_perimee(session) -> None:
    decor = o.planter()
    coordination = f.acteur(decor.coordination)
    with pytest.raises(PasLeMoment, match="classé"):
        figer_classement(coordination, decor.campagne)
    o.noter(decor, decor.instructrice)
    with pytest.raises(Conflit):
        figer_classement(coordination, decor.campagne, temoin="0" * 64)


@pytest.mark.parametrize(
    "ordre",
    [
        "UPDATE classement SET sha256 = 'f'",
        "UPDATE classement SET contenu = '{}'",
        "DELETE FROM classement",
    ],
)
def test_la_base_refuse_de_toucher_au_classement(session, ordre: str) -> None:
    decor = deux_notations()
    figer_classement(f.acteur(decor.coordination), decor.campagne)
    with pytest.raises(DBAPIError, match="classement_intouchable"), db.session.begin_nested():
        db.session.execute(text(ordre))


def _forcer(session, contenu: Any, sha256: str, fige: Classement) -> Classement:
    """What somebody with the hand on the database could leave: another row, never journaled."""
    faux = Classement(
        campagne_id=fige.campagne_id,
        numero=fige.numero + 1,
        contenu=contenu,
        sha256=sha256,
        dossiers=fige.dossiers,
        fige_le=maintenant(),
        fige_par_id=fige.fige_par_id,
        rouvert_le=maintenant(),
        rouvert_par_id=fige.fige_par_id,
        rouvert_motif="faux",
    )
    session.add(faux)
    session.flush()
    return faux


def test_la_falsification_se_voit(session) -> None:
    decor = deux_notations()
    fige = figer_classement(f.acteur(decor.coordination), decor.campagne)
    contenu = {**fige.contenu, "resultats": [{**fige.contenu["resultats"][0], "rang": 7}]}
    rejeu = rejouer(_forcer(session, contenu, fige.sha256, fige))
    assert not rejeu.conforme
    assert "figé rang 7" in rejeu.ecarts_resultat[0] and "journal" in rejeu.ecarts_journal[0]


def _lancer(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=list(arguments))


def test_commande_rejouer(session, app: Flask) -> None:
    decor = deux_notations()
    session.commit()
    assert "Aucun classement" in _lancer(app, "notation", "rejouer", decor.campagne.code).output
    fige = figer_classement(f.acteur(decor.coordination), decor.campagne)
    session.commit()
    sortie = _lancer(app, "notation", "rejouer", decor.campagne.code)
    assert sortie.exit_code == 0 and sortie.output.count(fige.sha256) == 2
    assert _lancer(app, "notation", "rejouer", str(decor.campagne.id)).exit_code == 0
    assert _lancer(app, "notation", "rejouer", "inconnue").exit_code == 1
    assert _lancer(app, "verifier", "--seulement", "notation.classement").exit_code == 0
    _forcer(session, {**fige.contenu, "resultats": []}, fige.sha256, fige)
    session.commit()
    faux = _lancer(app, "verifier", "--seulement", "notation.classement")
    assert faux.exit_code == 1 and "FAUX" in faux.output
    assert _lancer(app, "notation", "rejouer", decor.campagne.code).exit_code == 1


def test_un_brouillon_d_apres_ne_s_envoie_plus(session) -> None:
    decor = o.planter()
    o.noter(decor, decor.instructrice)
    collegue = f.acteur(decor.collegue)
    brouillon = enregistrer_evaluation(collegue, decor.dossier, o.notes(decor))
    figer_classement(f.acteur(decor.coordination), decor.campagne)
    with pytest.raises(PasLeMoment, match="figé"):
        envoyer_evaluation(collegue, brouillon)


def test_abstention_reste_aveugle_et_se_reprend(session) -> None:
    decor = o.planter()
    o.noter(decor, decor.instructrice)
    collegue = f.acteur(decor.collegue)
    enregistrer_evaluation(collegue, decor.dossier, o.notes(decor))
    assert attendues_de([decor.dossier.id])[decor.dossier.id] == {
        decor.instructrice.id,
        decor.collegue.id,
    }
    with pytest.raises(Invalide):
        s_abstenir(collegue, decor.dossier, "  ")
    s_abstenir(collegue, decor.dossier, "Je connais mal ce sujet")
    assert s_abstenir(collegue, decor.dossier, "Encore").motif == "Je connais mal ce sujet"
    assert attendues_de([decor.dossier.id])[decor.dossier.id] == {decor.instructrice.id}
    assert not may(collegue, "evaluation.voir_autres", decor.dossier)
    with pytest.raises(PasLeMoment, match="Reprenez"):
        enregistrer_evaluation(collegue, decor.dossier, o.notes(decor))
    with pytest.raises(PasLeMoment, match="Reprenez"):
        envoyer_evaluation(collegue, evaluation_de(collegue, decor.dossier))
    reprendre_notation(collegue, decor.dossier)
    envoyer_evaluation(collegue, evaluation_de(collegue, decor.dossier))
    with pytest.raises(PasLeMoment, match="envoyée"):
        s_abstenir(collegue, decor.dossier, "Trop tard")
    actes = [e.acte for e in session.query(Evenement).order_by(Evenement.id)]
    assert "evaluation.abstenir" in actes and "evaluation.reprendre" in actes
