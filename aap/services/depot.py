"""Deposit: signature, transmission, immutable snapshot, récépissé."""

from __future__ import annotations

from sqlalchemy import select, update

from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Campagne, DemandeComplement, Depot, Dossier, PieceDossier
from aap.models.types import Json
from aap.permissions import Acteur, exiger
from aap.requetes.completude import bloquants, problemes_dossier
from aap.services.avertissement import avertir_instruction, avertir_porteur
from aap.services.empreinte import empreinte
from aap.services.gardes import garde_de
from aap.services.taches import enfiler
from aap.services.transition import effet, franchir


def contenu_depose(dossier: Dossier) -> Json:
    """Everything that the porteur deposits, as canonical JSON data (amounts in cents)."""
    o = dossier.organisme
    return {
        "reference": dossier.numero,
        "campagne": dossier.campagne.code,
        "type": dossier.type.value,
        "organisme": {
            "nom": o.nom,
            "forme": o.forme.value,
            "siret": o.siret,
            "rna": o.rna,
            "adresse": [o.adresse, o.code_postal, o.ville],
            "representant": [o.representant_nom, o.representant_fonction],
            "identite": o.identite,
        },
        "reponses": {r.champ: r.valeur for r in dossier.reponses},
        "orientation": dossier.orientation.code if dossier.orientation else None,
        "objectifs": sorted(x.code for x in dossier.objectifs),
        "quartiers": sorted(
            ([q.quartier.code, q.part] for q in dossier.quartiers), key=lambda c: str(c[0])
        ),
        "objectifs_locaux": sorted(x.texte for x in dossier.objectifs_locaux),
        "indicateurs": [[i.libelle, i.cible, i.mode_mesure] for i in dossier.indicateurs],
        "budget": [
            [x.annee, x.cote.value, x.compte, x.libelle, x.montant]
            for x in dossier.lignes
            if x.montant is not None
        ],
        "financements": sorted(
            [f.financeur.code, f.origine.value, f.montant_demande] for f in dossier.financements
        ),
        "pieces": _pieces(dossier),
    }


def _pieces(dossier: Dossier) -> list[list[str]]:
    pieces = db.session.scalars(
        select(PieceDossier)
        .where(PieceDossier.dossier_id == dossier.id, PieceDossier.retiree_le.is_(None))
        .order_by(PieceDossier.id)
    )
    return [[p.libelle, p.fichier.sha256] for p in pieces]


def demander_signature(acteur: Acteur, dossier: Dossier, *, version: int | None = None) -> None:
    """Ask the signatories; they get a mail."""
    franchir(acteur, dossier, "demander_signature", version=version)
    avertir_porteur(dossier, "signature_demandee", signataires=True, auteur=acteur.nom)


def reprendre_redaction(acteur: Acteur, dossier: Dossier, *, version: int | None = None) -> None:
    franchir(acteur, dossier, "rendre_a_la_redaction", version=version)


def transmettre(acteur: Acteur, dossier: Dossier, *, version: int | None = None) -> Depot:
    """Sign and transmit: number, snapshot, hash; the récépissé and its mail follow by a job.

    Raises Invalide with every blocking problem (before any other refusal than the right), and
    PasLeMoment when the campaign is closed. Sent twice, it is transmitted once.
    """
    exiger(acteur, "dossier.transmettre", dossier)
    problemes = bloquants(problemes_dossier(dossier))
    if problemes:
        raise Invalide("Le dossier n’est pas complet : rien n’a été transmis.", problemes)
    if dossier.numero is None:
        dossier.numero = prochain_numero(dossier.campagne)
    franchir(acteur, dossier, "transmettre", version=version, donnees={"numero": dossier.numero})
    return _figer(acteur, dossier)


