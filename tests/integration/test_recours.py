"""An appeal from its reception to its decision, admitted or refused, and what guards it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from aap.domaine.erreurs import Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import PARIS, aujourdhui, horloge_fixee
from aap.domaine.recours import CanalRecours, MotifRecours, SensRecours
from aap.extensions import db
from aap.models import (
    Courriel,
    Dossier,
    Evenement,
    Fichier,
    Recours,
    RoleHabilitation,
    SensDecision,
)
from aap.permissions import Acteur, charger_acteur, may
from aap.pieces.controle import controler
from aap.requetes.invariants import INVARIANTS
from aap.requetes.publication import etat_dossier_porteur, lignes_porteur
from aap.requetes.recours import examinateurs, refus_contestable
from aap.services import publication, pv
from aap.services import seance as service
from aap.services.arbitrage import arbitrer
from aap.services.decision import decider
from aap.services.liste_attente import rejeter_attente
from aap.services.recours import (
    DonneesRecours,
    confier_examen,
    constater_silences,
    decider_recours,
    enregistrer_recours,
    former_recours,
    rendre_rapport,
)
from aap.services.transition import franchir
from tests.outils_copil import DecorCopil, deporter, habilite, lignes, planter_copil, seance_prete
from tests.outils_porteur import compter_requetes, connecte, pdf, personne
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

S = SensRecours
TEXTE = "Le comité n’a pas lu notre nouveau budget, joint à temps."
MOTIF = "Le budget joint à temps n’avait pas été lu : il change l’examen."


def rejeter(decor: DecorCopil, *, publier: bool = True) -> Dossier:
    """The first dossier, rejected although an amount had been written."""
    seance = seance_prete(decor)
    rejete = decor.dossiers[0]
    arbitrer(decor.acteur, lignes(rejete)[0], 400_000, decor.env_etat)
    decider(decor.acteur, seance, rejete, SensDecision.REJETER, motif="Hors des priorités.")
    for autre in decor.dossiers[1:]:
        decider(decor.acteur, seance, autre, SensDecision.LISTE_ATTENTE, rang_attente=autre.id)
    if publier:
        service.clore(decor.acteur, seance)
        pv.arreter_pv(decor.acteur, seance, "Cora Exemple")
        publication.publier(decor.acteur, seance)
    db.session.flush()
    return rejete


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil(dossiers=2)


def porteur(decor: DecorCopil) -> Acteur:
    return charger_acteur(decor.porteur)


def piece() -> tuple[str, Any]:
    return "courrier.pdf", controler("courrier.pdf", pdf(), 20)


def neuve(decor: DecorCopil) -> Any:
    """Somebody of the city, who took no part in the refusal."""
    qui = personne("Nadia")
    habilite(qui, RoleHabilitation.INSTRUCTEUR, decor.contrat, decor.ville)
    return qui


def examiner(decor: DecorCopil, recours: Recours, sens: SensRecours) -> None:
    qui = neuve(decor)
    confier_examen(decor.acteur, recours, qui)
    rendre_rapport(charger_acteur(qui), recours, sens, "Le budget a été déposé le 3 mars.")


def ecarts() -> list[str]:
    controles = (c for c in INVARIANTS if c.startswith(("recours", "journal")))
    return [e.message for c in controles for e in INVARIANTS[c].controle(iter)]


def modeles(dossier: Dossier) -> set[str]:
    requete = select(Courriel.modele).where(Courriel.entite_id == dossier.id)
    return set(db.session.scalars(requete.where(Courriel.modele.like("recours%"))))


def test_recours_admis_rouvre_le_dossier_sans_montant(decor: DecorCopil) -> None:
    dossier = rejeter(decor)
    recours = former_recours(porteur(decor), dossier, TEXTE, piece())
    assert recours.rang == 1 and not recours.tardif and recours.canal is CanalRecours.PLATEFORME
    assert modeles(dossier) == {"recours_recu", "recours_forme"}
    examiner(decor, recours, S.ADMIS)
    assert etat_dossier_porteur(dossier) is EtatDossier.REJETE  # a proposal decides nothing
    decider_recours(decor.acteur, recours, S.ADMIS, MOTIF)
    assert dossier.etat is EtatDossier.INSTRUIT
    assert {f.etat for f in dossier.financements} == {EtatFinancement.AVIS_RENDU}
    assert [f.montant_arbitre for f in lignes(dossier)] == [None, None]
    assert etat_dossier_porteur(dossier) is EtatDossier.EN_INSTRUCTION
    assert all(vue.montant is None for vue in lignes_porteur(dossier))
    assert "recours_admis" in modeles(dossier)
    assert refus_contestable(dossier) is None
    assert ecarts() == []


def test_recours_rejete_avec_motif_type(decor: DecorCopil) -> None:
    dossier = rejeter(decor)
    recours = former_recours(porteur(decor), dossier, TEXTE)
    with pytest.raises(PasLeMoment, match="nouvel examen"):
        decider_recours(decor.acteur, recours, S.REJETE, MOTIF, MotifRecours.DECISION_FONDEE)
    examiner(decor, recours, S.REJETE)
    with pytest.raises(Invalide) as refus:
        decider_recours(decor.acteur, recours, S.REJETE, "Non.")
    assert {p.champ for p in refus.value.problemes} == {"motif", "type_motif"}
    with pytest.raises(Invalide, match="complète"):
        decider_recours(decor.acteur, recours, S.REJETE, MOTIF, MotifRecours.HORS_DELAI)
    decider_recours(decor.acteur, recours, S.REJETE, MOTIF, MotifRecours.DECISION_FONDEE)
    assert dossier.etat is EtatDossier.REJETE and recours.situation == "Recours rejeté"
    assert "recours_rejete" in modeles(dossier)
    with pytest.raises(PasLeMoment, match="décidé"):
        decider_recours(decor.acteur, recours, S.ADMIS, MOTIF)
    lus = db.session.scalars(select(Evenement).where(Evenement.entite == "recours")).all()
    assert [e.acte.split(".")[1] for e in lus] == ["recevoir", "confier", "examiner", "decider"]
    assert [e.visible_porteur for e in lus] == [True, False, False, True]
    assert former_recours(porteur(decor), dossier, TEXTE).rang == 2
    assert ecarts() == []


def test_un_seul_recours_ouvert_et_rien_avant_publication(decor: DecorCopil) -> None:
    dossier = rejeter(decor, publier=False)
    with pytest.raises(PasLeMoment, match="rien à contester"):
        former_recours(porteur(decor), dossier, TEXTE)
    with pytest.raises(PasLeMoment):
        franchir(decor.acteur, dossier, "admettre_recours", motif=MOTIF)


def test_le_transit_direct_est_ferme(decor: DecorCopil) -> None:
    """The guard of the table: no lifted refusal without an appeal, received and examined."""
    dossier = rejeter(decor)
    with pytest.raises(PasLeMoment, match="Aucun recours"):
        franchir(decor.acteur, dossier, "admettre_recours", motif=MOTIF)
    former_recours(porteur(decor), dossier, TEXTE)
    with pytest.raises(PasLeMoment, match="déjà en cours"):
        former_recours(porteur(decor), dossier, f"{TEXTE} Et autre chose.")
    with pytest.raises(PasLeMoment, match="n’est pas rendu"):
        franchir(decor.acteur, dossier, "admettre_recours", motif=MOTIF)


def test_par_courrier_hors_delai(decor: DecorCopil) -> None:
    """The postmark counts; a late letter is recorded, said, and refused without examination."""
    dossier = rejeter(decor)
    notifiee = aujourdhui()
    refus = refus_contestable(dossier)
    assert refus is not None and refus.notifiee_le == notifiee
    tard = refus.limite_le + timedelta(days=3)
    midi = datetime(tard.year, tard.month, tard.day, 12, tzinfo=PARIS)
    with horloge_fixee(midi):
        sans_cachet = DonneesRecours(CanalRecours.COURRIER, tard, TEXTE)
        with pytest.raises(Invalide) as refuse:
            enregistrer_recours(decor.acteur, dossier, sans_cachet, piece())
        assert [p.champ for p in refuse.value.problemes] == ["envoye_le"]
        a_temps = DonneesRecours(CanalRecours.COURRIER, tard, TEXTE, refus.limite_le)
        with db.session.begin_nested() as essai:
            assert not enregistrer_recours(decor.acteur, dossier, a_temps, piece()).tardif
            essai.rollback()
        en_retard = DonneesRecours(
            CanalRecours.COURRIER, tard, TEXTE, refus.limite_le + timedelta(days=1)
        )
        recours = enregistrer_recours(decor.acteur, dossier, en_retard, piece())
        assert recours.tardif and recours.fichier is not None
        decider_recours(
            decor.acteur, recours, S.REJETE, "Envoyé un jour trop tard.", MotifRecours.HORS_DELAI
        )
    assert ecarts() == []


def test_silence_dit_une_fois_et_decision_encore_possible(decor: DecorCopil) -> None:
    dossier = rejeter(decor)
    recours = former_recours(porteur(decor), dossier, TEXTE)
    assert constater_silences() == 0 and recours.situation == "En cours d’examen"
    jour = recours.silence_le
    with horloge_fixee(datetime(jour.year, jour.month, jour.day, 12, tzinfo=PARIS)):
        assert recours.silence and recours.situation == "Rejeté par silence"
        assert constater_silences() == 1
        assert constater_silences() == 0
        assert {"recours_silence", "recours_silence_agent"} <= modeles(dossier)
        examiner(decor, recours, S.ADMIS)
        decider_recours(decor.acteur, recours, S.ADMIS, MOTIF)
    assert dossier.etat is EtatDossier.INSTRUIT and ecarts() == []


def test_l_examen_va_a_qui_n_a_pas_refuse(decor: DecorCopil) -> None:
    dossier = rejeter(decor)
    recours = former_recours(porteur(decor), dossier, TEXTE)
    qui = neuve(decor)
    vus = examinateurs(recours)
    assert vus[0].utilisateur == qui and not vus[0].lien
    assert {e.utilisateur.prenom for e in vus if e.lien} == {"Cora", "Ines"}
    with pytest.raises(Invalide, match="a noté ce dossier"):
        confier_examen(decor.acteur, recours, decor.instructeur)
    confier_examen(decor.acteur, recours, decor.instructeur, "Nadia est absente jusqu’en mai.")
    with pytest.raises(Interdit):
        rendre_rapport(charger_acteur(qui), recours, S.ADMIS, "Je rends quand même.")
    with pytest.raises(Invalide, match="ne peut pas lire"):
        confier_examen(decor.acteur, recours, decor.observateur)
    deporter(decor, qui, dossier)
    with pytest.raises(Invalide, match="ne peut pas lire"):
        confier_examen(decor.acteur, recours, qui)


def test_droits(decor: DecorCopil) -> None:
    dossier = rejeter(decor)
    recours = former_recours(porteur(decor), dossier, TEXTE, piece())
    etranger = charger_acteur(personne("Zoé"))
    membre_copil = charger_acteur(decor.membre)
    instructeur = charger_acteur(decor.instructeur)
    for qui in (etranger, membre_copil, charger_acteur(decor.observateur)):
        for acte in ("voir", "voir_porteur", "confier", "examiner", "decider"):
            assert not may(qui, f"recours.{acte}", recours)
        assert not may(qui, "dossier.former_recours", dossier)
        assert not may(qui, "dossier.enregistrer_recours", dossier)
    assert may(instructeur, "recours.voir", recours)
    assert not may(instructeur, "recours.decider", recours)
    assert not may(porteur(decor), "recours.voir", recours)
    fichier = db.session.get_one(Fichier, recours.fichier_id)
    assert may(porteur(decor), "fichier.lire", fichier)
    assert may(decor.acteur, "fichier.lire", fichier)
    assert may(instructeur, "fichier.lire", fichier)
    for qui in (etranger, membre_copil):  # who does not read the appeal does not read its letter
        assert not may(qui, "fichier.lire", fichier)
    with pytest.raises(Interdit):
        decider_recours(instructeur, recours, S.ADMIS, MOTIF)


@pytest.mark.parametrize(
    "ordre",
    [
        "UPDATE recours SET recu_le = :jour",
        "UPDATE recours SET texte = 'autre'",
        "UPDATE recours SET motif = 'autre'",
        "UPDATE recours SET sens = 'admis', type_motif = NULL",
        "DELETE FROM recours",
    ],
)
def test_la_base_protege_le_recu_et_la_decision(decor: DecorCopil, ordre: str) -> None:
    dossier = rejeter(decor)
    recours = former_recours(porteur(decor), dossier, TEXTE)
    examiner(decor, recours, S.REJETE)
    decider_recours(decor.acteur, recours, S.REJETE, MOTIF, MotifRecours.AUTRE)
    db.session.flush()
    valeurs = {"jour": date(2020, 1, 1)} if ":jour" in ordre else {}
    with pytest.raises(DBAPIError, match="recours_fige"), db.session.begin_nested():
        db.session.execute(text(ordre), valeurs)


def _texte(page: str) -> str:
    return " ".join(BeautifulSoup(page, "html.parser").get_text(" ").split())


def test_pages_du_recours(decor: DecorCopil, app: Flask) -> None:
    """Formed, entrusted, examined and decided by the screens; the letters say what is owed."""
    dossier = rejeter(decor)
    qui = neuve(decor)
    db.session.commit()
    paul, cora = connecte(app, decor.porteur), connecte(app, decor.coordo)
    refus = refus_contestable(dossier)
    assert refus is not None
    adresse = f"/porteur/dossiers/{dossier.id}/recours"
    assert "jusqu’au" in _texte(paul.get(f"/porteur/dossiers/{dossier.id}").text)
    assert paul.post(adresse, data={"texte": "Non"}).status_code == 422
    for _ in range(2):  # a second click finds it sent
        assert paul.post(adresse, data={"texte": TEXTE}).status_code == 303
    assert paul.post(adresse, data={"texte": TEXTE + " Autre."}).status_code == 409
    recours = db.session.scalars(select(Recours)).one()
    page = paul.get(adresse).text
    assert TEXTE in page and "En cours d’examen" in page and "Nadia" not in page
    accuse = paul.get(f"/porteur/recours/{recours.id}/accuse.pdf").data
    mots = " ".join(p.extract_text() for p in PdfReader(BytesIO(accuse)).pages).split()
    assert {"L231-4", "Télérecours"} <= set(mots) and "tribunal" in mots
    base = f"/instruction/recours/{recours.id}"

    def poster(client: Any, acte: str, **saisie: str) -> Any:
        db.session.refresh(recours)
        return client.post(f"{base}/{acte}", data={**saisie, "version": str(recours.version)})

    assert "À confier" in cora.get("/coordination/recours").text
    refusee = poster(cora, "examinateur", examinateur=str(decor.instructeur.id))
    assert refusee.status_code == 422 and "a noté ce dossier" in refusee.text
    assert poster(cora, "examinateur", examinateur=str(qui.id)).status_code == 303
    nadia = connecte(app, qui)
    rapport = {"proposition": "rejete", "rapport": "Rien de nouveau dans ce recours."}
    assert poster(cora, "rapport", **rapport).status_code == 403
    assert poster(nadia, "rapport", **rapport).status_code == 303
    assert "Rien de nouveau" not in paul.get(adresse).text
    assert poster(cora, "decision", sens="rejete", motif=MOTIF).status_code == 422
    decision = {"sens": "rejete", "motif": MOTIF, "type_motif": "elements_connus"}
    assert poster(cora, "decision", **decision).status_code == 303
    lettre = paul.get(f"/porteur/recours/{recours.id}/decision.pdf").data
    mots = " ".join(p.extract_text() for p in PdfReader(BytesIO(lettre)).pages)
    assert "Comment contester" in mots and "deux mois" in mots
    for chemin in (base, "/coordination/recours", f"/instruction/dossiers/{dossier.id}"):
        assert cora.get(chemin).status_code == 200
    assert "Recours rejeté" in paul.get(adresse).text


def test_enregistrer_un_courrier_a_l_ecran(decor: DecorCopil, app: Flask) -> None:
    """A refused form keeps its file; a stranger and an instructor are refused."""
    dossier = rejeter(decor)
    db.session.commit()
    cora = connecte(app, decor.coordo)
    adresse = f"/instruction/dossiers/{dossier.id}/recours"
    jour = f"{aujourdhui():%d/%m/%Y}"
    saisie = {"canal": "courrier", "recu_le": jour, "texte": TEXTE}
    refusee = cora.post(adresse, data={**saisie, "fichier": (BytesIO(pdf()), "lettre.pdf")})
    assert refusee.status_code == 422 and "cachet" in refusee.text
    envoi = BeautifulSoup(refusee.text, "html.parser").find("input", {"name": "envoi"})["value"]
    assert envoi
    faite = cora.post(adresse, data={**saisie, "envoye_le": jour, "envoi": envoi})
    assert faite.status_code == 303
    recours = db.session.scalars(select(Recours)).one()
    assert recours.fichier_id is not None and recours.envoye_le == aujourdhui()
    assert connecte(app, decor.instructeur).get(adresse).status_code == 403
    assert connecte(app, decor.membre).get(f"/instruction/recours/{recours.id}").status_code == 403


def test_la_liste_ne_coute_pas_plus(decor: DecorCopil, app: Flask) -> None:
    cora = connecte(app, decor.coordo)
    former_recours(porteur(decor), rejeter(decor), TEXTE)
    db.session.commit()
    un = compter_requetes(lambda: cora.get("/coordination/recours"))
    second = decor.dossiers[1]
    rejeter_attente(decor.acteur, second, "Plus aucun crédit cette année.")
    former_recours(porteur(decor), second, TEXTE)
    db.session.commit()
    assert compter_requetes(lambda: cora.get("/coordination/recours")) == un
