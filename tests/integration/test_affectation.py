"""Assignment, déports and grids."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee, maintenant
from aap.models import (
    Affectation,
    Courriel,
    Dossier,
    DossierQuartier,
    Habilitation,
    RoleHabilitation,
)
from aap.requetes.affectations import (
    FiltresAffectation,
    dossiers_a_affecter,
    dossiers_choisis,
    instructeurs_de,
)
from aap.requetes.avancement import avancement
from aap.requetes.campagnes import problemes_grille
from aap.services.affectation import (
    affecter,
    affecter_en_lot,
    declarer_deport,
    lever_deport,
    retirer_affectation,
)
from aap.services.critere import (
    ReglageCritere,
    SaisieCritere,
    ecrire_critere,
    regler_criteres,
)
from aap.services.grille import creer_grille_par_defaut, figer_grille, nouvelle_version
from tests import fabriques as f
from tests.outils_coordination import VEILLE, Coordination, monter
from tests.outils_instruction import deposer, limiter
from workflows.dossier import EtatDossier


@pytest.fixture
def c(session: object):
    with horloge_fixee(VEILLE):
        yield monter()


def depot(c: Coordination, intitule: str = "Un jardin") -> Dossier:
    d = f.dossier(c.campagne, c.organisme, EtatDossier.DEPOSE, intitule)
    d.quartiers = [DossierQuartier(quartier=c.quartier)]
    d.orientation = c.orientations[0]
    f.financement(d, c.etat)
    deposer(d, c.porteur)
    f.db.session.flush()
    return d


def habilitation(c: Coordination) -> Habilitation:
    return f.db.session.scalars(
        select(Habilitation).where(Habilitation.utilisateur_id == c.instructrice.id)
    ).one()


def test_affecter_un_lot_un_seul_courriel(c: Coordination) -> None:
    dossiers = [depot(c), depot(c, "Une fête")]
    apercu = affecter_en_lot(c.acteur, dossiers, c.instructrice, c.etat, attendus=2)
    assert len(apercu.a_affecter) == 2
    assert dossiers[0].instructeur_id == c.instructrice.id
    mails = f.db.session.scalars(
        select(Courriel).where(Courriel.modele == "campagne_affectation")
    ).all()
    assert [m.destinataire for m in mails] == [c.instructrice.courriel]
    assert "Une fête" in mails[0].texte
    encore = affecter_en_lot(c.acteur, dossiers, c.instructrice, c.etat)
    assert (encore.a_affecter, len(encore.deja)) == ([], 2)
    with pytest.raises(Conflit):
        affecter_en_lot(c.acteur, dossiers, c.instructrice, c.etat, attendus=2)


def test_hors_perimetre_et_sans_droit(c: Coordination) -> None:
    d = depot(c)
    with pytest.raises(Invalide):
        affecter(c.acteur, d, c.instructrice, c.ville)
    limiter(habilitation(c), orientation_id=c.orientations[1].id)
    with pytest.raises(Invalide):
        affecter(c.acteur, d, c.instructrice, c.etat)
    with pytest.raises(Interdit):
        affecter(f.acteur(c.instructrice), d, c.instructrice, c.etat)


def test_retirer_passe_la_main(c: Coordination) -> None:
    d = depot(c)
    seconde = f.agent(RoleHabilitation.INSTRUCTEUR, c.contrat, c.ville, "Seconde")
    premiere = affecter(c.acteur, d, c.instructrice, c.etat)
    affecter(c.acteur, d, seconde, c.ville)
    assert d.instructeur_id == c.instructrice.id
    retirer_affectation(c.acteur, premiere)
    assert d.instructeur_id == seconde.id


def test_le_deport_retire_et_interdit(c: Coordination) -> None:
    d = depot(c)
    affecter(c.acteur, d, c.instructrice, c.etat)
    deport = declarer_deport(f.acteur(c.instructrice), c.instructrice, c.organisme, "Ma sœur")
    assert f.db.session.scalar(select(func.count()).select_from(Affectation)) == 0
    assert d.instructeur_id is None
    with pytest.raises(Invalide):
        affecter(c.acteur, d, c.instructrice, c.etat)
    with pytest.raises(Interdit):
        lever_deport(f.acteur(c.instructrice), deport, "Fini")
    lever_deport(c.acteur, deport, "Elle a quitté le bureau")
    with pytest.raises(PasLeMoment):
        lever_deport(c.acteur, deport, "Encore")
    affecter(c.acteur, d, c.instructrice, c.etat)
    encore = declarer_deport(c.acteur, c.instructrice, c.organisme, "De nouveau")
    assert encore.id == deport.id and encore.leve_le is None
    with pytest.raises(Invalide):
        declarer_deport(c.acteur, c.instructrice, c.organisme, " ")
    with pytest.raises(Interdit):
        declarer_deport(f.acteur(c.porteur), c.instructrice, c.organisme, "Non")


def test_la_coordination_d_un_autre_contrat_ne_touche_pas_aux_deports(c: Coordination) -> None:
    deport = declarer_deport(c.acteur, c.instructrice, c.organisme, "Ma sœur")
    ailleurs = f.acteur(f.agent(RoleHabilitation.COORDINATEUR, f.contrat("ailleurs")))
    with pytest.raises(Interdit):
        lever_deport(ailleurs, deport, "Fini")
    with pytest.raises(Interdit):
        declarer_deport(ailleurs, c.instructrice, c.organisme, "Non")
    assert deport.leve_le is None


def test_la_coordination_deportee_ne_voit_plus(c: Coordination) -> None:
    d = depot(c)
    declarer_deport(c.acteur, c.coordination, c.organisme, "Voisins")
    page = dossiers_a_affecter(c.acteur, c.campagne, FiltresAffectation())
    assert page.total == 0
    assert dossiers_choisis(c.acteur, c.campagne, [d.id]) == []
    with pytest.raises(Interdit):
        affecter(c.acteur, d, c.instructrice, c.etat)


def test_filtres(c: Coordination) -> None:
    d, autre = depot(c), depot(c, "Une fête")
    autre.orientation = c.orientations[1]
    affecter(c.acteur, d, c.instructrice, c.etat)
    f.db.session.flush()

    def ids(**filtres: object) -> list[int]:
        filtre = FiltresAffectation(**filtres)  # type: ignore[arg-type]
        return [x.id for x in dossiers_a_affecter(c.acteur, c.campagne, filtre).dossiers]

    assert ids() == [d.id, autre.id]
    assert ids(recherche="FÊTE") == [autre.id]
    assert ids(recherche=d.numero) == [d.id]
    assert ids(orientation=c.orientations[1].id) == [autre.id]
    assert ids(commune=c.commune.id) == [d.id, autre.id]
    assert ids(financeur=c.ville.id) == []
    assert ids(instructeur=0) == [autre.id]
    assert ids(instructeur=c.instructrice.id) == [d.id]
    assert [i.charge for i in instructeurs_de(c.campagne)] == [1]


def test_avancement(c: Coordination) -> None:
    depot(c)
    point = avancement(c.campagne)
    assert (point.deposes, point.sans_instructeur) == (1, 1)
    assert [(x.lignes, x.rendus, x.demande) for x in point.financeurs] == [(1, 0, 10_000_00)]
    assert [x.nombre for x in point.orientations] == [1]
    assert point.retards == []
    with horloge_fixee(maintenant() + timedelta(days=9)):
        assert [r.raison for r in avancement(c.campagne).retards] == ["Accusé de réception"]
    with horloge_fixee(maintenant().replace(year=2027)):
        assert {r.raison for r in avancement(c.campagne).retards if r.depasse} == {
            "Accusé de réception",
            "Silence valant refus",
        }


def test_grille_par_defaut_puis_figee(c: Coordination) -> None:
    grille = c.campagne.grille
    assert grille is not None
    assert sum(x.poids for x in grille.criteres) == 100
    assert len(grille.criteres) == 8
    assert all(len(x.ancres) == 5 and all(x.ancres) for x in grille.criteres)
    reglages = {x.id: ReglageCritere(x.poids) for x in grille.criteres}
    premier, second = (x.id for x in grille.criteres[:2])
    reglages[premier] = ReglageCritere(21, seuil=2)
    with pytest.raises(Invalide) as refus:
        regler_criteres(c.acteur, grille, reglages)
    assert "101" in refus.value.problemes[0].message
    reglages[second] = ReglageCritere(19)
    regler_criteres(c.acteur, grille, reglages)
    assert grille.criteres[0].eliminatoire_sous == 2
    figer_grille(c.acteur, grille)
    with pytest.raises(PasLeMoment):
        regler_criteres(c.acteur, grille, reglages)
    textes = SaisieCritere("Nom", "Aide", ("a", "b", "c", "d", "e"))
    with pytest.raises(PasLeMoment):
        ecrire_critere(c.acteur, grille.criteres[0], textes)
    copie = nouvelle_version(c.acteur, grille)
    assert copie.numero_version == 2 and copie.figee_le is None
    ecrire_critere(c.acteur, copie.criteres[0], textes)
    assert copie.criteres[0].ancres == ["a", "b", "c", "d", "e"]
    assert grille.criteres[0].libelle != "Nom"
    assert problemes_grille(copie) == []
    assert creer_grille_par_defaut(c.acteur, c.contrat).numero_version == 3
