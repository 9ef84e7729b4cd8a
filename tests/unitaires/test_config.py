"""Settings: every fault is told at once, production refuses to start unsafe."""

from __future__ import annotations

import pytest

from aap import create_app
from aap.config import CLE_PAR_DEFAUT, ConfigurationInvalide, lire_reglages, pour_flask

PRODUCTION = {
    "AAP_MODE": "production",
    "AAP_CLE_SECRETE": "k" * 48,
    "AAP_ADRESSE": "https://appel.exemple.test",
    "AAP_SMTP_HOTE": "courrier.exemple.test",
}


def faute(**env: str) -> str:
    with pytest.raises(ConfigurationInvalide) as refus:
        lire_reglages(PRODUCTION | env)
    return str(refus.value)


def test_une_production_complete_demarre() -> None:
    assert lire_reglages(PRODUCTION).mode == "production"


@pytest.mark.parametrize("cle", ["", CLE_PAR_DEFAUT, "courte"])
def test_la_production_refuse_une_cle_faible(cle: str) -> None:
    message = faute(AAP_CLE_SECRETE=cle)
    assert "AAP_CLE_SECRETE" in message
    assert not cle or cle not in message  # a secret is never repeated


def test_l_application_elle_meme_ne_demarre_pas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAP_MODE", "production")
    monkeypatch.delenv("AAP_CLE_SECRETE", raising=False)
    with pytest.raises(ConfigurationInvalide):
        create_app()


def test_la_production_refuse_http_et_l_absence_de_courrier() -> None:
    assert "AAP_ADRESSE" in faute(AAP_ADRESSE="http://appel.exemple.test")
    assert "AAP_SMTP_HOTE" in faute(AAP_SMTP_HOTE="")


def test_toutes_les_fautes_sont_dites_ensemble() -> None:
    message = faute(
        AAP_CLE_SECRETE="",
        AAP_ADRESSE="appel.exemple.test",
        AAP_SMTP_PORT="vingt-cinq",
        AAP_SMTP_SECURITE="peut-etre",
        AAP_TAILLE_PIECE_MO="-3",
    )
    for nom in ("CLE_SECRETE", "ADRESSE", "SMTP_PORT", "SMTP_SECURITE", "TAILLE_PIECE_MO"):
        assert f"AAP_{nom}" in message


def test_un_mode_inconnu_est_refuse() -> None:
    with pytest.raises(ConfigurationInvalide, match="AAP_MODE"):
        lire_reglages({"AAP_MODE": "prod"})


def test_sans_rien_le_developpement_fonctionne() -> None:
    r = lire_reglages({})
    assert r.mode == "developpement" and r.base.startswith("sqlite:///")


def test_les_secrets_ne_sont_pas_montres() -> None:
    r = lire_reglages(PRODUCTION | {"AAP_SMTP_MOT_DE_PASSE": "tres-secret"})
    assert "tres-secret" not in repr(r)
    assert PRODUCTION["AAP_CLE_SECRETE"] not in repr(r)


def test_les_cookies_suivent_l_adresse() -> None:
    assert pour_flask(lire_reglages(PRODUCTION))["SESSION_COOKIE_SECURE"] is True
    assert pour_flask(lire_reglages({}))["SESSION_COOKIE_SECURE"] is False


def test_l_adresse_postgres_courte_est_comprise() -> None:
    r = lire_reglages({"AAP_DATABASE_URL": "postgres://u@h/b"})
    assert pour_flask(r)["SQLALCHEMY_DATABASE_URI"] == "postgresql://u@h/b"


@pytest.mark.parametrize("adresse", ["clamd", "tcp:hote", "tcp:hote:port", "unix:relatif"])
def test_un_antivirus_mal_ecrit_est_refuse(adresse: str) -> None:
    assert "AAP_ANTIVIRUS" in faute(AAP_ANTIVIRUS=adresse)


def test_les_services_exterieurs_sont_eteints_par_defaut() -> None:
    r = lire_reglages(PRODUCTION)
    assert (r.antivirus, r.annuaire, r.s3_adresse) == ("", "", "")
    assert lire_reglages(PRODUCTION | {"AAP_ANTIVIRUS": "tcp:scanner:3310"}).antivirus
    assert "AAP_ANNUAIRE" in faute(AAP_ANNUAIRE="annuaire.exemple.test")
