"""Private notes: written and read by the instructors of one funder, never by anybody else."""

from __future__ import annotations

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Dossier, NoteInterne
from aap.permissions import Acteur, exiger
from aap.services.evaluation import financeur_de
from aap.services.journal import consigner

NOTE_MAX = 5000


def ecrire_note(acteur: Acteur, dossier: Dossier, texte: str) -> NoteInterne:
    """Add a note in the name of one's funder. Raises Interdit, Invalide (field « texte »).

    The journal says that a note was added, never what it says: the chain is read by all agents.
    """
    exiger(acteur, "dossier.annoter", dossier)
    propre = nettoyer(texte).strip()
    if not propre:
        phrase = "Écrivez votre note avant de l’enregistrer."
        raise Invalide(phrase, [Probleme(phrase, "texte")])
    if len(propre) > NOTE_MAX:
        phrase = "Cette note dépasse 5 000 caractères : raccourcissez-la."
        raise Invalide(phrase, [Probleme(phrase, "texte")])
    note = NoteInterne(
        dossier=dossier,
        financeur_id=financeur_de(acteur, dossier),
        auteur_id=acteur.utilisateur_id,
        texte=propre,
    )
    db.session.add(note)
    db.session.flush()
    consigner(acteur, note, "note_interne.ecrire", "Note interne ajoutée")
    return note


def retirer_note(acteur: Acteur, note: NoteInterne) -> None:
    """Withdraw one's own note; nothing happens the second time. Raises Interdit."""
    exiger(acteur, "note_interne.retirer", note)
    if note.retiree_le is not None:
        return
    note.retiree_le = maintenant()
    db.session.flush()
    consigner(acteur, note, "note_interne.retirer", "Note interne retirée")
