"""A file that arrives by pieces: what stopped goes on, on whatever machine answers next."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import func, select

from aap.domaine.erreurs import Introuvable, Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db, reglages
from aap.models import Televersement
from aap.permissions import Acteur, exiger
from aap.pieces.commun import Controle, temporaire
from aap.pieces.controle import controler
from aap.services.taches import enfiler
from aap.stockage import stockage

MORCEAU = 512 * 1024  # bytes of a piece: a minute on the slowest mobile network
OUVERTS_MAX = 30
DUREE = timedelta(hours=24)
SHA256 = re.compile(r"[0-9a-f]{64}")


def dossier_morceaux(cle: str) -> str:
    """Folder of the pieces in the storage."""
    return f"envois/{cle}"


def _chemin(t: Televersement, rang: int) -> str:
    return f"{dossier_morceaux(t.cle)}/{rang:06d}"


def commencer(acteur: Acteur, nom: str, taille: int, empreinte: str) -> Televersement:
    """Announce a file; the same one announced again is the same upload, with its pieces.

    Raises Invalide (too big, empty), PasLeMoment (too many uploads at once).
    """
    exiger(acteur, "televersement.commencer")
    limite = reglages().taille_piece_mo
    court = nettoyer(nom, lignes=False)[:200] or "document"
    if taille <= 0:
        raise Invalide(f"Le fichier « {court} » est vide. Vérifiez-le, puis renvoyez-le.")
    if taille > limite * 1024 * 1024:
        raise Invalide(
            f"Le fichier « {court} » dépasse {limite} Mo. Réduisez-le, puis renvoyez-le."
        )
    miens = (
        Televersement.utilisateur_id == acteur.utilisateur_id,
        Televersement.cree_le > maintenant() - DUREE,
    )
    deja = db.session.scalar(
        select(Televersement)
        .where(*miens, Televersement.empreinte == empreinte[:128], Televersement.taille == taille)
        .order_by(Televersement.id.desc())
        .limit(1)
    )
    if deja is not None and deja.nom == court and deja.morceau == MORCEAU:
        return deja
    if (db.session.scalar(select(func.count(Televersement.id)).where(*miens)) or 0) >= OUVERTS_MAX:
        raise PasLeMoment(
            "Trop de fichiers sont en cours d’envoi.",
            "Validez ceux qui sont arrivés, ou réessayez demain.",
        )
    t = Televersement(
        cle=secrets.token_urlsafe(24),
        utilisateur_id=acteur.utilisateur_id,
        nom=court,
        taille=taille,
        morceau=MORCEAU,
        empreinte=empreinte[:128],
    )
    db.session.add(t)
    db.session.flush()
    return t


def recus(t: Televersement) -> set[int]:
    """Ranks of the pieces that arrived whole. Raises Indisponible."""
    return {
        int(o.cle)
        for o in stockage().lister(dossier_morceaux(t.cle))
        if o.cle.isdigit() and int(o.cle) < t.nombre and o.taille == t.attendu(int(o.cle))
    }


def recevoir(acteur: Acteur, t: Televersement, rang: int, octets: bytes) -> None:
    """Keep a piece; the same one sent twice is one. Raises Invalide, Indisponible."""
    exiger(acteur, "televersement.continuer", t)
    if not 0 <= rang < t.nombre or len(octets) != t.attendu(rang):
        raise Invalide("Ce morceau de fichier n’a pas la taille attendue. Recommencez l’envoi.")
    stockage().poser(_chemin(t, rang), octets)


def abandonner(acteur: Acteur, t: Televersement) -> None:
    """Give up an upload: its pieces and its row go."""
    exiger(acteur, "televersement.continuer", t)
    oublier([t])


def oublier(televersements: Iterable[Televersement]) -> None:
    """Remove uploads that have no more use. Raises Indisponible."""
    for t in televersements:
        _effacer_morceaux(t)
        db.session.delete(t)
    db.session.flush()


def _effacer_morceaux(t: Televersement) -> None:
    stockage().effacer_chemins([o.chemin for o in stockage().lister(dossier_morceaux(t.cle))])


def servi(t: Televersement) -> None:
    """The file is where it had to go: a job removes the pieces once this is committed."""
    enfiler("oublier_televersement", {"televersement_id": t.id})


def du_formulaire(acteur: Acteur, numero: str) -> Televersement | None:
    """The upload that a form names (its hidden field), None when it names none.

    Raises Introuvable (expired, or somebody else's).
    """
    if not re.fullmatch(r"[0-9]{1,9}", numero or ""):
        return None
    t = db.session.get(Televersement, int(numero))
    if t is None or t.utilisateur_id != acteur.utilisateur_id:
        raise Introuvable(
            "Le fichier envoyé n’est plus en attente.",
            "Choisissez-le de nouveau sur votre appareil.",
        )
    return t


def assembler(acteur: Acteur, t: Televersement) -> Controle:
    """The whole file, checked and cleaned, read piece by piece. Raises Invalide, Indisponible.

    Touches the storage only: call it with a detached ``t`` and no transaction open, so that
    nobody waits for the reading of a large file (SQLite has one lock for all).
    """
    exiger(acteur, "televersement.continuer", t)
    manque = t.nombre - len(recus(t))
    if manque:
        raise Invalide(
            f"Le fichier « {t.nom} » n’est pas entièrement arrivé. Attendez la fin de l’envoi, "
            "ou choisissez-le de nouveau\u00a0: il reprendra où il s’est arrêté."
        )
    tout, somme = temporaire(), hashlib.sha256()
    for rang in range(t.nombre):
        for octets in stockage().lire_chemin(_chemin(t, rang)):
            somme.update(octets)
            tout.write(octets)
    if SHA256.fullmatch(t.empreinte) and somme.hexdigest() != t.empreinte:
        _effacer_morceaux(t)
        raise Invalide(f"Le fichier « {t.nom} » est arrivé abîmé. Choisissez-le de nouveau.")
    return controler(t.nom, tout, reglages().taille_piece_mo)


def mettre_de_cote(acteur: Acteur, controle: Controle) -> Televersement:
    """Keep a file whose form is to be corrected: it is not to be chosen again.

    Raises Indisponible, PasLeMoment.
    """
    t = commencer(acteur, controle.nom, controle.taille, f"page:{controle.sha256_recu}")
    controle.flux.seek(0)
    for rang in range(t.nombre):
        recevoir(acteur, t, rang, controle.flux.read(MORCEAU))
    controle.flux.seek(0)
    return t
