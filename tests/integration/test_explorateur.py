"""The public explorer, on the signed contract and on the small one: what it shows and tells."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.filtres import typo
from aap.models import Contrat, Fiche, ObjectifLocal, Quartier
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.services.referentiel import charger_contrat

GOSB, PETIT = "gosb-2024-2030", "exemple-val-fictif"
RACINE = f"/contrats/{GOSB}"
REQUETES_MAX = 12


def charger(code: str) -> None:
    charger_contrat(lire_contrat(DONNEES / code))
    db.session.commit()


@pytest.fixture(scope="module")
def contrat_signe(base_partagee: Flask) -> FlaskClient:
    """A client of the application, with the signed contract loaded once for the file."""
    with base_partagee.app_context():
        charger(GOSB)
        db.session.remove()
    return base_partagee.test_client()


@pytest.fixture
def lire(contrat_signe: FlaskClient) -> Callable[[str], BeautifulSoup]:
    """The parsed page of an address that must answer 200; the test writes nothing."""
    return lecteur(contrat_signe)


@pytest.fixture
def lire_seul(client: FlaskClient, session: Any) -> Callable[[str], BeautifulSoup]:
    """The same on the test's own database."""
    charger(GOSB)
    return lecteur(client)


def lecteur(client: FlaskClient) -> Callable[[str], BeautifulSoup]:
    def ouvrir(adresse: str) -> BeautifulSoup:
        reponse = client.get(adresse)
        assert reponse.status_code == 200, adresse
        return BeautifulSoup(reponse.text, "html.parser")

    return ouvrir


def texte(noeud: Tag) -> str:
    return re.sub(r"\s+", " ", noeud.get_text(" ")).strip()


def principal(page: BeautifulSoup) -> Tag:
    noeud = page.find("main")
    assert isinstance(noeud, Tag)
    return noeud


def chiffres(page: BeautifulSoup) -> list[tuple[str, str, str, str]]:
    """(indicator, value, year, rank) of every line of the tables of figures."""
    lignes = []
    for tr in principal(page).select("table:not(.desaccords) tbody tr"):
        cases = [texte(x) for x in tr.find_all(["th", "td"])]
        lignes.append((cases[0], cases[1], cases[2], cases[3]))
    return lignes


def trouves(page: BeautifulSoup) -> list[tuple[str, str]]:
    """(title, address) of every search result, in order."""
    return [(texte(a), str(a["href"])) for a in page.select("ul.resultats a")]


@contextmanager
def requetes_comptees() -> Iterator[list[str]]:
    vues: list[str] = []

    def noter(_c: Any, _k: Any, ordre: str, *_reste: Any) -> None:
        if not ordre.upper().startswith(("BEGIN", "SAVEPOINT", "ROLLBACK", "SET ", "PRAGMA")):
            vues.append(ordre)

    event.listen(db.engine, "before_cursor_execute", noter)
    try:
        yield vues
    finally:
        event.remove(db.engine, "before_cursor_execute", noter)


# --- pages --------------------------------------------------------------------------------

PAGES = (
    "/",
    f"{RACINE}/",
    f"{RACINE}/?q=emploi",
    f"{RACINE}/orientations/O1",
    f"{RACINE}/quartiers",
    f"{RACINE}/quartiers?commune=vitry-sur-seine&secteur=&recherche=",
    f"{RACINE}/quartiers/colonel-fabien",
    f"{RACINE}/communes/vitry-sur-seine",
    f"{RACINE}/financeurs",
)
ABSENTES = (
    "/contrats/inconnu/",
    "/contrats/inconnu/quartiers",
    "/contrats/inconnu/financeurs",
    f"{RACINE}/orientations/Z9",
    f"{RACINE}/quartiers/inconnu",
    f"{RACINE}/communes/inconnue",
    f"/contrats/{PETIT}/quartiers/colonel-fabien",
)


def test_pages_ouvertes_a_tous(lire: Callable[[str], BeautifulSoup]) -> None:
    for adresse in PAGES:
        page = lire(adresse)
        assert len(page.find_all("h1")) == 1, adresse
        assert page.title is not None and page.title.get_text(strip=True), adresse


