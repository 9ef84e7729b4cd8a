"""What a hostile or broken client sends, put in the real forms of the demonstration.

``Exploration`` walks the site as one account and keeps every form it is shown, with its fields and
the values that the page proposes; ``corps`` turns a form into bodies that no page of ours sends.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

# Never sent: they would end the walk, or change who walks.
INTOUCHABLES = frozenset({"compte.deconnexion", "compte.fermer_session", "static"})
Champs = list[tuple[str, str]]
# name of the attack -> the text put in a field
TEXTES = {
    "vide": "",
    "nul": "a\x00b",
    "demi-caractere": "a\ud800b",
    "long": "x" * 100_000,
    "chiffres": "9" * 5_000,
    "negatif": "-1",
    "int4": str(2**31),
    "int8": str(2**63 - 1),
    "au-dela": str(2**64),
    "exposant": "1e400",
    "infini": "Infinity",
    "exposant-typographique": "²",
    "jour": "2026-02-31",
    "an-un": "0001-01-01",
    "an-9999": "9999-12-31",
    "instant-un": "0001-01-01T00:00",
    "instant-9999": "9999-12-31T23:59",
    "inconnu": "999999",
    "zero": "0",
    "choix": "choix-qui-n-existe-pas",
    "balise": "<script>alert(1)</script>&#0;",
    "retours": "a\r\nBcc: x@example.org\n\u202e\u2028\ufeff",
    "gabarit": "{{ 7*7 }}{% raise %}%s%n%(x)s",
}
JSONS = {
    "json-casse": b'{"version": 1,',
    "json-liste": b"[1, 2, {}]",
    "json-nul": b"null",
    "json-texte": b'"texte"',
    "json-profond": b"[" * 3_000 + b"]" * 3_000,
    "json-nan": b'{"version": NaN, "valeur": Infinity}',
    "json-latin": '{"valeur": "é"}'.encode("latin-1"),
}


@dataclass(frozen=True)
class Formulaire:
    """A form of a page: where it goes, how, and what the page itself would send."""

    endpoint: str
    methode: str
    adresse: str
    champs: tuple[tuple[str, str], ...]
    fichiers: tuple[str, ...] = ()

    @property
    def cle(self) -> tuple[Any, ...]:
        """Two forms alike are tried once: same door, same fields (digits set apart)."""
        noms = {_sans_chiffres(n) for n, _ in self.champs}
        mots = tuple(m for m in urlsplit(self.adresse).path.split("/") if not m.isdigit())
        return self.endpoint, self.methode, mots, tuple(sorted(noms))


def _sans_chiffres(nom: str) -> str:
    return "".join("#" if c.isdigit() else c for c in nom)


def _texte(noeud: Tag, attribut: str, defaut: str = "") -> str:
    return str(noeud.get(attribut) or defaut)


def _valeurs(noeud: Tag) -> Iterator[tuple[str, str]]:
    """What a browser would send of one control."""
    nom = _texte(noeud, "name")
    if noeud.name == "select":
        options = noeud.find_all("option")
        choisies = [o for o in options if o.has_attr("selected")] or options[1:2] or options[:1]
        yield from ((nom, _texte(o, "value")) for o in choisies)
    elif noeud.name == "textarea":
        yield nom, noeud.get_text() or "Texte de l’essai."
    elif _texte(noeud, "type") in ("checkbox", "radio"):
        yield nom, _texte(noeud, "value", "on")
    else:
        yield nom, _texte(noeud, "value")


@dataclass
class Exploration:
    """One account walks from page to page; ``formulaires`` is what it was shown."""

    app: Flask
    client: FlaskClient
    vues: set[tuple[Any, ...]] = field(default_factory=set)
    formulaires: dict[tuple[Any, ...], Formulaire] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)
    fautes: list[str] = field(default_factory=list)

    def endpoint(self, adresse: str, methode: str) -> str:
        """Name of the view behind an address, empty when none."""
        try:
            chemin = urlsplit(adresse).path
            nom, _ = self.app.url_map.bind("localhost").match(chemin, method=methode)
        except HTTPException:
            return ""
        return str(nom)

    def parcourir(self, departs: list[str], combien: int = 2) -> None:
        """Breadth first, ``combien`` pages of each kind at most."""
        file = list(departs)
        compte: dict[tuple[Any, ...], int] = {}
        faites: set[str] = set()
        while file:
            adresse = file.pop(0)
            nom = self.endpoint(adresse, "GET")
            mots = tuple(m for m in urlsplit(adresse).path.split("/") if not m.isdigit())
            cle = (nom, () if nom.startswith("public.") else mots)  # one quartier is enough
            if adresse in faites or not nom or nom in INTOUCHABLES or compte.get(cle, 0) >= combien:
                continue
            faites.add(adresse)
            compte[cle] = compte.get(cle, 0) + 1
            file += self._lire(adresse)

    def _lire(self, adresse: str) -> list[str]:
        reponse = self.client.get(adresse)
        if reponse.status_code >= 500:
            self.fautes.append(f"GET {adresse} : {reponse.status_code}")
        if reponse.status_code in (301, 302, 303):
            return [urljoin(adresse, reponse.location or "")]
        if reponse.status_code != 200 or reponse.mimetype != "text/html":
            return []
        self.pages.append(adresse)
        page = BeautifulSoup(reponse.data, "html.parser")
        for forme in page.find_all("form"):
            self._garder(forme, adresse)
        liens = [urljoin(adresse, _texte(a, "href")) for a in page.find_all("a", href=True)]
        return [lien for lien in liens if lien.startswith("/")]

    def _garder(self, forme: Tag, page: str) -> None:
        methode = _texte(forme, "method", "get").upper()
        adresse = urljoin(page, _texte(forme, "action") or page)
        nom = self.endpoint(adresse, methode)
        if not nom or nom in INTOUCHABLES:
            return
        controles = [
            c
            for c in forme.find_all(["input", "select", "textarea", "button"])
            if c.get("name") and _texte(c, "type") != "file"
        ]
        fichiers = [_texte(c, "name") for c in forme.find_all("input", type="file")]
        champs = [couple for c in controles for couple in _valeurs(c)]
        trouve = Formulaire(nom, methode, adresse, tuple(champs), tuple(fichiers))
        self.formulaires.setdefault(trouve.cle, trouve)


def noms(champs: Champs) -> list[str]:
    return list(dict.fromkeys(n for n, _ in champs))


def encoder(champs: Champs) -> bytes:
    """As a browser does, half characters included (their bytes, as a broken client sends them)."""
    return "&".join(
        f"{quote(n)}={quote(v.encode('utf-8', 'surrogatepass'))}" for n, v in champs
    ).encode()


@dataclass(frozen=True)
class Envoi:
    """One request: what it is called in a failure, and the arguments of ``client.open``."""

    nom: str
    methode: str
    adresse: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.methode} {self.adresse} [{self.nom}]"


def _poste(f: Formulaire, nom: str, champs: Champs) -> Envoi:
    if f.methode == "GET":
        chemin = f"{urlsplit(f.adresse).path}?{encoder(champs).decode()}"
        return Envoi(nom, "GET", chemin, {})
    if f.fichiers:
        donnees: dict[str, Any] = {}
        for cle, valeur in champs:
            propre = valeur.encode("utf-8", "replace").decode()
            donnees.setdefault(cle, []).append(propre)
        for fichier in f.fichiers:
            donnees[fichier] = (io.BytesIO(b"\x00" * 10), "..\\..//a\x01\u202efdp.pdf")
        return Envoi(
            nom, "POST", f.adresse, {"data": donnees, "content_type": "multipart/form-data"}
        )
    forme = {"data": encoder(champs), "content_type": "application/x-www-form-urlencoded"}
    return Envoi(nom, "POST", f.adresse, forme)


def en_masse(f: Formulaire, attaques: list[str] | None = None) -> Iterator[Envoi]:
    """Every field at once holds the same garbage."""
    cles = noms(list(f.champs))
    for attaque in attaques or list(TEXTES):
        yield _poste(f, attaque, [(c, TEXTES[attaque]) for c in cles])


def un_a_un(f: Formulaire, attaques: list[str] | None = None) -> Iterator[Envoi]:
    """One field holds garbage, the others what the page proposed."""
    choix = attaques or list(TEXTES)
    for rang, vise in enumerate(noms(list(f.champs))):
        for attaque in choix if attaques is None else [choix[rang % len(choix)]]:
            champs = [(c, v) for c, v in f.champs if c != vise]
            yield _poste(f, f"{vise} = {attaque}", [*champs, (vise, TEXTES[attaque])])


def formes_cassees(f: Formulaire) -> Iterator[Envoi]:
    """Missing, repeated, misplaced fields; another content type; JSON of a wrong shape."""
    champs = list(f.champs)
    yield _poste(f, "rien", [])
    yield _poste(f, "en double", [c for c in champs for _ in range(3)])
    yield _poste(
        f, "listes", [(f"{n}[]", v) for n, v in champs] + [(f"{n}-0", v) for n, v in champs]
    )
    yield _poste(f, "moitié", champs[::2])
    if f.methode == "GET":
        return
    for nom, brut in JSONS.items():
        yield Envoi(nom, "POST", f.adresse, {"data": brut, "content_type": "application/json"})
    objet: dict[str, Any] = {}
    for rang, cle in enumerate(noms(champs)):
        objet[cle] = ([1], {"a": 1}, None, True, 10**30, "\ud800", 1.5)[rang % 7]
    yield Envoi("json-formes", "POST", f.adresse, {"json": objet})
    yield Envoi("type", "POST", f.adresse, {"data": b"\xff\x00", "content_type": "text/plain"})
    sans_fin = {"data": b"--x\r\nContent-Dis", "content_type": "multipart/form-data; boundary=x"}
    yield Envoi("multipart", "POST", f.adresse, sans_fin)
    sans_bord = {"data": b"abc", "content_type": "multipart/form-data"}
    yield Envoi("sans-bord", "POST", f.adresse, sans_bord)


def adresses_hostiles(adresse: str, arguments: list[str]) -> Iterator[Envoi]:
    """The same page with a hostile query string."""
    chemin, question = urlsplit(adresse).path, dict(parse_qsl(urlsplit(adresse).query))
    for attaque, texte in TEXTES.items():
        if attaque in ("long", "chiffres"):
            texte = texte[:3_000]
        champs = [(a, texte) for a in (*question, *arguments)]
        yield Envoi(f"?{attaque}", "GET", f"{chemin}?{encoder(champs).decode()}", {})
    yield Envoi("?double", "GET", f"{chemin}?{urlencode([(a, '1') for a in arguments * 2])}", {})
    yield Envoi("?brut", "GET", f"{chemin}?%ff%fe=%ff&page=%00&=&&;q[]=1&tri[]=2", {})
