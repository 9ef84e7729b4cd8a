"""From a version of a funder's model and one act to the articles that are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from aap.documents import mentions
from aap.documents.convention import partie_beneficiaire
from aap.documents.donnees import ArticleActe, DonneesArrete, DonneesConvention
from aap.documents.texte import Gras
from aap.domaine.cpo import TypeActe
from aap.domaine.fusion import fusionner
from aap.domaine.modele_acte import Article, Faits, retenus
from aap.domaine.montants import INSECABLE, en_euros, en_lettres
from aap.filtres import date_longue
from aap.models import TypeVersement

D = TypeVar("D", DonneesArrete, DonneesConvention)


def avec_modele(d: D, articles: Sequence[Article], jour: date) -> D:
    """The same act with the articles of a model in place of the standard ones."""
    type_acte = TypeActe(d.type) if isinstance(d, DonneesConvention) else TypeActe.ARRETE
    valeurs = valeurs_de(d)
    imprimes = tuple(
        ArticleActe(a.titre, tuple(fusionner(a.corps, type_acte, valeurs)))
        for a in retenus(articles, faits_de(d), jour)
    )
    return replace(d, articles=imprimes)


def faits_de(d: DonneesArrete | DonneesConvention) -> Faits:
    return Faits(
        association=mentions.est_association(d.beneficiaire),
        montant=d.montant,
        qpv=bool(d.action.quartiers),
        avance=any(e.libelle == TypeVersement.AVANCE.libelle for e in d.echeancier),
    )


def valeurs_de(d: DonneesArrete | DonneesConvention) -> dict[str, str]:
    """The value of each merge field of the type of the act."""
    b, a = d.beneficiaire, d.action
    identite = "".join(
        m.texte if isinstance(m, Gras) else m for m in partie_beneficiaire(d.beneficiaire)
    )
    communes = {
        "organisme.nom": b.nom_complet,
        "organisme.forme": b.forme,
        "organisme.siret": b.siret,
        "organisme.rna": b.rna,
        "organisme.adresse": " ".join(b.adresse),
        "organisme.representant": b.representant,
        "organisme.qualite": b.qualite,
        "organisme.identite": identite,
        "financeur.nom": d.financeur.nom,
        "contrat.nom": d.territoire.contrat,
        "contrat.tribunal": d.territoire.tribunal,
        "dossier.numero": a.numero,
        "acte.numero": d.numero,
        "exercice": str(a.exercice),
        "action.intitule": a.intitule,
        "action.orientation": a.orientation,
        "action.quartiers": ", ".join(a.quartiers),
        "action.description": d.objet,
        "montant": en_euros(d.montant),
        "montant.lettres": en_lettres(d.montant),
        "echeancier": "oui" if d.echeancier else "",
        "imputation": d.imputation,
        "compte": mentions.compte(d.titulaire_compte, d.iban).replace("\n", ", ") if d.iban else "",
        "bilan.echeance": date_longue(d.bilan_avant_le),
    }
    return communes | (_de_convention(d) if isinstance(d, DonneesConvention) else {})


def _de_convention(d: DonneesConvention) -> dict[str, str]:
    premiere = d.tranches[0]
    return {
        "exercice": str(d.action.exercice if d.type == "annuelle" else premiere.exercice),
        "action.debut": date_longue(d.debut),
        "action.fin": date_longue(d.fin),
        "part.conservable": f"{d.part_conservable}{INSECABLE}%",
        "delai.reversement": f"{d.duree_reversement_jours} jours",
        "premier.montant": en_euros(premiere.montant),
        "premier.montant.lettres": en_lettres(premiere.montant),
        "nombre.exercices": str(len(d.tranches)),
        "dernier.exercice": str(d.tranches[-1].exercice),
    }
