"""A funder's own text of its acts: written on its pages, put in force, taken by its acts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pypdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError

from aap import documents
from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import Convention, ModeleActe, RoleHabilitation, TypeConvention
from aap.permissions import Acteur
from aap.services import convention as conventions
from aap.services import modele_acte as service
from aap.services import signature
from aap.services.empreinte import empreinte
from tests import fabriques as f
from tests.integration.test_pages_finance import connecter
from tests.outils_porteur import compter_requetes
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde, notifier
from workflows.convention import EtatConvention

AUJOURDHUI = PRINTEMPS.date()
ECRIT = "Le porteur montre le logo du contrat & l’affiche <b>partout</b> : {{ organisme.nom }}."


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        session.commit()
        yield m


@pytest.fixture
def anne(client: FlaskClient, monde: Monde) -> FlaskClient:
    return connecter(client, monde.anne)


def commencer(m: Monde, type_acte: TypeConvention = TypeConvention.ARRETE) -> ModeleActe:
    modele = service.commencer_modele(m.anne, m.ligne.financeur, type_acte)
    db.session.commit()
    return modele


def publier(m: Monde, effet: date = AUJOURDHUI) -> ModeleActe:
    """A version with one more article, in force."""
    modele = commencer(m)
    article = modele.texte[0]
    neuf = type(article)(0, "Affichage", ECRIT)
    service.enregistrer_article(m.anne, modele, neuf)
    service.mettre_en_vigueur(m.anne, modele, effet)
    db.session.commit()
    return modele


def arrete(m: Monde) -> Convention:
    acte = conventions.preparer_convention(m.anne, m.ligne)
    db.session.commit()
    return acte


def lire(octets: bytes) -> list[str]:
    return [" ".join(p.extract_text().split()) for p in pypdf.PdfReader(BytesIO(octets)).pages]


def test_written_checked_and_put_in_force_on_its_pages(anne: FlaskClient, monde: Monde) -> None:
    liste = anne.get("/finance/modeles")
    assert "Texte type" in liste.text and "Écrire un modèle" in liste.text
    financeur = monde.ligne.financeur_id
    depart = anne.post(f"/finance/modeles/{financeur}/arrete/commencer")
    page = depart.location
    assert "Les clauses que la loi demande" in anne.get(page).text
    assert anne.post(f"/finance/modeles/{financeur}/arrete/commencer").status_code == 409
    modele = db.session.query(ModeleActe).one()
    saisie = {"version": modele.version, "titre": "Affichage", "condition": "toujours"}
    faux = anne.post(f"{page}/articles/0", data={**saisie, "corps": "{{ organisme.non }} ici"})
    assert faux.status_code == 422 and "Vouliez-vous écrire" in faux.text
    assert "{{ organisme.non }} ici" in faux.text, "rien de saisi n’est perdu"
    verifie = anne.post(f"{page}/articles/0", data={**saisie, "corps": ECRIT, "etape": "verifier"})
    assert "n’a aucune faute" in verifie.text
    fait = anne.post(f"{page}/articles/0", data={**saisie, "corps": ECRIT})
    assert fait.status_code == 303 and fait.location.endswith("#article-7")
    perime = anne.post(f"{page}/articles/0", data={**saisie, "corps": ECRIT})
    assert perime.status_code == 409 and "partout" in perime.text
    db.session.expire_all()
    assert [a.titre for a in modele.texte][-1] == "Affichage" and len(modele.texte) == 7
    haut = anne.post(f"{page}/articles/7/monter", data={"version": modele.version})
    assert haut.status_code == 303
    hier = (AUJOURDHUI - timedelta(days=1)).isoformat()
    db.session.expire_all()
    refus = anne.post(
        f"{page}/mettre-en-vigueur", data={"version": modele.version, "effet_le": hier}
    )
    assert refus.status_code == 422 and "aujourd’hui ou un jour à venir" in refus.text
    bon = anne.post(
        f"{page}/mettre-en-vigueur",
        data={"version": modele.version, "effet_le": AUJOURDHUI.isoformat()},
    )
    assert bon.status_code == 303
    lu = anne.get(page).text
    assert "En vigueur" in lu and "&lt;b&gt;partout&lt;/b&gt;" in lu and "Monter" not in lu
    db.session.expire_all()
    assert modele.sha256 == empreinte(modele.articles)
    assert [a.titre for a in modele.texte][-2:] == ["Affichage", "Exécution"]


def test_a_missing_clause_stops_it(anne: FlaskClient, monde: Monde) -> None:
    modele = commencer(monde, TypeConvention.ANNUELLE)
    cer = next(a for a in modele.texte if "républicain" in a.titre)
    page = f"/finance/modeles/{modele.id}"
    parti = anne.post(f"{page}/articles/{cer.cle}/supprimer", data={"version": modele.version})
    assert parti.status_code == 303
    lu = anne.get(page).text
    assert "Aucun article ne dit le contrat d’engagement républicain" in lu
    assert f"{page}/mettre-en-vigueur" not in lu
    db.session.expire_all()
    force = anne.post(
        f"{page}/mettre-en-vigueur",
        data={"version": modele.version, "effet_le": AUJOURDHUI.isoformat()},
    )
    assert force.status_code == 422 and "républicain" in force.text
    db.session.expire_all()
    assert modele.effet_le is None


def test_an_act_keeps_the_text_it_was_sent_with(anne: FlaskClient, monde: Monde) -> None:
    """Version 1 for the first act; a second version and a withdrawal change nothing in it."""
    acte = arrete(monde)
    ancien = documents.pdf_acte(acte)
    assert "Affichage" not in " ".join(lire(ancien))
    assert "Texte type de la plateforme" in anne.get(f"/finance/conventions/{acte.id}").text
    v1 = publier(monde)
    signature.envoyer_a_la_signature(monde.anne, acte)
    db.session.commit()
    assert acte.contenu is not None and acte.contenu["modele"][:2] == ["arrete", 1]
    avant, sha256 = documents.pdf_acte(acte), acte.sha256
    texte = " ".join(lire(avant))
    assert "Article 6 – Affichage" in texte and "<b>partout</b>" in texte
    assert monde.ligne.dossier.organisme.nom in texte
    assert "Modèle du financeur, version 1" in anne.get(f"/finance/conventions/{acte.id}").text
    v2 = commencer(monde)
    service.supprimer_article(monde.anne, v2, 7)
    service.mettre_en_vigueur(monde.anne, v2, AUJOURDHUI)
    service.retirer_modele(monde.anne, v1, "Remplacée")
    db.session.commit()
    assert documents.pdf_acte(acte) == avant
    signature.signer_financeur(monde.anne, acte, version=acte.version)
    assert acte.etat is EtatConvention.SIGNEE and acte.sha256 == sha256
    assert empreinte(acte.contenu) == sha256


def test_back_to_draft_takes_the_text_of_the_new_day(monde: Monde) -> None:
    publier(monde)
    acte = arrete(monde)
    signature.envoyer_a_la_signature(monde.anne, acte)
    signature.renvoyer_en_projet(monde.anne, acte, "Erreur de date")
    modele = db.session.query(ModeleActe).one()
    service.retirer_modele(monde.anne, modele, "Erreur")
    signature.envoyer_a_la_signature(monde.anne, acte)
    assert acte.texte is None and acte.contenu is not None and "modele" not in acte.contenu


def test_a_version_to_come_waits_for_its_day(monde: Monde) -> None:
    publier(monde, AUJOURDHUI + timedelta(days=10))
    acte = arrete(monde)
    assert "Affichage" not in " ".join(lire(documents.pdf_acte(acte)))
    with horloge_fixee(PRINTEMPS + timedelta(days=10)):
        assert "Affichage" in " ".join(lire(documents.pdf_acte(acte)))


def test_a_text_in_force_never_changes(monde: Monde) -> None:
    modele = publier(monde)
    for ordre in (
        ModeleActe.__table__.update().values(articles=[]),  # type: ignore[attr-defined]
        ModeleActe.__table__.update().values(effet_le=date(2020, 1, 1)),  # type: ignore[attr-defined]
        ModeleActe.__table__.delete(),  # type: ignore[attr-defined]
    ):
        with pytest.raises(DBAPIError, match="modele_fige"), db.session.begin_nested():
            db.session.execute(ordre)
    assert modele.texte


def test_preview_is_worth_nothing_and_leaves_nothing(anne: FlaskClient, monde: Monde) -> None:
    for type_acte in TypeConvention:
        modele = commencer(monde, type_acte)
        page = f"/finance/modeles/{modele.id}/apercu"
        assert monde.ligne.dossier.reference in anne.get(page).text
        reponse = anne.get(f"{page}/{monde.ligne.id}.pdf")
        assert reponse.status_code == 200 and reponse.mimetype == "application/pdf"
        assert all("APERÇU – sans valeur" in p for p in lire(reponse.data))
        assert anne.get(f"{page}/{monde.ligne.id + 1}.pdf").status_code == 404
    assert db.session.query(Convention).count() == 0


def test_two_versions_are_compared_word_by_word(anne: FlaskClient, monde: Monde) -> None:
    publier(monde)
    v2 = commencer(monde)
    page = f"/finance/modeles/{v2.id}/comparer"
    assert "Les deux textes sont les mêmes" in anne.get(f"{page}?avec=1").text
    affichage = v2.texte[-1]
    neuf = replace(affichage, corps=affichage.corps.replace("partout", "ici"), au=date(2028, 1, 1))
    service.enregistrer_article(monde.anne, v2, neuf)
    service.deplacer_article(monde.anne, v2, neuf.cle, -1)
    db.session.commit()
    lu = anne.get(f"{page}?avec=1").text
    assert "Affichage" in lu and "L’ordre des articles a changé" in lu and "au 01/01/2028" in lu
    assert lu.count("<ins>") == 2 and "Attribution" not in lu
    type_ = anne.get(page).text
    assert "Affichage" in type_ and "(ajouté)" in type_
    assert anne.get(f"{page}?avec=9").status_code == 404


def test_who_writes_and_who_decides(client: FlaskClient, monde: Monde) -> None:
    contrat = monde.ligne.financeur.contrat
    autre = f.financeur(contrat, code="ville", nom="Ville d’à côté")
    etranger = f.acteur(f.agent(RoleHabilitation.FINANCE, contrat, autre, "Zoé"))
    coordination = f.acteur(f.agent(RoleHabilitation.COORDINATEUR, contrat, None, "Chloé"))
    modele = commencer(monde)

    def codes(acteur: Acteur) -> list[int]:
        qui = connecter(client, acteur)
        base = f"/finance/modeles/{modele.id}"
        return [
            qui.get(x).status_code
            for x in ("/finance/modeles", base, f"{base}/articles/0", f"{base}/mettre-en-vigueur")
        ]

    assert codes(monde.anne) == [200, 200, 200, 200]
    assert codes(coordination) == [200, 200, 200, 403]
    assert codes(etranger) == [200, 403, 403, 403]
    assert codes(monde.sam) == [403, 403, 403, 403]
    publier_par_elle = connecter(client, coordination).get(f"/finance/modeles/{modele.id}").text
    assert "La gestion financière de ce financeur décide" in publier_par_elle


def test_the_list_costs_the_same_for_more_versions(anne: FlaskClient, monde: Monde) -> None:
    anne.get("/finance/modeles")
    peu = compter_requetes(lambda: anne.get("/finance/modeles"))
    publier(monde)
    commencer(monde)
    commencer(monde, TypeConvention.CPO)
    assert compter_requetes(lambda: anne.get("/finance/modeles")) <= peu
