"""The filter on delays shows exactly what the badges say, at a constant number of queries."""

from __future__ import annotations

import random
from datetime import timedelta

from flask import Flask

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import DemandeComplement, Depot
from aap.requetes.delais import FiltreDelai, delais
from aap.requetes.filtres_dossiers import lire_adresse
from aap.requetes.instruction import Filtres, liste
from tests import fabriques as f
from tests.outils_instruction import Decor, acteur, planter
from tests.outils_porteur import compter_requetes, connecte
from workflows.dossier import EtatDossier
from workflows.socle import Ton

E = EtatDossier
TONS = {FiltreDelai.DEPASSE: Ton.REFUS, FiltreDelai.BIENTOT: Ton.ATTENTION}


def _garnir(d: Decor, nombre: int) -> dict[int, EtatDossier]:
    hasard, etats = random.Random(4), {}
    for rang in range(nombre):
        etat = hasard.choice([E.DEPOSE, E.A_COMPLETER, E.EN_INSTRUCTION, E.REJETE])
        dossier = f.dossier(d.campagne, d.organisme, etat, f"Action {rang}")
        recu = maintenant() - timedelta(days=hasard.randrange(30, 90))
        dossier.depose_le = recu
        for numero in range(1, hasard.randrange(2, 4)):
            db.session.add(
                Depot(
                    dossier=dossier,
                    numero_depot=numero,
                    contenu={},
                    sha256="a" * 64,
                    depose_le=recu + timedelta(days=5 * (numero - 1)),
                    depose_par_id=d.porteur.id,
                )
            )
        if etat is E.A_COMPLETER or hasard.random() < 0.4:
            demandee = recu + timedelta(days=hasard.randrange(1, 20))
            repondue = demandee + timedelta(days=hasard.randrange(1, 30))
            db.session.add(
                DemandeComplement(
                    dossier_id=dossier.id,
                    demandee_le=demandee,
                    demandee_par_id=d.instructrice.id,
                    echeance=(demandee + timedelta(days=hasard.randrange(5, 60))).date(),
                    texte="Précisez.",
                    bloquante=hasard.random() < 0.6,
                    repondue_le=None if etat is E.A_COMPLETER else repondue,
                )
            )
        etats[dossier.id] = etat
    db.session.commit()
    return etats


def test_le_filtre_dit_ce_que_disent_les_pastilles(session: object) -> None:
    decor = planter()
    etats = _garnir(decor, 120)
    lus = delais({**etats, decor.dossier.id: decor.dossier.etat})
    for filtre, ton in TONS.items():
        attendus = {i for i, d in lus.items() if any(t is ton for t, _ in d.badges)}
        page = liste(acteur(decor.coordination), Filtres(delai=filtre))
        assert page.total == len(attendus) > 5
        montres = {x.id for x in page.lignes}
        assert montres <= attendus and len(montres) == min(25, len(attendus))


def test_le_filtre_est_dans_l_adresse_et_coute_toujours_autant(app: Flask, session: object) -> None:
    decor = planter()
    assert lire_adresse(Filtres(delai=FiltreDelai.BIENTOT).adresse).delai is FiltreDelai.BIENTOT
    assert lire_adresse("delai=hier").delai is None
    _garnir(decor, 5)
    client = connecte(app, decor.coordination)
    peu = compter_requetes(lambda: client.get("/instruction/?delai=depasse"))
    _garnir(decor, 60)
    beaucoup = compter_requetes(lambda: client.get("/instruction/?delai=depasse"))
    assert beaucoup <= max(peu, 12)
    assert "selected" in client.get("/instruction/?delai=bientot").text