def test_codes_inconnus(client: FlaskClient, session: Any) -> None:
    charger(GOSB)
    charger(PETIT)
    for adresse in ABSENTES:
        assert client.get(adresse).status_code == 404, adresse


def test_chaque_quartier_et_chaque_commune_a_sa_page(client: FlaskClient, session: Any) -> None:
    """The 36 quartiers, the 19 communes and the 8 orientations open without a fault."""
    charger(GOSB)
    contrat = lire_contrat(DONNEES / GOSB)
    adresses = [f"{RACINE}/quartiers/{q['code']}" for q in contrat.quartiers]
    adresses += [f"{RACINE}/communes/{c['code']}" for c in contrat.contrat["communes"]]
    adresses += [f"{RACINE}/orientations/{o['code']}" for o in contrat.contrat["orientations"]]
    assert len(adresses) == 36 + 19 + 8
    for adresse in adresses:
        assert client.get(adresse).status_code == 200, adresse


# --- search -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mots", "titre"),
    [
        ("lhay", "L’Haÿ-les-Roses"),
        ("LHAY", "L’Haÿ-les-Roses"),
        ("l'hay", "L’Haÿ-les-Roses"),
        ("l’haÿ", "L’Haÿ-les-Roses"),
        ("vsg", "Villeneuve-Saint-Georges"),
        ("kremlin", "Le Kremlin-Bicêtre"),
        ("KREMLIN BICETRE", "Le Kremlin-Bicêtre"),
        ("kremlin-bicêtre", "Le Kremlin-Bicêtre"),
    ],
)
def test_recherche_de_commune(lire: Callable[[str], BeautifulSoup], mots: str, titre: str) -> None:
    resultats = trouves(lire(f"{RACINE}/?q={mots}"))
    assert titre.replace("’", "'") in {t.replace("’", "'") for t, _ in resultats}, resultats[:5]


@pytest.mark.parametrize("mots", ["Lozaites", "lozaïtes", "LOZAITES"])
def test_recherche_de_quartier(lire: Callable[[str], BeautifulSoup], mots: str) -> None:
    resultats = trouves(lire(f"{RACINE}/?q={mots}"))
    assert any("/quartiers/" in adresse and "lozaitz" in adresse for _, adresse in resultats)


def test_recherche_ouvre_ce_qu_elle_trouve(lire: Callable[[str], BeautifulSoup]) -> None:
    adresses = {a for _, a in trouves(lire(f"{RACINE}/?q=jeunes"))}
    assert adresses
    for adresse in sorted(adresses)[:8]:
        lire(adresse)


def test_recherche_vide_et_sans_reponse(lire: Callable[[str], BeautifulSoup]) -> None:
    assert lire(f"{RACINE}/?q=%20%20").find(id="resultats") is None
    sans = lire(f"{RACINE}/?q=zzzzz")
    assert "Rien ne correspond" in texte(principal(sans))
    assert not trouves(lire(f"{RACINE}/?q=%25"))  # a wildcard of SQL finds nothing


def test_recherche_echappee(client: FlaskClient, session: Any) -> None:
    charger(GOSB)
    for parametre in ("?q", "quartiers?recherche"):
        reponse = client.get(f'{RACINE}/{parametre}=<script>alert(1)</script>"><img src=x>')
        assert reponse.status_code == 200
        assert "<script>alert" not in reponse.text and "<img src=x>" not in reponse.text
        assert "&lt;script&gt;alert(1)" in reponse.text


def test_recherche_tres_longue(client: FlaskClient, session: Any) -> None:
    charger(GOSB)
    assert client.get(f"{RACINE}/?q={'a' * 5000}").status_code == 200


def test_filtres_de_la_liste(lire: Callable[[str], BeautifulSoup]) -> None:
    def noms(reste: str = "") -> list[str]:
        page = lire(f"{RACINE}/quartiers{reste}")
        return [texte(th) for th in page.select("tbody th")]

    assert len(noms()) == 36
    vitry = noms("?commune=vitry-sur-seine")
    assert 0 < len(vitry) < 36 and "Colonel Fabien" in vitry
    assert noms("?commune=vitry-sur-seine&recherche=fabien") == ["Colonel Fabien"]
    assert noms("?commune=inconnue") == []


