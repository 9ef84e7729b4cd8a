"""A funder's own text for a type of act: written as a draft, checked, put in force, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select

from aap.domaine.cpo import TypeActe
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.modele_acte import (
    ARTICLES_MAX,
    Article,
    bloquants,
    en_json,
    problemes_article,
    problemes_modele,
    prochaine_cle,
)
from aap.domaine.modele_base import texte_type
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Financeur, ModeleActe, TypeConvention
from aap.permissions import Acteur, exiger
from aap.requetes.modeles_actes import en_vigueur, versions_de
from aap.services.empreinte import empreinte
from aap.services.journal import consigner
from aap.services.redaction import verrouiller
from aap.services.transition import verifier_version

AVENIR_MAX = 366 * 2


def commencer_modele(acteur: Acteur, financeur: Financeur, type_acte: TypeConvention) -> ModeleActe:
    """A draft copied from the version in force, from the last put in force, or from the standard
    text. The funder's row is locked: two people cannot begin two drafts. Raises PasLeMoment."""
    exiger(acteur, "modele_acte.commencer", financeur)
    db.session.execute(
        select(Financeur.id).where(Financeur.id == financeur.id).with_for_update(key_share=True)
    )
    versions = versions_de(financeur.id, type_acte)
    if any(v.modifiable for v in versions):
        raise PasLeMoment(
            "Un brouillon est déjà commencé pour ce modèle.",
            "Ouvrez-le dans la liste des modèles pour le continuer.",
        )
    source = en_vigueur(versions, date.max)
    modele = ModeleActe(
        financeur=financeur,
        type=type_acte,
        numero=versions[0].numero + 1 if versions else 1,
        articles=source.articles if source else en_json(texte_type(TypeActe(type_acte.value))),
        ecrit_par_id=acteur.utilisateur_id or 0,
    )
    db.session.add(modele)
    db.session.flush()
    origine = f"la version {source.numero}" if source else "le texte type"
    consigner(
        acteur,
        modele,
        "modele_acte.commencer",
        f"{type_acte.libelle}\u00a0: version {modele.numero} commencée d’après {origine}",
        donnees={"source": source.id if source else None},
    )
    return modele


def _ouvrir(acteur: Acteur, modele: ModeleActe, version: int | None) -> list[Article]:
    """The articles of a draft that this page may change."""
    exiger(acteur, "modele_acte.modifier", modele)
    verrouiller(modele)
    verifier_version(modele, version)
    if not modele.modifiable:
        raise PasLeMoment(
            "Cette version ne peut plus changer\u00a0: les actes déjà faits en gardent le texte.",
            "Commencez une nouvelle version.",
        )
    return modele.texte


def _garder(acteur: Acteur, modele: ModeleActe, articles: Sequence[Article], phrase: str,
            avant: Article | None = None) -> None:  # fmt: skip
    modele.articles = en_json(articles)
    modele.ecrit_par_id = acteur.utilisateur_id or 0
    db.session.flush()
    consigner(
        acteur,
        modele,
        "modele_acte.modifier",
        f"Version {modele.numero}\u00a0: {phrase}",
        donnees={"avant": en_json([avant])[0] if avant else None},
    )


def _trouver(articles: Sequence[Article], cle: int) -> Article:
    trouve = next((a for a in articles if a.cle == cle), None)
    if trouve is None:
        raise PasLeMoment(
            "Cet article n’est plus dans le brouillon.", "Rechargez la page du modèle."
        )
    return trouve


def enregistrer_article(
    acteur: Acteur, modele: ModeleActe, article: Article, *, version: int | None = None
) -> Article:
    """Write an article; ``cle`` 0 adds it at the end. Raises Invalide, Conflit, PasLeMoment."""
    articles = _ouvrir(acteur, modele, version)
    propre = replace(
        article,
        titre=nettoyer(article.titre, lignes=False),
        corps=nettoyer(article.corps),
    )
    problemes = problemes_article(propre, modele.type_acte)
    if not article.cle and len(articles) >= ARTICLES_MAX:
        problemes.append(Probleme(f"Un modèle compte {ARTICLES_MAX} articles au plus."))
    if problemes:
        raise Invalide("Cet article n’est pas enregistré.", problemes)
    if not article.cle:
        propre = replace(propre, cle=prochaine_cle(articles))
        _garder(acteur, modele, [*articles, propre], f"article «\u00a0{propre.titre}\u00a0» ajouté")
        return propre
    avant = _trouver(articles, article.cle)
    if avant != propre:
        neufs = [propre if a.cle == propre.cle else a for a in articles]
        _garder(acteur, modele, neufs, f"article «\u00a0{propre.titre}\u00a0» modifié", avant)
    return propre


