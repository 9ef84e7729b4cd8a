"""Bytes and rows go together: rolled back, purged, on a folder and on an S3 store."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from aap.config import Reglages
from aap.domaine.erreurs import Indisponible, Introuvable
from aap.extensions import db
from aap.models import EtatAnalyse, Fichier, Parametre, Tache, TypePiece
from aap.services import organisme as orga
from aap.services.televersement import commencer, recevoir
from aap.stockage import Objet, Stockage, stockage
from aap.taches.ouvrier import vider
from aap.taches.registre import executer
from aap.taches.stockage import AGE, PurgeRefusee, _sans_ligne
from tests.outils_fichiers import s3
from tests.outils_porteur import pdf, planter


def chemins() -> set[str]:
    return {o.chemin for o in stockage().lister() if not o.chemin.startswith("sante/")}


@pytest.fixture
def dossier(app, tmp_path: Path, regler: Callable[..., None]) -> Path:
    regler(stockage=str(tmp_path / "depot"))
    app.extensions.pop("aap.stockage", None)
    return tmp_path / "depot"


def vieillir(dossier: Path, *, sauf: set[str] = frozenset()) -> None:
    ancien = time.time() - AGE.total_seconds() - 60
    for f in dossier.rglob("*"):
        if f.is_file() and f.name not in sauf:
            os.utime(f, (ancien, ancien))


def test_octets_effaces_quand_la_requete_est_annulee(session) -> None:
    d = planter()
    session.commit()
    orga.deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "statuts.pdf", pdf())
    assert len(chemins()) == 1
    session.rollback()
    assert chemins() == set()


def test_octets_gardes_quand_la_requete_aboutit(session) -> None:
    d = planter()
    orga.deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "statuts.pdf", pdf())
    session.commit()
    session.rollback()
    assert len(chemins()) == 1


def test_un_point_de_reprise_ne_decide_rien(session) -> None:
    d = planter()
    with session.begin_nested():
        orga.deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "statuts.pdf", pdf())
    assert len(chemins()) == 1
    session.rollback()
    assert chemins() == set()


def test_la_purge_n_efface_que_l_ancien_sans_ligne(session, dossier: Path) -> None:
    d = planter()
    piece = orga.deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "a.pdf", pdf())
    logo, _ = stockage().ecrire(b"logo")
    session.add(Parametre(code="territoire", valeur={"logo": logo}))
    vieux = commencer(d.acteur, "lent.pdf", 10, "x")
    recevoir(d.acteur, vieux, 0, b"0123456789")
    vivant = commencer(d.acteur, "neuf.pdf", 10, "y")
    recevoir(d.acteur, vivant, 0, b"0123456789")
    vieux.cree_le -= timedelta(hours=25)
    session.commit()
    for octets in (b"jeune", b"orphelin"):
        stockage().ecrire(octets)
    session.commit()
    (dossier / "ailleurs").mkdir()
    (dossier / "ailleurs" / "note.txt").write_text("posée par quelqu’un d’autre")
    jeune = next(f.name for f in dossier.rglob("*") if f.is_file() and f.read_bytes() == b"jeune")
    vieillir(dossier, sauf={jeune})
    executer("menage_stockage", {})
    session.commit()
    restes = {f.read_bytes() for f in dossier.rglob("*") if f.is_file()}
    assert b"orphelin" not in restes
    assert {b"jeune", b"logo"} <= restes
    assert b"".join(stockage().morceaux(piece.fichier.cle))
    assert [c for c in chemins() if c.startswith("envois/")] == [f"envois/{vivant.cle}/000000"]
    assert (dossier / "ailleurs" / "note.txt").exists()


def test_la_purge_s_arrete_devant_un_desastre(session, dossier: Path) -> None:
    """The wrong database, or an old one: nothing is erased, the job says so."""
    for i in range(60):
        stockage().ecrire(str(i).encode())
    session.commit()
    vieillir(dossier)
    with pytest.raises(PurgeRefusee, match="60 objets"):
        executer("menage_stockage", {})
    assert len(chemins()) == 60


def test_les_octets_d_un_fichier_refuse_partent(session, dossier: Path) -> None:
    d = planter()
    piece = orga.deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "a.pdf", pdf())
    piece.fichier.analyse = EtatAnalyse.INFECTE
    session.commit()
    vieillir(dossier)
    executer("menage_stockage", {})
    assert chemins() == set()


def test_seules_nos_cles_sont_touchees() -> None:
    cle = "ab" + "c" * 30
    objet = Objet(f"ab/{cle}", 1, None)  # type: ignore[arg-type]
    assert _sans_ligne(objet, set()) and not _sans_ligne(objet, {cle})
    for chemin in (cle, f"zz/{cle}", "ab/court", f"ab/x/{cle}"):
        assert not _sans_ligne(replace(objet, chemin=chemin), set())


def test_vignette_faite_par_la_tache(session) -> None:
    d = planter()
    piece = orga.deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "a.pdf", pdf())
    numero = piece.fichier.id
    session.commit()
    vider()
    fichier = session.get(Fichier, numero)
    assert fichier.pages == 1
    assert stockage().lire(fichier.vignette_cle).startswith(b"\xff\xd8")
    assert session.scalar(db.select(db.func.count(Tache.id)).where(Tache.erreur != "")) == 0


def test_stockage_s3(session) -> None:
    """Signed requests, parts for what is large, listing, removal; every fault has its words."""
    with s3() as seau:
        reglages = Reglages(
            s3_adresse=seau.adresse,
            s3_region="fr-par",
            s3_cle="cle",
            s3_secret="secret",
            s3_delai_secondes=2,
        )
        depot = Stockage("s3://seau/prefixe", reglages)
        assert depot.disponible()
        gros = os.urandom(6 * 1024 * 1024)
        cle, sha256, taille = depot.ecrire_flux(BytesIO(gros))
        assert (len(sha256), taille) == (64, len(gros))
        assert depot.lire(cle) == gros
        depot.poser("envois/x/000000", b"abc")
        assert [(o.chemin, o.taille) for o in depot.lister("envois/x")] == [("envois/x/000000", 3)]
        depot.effacer(cle)
        depot.effacer(cle)
        with pytest.raises(Introuvable):
            depot.lire(cle)
        assert seau.signes > 5 and seau.non_signes == 0
        assert all(c.startswith("/seau/prefixe/") and cle not in c for c in seau.objets)
    mort = Stockage("s3://seau", replace(reglages, s3_adresse="http://127.0.0.1:9"))
    with pytest.raises(Indisponible):
        mort.ecrire(b"personne")
    assert not mort.disponible()