# --- what a quartier shows ----------------------------------------------------------------


def test_commune_de_paris_sans_valeur_propre(lire: Callable[[str], BeautifulSoup]) -> None:
    """Its printed figures are those of another quartier: none stands as its own, and why."""
    page = lire(f"{RACINE}/quartiers/commune-de-paris-8-mai-1945")
    assert chiffres(page) == []
    dit = texte(principal(page))
    assert "Aucun indicateur fiable n’est connu pour ce quartier." in dit
    assert "copie de ceux des Combattants" in dit
    assert "11 valeurs imprimées écartées car douteuses" in dit
    assert "ne sont pas celles de ce quartier" in dit
    barrees = principal(page).find_all("s")
    assert len(barrees) == 11
    assert not re.search(r"\d+e sur \d+ quartiers", dit)


def test_polognes_montre_les_deux_taux(lire: Callable[[str], BeautifulSoup]) -> None:
    page = lire(f"{RACINE}/quartiers/polognes-plateau-saint-martin")
    taux = [valeur for nom, valeur, *_ in chiffres(page) if nom.startswith("Taux de chômage")]
    assert sorted(taux) == ["19,3 %", "19,5 %"]
    assert "On ne sait pas lequel est juste." in texte(principal(page))


@pytest.mark.parametrize("code", ["colonel-fabien", "sorbiers-lallier"])
def test_pauvrete_absente_dite(lire: Callable[[str], BeautifulSoup], code: str) -> None:
    """What the contract does not give is said, never shown as zero."""
    page = lire(f"{RACINE}/quartiers/{code}")
    assert not [nom for nom, *_ in chiffres(page) if nom.startswith("Taux de pauvreté")]
    dit = texte(principal(page))
    assert re.search(r"Non donné par le contrat : [^.]*taux de pauvreté", dit)


def test_deux_fiches_comparees(lire: Callable[[str], BeautifulSoup]) -> None:
    """Where two fiches differ, the values stand side by side; where they agree, only once."""
    page = lire(f"{RACINE}/quartiers/polognes-plateau-saint-martin")
    table = page.select_one("table.desaccords")
    assert table is not None
    assert [texte(x) for x in table.select("tbody th, tbody td")] == [
        "Taux de chômage",
        "19,3 %",
        "19,5 %",
    ]
    assert len(table.select("thead th")) == 3
    memes = lire(f"{RACINE}/quartiers/vercors-chastenet")
    assert memes.select_one("table.desaccords") is None
    assert "Mêmes chiffres que la fiche précédente." in texte(principal(memes))
    noms = [nom for nom, *_ in chiffres(memes)]
    assert noms and len(noms) == len(set(noms))


def test_fiche_communale_sans_chiffres_ne_nie_rien(lire: Callable[[str], BeautifulSoup]) -> None:
    """A commune's fiche without figures does not say that the quartier has none."""
    for code in ("vercors-chastenet", "centre-ville-vsg", "jardins-parisiens"):
        page = lire(f"{RACINE}/quartiers/{code}")
        assert chiffres(page), code
        assert "Aucun indicateur fiable" not in texte(principal(page)), code
    dit = texte(principal(lire(f"{RACINE}/quartiers/jardins-parisiens")))
    assert "Fiche de la commune « L'Haÿ-les-Roses »" in dit.replace("’", "'")


def test_fautes_imprimees_signalees(lire: Callable[[str], BeautifulSoup]) -> None:
    """Faults stay as printed and are said; a remark left in the printed text is not shown."""
    dit = texte(principal(lire(f"{RACINE}/quartiers/centre-ville-barbusse")))
    assert "Informier, orienter" in dit and "« Informier » est une coquille (l. 3033)" in dit
    assert "les lignes du tableau sont décalées (l. 2991-2993)" in dit
    viry = texte(principal(lire(f"{RACINE}/quartiers/plateau-grande-borne")))
    assert "des jeunes scolarisés" in viry and "Quid" not in viry


def test_redaction_en_double_dite_sur_l_orientation(lire: Callable[[str], BeautifulSoup]) -> None:
    assert "O6.2.1, deux rédactions" in texte(principal(lire(f"{RACINE}/orientations/O6")))
    assert "deux rédactions" not in texte(principal(lire(f"{RACINE}/orientations/O1")))