def prochain_numero(campagne: Campagne) -> str:
    """Next number of the campaign, e.g. « 2027-0042 »; one row update, so never twice."""
    rang = db.session.scalar(
        update(Campagne)
        .where(Campagne.id == campagne.id)
        .values(dernier_numero=Campagne.dernier_numero + 1)
        .returning(Campagne.dernier_numero)
    )
    return f"{campagne.exercice}-{rang:04d}"


@effet("dossier", "transmettre")
@effet("dossier", "retransmettre")
def _dater(acteur: Acteur, dossier: Dossier, _motif: str) -> None:
    dossier.depose_le = maintenant()
    dossier.depose_par_id = acteur.utilisateur_id


def _figer(acteur: Acteur, dossier: Dossier) -> Depot:
    contenu = contenu_depose(dossier)
    assert dossier.depose_le is not None and acteur.utilisateur_id is not None
    depot = Depot(
        dossier=dossier,
        numero_depot=len(dossier.depots) + 1,
        contenu=contenu,
        sha256=empreinte(contenu),
        depose_le=dossier.depose_le,
        depose_par_id=acteur.utilisateur_id,
    )
    db.session.add(depot)
    db.session.flush()
    enfiler("produire_recepisse", {"depot_id": depot.id}, cle_unique=f"recepisse:{depot.id}")
    return depot


def retirer_dossier(
    acteur: Acteur, dossier: Dossier, *, motif: str = "", version: int | None = None
) -> None:
    """The porteur gives up, before any decision; the lines that nobody paid are given up too."""
    franchir(acteur, dossier, "retirer", motif=motif, version=version)
    avertir_instruction(dossier, "dossier_retire")


def demande_en_cours(dossier: Dossier) -> DemandeComplement | None:
    """The request for complements that awaits an answer."""
    return db.session.scalar(
        select(DemandeComplement)
        .where(
            DemandeComplement.dossier_id == dossier.id, DemandeComplement.repondue_le.is_(None)
        )
        .order_by(DemandeComplement.id.desc())
        .limit(1)
    )


def repondre_complements(
    acteur: Acteur, dossier: Dossier, reponse: str, *, version: int | None = None
) -> Depot:
    """Answer the request and transmit again: a new snapshot. Raises Invalide, PasLeMoment."""
    exiger(acteur, "dossier.retransmettre", dossier)
    demande = demande_en_cours(dossier)
    if demande is None:
        raise PasLeMoment("Aucune demande de compléments n’attend de réponse.")
    texte = nettoyer(reponse).strip()
    if not texte:
        raise Invalide("Expliquez en quelques mots ce que vous avez complété.")
    problemes = bloquants(problemes_dossier(dossier))
    if problemes:
        raise Invalide("Le dossier n’est pas complet : rien n’a été transmis.", problemes)
    franchir(acteur, dossier, "retransmettre", version=version)
    demande.reponse = texte
    demande.repondue_le = maintenant()
    depot = _figer(acteur, dossier)
    avertir_instruction(dossier, "complements_recus")
    return depot


@garde_de("dossier", "dossier_complet")
def _dossier_complet(_acteur: Acteur, dossier: Dossier) -> str | None:
    manquants = len(bloquants(problemes_dossier(dossier)))
    return f"Il reste {manquants} point(s) à compléter dans le dossier." if manquants else None


@garde_de("dossier", "complements_dans_delai")
def _dans_delai(_acteur: Acteur, dossier: Dossier) -> str | None:
    demande = demande_en_cours(dossier)
    if demande is not None and aujourdhui() > demande.echeance:
        return (
            "Le délai de réponse est passé. Écrivez aux instructeurs : ils peuvent reprendre "
            "l’examen sans ces compléments."
        )
    return None


@garde_de("dossier", "complements_en_retard")
def _en_retard(_acteur: Acteur, dossier: Dossier) -> str | None:
    demande = demande_en_cours(dossier)
    if demande is not None and aujourdhui() <= demande.echeance:
        return f"Le porteur peut encore répondre jusqu’au {demande.echeance:%d/%m/%Y}."
    return None
