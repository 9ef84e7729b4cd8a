"""The paper of a funder's legal act, joined once for every line that it grants."""

from __future__ import annotations

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import ActeFinanceur, Financement
from aap.permissions import Acteur, exiger
from aap.pieces.commun import Controle
from aap.pieces.qr import LISIBLES
from aap.requetes.actes_financeurs import acte_de, lignes_du_meme_acte
from aap.services.fichier import enregistrer_fichier
from aap.services.journal import consigner
from aap.services.redaction import verrouiller


def joindre_acte(acteur: Acteur, ligne: Financement, nom: str, contenu: Controle) -> ActeFinanceur:
    """Join the deliberation or arrêté of a voted line; a former file is withdrawn, never erased.

    It belongs to the funder: it may name other organismes, no porteur reads it. Raises Interdit,
    PasLeMoment (no vote), Invalide (neither a PDF nor a picture).
    """
    exiger(acteur, "financement.joindre_acte", ligne)
    if contenu.type_mime not in LISIBLES:
        phrase = "Un acte se joint en PDF ou en photo\u00a0: un autre document pourrait changer."
        raise Invalide(phrase, [Probleme(phrase, "fichier")])
    verrouiller(ligne.financeur)
    if ligne.montant_vote is None or not ligne.acte_numero or ligne.acte_date is None:
        raise PasLeMoment(
            "Cette aide n’est pas votée\u00a0: enregistrez d’abord le vote, avec son numéro."
        )
    ancien = acte_de(ligne)
    if ancien is not None:
        ancien.retire_le = maintenant()
        db.session.flush()
    fichier = enregistrer_fichier(
        acteur, nom, contenu, entite="financeur", entite_id=ligne.financeur_id
    )
    acte = ActeFinanceur(
        financeur_id=ligne.financeur_id,
        type=ligne.acte_type,
        numero=ligne.acte_numero,
        date_acte=ligne.acte_date,
        fichier=fichier,
        joint_par_id=acteur.utilisateur_id or 0,
    )
    db.session.add(acte)
    db.session.flush()
    consigner(
        acteur,
        ligne,
        "financement.joindre_acte",
        "Acte du financeur remplacé" if ancien else "Acte du financeur joint",
        donnees={
            "acte": acte.numero,
            "fichier": fichier.id,
            "sha256": fichier.sha256,
            "remplace": ancien.fichier_id if ancien else None,
            "lignes": lignes_du_meme_acte(ligne),
        },
    )
    return acte