def test_la_fiche_de_la_commune_se_lit(lire: Callable[[str], BeautifulSoup]) -> None:
    dit = texte(principal(lire(f"{RACINE}/communes/l-hay-les-roses")))
    assert "8 priorités et 2 priorités transversales" in dit
    assert "La pratique sportive comme vecteur de cohésion sociale" in dit
    assert "Ambitions de la fiche" in texte(principal(lire(f"{RACINE}/communes/villejuif")))


def test_resultats_coupes_dits(lire: Callable[[str], BeautifulSoup]) -> None:
    page = lire(f"{RACINE}/?q=jeunes")
    assert len(trouves(page)) == 40
    assert "Seuls les 40 premiers résultats sont montrés." in texte(principal(page))
    assert "Seuls les" not in texte(principal(lire(f"{RACINE}/?q=lozaites")))


def test_indicateur_que_le_programme_ne_connait_pas(
    client: FlaskClient, session: Any, tmp_path: Path
) -> None:
    """A contract may have its own indicators, set aside even: the page opens."""
    dossier = tmp_path / "contrat"
    shutil.copytree(DONNEES / PETIT, dossier)
    fiche, definitions = dossier / "fiches" / "les-tilleuls.json", dossier / "indicateurs.json"
    lue = json.loads(fiche.read_text("utf-8"))
    lue["indicateurs"].append(
        {"code": "nombre_arbres", "valeur": 12, "unite": "arbres", "annee": 2024, "ecarte": True}
    )
    fiche.write_text(json.dumps(lue), "utf-8")
    connus = json.loads(definitions.read_text("utf-8"))
    connus.append({"code": "nombre_arbres", "libelle": "Arbres", "unite": "arbres"})
    definitions.write_text(json.dumps(connus), "utf-8")
    charger_contrat(lire_contrat(dossier))
    db.session.commit()
    reponse = client.get(f"/contrats/{PETIT}/quartiers/les-tilleuls")
    assert reponse.status_code == 200
    assert "1 valeur imprimée écartée" in texte(BeautifulSoup(reponse.text, "html.parser"))


def test_rangs_en_mots(lire: Callable[[str], BeautifulSoup]) -> None:
    """Ranks are words over the known quartiers; the doubtful one is not counted."""
    rangs = [rang for *_, rang in chiffres(lire(f"{RACINE}/quartiers/les-combattants"))]
    assert rangs
    for rang in rangs:
        assert re.fullmatch(r"(1er|\d+e) sur (3[0-6]|2\d) quartiers connus", rang), rang
    population = chiffres(lire(f"{RACINE}/quartiers/colonel-fabien"))[0]
    assert population[0] == "Nombre d’habitants" and population[3].endswith(
        "sur 35 quartiers connus"
    )


def test_premier_rang(lire_seul: Callable[[str], BeautifulSoup], session: Any) -> None:
    """« 1er », not « 1e », for the highest value of the contract."""
    contrat = lire_contrat(DONNEES / GOSB)
    connues = [
        (v["valeur"], f["quartiers"][0])
        for f in contrat.fiches
        for v in f["indicateurs"]
        if v["code"] == "taux_pauvrete" and not v.get("ecarte")
    ]
    page = lire_seul(f"{RACINE}/quartiers/{max(connues)[1]}")
    rang = next(r for nom, _v, _a, r in chiffres(page) if nom.startswith("Taux de pauvreté"))
    assert rang.startswith("1er sur ")


def test_indice_n_est_pas_un_pourcentage(lire: Callable[[str], BeautifulSoup]) -> None:
    lignes = chiffres(lire(f"{RACINE}/quartiers/les-combattants"))
    indice = next(x for x in lignes if x[0].startswith("Indice de jeunesse"))
    assert re.fullmatch(r"\d+(,\d+)?", indice[1])
    assert "non un pourcentage" in indice[0]
    assert next(x for x in lignes if x[0].startswith("Taux d’emploi"))[1].endswith(" %")


