"""Two people on the same settings: nothing is overwritten in silence, nothing typed is lost."""

from __future__ import annotations

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from aap.domaine.horloge import horloge_fixee
from aap.models import Enveloppe, Financeur, RoleHabilitation
from aap.services.grille import creer_grille_par_defaut
from tests import fabriques as f
from tests.outils_connexion import se_connecter
from tests.outils_coordination import VEILLE, monter


def champs(page: str, forme_a: str = "") -> dict[str, str]:
    """What the longest form of a page would send, untouched."""
    formes = BeautifulSoup(page, "html.parser").select(
        "main form[method=post]" + (f"[action$='{forme_a}']" if forme_a else "")
    )
    forme = max(formes, key=lambda x: len(x.select("[name]")))
    envoi = {i["name"]: i.get("value", "") for i in forme.select("input[type=hidden], input[name]")}
    envoi |= {t["name"]: t.text for t in forme.select("textarea")}
    for s in forme.select("select"):
        choisie = s.select_one("option[selected]") or s.select_one("option")
        envoi[s["name"]] = choisie["value"] if choisie else ""
    cochables = "input[type=checkbox]:not([checked]), input[type=radio]:not([checked])"
    for case in forme.select(cochables):
        envoi.pop(case["name"], None)
    return {str(k): str(v) for k, v in envoi.items()}


def test_fiche_financeur(session: object, client: FlaskClient) -> None:
    financeur = f.financeur(f.contrat(), nom="Ville de Nulle-Part")
    admin = f.utilisateur("Ada", "Technique", "ada@exemple.fr")
    f.habiliter(admin, RoleHabilitation.ADMINISTRATEUR, None)
    se_connecter(client, admin)
    adresse = f"/administration/financeurs/{financeur.id}/modifier"
    ouverte = champs(client.get(adresse).text)
    premiere = ouverte | {"contact": "un@exemple.fr", "service": "Service A"}
    assert client.post(adresse, data=premiere).status_code == 303
    # the other tab changes something else: both changes stay
    assert client.post(adresse, data=ouverte | {"note": "Vue"}).status_code == 303
    lu = f.db.session.get_one(Financeur, financeur.id, populate_existing=True)
    assert (lu.contact, lu.service, lu.note) == ("un@exemple.fr", "Service A", "Vue")
    # the same answer changed twice: said, kept on the page, and sent again it wins
    reponse = client.post(adresse, data=ouverte | {"contact": "deux@exemple.fr"})
    assert reponse.status_code == 422
    assert "Quelqu’un a enregistré entre-temps" in reponse.text
    assert "un@exemple.fr" in reponse.text
    rendue = champs(reponse.text)
    assert rendue["contact"] == "deux@exemple.fr"
    assert client.post(adresse, data=rendue).status_code == 303
    lu = f.db.session.get_one(Financeur, financeur.id, populate_existing=True)
    assert (lu.contact, lu.service, lu.note) == ("deux@exemple.fr", "Service A", "Vue")


def test_montants_poids_et_temps(session: object, client: FlaskClient) -> None:
    """Pages that send everything at once only change what their author has changed."""
    with horloge_fixee(VEILLE):
        c = monter()
        se_connecter(client, c.coordination)
        for libelle in ("Une", "Deux"):
            f.db.session.add(
                Enveloppe(
                    campagne_id=c.campagne.id,
                    financeur_id=c.etat.id,
                    code=libelle.lower(),
                    libelle=libelle,
                    montant=100_00,
                )
            )
        f.db.session.flush()
        une, deux = (
            f.db.session.query(Enveloppe).filter_by(code=code).one() for code in ("une", "deux")
        )
        base = f"/coordination/campagnes/{c.campagne.id}"
        page = client.get(f"{base}/enveloppes/montants").text
        assert c.etat.sigle in page or c.etat.nom in page
        ouverte = champs(page)
        un, autre = f"montant_{une.id}", f"montant_{deux.id}"
        assert (
            client.post(f"{base}/enveloppes/montants", data=ouverte | {un: "500"}).status_code
            == 303
        )
        assert (
            client.post(f"{base}/enveloppes/montants", data=ouverte | {autre: "700"}).status_code
            == 303
        )
        f.db.session.expire_all()
        assert (une.montant, deux.montant) == (500_00, 700_00)
        refus = client.post(f"{base}/enveloppes/montants", data=ouverte | {un: "600"})
        assert refus.status_code == 422
        assert "500" in refus.text
        assert champs(refus.text)[un] == "600"

        temps = "/repartition/capacites"
        ouverte = champs(client.get(f"{base}/repartition").text, temps)
        part = next(k for k in ouverte if k.startswith("part-"))
        assert client.post(base + temps, data=ouverte | {part: "50"}).status_code == 303
        assert client.post(base + temps, data=ouverte).status_code == 303
        assert champs(client.get(f"{base}/repartition").text, temps)[part] == "50"

        grille = creer_grille_par_defaut(c.acteur, c.campagne.contrat)
        adresse = f"/coordination/grilles/{grille.id}/criteres/{grille.criteres[0].code}"
        ouverte = champs(client.get(adresse).text)
        assert client.post(adresse, data=ouverte | {"aide": "Une aide"}).status_code == 303
        assert client.post(adresse, data=ouverte | {"ancre_0": "Rien du tout"}).status_code == 303
        f.db.session.expire_all()
        assert (grille.criteres[0].aide, grille.criteres[0].ancres[0]) == (
            "Une aide",
            "Rien du tout",
        )


def test_le_meme_formulaire_envoye_deux_fois(session: object, client: FlaskClient) -> None:
    """Without a script a double click sends twice: one campaign, one session, one copy."""
    with horloge_fixee(VEILLE):
        c = monter()
        f.habiliter(c.coordination, RoleHabilitation.ADMINISTRATEUR, None)
        f.db.session.flush()
        se_connecter(client, c.coordination)
        base = f"/coordination/campagnes/{c.campagne.id}"
        neuve = {
            "contrat": c.contrat.id,
            "nom": "Appel de printemps",
            "type": c.campagne.type.value,
            "exercice": "2027",
            "ouverture_le": "01/02/2027 09:00",
            "cloture_le": "01/03/2027 18:00",
            "grace_minutes": "0",
        }
        seance = {"titre": "Comité", "prevue_le": "01/03/2027 09:00", "quorum": "3"}
        regle = {"cle": f"{c.instructrice.id}-{c.etat.id}", "commune": c.commune.id}
        financeur = {"nom": "Fondation Neuve", "type": "autre"}
        for adresse, envoi, dit in (
            ("/coordination/campagnes/nouvelle", neuve, "Cette campagne est déjà créée"),
            (f"/copil/campagnes/{c.campagne.id}/seances/nouvelle", seance, "déjà créée"),
            (f"{base}/repartition/regles", regle, "Cette règle existe déjà"),
            (
                f"/administration/financeurs/nouveau?contrat={c.contrat.id}",
                financeur,
                "déjà ce nom",
            ),
        ):
            assert client.post(adresse, data=envoi).status_code == 303, adresse
            refus = client.post(adresse, data=envoi)
            assert refus.status_code == 422, adresse
            assert dit in refus.text
        copie = champs(client.get(f"{base}/copier").text, "/copier")
        assert client.post(f"{base}/copier", data=copie).status_code == 303
        refus = client.post(f"{base}/copier", data=copie)
        assert refus.status_code == 409
        assert "vient déjà d’être créée" in refus.text
