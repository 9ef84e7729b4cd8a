"""Technical committee: opinions side by side, edited line by line; a stale save shows both."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from aap.extensions import db
from aap.models import Avis, RoleHabilitation, ValeurAvis
from aap.services.avis import rendre_avis
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_porteur import compter_requetes, connecte
from workflows.dossier import EtatDossier

R = RoleHabilitation
SAISIE = {"valeur": "favorable", "montant_propose": "5 000", "commentaire": "Bon projet"}


def test_liste_filtree_et_une_seule_ligne_modifiable(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    html = client.get("/instruction/cotech").text
    assert f'id="valeur-{decor.ligne_etat.id}"' in html
    assert f'id="valeur-{decor.ligne_ville.id}"' not in html
    assert "2 avis attendus" in html.replace("\u00a0", " ")
    theme = decor.dossier.theme_id
    vu = client.get(f"/instruction/cotech?theme={theme}&commune={decor.commune.id}").text
    assert "Été à l’école" in vu
    for vide in (f"theme={theme + 99}", "commune=999", "campagne=999"):
        assert "Aucun dossier" in client.get(f"/instruction/cotech?{vide}").text
    for hostile in ("page=9999999999999", "theme=%00", "financement_id=1&_external=1", "page=999"):
        assert client.get(f"/instruction/cotech?{hostile}").status_code == 200


def test_avis_enregistre_sur_la_ligne(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    url = f"/instruction/cotech/{decor.ligne_etat.id}?theme={decor.dossier.theme_id}"
    version = decor.ligne_etat.version
    reponse = client.post(url, data={**SAISIE, "version": version})
    assert reponse.status_code == 303
    assert reponse.headers["Location"].endswith(f"page=1#ligne-{decor.ligne_etat.id}")
    db.session.expire_all()
    assert decor.ligne_etat.montant_propose == 5_000_00
    ville = f"/instruction/cotech/{decor.ligne_ville.id}"
    assert client.post(ville, data={**SAISIE, "version": 1}).status_code == 403


def test_refus_garde_la_saisie(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    url = f"/instruction/cotech/{decor.ligne_etat.id}"
    trop = {**SAISIE, "montant_propose": "7 000", "version": decor.ligne_etat.version}
    reponse = client.post(url, data=trop)
    assert reponse.status_code == 422
    assert "ne demande que" in reponse.text
    assert "7 000" in reponse.text and "Bon projet" in reponse.text
    # Said on top too, where the reader lands, with the way to the line.
    resume = reponse.text.partition('id="resume-erreurs"')[2].partition("</div>")[0]
    assert "ne demande que" in resume and f'href="#montant-{decor.ligne_etat.id}"' in resume
    assert client.post(url, data={}).status_code == 422
    decor.dossier.etat = EtatDossier.INSTRUIT
    db.session.commit()
    trop_tard = client.post(url, data={**SAISIE, "version": 1})
    assert trop_tard.status_code in (403, 409)
    assert "Bon projet" in trop_tard.text, "what was typed is given back"


def _avis_du_voisin(decor: o.Decor) -> int:
    """Somebody else of the same funder saves first; gives the version seen before."""
    vue = decor.ligne_etat.version
    voisin = f.agent(R.INSTRUCTEUR, decor.contrat, decor.etat, "Voisine")
    rendre_avis(o.acteur(voisin), decor.ligne_etat, ValeurAvis.RESERVE, "Budget fragile", 2_000_00)
    db.session.commit()
    return vue


def test_version_perimee_montre_les_deux(app: Flask, session) -> None:
    decor = o.planter()
    vue = _avis_du_voisin(decor)
    client = connecte(app, decor.instructrice)
    for url in (
        f"/instruction/cotech/{decor.ligne_etat.id}",
        f"/instruction/financements/{decor.ligne_etat.id}/avis",
    ):
        reponse = client.post(url, data={**SAISIE, "version": vue})
        assert reponse.status_code == 409, url
        assert "Budget fragile" in reponse.text and "Bon projet" in reponse.text
        assert "Voisine" in reponse.text
        assert f'name="version" value="{decor.ligne_etat.version}"' in reponse.text
    avis = db.session.scalars(select(Avis)).one()
    assert avis.valeur is ValeurAvis.RESERVE
    juste = {**SAISIE, "version": decor.ligne_etat.version}
    assert client.post(f"/instruction/cotech/{decor.ligne_etat.id}", data=juste).status_code == 303


def test_requetes_constantes(app: Flask, session) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 4)
    client = connecte(app, decor.instructrice)
    petit = compter_requetes(lambda: client.get("/instruction/cotech"))
    o.dossiers_en_plus(decor, 60, depuis=4)
    assert compter_requetes(lambda: client.get("/instruction/cotech")) == petit