def test_ce_qui_est_retire_ne_se_montre_plus(
    lire_seul: Callable[[str], BeautifulSoup], session: Any
) -> None:
    """A retired objective stays for the dossiers that chose it, not for the readers."""
    objectif = session.scalars(
        select(ObjectifLocal)
        .join(ObjectifLocal.section)
        .join(Fiche)
        .where(Fiche.code == "cachan-la-plaine", ObjectifLocal.niveau == "operationnel")
    ).first()
    assert objectif is not None
    quartier = session.scalars(
        select(Quartier).where(Quartier.fiches.any(Fiche.code == "cachan-la-plaine"))
    ).one()
    adresse = f"{RACINE}/quartiers/{quartier.code}"
    phrase = re.sub(r"\s+", " ", typo(objectif.texte)).strip()
    avant = texte(principal(lire_seul(adresse))).count(phrase)
    objectif.retire_le = maintenant()
    contrat = session.get(Contrat, quartier.contrat_id)
    contrat.empreinte = "autre"  # as the loading of changed files does
    db.session.commit()
    assert texte(principal(lire_seul(adresse))).count(phrase) == avant - 1


def test_quartier_retire_n_est_plus_montre(client: FlaskClient, session: Any) -> None:
    """Neither its page, nor the lists, nor the search."""
    charger(PETIT)
    racine = f"/contrats/{PETIT}"
    digue = session.scalars(select(Quartier).where(Quartier.code == "la-digue")).one()
    digue.retire_le = maintenant()
    db.session.commit()
    assert client.get(f"{racine}/quartiers/la-digue").status_code == 404
    for suite in ("/quartiers", "/?q=digue", "/communes/pont-invente", "/quartiers/les-tilleuls"):
        assert f"{racine}/quartiers/la-digue" not in client.get(racine + suite).text, suite


# --- cost ---------------------------------------------------------------------------------


def test_requetes_bornees_et_constantes(app: Flask, client: FlaskClient, session: Any) -> None:
    """At most 12 queries a page, and as many for a small quartier as for a big one."""
    charger(GOSB)
    cout: dict[str, int] = {}
    for adresse in (
        *PAGES,
        f"{RACINE}/quartiers/commune-de-paris-8-mai-1945",
        f"{RACINE}/quartiers/grand-vaux",
    ):
        with requetes_comptees() as vues:
            client.get(adresse)
        cout[adresse] = len(vues)
        assert len(vues) <= REQUETES_MAX, (adresse, len(vues), vues)
    assert (
        cout[f"{RACINE}/quartiers/colonel-fabien"]
        == cout[f"{RACINE}/quartiers/commune-de-paris-8-mai-1945"]
    )


# --- another contract ---------------------------------------------------------------------


def test_le_petit_contrat_a_les_memes_pages(client: FlaskClient, session: Any) -> None:
    """Nothing in the pages depends on one contract."""
    charger(PETIT)
    racine = f"/contrats/{PETIT}"
    for suite in (
        "/",
        "/?q=bourg",
        "/orientations/A1",
        "/orientations/A2",
        "/quartiers",
        "/quartiers/les-tilleuls",
        "/quartiers/la-digue",
        "/quartiers/le-vieux-port",
        "/communes/pont-invente",
        "/financeurs",
    ):
        assert client.get(racine + suite).status_code == 200, suite
    digue = BeautifulSoup(client.get(f"{racine}/quartiers/la-digue").text, "html.parser")
    assert "Non donné par le contrat : taux de chômage" in texte(principal(digue))
    assert "sur 2 quartiers connus" in texte(principal(digue))
    port = BeautifulSoup(client.get(f"{racine}/quartiers/le-vieux-port").text, "html.parser")
    assert "Le contrat ne contient pas de fiche pour ce quartier." in texte(principal(port))
    assert "Poche de pauvreté inventée" in texte(principal(port))


def test_adresse_courte_des_quartiers(client: FlaskClient, session: Any) -> None:
    charger(PETIT)
    seul = client.get("/quartiers")
    assert seul.status_code == 302 and seul.location.endswith(f"/contrats/{PETIT}/quartiers")
    charger(GOSB)
    assert client.get("/quartiers").location.endswith("/")


def test_accueil_sans_contrat(client: FlaskClient) -> None:
    reponse = client.get("/")
    assert reponse.status_code == 200
    assert "Aucun contrat de ville n’est chargé" in reponse.text
