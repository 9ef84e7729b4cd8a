"""Typed reasons, letters, and the delay told step by step."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.domaine.motifs_recevabilite import MotifIrrecevabilite, MotifLigne, composer_motif
from aap.extensions import db
from aap.models import Courriel, DemandeComplement, Evenement
from aap.permissions import may
from aap.requetes.delais import explication
from aap.requetes.examen import examen_ouvert
from aap.requetes.resultats import invisibles
from aap.services.recevabilite import (
    declarer_irrecevable,
    declarer_ligne_non_recevable,
    demander_complements,
    lever_la_demande,
    prendre_en_instruction,
)
from tests import outils_instruction as o
from tests.outils_porteur import connecte
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement


def _texte(octets: bytes) -> str:
    pages = PdfReader(BytesIO(octets)).pages
    return " ".join(" ".join(p.extract_text() for p in pages).split())


@pytest.mark.parametrize("motif", [*MotifIrrecevabilite, *MotifLigne])
def test_chaque_motif_a_ses_mots(motif) -> None:
    assert motif.libelle
    compose = composer_motif(motif, " Le siège est à Lyon. ")
    assert compose.endswith("Le siège est à Lyon.")
    assert compose.startswith(motif.libelle) is (motif.value != "autre")


def test_motif_type_au_journal_au_courriel_et_dans_la_lettre(app: Flask, session) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    client = connecte(app, decor.instructrice)
    base = f"/instruction/dossiers/{decor.dossier.id}"
    assert client.get(f"{base}/lettre-recevabilite").status_code == 404
    page = client.get(f"{base}/actes/declarer_irrecevable").text
    assert MotifIrrecevabilite.HORS_OBJET.libelle in page
    saisie = {
        "version": decor.dossier.version,
        "type_motif": "hors_objet",
        "motif": "Le projet est un voyage à l’étranger.",
    }
    sans_type = client.post(f"{base}/actes/declarer_irrecevable", data={**saisie, "type_motif": ""})
    assert sans_type.status_code == 422 and "un voyage" in sans_type.text
    assert client.post(f"{base}/actes/declarer_irrecevable", data=saisie).status_code == 303
    acte = db.session.scalars(
        select(Evenement).where(Evenement.acte == "dossier.declarer_irrecevable")
    ).one()
    assert acte.donnees["type_motif"] == "hors_objet"
    courriel = db.session.scalars(select(Courriel).order_by(Courriel.id.desc())).first()
    assert MotifIrrecevabilite.HORS_OBJET.libelle in courriel.texte
    lettre = client.get(f"{base}/lettre-recevabilite")
    assert lettre.mimetype == "application/pdf"
    lu = _texte(lettre.data)
    assert "un voyage à l’étranger" in lu and "contester" in lu
    assert "Lettre de recevabilité" in client.get(base).text


def test_lettres_de_la_ligne_et_du_dossier_recevable(app: Flask, session) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    qui = o.acteur(decor.instructrice)
    prendre_en_instruction(qui, decor.dossier)
    declarer_ligne_non_recevable(
        qui, decor.ligne_etat, "Compétence du Département.", type_motif=MotifLigne.HORS_COMPETENCE
    )
    db.session.commit()
    assert decor.ligne_etat.etat is EtatFinancement.NON_RECEVABLE
    client = connecte(app, decor.instructrice)
    ligne = f"/instruction/financements/{decor.ligne_etat.id}/lettre-recevabilite"
    lu = _texte(client.get(ligne).data)
    assert "Compétence du Département" in lu and "Les autres financeurs" in lu
    dossier = f"/instruction/dossiers/{decor.dossier.id}"
    lu = _texte(client.get(f"{dossier}/lettre-recevabilite").data)
    assert "est recevable" in lu and "deux mois" in lu and "contester" not in lu
    assert ligne in client.get(dossier).text
    autre = f"/instruction/financements/{decor.ligne_ville.id}/lettre-recevabilite"
    assert client.get(autre).status_code == 404
    porteuse = connecte(app, decor.porteur)
    assert porteuse.get(ligne).status_code == 403


def test_un_type_sans_faits_est_refuse(session) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    with pytest.raises(Invalide):
        declarer_irrecevable(
            o.acteur(decor.instructrice), decor.dossier, " ", type_motif=MotifIrrecevabilite.DOUBLON
        )


def _demande(decor: o.Decor, jours: int, duree: int | None, bloquante: bool) -> None:
    debut = maintenant() + timedelta(days=jours)
    db.session.add(
        DemandeComplement(
            dossier_id=decor.dossier.id,
            demandee_le=debut,
            demandee_par_id=decor.instructrice.id,
            echeance=o.dans(30),
            texte="RIB",
            elements=["RIB"],
            bloquante=bloquante,
            repondue_le=None if duree is None else debut + timedelta(days=duree),
        )
    )
    db.session.flush()


def test_delai_explique_pas_a_pas(app: Flask, session) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    _demande(decor, 5, 5, bloquante=True)
    _demande(decor, 12, 2, bloquante=False)
    _demande(decor, 15, None, bloquante=True)
    demandes = db.session.scalars(select(DemandeComplement)).all()
    phrases = explication(decor.dossier, demandes)
    assert len(phrases) == 4
    assert "deux mois plus tard" in phrases[0]
    assert phrases[1].startswith("Suspendu 5 jours")
    assert "le délai court" in phrases[2]
    assert phrases[3].startswith("Suspendu depuis le")
    page = connecte(app, decor.instructrice).get(f"/instruction/dossiers/{decor.dossier.id}").text
    assert "Délai de réponse" in page and "Suspendu 5 jours" in page


@pytest.mark.parametrize(("bloquante", "code"), [("", 303), ("y", 409)])
def test_une_piece_utile_n_arrete_pas_l_examen(
    app: Flask, session, bloquante: str, code: int
) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    prendre_en_instruction(o.acteur(decor.instructrice), decor.dossier)
    db.session.commit()
    client = connecte(app, decor.instructrice)
    saisie = {
        "version": decor.dossier.version,
        "liste": "RIB",
        "utiles": "Photos de l’an dernier\n",
        "texte": "Pour payer plus vite.",
        "echeance": o.dans(20).strftime("%d/%m/%Y"),
        **({"bloquante": bloquante} if bloquante else {}),
    }
    page = f"/instruction/dossiers/{decor.dossier.id}"
    assert client.post(f"{page}/complements", data=saisie).status_code == 303
    demande = db.session.scalars(select(DemandeComplement)).one()
    assert demande.elements == ["RIB", "Photos de l’an dernier (utile, non indispensable)"]
    assert decor.dossier.etat is EtatDossier.A_COMPLETER
    avis = {
        "version": decor.ligne_etat.version,
        "valeur": "favorable",
        "montant_propose": "100",
        "commentaire": "",
    }
    url = f"/instruction/financements/{decor.ligne_etat.id}/avis"
    assert client.post(url, data=avis).status_code == code
    assert client.get(page).status_code == 200


def test_pas_d_avis_avant_la_recevabilite(session) -> None:
    decor = o.planter(EtatDossier.A_COMPLETER)
    assert examen_ouvert(decor.dossier) is False


@pytest.mark.parametrize("bloquante", [False, True])
def test_on_note_pendant_une_demande_utile_et_toujours_a_l_aveugle(
    session, bloquante: bool
) -> None:
    """Asking for complements neither stops the scoring nor opens the scores of the others."""
    decor = o.planter(EtatDossier.DEPOSE)
    ines, collegue = o.acteur(decor.instructrice), o.acteur(decor.collegue)
    prendre_en_instruction(ines, decor.dossier)
    o.noter(decor, decor.instructrice)
    demander_complements(ines, decor.dossier, "Merci.", ["RIB"], o.dans(20), bloquante=bloquante)
    assert decor.dossier.etat is EtatDossier.A_COMPLETER
    assert may(ines, "evaluation.voir_autres", decor.dossier)
    assert not may(collegue, "evaluation.voir_autres", decor.dossier)
    assert invisibles(collegue, decor.campagne) == {decor.dossier.id}
    if bloquante:
        with pytest.raises(PasLeMoment):
            o.noter(decor, decor.collegue)
        return
    o.noter(decor, decor.collegue)
    assert may(collegue, "evaluation.voir_autres", decor.dossier)


@pytest.mark.parametrize(("bloquante", "suite"), [(False, "en_instruction"), (True, "depose")])
@pytest.mark.parametrize("recevable", [True, False])
def test_ce_qui_n_est_pas_indispensable_n_arrete_rien(
    session, bloquante: bool, suite: str, recevable: bool
) -> None:
    """Once admissible, a useful piece that is no longer awaited leaves the dossier where it was."""
    decor = o.planter(EtatDossier.DEPOSE)
    ines = o.acteur(decor.instructrice)
    if recevable:
        prendre_en_instruction(ines, decor.dossier)
    demander_complements(ines, decor.dossier, "Merci.", ["RIB"], o.dans(20), bloquante=bloquante)
    lever_la_demande(ines, decor.dossier, "Nous pouvons nous en passer.")
    assert decor.dossier.etat.value == (suite if recevable else "depose")
