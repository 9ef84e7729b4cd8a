"""Views that a person keeps of the list of dossiers. Hers alone: nothing goes to the journal."""

from __future__ import annotations

from sqlalchemy import func, select, update

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import VueListe
from aap.permissions import Acteur, exiger
from aap.requetes.filtres_dossiers import ADRESSE_MAX, lire_adresse

NOM_MAX = 60
VUES_MAX = 30


def garder_vue(acteur: Acteur, nom: str, adresse: str, par_defaut: bool) -> VueListe:
    """Keep the selection of ``adresse`` (a query string) under a name; the same name replaces it.

    Only what the list understands is kept. Raises Invalide (no name, too many views).
    """
    exiger(acteur, "instruction.liste")
    propre = nettoyer(nom, lignes=False).strip()[:NOM_MAX]
    if not propre:
        raise Invalide("Donnez un nom à cette vue.", [Probleme("Donnez un nom.", "nom")])
    siennes = VueListe.utilisateur_id == acteur.utilisateur_id
    vue = db.session.scalar(select(VueListe).where(siennes, VueListe.nom == propre))
    if vue is None:
        if (db.session.scalar(select(func.count()).where(siennes)) or 0) >= VUES_MAX:
            raise Invalide(f"Vous gardez déjà {VUES_MAX} vues : supprimez-en une.")
        vue = VueListe(utilisateur_id=acteur.utilisateur_id, nom=propre)
        db.session.add(vue)
    vue.adresse = lire_adresse(adresse).adresse[:ADRESSE_MAX]
    db.session.flush()
    if par_defaut:
        choisir_par_defaut(acteur, vue, True)
    return vue


def choisir_par_defaut(acteur: Acteur, vue: VueListe, oui: bool) -> None:
    """The view that opens when nothing is asked: one at most."""
    exiger(acteur, "vue_liste.modifier", vue)
    db.session.execute(
        update(VueListe)
        .where(VueListe.utilisateur_id == vue.utilisateur_id, VueListe.par_defaut)
        .values(par_defaut=False)
    )
    db.session.refresh(vue)
    vue.par_defaut = oui
    db.session.flush()


def supprimer_vue(acteur: Acteur, vue: VueListe) -> None:
    """Forget this view; the dossiers are not touched."""
    exiger(acteur, "vue_liste.modifier", vue)
    db.session.delete(vue)
    db.session.flush()
