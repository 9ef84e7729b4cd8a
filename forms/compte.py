"""Forms of accounts: sign in, open an account, passwords, profile, delegation."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField, PasswordField, SelectField, ValidationError

from aap.domaine.mots_de_passe import LONGUEUR_MIN, refus_mot_de_passe
from forms.base import Formulaire
from forms.champs import CourrielField, DateFr, TelephoneField, TexteCourt
from forms.validateurs import EgalA, Facultatif, Obligatoire, PasAvant

AIDE_MOT_DE_PASSE = (
    f"{LONGUEUR_MIN} caractères au moins. Le plus simple\u00a0: plusieurs mots sans rapport "
    "entre eux, séparés par des espaces."
)
PAS_UN_NOM = set('/\\:@<>{}[]#="|')


def nom_de_personne(form: Any, field: Any) -> None:
    """A name, not an address nor a message: it is written in mails."""
    if field.data and PAS_UN_NOM & set(field.data):
        raise ValidationError("Écrivez seulement un nom, sans signe particulier.")


class MotDePasseField(PasswordField):
    """Never shown again, never trimmed: spaces belong to the password."""

    data: Any


def _mot_de_passe(libelle: str, nouveau: bool, **kw: Any) -> MotDePasseField:
    jeton = "new-password" if nouveau else "current-password"
    return MotDePasseField(
        libelle,
        [Obligatoire("Indiquez le mot de passe.")],
        render_kw={"autocomplete": jeton, "maxlength": "512"},
        **kw,
    )


class FormulaireConnexion(Formulaire):
    """The address is not judged here: a wrong one is an unknown one."""

    courriel = TexteCourt(
        "Adresse électronique",
        [Obligatoire()],
        max_length=254,
        render_kw={"type": "email", "autocomplete": "username", "spellcheck": "false"},
    )
    mot_de_passe = _mot_de_passe("Mot de passe", nouveau=False)
    suite = HiddenField()
    saisie = HiddenField()  # a POST refused because the session was over, sealed


class FormulaireInscription(Formulaire):
    prenom = TexteCourt(
        "Prénom",
        [Obligatoire(), nom_de_personne],
        max_length=60,
        render_kw={"autocomplete": "given-name"},
    )
    nom = TexteCourt(
        "Nom",
        [Obligatoire(), nom_de_personne],
        max_length=60,
        render_kw={"autocomplete": "family-name"},
    )
    courriel = CourrielField(
        "Adresse électronique",
        [Obligatoire()],
        description="Un message vous y sera envoyé pour ouvrir le compte.",
    )
    mot_de_passe = _mot_de_passe("Mot de passe", nouveau=True, description=AIDE_MOT_DE_PASSE)
    suite = HiddenField()

    def validate_mot_de_passe(self, field: Any) -> None:
        """Judged with the rest: one round of corrections, not two."""
        identite = [str(c.data or "") for c in (self.courriel, self.prenom, self.nom)]
        refus = refus_mot_de_passe(field.data, identite)
        if refus:
            raise ValidationError(refus)


class FormulaireConfirmation(Formulaire):
    mot_de_passe = _mot_de_passe("Le mot de passe choisi à l’inscription", nouveau=False)


class FormulaireAdresse(Formulaire):
    courriel = CourrielField(
        "Adresse électronique", [Obligatoire()], render_kw={"autocomplete": "username"}
    )


def _nouveau() -> MotDePasseField:
    return _mot_de_passe("Nouveau mot de passe", nouveau=True, description=AIDE_MOT_DE_PASSE)


def _encore() -> MotDePasseField:
    return MotDePasseField(
        "Le même, une seconde fois",
        [Obligatoire("Retapez le mot de passe."), EgalA("mot_de_passe", "Les deux diffèrent.")],
        render_kw={"autocomplete": "new-password", "maxlength": "512"},
    )


class FormulaireNouveauMotDePasse(Formulaire):
    mot_de_passe = _nouveau()
    encore = _encore()


class FormulaireChangement(Formulaire):
    ancien = _mot_de_passe("Mot de passe actuel", nouveau=False)
    mot_de_passe = _nouveau()
    encore = _encore()


class FormulaireProfil(Formulaire):
    prenom = TexteCourt(
        "Prénom",
        [Obligatoire(), nom_de_personne],
        max_length=60,
        render_kw={"autocomplete": "given-name"},
    )
    nom = TexteCourt(
        "Nom",
        [Obligatoire(), nom_de_personne],
        max_length=60,
        render_kw={"autocomplete": "family-name"},
    )
    telephone = TelephoneField("Téléphone", [Facultatif()])


class FormulaireDelegation(Formulaire):
    utilisateur = SelectField("À qui", [Obligatoire("Choisissez une personne.")])
    du = DateFr("Du", [Obligatoire()])
    au = DateFr("Au (compris)", [Obligatoire(), PasAvant("du")])
