"""Mails that announce decisions: held, reworded, let go one by one, sent again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from aap.domaine.erreurs import Conflit, Introuvable, Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Courriel, EtatCourriel, Evenement, Seance, SensDecision, Tache
from aap.permissions import charger_acteur
from aap.requetes.copil_publication import (
    courriel_de_decision,
    courriels_de_decision,
    courriels_retenus,
)
from aap.services import courriel_decision as service
from aap.services import publication
from aap.services.courriel import deposer_courriel
from aap.services.decision import decider
from aap.services.pv import arreter_pv
from aap.services.seance import clore
from aap.taches.courriels import composer
from tests.outils_copil import (
    DecorCopil,
    deporter,
    planter_copil,
    seance_prete,
)
from tests.outils_porteur import connecte

MOTIF = "Le budget ne dit pas qui paie les salaires de l’équipe."


@pytest.fixture
def decor(session: Any) -> DecorCopil:
    return planter_copil()


def publiee(decor: DecorCopil, retenir: bool = True) -> Seance:
    seance = seance_prete(decor)
    for dossier in decor.dossiers:
        decider(decor.acteur, seance, dossier, SensDecision.REJETER, motif=MOTIF)
    clore(decor.acteur, seance)
    arreter_pv(decor.acteur, seance, "Cora Exemple", "coordinatrice")
    publication.publier(decor.acteur, seance, retenir=retenir)
    db.session.commit()
    return seance


def retenu(seance: Seance) -> Courriel:
    return db.session.get_one(Courriel, courriels_retenus(seance)[0])


def test_un_courriel_reecrit_part_comme_il_est_ecrit(decor: DecorCopil) -> None:
    seance = publiee(decor)
    courriel = retenu(seance)
    avant, vu = service.corps_de(courriel), service.empreinte_de(courriel)
    signature = courriel.texte.partition("\n-- \n")[2]
    assert avant and signature and "Message automatique" not in avant
    texte = "Bonjour,\n\nVotre <b>dossier</b> et : https://exemple.fr/a?b=1&c=2.\n\nAu revoir"
    assert service.modifier_courriel(
        decor.acteur, seance, courriel.id, "Un objet\r\nBcc: pirate@exemple.fr", texte, vu=vu
    )
    message = composer(courriel, "aap@exemple.fr")
    assert message["Subject"] == "Un objet Bcc: pirate@exemple.fr" and message["Bcc"] is None
    assert "<b>dossier</b>" in courriel.texte and courriel.texte.endswith(f"\n-- \n{signature}")
    assert "&lt;b&gt;dossier" in courriel.html and "<b>" not in courriel.html
    assert 'href="https://exemple.fr/a?b=1&amp;c=2"' in courriel.html
    assert courriel.html.count("Bonjour") == 1
    assert not service.modifier_courriel(
        decor.acteur, seance, courriel.id, courriel.sujet, service.corps_de(courriel),
        vu=service.empreinte_de(courriel),
    )  # fmt: skip
    with pytest.raises(Conflit):
        service.modifier_courriel(decor.acteur, seance, courriel.id, "Objet", texte, vu=vu)
    with pytest.raises(Invalide) as refus:
        service.modifier_courriel(
            decor.acteur, seance, courriel.id, " ", "court", vu=service.empreinte_de(courriel)
        )
    assert {p.champ for p in refus.value.problemes} == {"sujet", "texte"}
    lignes = db.session.scalars(
        select(Evenement).where(Evenement.acte == "seance.modifier_courriel")
    ).all()
    assert [x.donnees["courriel"] for x in lignes] == [courriel.id]


def test_un_paragraphe_pour_tous_puis_envoi_un_par_un(decor: DecorCopil) -> None:
    seance = publiee(decor)
    nombre = len(courriels_retenus(seance))
    with pytest.raises(PasLeMoment):
        service.ajouter_mot(decor.acteur, seance, "Réunion le 3 mars.", attendus=nombre + 1)
    for _ in range(2):  # a double click adds it once
        service.ajouter_mot(decor.acteur, seance, "Réunion le 3 mars.", attendus=nombre)
    for cle in courriels_retenus(seance):
        courriel = db.session.get_one(Courriel, cle)
        assert courriel.texte.count("Réunion le 3 mars.") == 1
        assert courriel.html.count("Réunion le 3 mars.") == 1 and MOTIF in courriel.html
    premier = retenu(seance)
    assert service.envoyer_un(decor.acteur, seance, premier.id) is True
    with pytest.raises(PasLeMoment):  # double click
        service.envoyer_un(decor.acteur, seance, premier.id)
    with pytest.raises(PasLeMoment):
        service.modifier_courriel(
            decor.acteur, seance, premier.id, "Trop tard", "Un texte bien assez long.",
            vu=service.empreinte_de(premier),
        )  # fmt: skip
    assert len(courriels_retenus(seance)) == nombre - 1
    assert publication.liberer_courriels(decor.acteur, seance) == nombre - 1
    envois = db.session.scalars(select(Tache).where(Tache.nom == "envoyer_courriel")).all()
    assert sorted(t.arguments["courriel_id"] for t in envois) == sorted(
        db.session.scalars(select(Courriel.id).where(Courriel.modele == "decision_rejeter"))
    )
    premier.etat = EtatCourriel.ENVOYE
    assert service.envoyer_un(decor.acteur, seance, premier.id) is False  # sent again


def test_seuls_les_courriels_de_cette_seance_sans_les_deports(decor: DecorCopil) -> None:
    seance = publiee(decor)
    page, comptes = courriels_de_decision(decor.acteur, seance, None, 1)
    assert comptes == {EtatCourriel.RETENU: page.total} and page.total == len(decor.dossiers)
    autre = deposer_courriel(
        decor.porteur, "compte_mot_de_passe_change", entite="dossier", le=maintenant()
    )
    autre.entite_id = decor.dossiers[0].id
    db.session.flush()
    for faux in (autre.id, 0, 2**40):
        with pytest.raises(Introuvable):
            courriel_de_decision(decor.acteur, seance, faux)
    deporter(decor, decor.coordo, decor.dossiers[0])
    acteur = charger_acteur(decor.coordo)
    du_lien = db.session.scalars(
        select(Courriel.id).where(
            Courriel.modele == "decision_rejeter", Courriel.entite_id == decor.dossiers[0].id
        )
    ).one()
    assert courriels_de_decision(acteur, seance, None, 1)[0].total == page.total - 1
    with pytest.raises(Introuvable):
        service.envoyer_un(acteur, seance, du_lien)


def test_pages(app: Flask, decor: DecorCopil) -> None:
    seance = publiee(decor)
    base = f"/copil/seances/{seance.id}/courriels"
    client, cle = connecte(app, decor.coordo), retenu(seance).id
    assert base in client.get(f"/copil/seances/{seance.id}/publication").text
    page = client.get(f"{base}/{cle}").text
    vu = re.search(r'name="vu"[^>]*value="([0-9a-f]+)"', page)
    assert vu is not None
    saisie = {"sujet": "Votre demande", "texte": "Un texte tout à fait convenable.", "vu": vu[1]}
    assert client.post(f"{base}/{cle}", data={**saisie, "texte": "x"}).status_code == 422
    assert client.post(f"{base}/{cle}", data=saisie).status_code == 303
    # A page left open elsewhere: both texts are shown, and what is typed stays.
    heurt = client.post(f"{base}/{cle}", data={**saisie, "texte": "Le texte de l’autre onglet."})
    assert heurt.status_code == 409
    assert "Le texte de l’autre onglet." in heurt.text
    assert "Un texte tout à fait convenable." in heurt.text
    assert client.post(f"{base}/mot", data={"mot": "", "attendus": "2"}).status_code == 422
    assert client.post(f"{base}/{cle}/envoyer").status_code == 303
    assert client.post(f"{base}/{cle}/envoyer").status_code == 409
    assert client.get(f"{base}?etat=retenu&page=zz").status_code == 200
    assert client.get(f"{base}/999999").status_code == 404
    membre = connecte(app, decor.membre)
    assert membre.get(base).status_code == 403 and membre.get(f"{base}/{cle}").status_code == 403


def test_un_second_clic_n_envoie_pas_deux_fois(app: Flask, decor: DecorCopil) -> None:
    """Even when the mail left between the two; « Renvoyer » too asks for what its page showed."""
    seance = publiee(decor)
    client, cle = connecte(app, decor.coordo), retenu(seance).id
    url = f"/copil/seances/{seance.id}/courriels"

    def jeton(page: str) -> str:
        formulaire = client.get(page).text.split(f"/courriels/{cle}/envoyer")[1]
        trouve = re.search(r'name="vu" value="([^"]*)"', formulaire)
        assert trouve is not None
        return trouve[1]

    def partis() -> int:
        db.session.expire_all()
        taches = db.session.scalars(select(Tache).where(Tache.nom == "envoyer_courriel"))
        return sum(t.arguments["courriel_id"] == cle for t in taches)

    for fois, page in enumerate((f"{url}/{cle}", url), 1):
        vu = jeton(page)
        assert client.post(f"{url}/{cle}/envoyer", data={"vu": vu}).status_code == 303
        courriel = db.session.get_one(Courriel, cle)
        courriel.etat, courriel.envoye_le = EtatCourriel.ENVOYE, maintenant()
        db.session.commit()
        encore = client.post(f"{url}/{cle}/envoyer", data={"vu": vu})
        assert encore.status_code == 409 and "déjà parti" in encore.text
        assert partis() == fois
