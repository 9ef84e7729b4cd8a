"""Every table of the house; importing this package registers them all."""

from aap.models.acte_financeur import ActeFinanceur
from aap.models.atelier import (
    ActeLot,
    EtatLigneLot,
    LigneLot,
    Lot,
    RechercheDossier,
    VueListe,
)
from aap.models.bilan import Bilan, LigneBilan, MesureIndicateur, PieceBilan, Reversement
from aap.models.budget_organisme import LigneBudgetOrganisme
from aap.models.cachet import Cachet
from aap.models.campagne import (
    Campagne,
    EffetRegle,
    PrioriteOrientation,
    RegleCampagne,
    TypeCampagne,
)
from aap.models.consultation import Consultation
from aap.models.convention import (
    Avenant,
    Convention,
    Tranche,
    TypeConvention,
    TypeVersement,
    Versement,
)
from aap.models.copie_signee import CopieSignee, EtatScan, LotPages, PartieSignataire, Scan
from aap.models.dossier import (
    CoteBudget,
    DemandeComplement,
    Depot,
    Dossier,
    DossierQuartier,
    EtatProduit,
    IndicateurDossier,
    LigneBudget,
    Message,
    PieceDossier,
    Reponse,
    TypeDossier,
)
from aap.models.fichier import EtatAnalyse, Fichier, Televersement
from aap.models.financement import ETATS_SANS_CREDIT, Financement
from aap.models.financeur import Enveloppe, Financeur, OrigineCredits, TypeFinanceur
from aap.models.grille import Critere, Grille, ModeCritere
from aap.models.instruction import (
    Affectation,
    Avis,
    DemandeAvis,
    Deport,
    EtatEvaluation,
    Evaluation,
    NoteCritere,
    ValeurAvis,
)
from aap.models.invitation import InvitationAvis, NatureInvite, PieceInvitation
from aap.models.journal import (
    Courriel,
    EtatCourriel,
    EtatTache,
    Evenement,
    Parametre,
    SigneDeVie,
    Tache,
)
from aap.models.liasse import Liasse, LigneLiasse
from aap.models.lot_actes import CahierActes, LigneLotActes, LotActes
from aap.models.modele_acte import EtatModele, ModeleActe, TexteActe
from aap.models.motif_cpo import MotifCpo
from aap.models.note_interne import NoteInterne
from aap.models.organisme import (
    DemandeRattachement,
    EngagementRepublicain,
    EtatRattachement,
    FormeJuridique,
    Mandat,
    Membre,
    Organisme,
    PieceOrganisme,
    RoleMembre,
    TypePiece,
)
from aap.models.recours import Recours
from aap.models.referentiel import (
    Commune,
    ContourQuartier,
    Contrat,
    Dispositif,
    Fiche,
    IndicateurEvaluation,
    IndicateurQuartier,
    ObjectifLocal,
    ObjectifOperationnel,
    ObjectifStrategique,
    Orientation,
    Quartier,
    Secteur,
    SectionTheme,
    Theme,
)
from aap.models.repartition import (
    Absence,
    CapaciteInstruction,
    EtatLigneRepartition,
    EtatRepartition,
    LigneRepartition,
    Passation,
    RegleAffectation,
    Repartition,
)
from aap.models.resultat import (
    Abstention,
    Classement,
    Consensus,
    Etalonnage,
    EtalonnageDossier,
    NoteConsensus,
)
from aap.models.revision_budget import IssueRevision, RevisionBudget
from aap.models.scenario import EtatCalcul, MontantScenario, OrigineScenario, Scenario
from aap.models.scrutin import Bulletin, Scrutin
from aap.models.seance import Decision, Inscription, Presence, Seance, SensDecision
from aap.models.utilisateur import (
    Habilitation,
    Jeton,
    PerimetreHabilitation,
    RoleHabilitation,
    SessionConnexion,
    TentativeConnexion,
    UsageJeton,
    Utilisateur,
)

__all__ = [nom for nom in dir() if nom[0].isupper()]
