"""The porteur's own score sheet: after the final published decision, and only her own."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from aap.documents.depuis_notation import pdf_fiche_notation
from aap.domaine.erreurs import Introuvable
from aap.extensions import db
from aap.models import Dossier, Evaluation, SensDecision
from aap.requetes.notification import fiche_offerte
from aap.services import publication
from aap.services.consensus import NoteAccordee, enregistrer_consensus
from aap.services.decision import decider
from tests.integration.test_copil_services import MOTIF, _programmer, _terminer
from tests.outils_connexion import se_connecter
from tests.outils_copil import DecorCopil, ajouter_dossier, planter_copil, seance_prete
from tests.outils_porteur import personne

S = SensDecision
PAROLE = "Le partenariat avec l’école reste à écrire."


def _planter() -> DecorCopil:
    decor = planter_copil()
    ajouter_dossier(decor, 4)
    for e in db.session.query(Evaluation):
        e.notes[0].commentaire = PAROLE
    db.session.flush()
    return decor


def _decider(decor: DecorCopil) -> object:
    seance = seance_prete(decor)
    a, b, c, d = decor.dossiers
    _programmer(decor, seance, a)
    decider(decor.acteur, seance, b, S.REJETER, MOTIF)
    decider(decor.acteur, seance, c, S.LISTE_ATTENTE, rang_attente=1)
    decider(decor.acteur, seance, d, S.AJOURNER, MOTIF)
    return seance


def _publier(decor: DecorCopil) -> None:
    seance = _decider(decor)
    _terminer(decor, seance)
    publication.publier(decor.acteur, seance)
    db.session.flush()


def _texte(octets: bytes) -> str:
    pages = PdfReader(BytesIO(octets)).pages
    return " ".join(" ".join(p.extract_text() for p in pages).split())


def _adresse(dossier: Dossier) -> str:
    return f"/porteur/dossiers/{dossier.id}/fiche-notation.pdf"


def test_apres_la_publication_les_raisons_et_ses_notes(session, client: FlaskClient) -> None:
    decor = _planter()
    _publier(decor)
    session.commit()
    accepte, rejete, attente, ajourne = decor.dossiers
    se_connecter(client, decor.porteur)
    for dossier, phrase in ((accepte, "est retenue"), (rejete, "n’est pas retenue")):
        reponse = client.get(_adresse(dossier))
        assert reponse.status_code == 200 and reponse.mimetype == "application/pdf"
        texte = _texte(reponse.data)
        assert phrase in texte and PAROLE in texte and "sur 100" in texte
        assert "fiche-notation.pdf" in client.get(f"/porteur/dossiers/{dossier.id}/suivi").text
        autres = [d for d in decor.dossiers if d is not dossier]
        assert not any(d.reference in texte or d.intitule in texte for d in autres)
        assert not any(x in texte.lower() for x in (" rang ", "médiane", "corrigée", "classement"))
        assert decor.instructeur.nom not in texte
    for dossier in (attente, ajourne):  # not the end: the notes may still serve
        assert client.get(_adresse(dossier)).status_code == 404
        assert "fiche-notation" not in client.get(f"/porteur/dossiers/{dossier.id}/suivi").text


@pytest.mark.parametrize("etape", ["instruite", "decidee", "pv"])
def test_rien_ne_fuit_avant(session, client: FlaskClient, etape: str) -> None:
    """Pages, files and letters of the porteur say the same before and after the decision."""
    decor = _planter()
    if etape != "instruite":
        seance = _decider(decor)
        if etape == "pv":
            _terminer(decor, seance)
    session.commit()
    se_connecter(client, decor.porteur)
    refus = {
        client.get(_adresse(d)).get_data(as_text=True).count("fiche de notation")
        for d in decor.dossiers
    }
    assert {client.get(_adresse(d)).status_code for d in decor.dossiers} == {404} and len(
        refus
    ) == 1
    for dossier in decor.dossiers:
        base = f"/porteur/dossiers/{dossier.id}"
        for chemin in ("/suivi", "/contenu", "/versions"):
            page = client.get(base + chemin)
            assert PAROLE not in page.text and "fiche-notation" not in page.text, chemin
        assert PAROLE not in _texte(client.get(base + "/dossier.pdf").data)
        assert client.get(base + "/notification.pdf").status_code == 404
        for chemin in ("resultat", "consensus"):
            assert client.get(f"/copil/dossiers/{dossier.id}/{chemin}").status_code == 403
        for chemin in ("evaluation", ""):
            assert client.get(f"/instruction/dossiers/{dossier.id}/{chemin}").status_code in (
                403,
                404,
            )
    assert PAROLE not in client.get("/porteur/").text
    with pytest.raises(Introuvable):
        pdf_fiche_notation(decor.dossiers[0])


def test_pas_celle_des_autres(session, client: FlaskClient) -> None:
    decor = _planter()
    _publier(decor)
    session.commit()
    se_connecter(client, personne("Autre", "Porteuse"))
    assert client.get(_adresse(decor.dossiers[0])).status_code == 403
    se_connecter(client, decor.instructeur)
    assert client.get(_adresse(decor.dossiers[0])).status_code == 403


def test_une_note_de_consensus_et_un_dossier_sans_note(session) -> None:
    decor = _planter()
    dossier = decor.dossiers[0]
    second = Evaluation(
        dossier=dossier,
        utilisateur=decor.membre,
        financeur=decor.ville,
        grille_id=decor.critere.grille_id,
        etat=db.session.query(Evaluation).first().etat,
        envoyee_le=db.session.query(Evaluation).first().envoyee_le,
    )
    db.session.add(second)
    db.session.flush()
    accord = {decor.critere.id: NoteAccordee(4, "Convention signée depuis.")}
    enregistrer_consensus(decor.acteur, dossier, accord, "Réunion du 3 mars, tous présents")
    session.query(Evaluation).filter_by(dossier_id=decor.dossiers[1].id).delete()
    session.expire_all()
    _publier(decor)
    texte = _texte(pdf_fiche_notation(dossier))
    assert "Convention signée depuis." in texte and "mis d’accord" in texte
    assert PAROLE not in texte and "tous présents" not in texte
    assert not fiche_offerte(decor.dossiers[1])
    with pytest.raises(Introuvable):
        pdf_fiche_notation(decor.dossiers[1])
