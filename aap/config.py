"""Typed settings, from the environment only; all faults are told at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CLE_PAR_DEFAUT = "cle-de-developpement-a-remplacer"
MODES = ("developpement", "demonstration", "production", "test")


class ConfigurationInvalide(RuntimeError):
    """At least one setting is wrong; the message lists them all, in French."""


@dataclass(frozen=True)
class Reglages:
    """Settings of one process. Durations in the unit their name says."""

    mode: str = "developpement"
    base: str = field(default="", repr=False)
    cle_secrete: str = field(default=CLE_PAR_DEFAUT, repr=False)
    adresse: str = "http://localhost:8000"
    stockage: str = ""
    smtp_hote: str = ""
    smtp_port: int = 25
    smtp_securite: str = "aucune"  # aucune | starttls | tls
    smtp_utilisateur: str = ""
    smtp_mot_de_passe: str = field(default="", repr=False)
    smtp_delai_secondes: int = 10
    expediteur: str = "ne-pas-repondre@localhost"
    session_inactivite_minutes: int = 240
    session_absolue_heures: int = 24
    taille_piece_mo: int = 20
    s3_adresse: str = ""  # end point of an S3-compatible store; empty: the AWS_* environment
    s3_region: str = ""
    s3_cle: str = field(default="", repr=False)
    s3_secret: str = field(default="", repr=False)
    s3_delai_secondes: int = 30
    antivirus: str = ""  # « tcp:hote:port » or « unix:/chemin » of clamd; empty: no scan
    antivirus_delai_secondes: int = 30
    cachet: str = ""  # path of the PKCS#12 certificate that seals the signed acts; empty: off
    cachet_mot_de_passe: str = field(default="", repr=False)
    annuaire: str = ""  # base address of the « Recherche d’entreprises » API; empty: off
    annuaire_delai_secondes: int = 4
    mandataires: int = 0  # number of trusted reverse proxies in front
    journaux_json: bool = False

    @property
    def cookies_securises(self) -> bool:
        return self.adresse.startswith("https://")

    def adresse_de(self, chemin: str) -> str:
        """Absolute public address of a path, for mails and PDFs."""
        return self.adresse.rstrip("/") + "/" + chemin.lstrip("/")


def _entier(env: Mapping[str, str], nom: str, defaut: int, fautes: list[str]) -> int:
    texte = env.get(nom, "").strip()
    if not texte:
        return defaut
    if not (texte.isascii() and texte.isdigit()):
        fautes.append(f"{nom} doit être un nombre entier (lu : « {texte} »)")
        return defaut
    return int(texte)


def lire_reglages(env: Mapping[str, str] | None = None) -> Reglages:
    """Read AAP_* variables. Raises ConfigurationInvalide listing every fault."""
    env = os.environ if env is None else env
    fautes: list[str] = []
    mode = env.get("AAP_MODE", "developpement")
    if mode not in MODES:
        fautes.append(f"AAP_MODE doit valoir l’un de : {', '.join(MODES)} (lu : « {mode} »)")
    var = Path(env.get("AAP_VAR", "var")).resolve()
    reglages = Reglages(
        mode=mode,
        base=env.get("AAP_DATABASE_URL", "") or f"sqlite:///{var / 'aap.db'}",
        cle_secrete=env.get("AAP_CLE_SECRETE", "") or CLE_PAR_DEFAUT,
        adresse=env.get("AAP_ADRESSE", "") or "http://localhost:8000",
        stockage=env.get("AAP_STOCKAGE", "") or str(var / "fichiers"),
        smtp_hote=env.get("AAP_SMTP_HOTE", ""),
        smtp_port=_entier(env, "AAP_SMTP_PORT", 25, fautes),
        smtp_securite=env.get("AAP_SMTP_SECURITE", "aucune"),
        smtp_utilisateur=env.get("AAP_SMTP_UTILISATEUR", ""),
        smtp_mot_de_passe=env.get("AAP_SMTP_MOT_DE_PASSE", ""),
        smtp_delai_secondes=_entier(env, "AAP_SMTP_DELAI_SECONDES", 10, fautes),
        expediteur=env.get("AAP_EXPEDITEUR", "") or "ne-pas-repondre@localhost",
        session_inactivite_minutes=_entier(env, "AAP_SESSION_INACTIVITE_MINUTES", 240, fautes),
        session_absolue_heures=_entier(env, "AAP_SESSION_ABSOLUE_HEURES", 24, fautes),
        taille_piece_mo=_entier(env, "AAP_TAILLE_PIECE_MO", 20, fautes),
        s3_adresse=env.get("AAP_S3_ADRESSE", ""),
        s3_region=env.get("AAP_S3_REGION", ""),
        s3_cle=env.get("AAP_S3_CLE", ""),
        s3_secret=env.get("AAP_S3_SECRET", ""),
        s3_delai_secondes=_entier(env, "AAP_S3_DELAI_SECONDES", 30, fautes),
        antivirus=env.get("AAP_ANTIVIRUS", ""),
        antivirus_delai_secondes=_entier(env, "AAP_ANTIVIRUS_DELAI_SECONDES", 30, fautes),
        cachet=env.get("AAP_CACHET", "").strip(),
        cachet_mot_de_passe=env.get("AAP_CACHET_MOT_DE_PASSE", ""),
        annuaire=env.get("AAP_ANNUAIRE", ""),
        annuaire_delai_secondes=_entier(env, "AAP_ANNUAIRE_DELAI_SECONDES", 4, fautes),
        mandataires=_entier(env, "AAP_MANDATAIRES", 0, fautes),
        journaux_json=env.get("AAP_JOURNAUX_JSON", "") == "1",
    )
    fautes += verifier_reglages(reglages)
    if fautes:
        raise ConfigurationInvalide("Configuration refusée :\n- " + "\n- ".join(fautes))
    return reglages


def verifier_reglages(r: Reglages) -> list[str]:
    """Faults that forbid a start, in French."""
    fautes = []
    if r.smtp_securite not in ("aucune", "starttls", "tls"):
        fautes.append("AAP_SMTP_SECURITE doit valoir aucune, starttls ou tls")
    if not r.adresse.startswith(("http://", "https://")):
        fautes.append("AAP_ADRESSE doit commencer par http:// ou https://")
    fautes += _adresses(r)
    if r.mode == "production":
        if r.cle_secrete == CLE_PAR_DEFAUT or len(r.cle_secrete) < 32:
            fautes.append(
                "AAP_CLE_SECRETE doit être fixée en production (32 caractères au moins, tirés au "
                "hasard : python -c 'import secrets; print(secrets.token_urlsafe(48))')"
            )
        if not r.adresse.startswith("https://"):
            fautes.append("AAP_ADRESSE doit être en https:// en production")
        if not r.smtp_hote:
            fautes.append("AAP_SMTP_HOTE doit être fixée en production (envoi des courriels)")
    return fautes


def _adresses(r: Reglages) -> list[str]:
    """Faults of the optional outside services."""
    fautes = []
    if r.antivirus and not re.fullmatch(r"tcp:[^\s:]+:[0-9]{1,5}|unix:/\S+", r.antivirus):
        fautes.append("AAP_ANTIVIRUS doit être de la forme tcp:hote:port ou unix:/chemin")
    for nom, valeur in (("AAP_ANNUAIRE", r.annuaire), ("AAP_S3_ADRESSE", r.s3_adresse)):
        if valeur and not valeur.startswith(("http://", "https://")):
            fautes.append(f"{nom} doit commencer par http:// ou https://")
    return fautes


# The last connection given back serves first: its prepared statements are warm, the others rest.
MOTEUR_POSTGRESQL = {"pool_pre_ping": True, "pool_use_lifo": True}
# The log of a refused statement never holds its values: IBAN, addresses, answers, hashes.
MOTEUR = {"hide_parameters": True}

# Seconds that asking for a mail of account takes, whether or not there is somebody to write to.
DUREE_DEMANDE_COURRIEL = 0.4


def pour_flask(r: Reglages) -> dict[str, object]:
    """The Flask side of the settings."""
    return {
        "SECRET_KEY": r.cle_secrete,
        "SQLALCHEMY_DATABASE_URI": _url_base(r.base),
        "SQLALCHEMY_ENGINE_OPTIONS": MOTEUR | (MOTEUR_POSTGRESQL if "postgres" in r.base else {}),
        "MAX_CONTENT_LENGTH": (r.taille_piece_mo + 5) * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 4000,
        "WTF_CSRF_TIME_LIMIT": None,
        "DUREE_DEMANDE_COURRIEL": 0.0 if r.mode == "test" else DUREE_DEMANDE_COURRIEL,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": r.cookies_securises,
        "SESSION_COOKIE_NAME": "aap",
        "BABEL_DEFAULT_LOCALE": "fr",
        "BABEL_DEFAULT_TIMEZONE": "Europe/Paris",
        "TESTING": r.mode == "test",
    }


def _url_base(url: str) -> str:
    """Accept the usual postgres:// form; the driver is psycopg 3."""
    if url.startswith("postgres://"):
        return "postgresql://" + url.removeprefix("postgres://")
    return url
