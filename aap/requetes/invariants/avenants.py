"""Avenants: numbers without holes, one at a time, signed ones complete and still in the sums."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select

from aap.domaine.empreinte import empreinte
from aap.domaine.montants import en_euros
from aap.models import Avenant, Evenement, Tranche
from aap.requetes.avenants import VIVANTS
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, lignes
from workflows.avenant import EtatAvenant


@invariant("avenant.numero", "Les avenants d’une convention se suivent sans trou, un à la fois")
def _numeros(suivre: Suivre) -> Iterator[Ecart]:
    requete = (
        select(
            Avenant.convention_id,
            func.count(),
            func.max(Avenant.numero_avenant),
            func.count().filter(Avenant.etat.in_(VIVANTS)),
        )
        .group_by(Avenant.convention_id)
        .order_by(Avenant.convention_id)
    )
    for i, nombre, dernier, vivants in suivre(lignes(requete)):
        if nombre != dernier:
            yield Ecart(f"convention {i}", f"{nombre} avenants, numérotés jusqu’à {dernier}")
        if vivants > 1:
            yield Ecart(f"convention {i}", f"{vivants} avenants en cours à la fois")


@invariant("avenant.signature", "Un avenant signé a ses deux signatures, sa date et son empreinte")
def _signatures(suivre: Suivre) -> Iterator[Ecart]:
    incomplet = or_(
        Avenant.signe_le.is_(None),
        Avenant.sha256.is_(None),
        Avenant.signature_porteur_le.is_(None),
        Avenant.signature_porteur_par_id.is_(None),
        Avenant.signature_financeur_le.is_(None),
        Avenant.signature_financeur_par_id.is_(None),
    )
    requete = select(Avenant.id).where(and_(Avenant.etat == EtatAvenant.SIGNE, incomplet))
    for (i,) in suivre(lignes(requete.order_by(Avenant.id))):
        yield Ecart(f"avenant {i}", "signature, date ou empreinte absente")


@invariant("contenu.avenant", "Le texte de chaque avenant correspond à son empreinte")
def _contenus(suivre: Suivre) -> Iterator[Ecart]:
    requete = select(Avenant.id, Avenant.contenu, Avenant.sha256)
    for i, fige, attendue in suivre(lignes(requete.where(Avenant.sha256.is_not(None)))):
        if fige is None or empreinte(fige) != attendue:
            yield Ecart(f"avenant {i}", "le contenu figé ne correspond plus à son empreinte")


@invariant("avenant.montants", "Chaque tranche porte le montant du dernier avenant qui l’a changée")
def _montants(suivre: Suivre) -> Iterator[Ecart]:
    """A tranche made firm after the avenant took the voted amount: it is left out."""
    affermie = (
        select(func.max(Evenement.le))
        .where(
            Evenement.entite == "tranche",
            Evenement.entite_id == Tranche.id,
            Evenement.acte == "tranche.affermir",
        )
        .scalar_subquery()
    )
    requete = (
        select(
            Avenant.convention_id,
            Avenant.effets,
            Avenant.signature_financeur_le,
            Tranche.exercice,
            Tranche.montant,
            affermie,
        )
        .join(Tranche, Tranche.convention_id == Avenant.convention_id)
        .where(Avenant.etat == EtatAvenant.SIGNE)
        .order_by(Avenant.convention_id, Avenant.numero_avenant)
    )
    derniers: dict[tuple[int, int], tuple[int, int]] = {}
    for convention, effets, signe_le, exercice, montant, affermie_le in suivre(lignes(requete)):
        for e in effets:
            if int(e["exercice"]) != exercice:
                continue
            if affermie_le is not None and signe_le is not None and affermie_le > signe_le:
                derniers.pop((convention, exercice), None)
            else:
                derniers[convention, exercice] = (int(e["apres"]), montant)
    for (convention, exercice), (voulu, porte) in sorted(derniers.items()):
        if voulu != porte:
            yield Ecart(
                f"convention {convention}, exercice {exercice}",
                f"{en_euros(porte)} portés, {en_euros(voulu)} signés",
            )
