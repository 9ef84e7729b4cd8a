"""What is signed again is what changed; every version stays readable, its differences in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from aap.documents.depuis_dossier import donnees_recepisse
from aap.domaine.difference import Element, Sorte, comparer, mots_changes
from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import DemandeComplement, Depot, RoleHabilitation, TypePiece
from aap.permissions import charger_acteur
from aap.requetes.versions import changements_depuis, versions
from aap.services import depot as deposer
from aap.services import dossier as ecrire
from aap.services.coffre import deposer_piece, retirer_piece_organisme
from aap.services.empreinte import empreinte
from aap.services.recevabilite import demander_complements
from tests import fabriques
from tests.outils_porteur import connecte, dossier_complet, pdf, personne, planter
from workflows.dossier import EtatDossier

ELEMENTS = ["Le devis du minibus", "Le nombre d’enfants par séance"]


@pytest.fixture
def demande(session):
    """A deposited dossier to which two elements are asked."""
    d = planter()
    dossier = dossier_complet(d)
    deposer.transmettre(d.acteur, dossier)
    qui = personne("Ines")
    fabriques.habiliter(qui, RoleHabilitation.INSTRUCTEUR, d.contrat, d.etat)
    demander_complements(
        charger_acteur(qui),
        dossier,
        "Il manque deux choses.",
        ELEMENTS,
        aujourdhui() + timedelta(days=10),
    )
    return d, dossier, qui


def test_mots_changes() -> None:
    morceaux = mots_changes("Deux séances par semaine ici", "Trois séances par semaine ici")
    assert [(m.sorte, m.texte.strip()) for m in morceaux] == [
        (Sorte.SUPPRIME, "Deux"),
        (Sorte.AJOUTE, "Trois"),
        (Sorte.GARDE, "séances par semaine ici"),
    ]
    assert "".join(m.texte for m in morceaux if m.sorte is not Sorte.SUPPRIME) == (
        "Trois séances par semaine ici"
    )


def test_comparer_dit_la_nature() -> None:
    avant = [Element(("a",), "R", "A", "un"), Element(("b",), "R", "B", "deux")]
    apres = [Element(("a",), "R", "A", "un"), Element(("c",), "R", "C", "trois")]
    assert [(c.titre, c.nature) for c in comparer(avant, apres)] == [
        ("C", "ajouté"),
        ("B", "supprimé"),
    ]


def test_la_deuxieme_version_dit_ce_qui_change(demande) -> None:
    d, dossier, _ = demande
    ecrire.enregistrer_reponse(d.acteur, dossier, "lieux", "Maison de quartier Ouest.")
    depot = deposer.repondre_complements(
        d.acteur, dossier, "", reponses=["Voici le devis.", "Douze."]
    )
    assert depot.numero_depot == 2
    derniere, premiere = versions(dossier)
    assert premiere.changements == ()
    (seul,) = derniere.changements
    assert seul.nature == "modifié"
    assert [m.texte.strip() for m in seul.morceaux if m.sorte is not Sorte.GARDE] == [
        "Est.",
        "Ouest.",
    ]


def test_chaque_rubrique_se_compare(demande) -> None:
    _d, dossier, _ = demande
    signe = dossier.depots[-1].contenu
    assert changements_depuis(dossier, signe, deposer.contenu_depose(dossier)) == []
    present = deposer.contenu_depose(dossier)
    present["quartiers"] = [["quartier-ouest", None]]
    present["financements"] = [["etat", "specifiques", 900_000]]
    present["budget"] = present["budget"][:1]
    present["indicateurs"] = []
    present["pieces"] = [["Devis", "a" * 64]]
    present["nouveaute"] = {"x": 1}
    dits = {(c.rubrique, c.nature) for c in changements_depuis(dossier, signe, present)}
    assert {
        ("Ce que vise l’action", "ajouté"),
        ("Ce que vise l’action", "supprimé"),
        ("Aides demandées", "ajouté"),
        ("Budget", "supprimé"),
        ("Indicateurs", "supprimé"),
        ("Documents", "ajouté"),
        ("Autres éléments", "ajouté"),
    } <= dits


def test_reponse_exigee_pour_chaque_element(demande) -> None:
    d, dossier, _ = demande
    with pytest.raises(Invalide) as refus:
        deposer.repondre_complements(d.acteur, dossier, "", reponses=["Voici.", " "])
    assert [p.champ for p in refus.value.problemes] == ["reponse_1"]
    assert dossier.etat is EtatDossier.A_COMPLETER


def test_les_reponses_se_preparent_sans_transmettre(app, demande) -> None:
    d, dossier, _ = demande
    dossier_id = dossier.id
    demande_id = deposer.demande_en_cours(dossier).id
    client = connecte(app, d.signataire)
    page = client.get(f"/porteur/dossiers/{dossier_id}/verification").get_data(as_text=True)
    assert "Le devis du minibus" in page and "Rien n’a changé dans le dossier" in page
    reponse = client.post(
        f"/porteur/dossiers/{dossier_id}/complements/enregistrer",
        data={"reponse_0": "Le devis est joint.", "reponse_1": "", "demande": str(demande_id)},
    )
    assert reponse.status_code == 303
    lue = db.session.get(DemandeComplement, demande_id, populate_existing=True)
    assert lue.reponses == ["Le devis est joint.", ""] and lue.repondue_le is None
    page = client.get(f"/porteur/dossiers/{dossier_id}/verification").get_data(as_text=True)
    assert "Le devis est joint." in page
    perime = client.post(
        f"/porteur/dossiers/{dossier_id}/complements/enregistrer",
        data={"reponse_0": "x", "demande": "²"},
    )
    assert perime.status_code == 409


def test_page_et_transmission_des_seuls_changements(app, demande) -> None:
    d, dossier, instructrice = demande
    dossier_id = dossier.id
    ecrire.enregistrer_reponse(d.acteur, dossier, "lieux", "Maison de quartier Ouest.")
    relu = empreinte(deposer.contenu_depose(dossier))
    client = connecte(app, d.signataire)
    adresse = f"/porteur/dossiers/{dossier_id}"
    page = client.get(f"{adresse}/verification").get_data(as_text=True)
    assert "Vous ne signez que ces changements" in page
    assert "supprimé</span> Est." in page and "ajouté</span> Ouest." in page
    envoi = {"accord": "y", "relu": relu, "reponse_0": "Joint.", "reponse_1": "", "reponse": ""}
    refus = client.post(f"{adresse}/transmettre", data=envoi)
    assert refus.status_code == 422 and "Joint." in refus.get_data(as_text=True)
    envoi["reponse_1"] = "Douze enfants."
    assert client.post(f"{adresse}/transmettre", data=envoi).status_code == 303
    assert client.post(f"{adresse}/transmettre", data=envoi).status_code == 303
    assert db.session.query(Depot).filter_by(dossier_id=dossier_id).count() == 2
    suivi = client.get(f"{adresse}/suivi").get_data(as_text=True)
    assert "Douze enfants." in suivi and "Ce qui a changé d’un dépôt à l’autre" in suivi
    assert "Dépôt n°" in client.get(f"{adresse}/versions").get_data(as_text=True)
    assert "Maison de quartier Ouest." in client.get(f"{adresse}/contenu").get_data(as_text=True)
    agente = connecte(app, instructrice)
    lue = agente.get(f"/instruction/dossiers/{dossier_id}/versions").get_data(as_text=True)
    assert "ajouté</span> Ouest." in lue
    fiche = agente.get(f"/instruction/dossiers/{dossier_id}").get_data(as_text=True)
    assert "Douze enfants." in fiche


def test_les_versions_sont_fermees_aux_autres(app, demande) -> None:
    _d, dossier, _ = demande
    dossier_id = dossier.id
    client = connecte(app, personne("Zoe"))
    for suite in ("versions", "contenu"):
        assert client.get(f"/porteur/dossiers/{dossier_id}/{suite}").status_code == 403
    assert client.get(f"/instruction/dossiers/{dossier_id}/versions").status_code == 403


def test_l_accuse_dit_les_pieces_recues_ce_jour_la(session) -> None:
    """Its job may run late: a paper withdrawn meanwhile is still told as received."""
    d = planter()
    dossier = dossier_complet(d)
    papier = deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "statuts.pdf", pdf("Statuts"))
    deposer.transmettre(d.acteur, dossier)
    depot = db.session.scalars(select(Depot).where(Depot.dossier_id == dossier.id)).one()
    retirer_piece_organisme(d.acteur, d.organisme, papier)
    session.commit()
    assert [(p.libelle, p.fichier) for p in donnees_recepisse(depot).pieces] == [
        ("Statuts", "statuts.pdf")
    ]
