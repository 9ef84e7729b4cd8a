"""Electronic seal of a signed act: asked for at the last signature, put on by a job.

The seal says that the PDF comes from this installation and has not changed since. It is no
signature of the parties, and an act without it is as valid: a failure blocks nothing, is said on
the page of the act and told to the administration.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import exists, select

from aap.domaine.horloge import maintenant
from aap.extensions import db, reglages
from aap.models import Avenant, Cachet, Convention, RoleHabilitation
from aap.permissions import SYSTEME
from aap.services.avertissement import personnes_habilitees
from aap.services.courriel import deposer_courriel
from aap.services.fichier import ranger_fichier
from aap.services.journal import consigner
from aap.services.taches import enfiler


def demander_cachet(objet: Convention | Avenant) -> None:
    """Have the signed act sealed, when this installation has a certificate."""
    if not reglages().cachet:
        return
    cachet = Cachet(
        convention=objet if isinstance(objet, Convention) else None,
        avenant=objet if isinstance(objet, Avenant) else None,
    )
    db.session.add(cachet)
    db.session.flush()
    enfiler("apposer_cachet", {"cachet_id": cachet.id})


def noter_cachet(
    cachet: Cachet, octets: bytes, *, titulaire: str, serie: str, expire_le: date
) -> None:
    """Keep the sealed PDF with the act. Its hash and the certificate are journaled."""
    if cachet.fichier_id is not None:
        return
    objet, acte = cachet.objet, cachet.acte
    avenant = isinstance(objet, Avenant)
    suite = f"-avenant-{objet.numero_avenant}" if isinstance(objet, Avenant) else ""
    cachet.fichier = ranger_fichier(
        SYSTEME,
        f"acte-{acte.numero}{suite}-cachet.pdf",
        octets,
        "application/pdf",
        entite="convention",
        entite_id=acte.id,
    )
    cachet.appose_le, cachet.echec = maintenant(), ""
    cachet.titulaire, cachet.serie, cachet.expire_le = titulaire, serie, expire_le
    db.session.flush()
    consigner(
        SYSTEME,
        objet,
        f"{objet.__tablename__}.apposer_cachet",
        f"Cachet électronique apposé sur le PDF de {'l’avenant' if avenant else 'l’acte'}",
        donnees={
            "sha256": objet.sha256,
            "pdf": cachet.fichier.sha256,
            "titulaire": titulaire,
            "serie": serie,
        },
        visible_porteur=True,
    )


def noter_echec(cachet: Cachet, raison: str) -> None:
    """Say why there is no seal yet; a cause that no act bears already is told by mail to the
    administration, whose first page says it as long as it lasts."""
    if cachet.fichier_id is not None:
        return
    raison = raison[:300]
    connue = db.session.scalar(select(exists().where(Cachet.echec == raison)))
    cachet.echec = raison
    db.session.flush()
    if connue:
        return
    contrat = cachet.acte.dossier.campagne.contrat_id
    for personne in personnes_habilitees(RoleHabilitation.ADMINISTRATEUR, contrat):
        deposer_courriel(
            personne, "cachet_impossible", raison=raison, designation=cachet.objet.designation
        )


def reprendre_cachets() -> None:
    """Every day: another try for each signed act that has no seal yet."""
    if not reglages().cachet:
        return
    jour = maintenant().date().isoformat()
    for ident in db.session.scalars(
        select(Cachet.id).where(Cachet.fichier_id.is_(None)).order_by(Cachet.id)
    ):
        enfiler("apposer_cachet", {"cachet_id": ident}, cle_unique=f"apposer_cachet:{ident}:{jour}")