def supprimer_article(
    acteur: Acteur, modele: ModeleActe, cle: int, *, version: int | None = None
) -> Article:
    """Take an article out of the draft; the journal keeps its text."""
    articles = _ouvrir(acteur, modele, version)
    vise = _trouver(articles, cle)
    restent = [a for a in articles if a.cle != cle]
    _garder(acteur, modele, restent, f"article «\u00a0{vise.titre}\u00a0» supprimé", vise)
    return vise


def deplacer_article(
    acteur: Acteur, modele: ModeleActe, cle: int, pas: int, *, version: int | None = None
) -> None:
    """Move an article one place up (-1) or down (+1); nothing at the ends."""
    articles = _ouvrir(acteur, modele, version)
    vise = _trouver(articles, cle)
    rang = articles.index(vise)
    voisin = rang + pas
    if 0 <= voisin < len(articles):
        articles[rang], articles[voisin] = articles[voisin], articles[rang]
        _garder(acteur, modele, articles, f"article «\u00a0{vise.titre}\u00a0» déplacé")


def mettre_en_vigueur(
    acteur: Acteur, modele: ModeleActe, effet_le: date, *, version: int | None = None
) -> None:
    """The acts sent to signature from ``effet_le`` on take this text, which is frozen.

    Raises Invalide (a clause that the law wants is missing, a day gone by), Conflit, PasLeMoment.
    """
    exiger(acteur, "modele_acte.mettre_en_vigueur", modele)
    articles = _ouvrir(acteur, modele, version)
    jour = aujourdhui()
    problemes = []
    if effet_le < jour:
        problemes.append(Probleme("Choisissez aujourd’hui ou un jour à venir.", "effet_le"))
    elif (effet_le - jour).days > AVENIR_MAX:
        problemes.append(Probleme("Choisissez un jour dans les deux ans.", "effet_le"))
    problemes += bloquants(problemes_modele(articles, modele.type_acte, max(effet_le, jour)))
    if problemes:
        raise Invalide("Ce modèle ne peut pas être mis en vigueur.", problemes)
    modele.effet_le = effet_le
    modele.mis_en_vigueur_le = maintenant()
    modele.sha256 = empreinte(modele.articles)
    consigner(
        acteur,
        modele,
        "modele_acte.mettre_en_vigueur",
        f"{modele.type.libelle}\u00a0: version {modele.numero} en vigueur à partir du "
        f"{effet_le:%d/%m/%Y}",
        donnees={"sha256": modele.sha256, "effet_le": effet_le.isoformat()},
    )


def abandonner_brouillon(
    acteur: Acteur, modele: ModeleActe, motif: str, *, version: int | None = None
) -> None:
    """Give a draft up; its number stays taken and its text stays readable."""
    exiger(acteur, "modele_acte.abandonner", modele)
    _ouvrir(acteur, modele, version)
    _retirer(acteur, modele, "modele_acte.abandonner", "brouillon abandonné", motif)


def retirer_modele(
    acteur: Acteur, modele: ModeleActe, motif: str, *, version: int | None = None
) -> None:
    """No new act takes this version any more; those made with it keep it."""
    exiger(acteur, "modele_acte.retirer", modele)
    verrouiller(modele)
    verifier_version(modele, version)
    if modele.effet_le is None or modele.retire_le is not None:
        raise PasLeMoment("Cette version n’est pas en vigueur\u00a0: il n’y a rien à retirer.")
    _retirer(acteur, modele, "modele_acte.retirer", "retirée", motif)


def _retirer(acteur: Acteur, modele: ModeleActe, acte: str, quoi: str, motif: str) -> None:
    propre = nettoyer(motif).strip()
    if not propre:
        raise Invalide("Il manque le motif.", [Probleme("Écrivez le motif.", "motif")])
    modele.retire_le = maintenant()
    consigner(
        acteur,
        modele,
        acte,
        f"{modele.type.libelle}\u00a0: version {modele.numero}, {quoi}",
        motif=propre[:1000],
    )
