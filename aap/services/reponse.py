"""One answer at a time: kept as typed, two writers of one field are told apart."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, Table, and_, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as _inserer_pg
from sqlalchemy.dialects.sqlite import insert as _inserer_sqlite
from sqlalchemy.orm.util import identity_key

from aap.domaine.erreurs import Conflit, Invalide
from aap.domaine.horloge import maintenant
from aap.domaine.questionnaire import QUESTIONS, lire
from aap.domaine.texte import nettoyer, normaliser
from aap.extensions import db
from aap.models import Dossier, Reponse, Utilisateur
from aap.permissions import Acteur
from aap.services.redaction import exiger_redaction

# A hostile or pasted-by-mistake text must not fill the database; nobody types this much.
LONGUEUR_MAX = 60_000
ENTIER_MAX = 2**31 - 1
REPONSES, DOSSIERS = cast(Table, Reponse.__table__), cast(Table, Dossier.__table__)


class ReponseModifiee(Conflit):
    """Somebody saved this field since the page was shown; ``actuelle`` is what is stored."""

    def __init__(self, actuelle: Reponse, auteur: str) -> None:
        super().__init__(
            "Une autre personne a modifié cette réponse pendant que vous écriviez.",
            "Comparez les deux textes, puis gardez celui qui convient.",
        )
        self.actuelle = actuelle
        self.auteur = auteur


def enregistrer_reponse(
    acteur: Acteur, dossier: Dossier, champ: str, valeur: str, *, version: int | None = None
) -> Reponse:
    """Keep one answer as typed, whatever it is. ``version``: the one the writer saw (0: none).

    Saving the text that is already there changes nothing. Raises ReponseModifiee when somebody
    else saved another text since: theirs stays in the database, hers on her screen. Raises
    Invalide for an unknown field or a text beyond any use.
    """
    exiger_redaction(acteur, dossier)
    if champ not in QUESTIONS:
        raise Invalide("Cette question n’existe pas dans le formulaire.")
    texte = nettoyer(valeur)
    if len(texte) > LONGUEUR_MAX:
        raise Invalide("Ce texte est beaucoup trop long : il n’a pas été enregistré.")
    cle = (dossier.id, champ)
    if not texte and db.session.get(Reponse, cle, populate_existing=True) is None:
        return Reponse(dossier_id=dossier.id, champ=champ, valeur="", version=0)
    posee = poser_reponse(acteur, dossier, champ, texte, version=version)
    if posee is not None:
        return posee
    actuelle = db.session.get_one(Reponse, cle, populate_existing=True)
    if actuelle.valeur == texte:
        return actuelle
    raise ReponseModifiee(actuelle, _nom(acteur, actuelle.modifie_par_id))


def _nom(acteur: Acteur, utilisateur_id: int | None) -> str:
    """Who wrote the other text. Her own other tab is told too: it is not overwritten either."""
    if utilisateur_id is not None and utilisateur_id == acteur.utilisateur_id:
        return "vous-même, dans une autre page"
    personne = db.session.get(Utilisateur, utilisateur_id) if utilisateur_id else None
    return personne.nom_complet if personne else "une autre personne"


def poser_reponse(
    acteur: Acteur, dossier: Dossier, champ: str, texte: str, *, version: int | None = None
) -> Reponse | None:
    """One-row upsert, then the projection read by lists.

    None, nothing written: the same text is there already, or ``version`` is not the stored one.

    The database itself compares the version, so that two writers at the same instant cannot
    both pass.
    """
    postgres = db.session.get_bind().dialect.name == "postgresql"
    instant = maintenant()
    valeurs: dict[str, Any] = {
        "p_dossier": dossier.id,
        "p_champ": champ,
        "p_texte": texte,
        "p_instant": instant,
        "p_qui": acteur.utilisateur_id,
    }
    if version is not None:
        valeurs["p_version"] = version
    db.session.flush()
    # The connection itself: the session would rebuild and recognise the statement each time.
    connexion = db.session.connection()
    ecrite = connexion.scalar(_pose(postgres, version is not None), valeurs)
    if ecrite is None:
        return None
    autres = projection(champ, texte)
    if autres:
        touche = update(DOSSIERS).where(DOSSIERS.c.id == dossier.id)
        connexion.execute(touche.values(modifie_le=instant, **autres))
    else:
        connexion.execute(_touche(), {"p_dossier": dossier.id, "p_instant": instant})
    connue = db.session.identity_map.get(identity_key(Reponse, (dossier.id, champ)))
    if connue is not None:
        db.session.expire(connue)
    db.session.expire(dossier, ["reponses", "modifie_le", *autres])
    return Reponse(
        dossier_id=dossier.id,
        champ=champ,
        valeur=texte,
        version=ecrite,
        modifie_le=instant,
        modifie_par_id=acteur.utilisateur_id,
    )


@cache
def _pose(postgres: bool, comparee: bool) -> Executable:
    """The upsert; ``comparee``: only over the version that the writer saw. Gives the new one."""
    inserer: Any = _inserer_pg if postgres else _inserer_sqlite
    ligne = inserer(REPONSES).values(
        dossier_id=bindparam("p_dossier"),
        champ=bindparam("p_champ"),
        valeur=bindparam("p_texte"),
        version=1,
        modifie_le=bindparam("p_instant"),
        modifie_par_id=bindparam("p_qui"),
    )
    conditions = [REPONSES.c.valeur != ligne.excluded.valeur]
    if comparee:
        conditions.append(REPONSES.c.version == bindparam("p_version"))
    pose: Executable = ligne.on_conflict_do_update(
        index_elements=["dossier_id", "champ"],
        set_={
            "valeur": ligne.excluded.valeur,
            "modifie_le": ligne.excluded.modifie_le,
            "modifie_par_id": ligne.excluded.modifie_par_id,
            "version": REPONSES.c.version + 1,
        },
        where=and_(*conditions),
    ).returning(REPONSES.c.version)
    return pose


@cache
def _touche() -> Executable:
    """The date of the dossier, nothing else of it changing."""
    return (
        update(DOSSIERS)
        .where(DOSSIERS.c.id == bindparam("p_dossier"))
        .values(modifie_le=bindparam("p_instant"))
    )


def projection(champ: str, texte: str) -> dict[str, Any]:
    """The columns of the dossier that show this answer; an unreadable one leaves them empty."""
    if champ == "intitule":
        propre = " ".join(texte.split())
        return {"intitule": propre[:200], "intitule_recherche": normaliser(propre)[:500]}
    if champ == "duree_annees":
        return {"duree_annees": int(texte) if texte in ("1", "2", "3", "4") else 1}
    if champ not in ("date_debut", "date_fin", "beneficiaires", "part_qpv"):
        return {}
    try:
        valeur = lire(QUESTIONS[champ], texte)
    except ValueError:
        valeur = None
    if champ in ("date_debut", "date_fin"):
        return {champ: valeur if isinstance(valeur, date) else None}
    return {champ: valeur if isinstance(valeur, int) and valeur <= ENTIER_MAX else None}


def reponses_de(dossier: Dossier) -> dict[str, Reponse]:
    """Answers by field."""
    return {
        r.champ: r
        for r in db.session.scalars(select(Reponse).where(Reponse.dossier_id == dossier.id))
    }
