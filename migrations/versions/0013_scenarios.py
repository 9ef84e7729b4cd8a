"""Scenarios of a campaign and their amounts.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ETATS = ("brouillon", "fige", "promu")
ORIGINES = ("vide", "avis", "seance", "copie", "calcul", "partage")
CALCULS = ("aucun", "demande", "en_cours", "arret_demande", "fini", "echoue")


def _enum(nom: str, valeurs: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*valeurs, name=nom, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "scenario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campagne_id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=120), nullable=False),
        sa.Column("commentaire", sa.Text(), nullable=False),
        sa.Column("etat", _enum("etatscenario", ETATS), nullable=False),
        sa.Column("origine", _enum("originescenario", ORIGINES), nullable=False),
        sa.Column("modele_id", sa.Integer(), nullable=True),
        sa.Column("auteur_id", sa.Integer(), nullable=True),
        sa.Column("seance_id", sa.Integer(), nullable=True),
        sa.Column("fige_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("empreinte", sa.String(length=64), nullable=True),
        sa.Column("numero", sa.Integer(), nullable=False),
        sa.Column("calcul", _enum("etatcalcul", CALCULS), nullable=False),
        sa.Column("avancement", sa.String(length=200), nullable=False),
        sa.Column("parametres", sa.JSON(), nullable=False),
        sa.Column("resultat", sa.JSON(), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campagne_id"], ["campagne.id"], name=op.f("fk_scenario_campagne_id_campagne")
        ),
        sa.ForeignKeyConstraint(
            ["modele_id"],
            ["scenario.id"],
            name=op.f("fk_scenario_modele_id_scenario"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["auteur_id"], ["utilisateur.id"], name=op.f("fk_scenario_auteur_id_utilisateur")
        ),
        sa.ForeignKeyConstraint(
            ["seance_id"], ["seance.id"], name=op.f("fk_scenario_seance_id_seance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
        sa.UniqueConstraint("campagne_id", "nom", name=op.f("uq_scenario_campagne_id_nom")),
    )
    op.create_index(op.f("ix_scenario_campagne_id"), "scenario", ["campagne_id"])
    op.create_table(
        "montant_scenario",
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("financement_id", sa.Integer(), nullable=False),
        sa.Column("enveloppe_id", sa.Integer(), nullable=True),
        sa.Column("montant", sa.BigInteger(), nullable=True),
        sa.Column("motif_ecart", sa.String(length=500), nullable=False),
        sa.Column("verrouille", sa.Boolean(), nullable=False),
        sa.Column("numero", sa.Integer(), nullable=False),
        sa.Column("modifie_par_id", sa.Integer(), nullable=True),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "montant IS NULL OR montant >= 0", name=op.f("ck_montant_scenario_montant_positif")
        ),
        sa.CheckConstraint(
            "montant IS NULL OR enveloppe_id IS NOT NULL",
            name=op.f("ck_montant_scenario_enveloppe_requise"),
        ),
        sa.ForeignKeyConstraint(
            ["scenario_id"],
            ["scenario.id"],
            name=op.f("fk_montant_scenario_scenario_id_scenario"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["financement_id"],
            ["financement.id"],
            name=op.f("fk_montant_scenario_financement_id_financement"),
        ),
        sa.ForeignKeyConstraint(
            ["enveloppe_id"],
            ["enveloppe.id"],
            name=op.f("fk_montant_scenario_enveloppe_id_enveloppe"),
        ),
        sa.ForeignKeyConstraint(
            ["modifie_par_id"],
            ["utilisateur.id"],
            name=op.f("fk_montant_scenario_modifie_par_id_utilisateur"),
        ),
        sa.PrimaryKeyConstraint("scenario_id", "financement_id", name=op.f("pk_montant_scenario")),
    )
    op.create_index("ix_montant_scenario_numero", "montant_scenario", ["scenario_id", "numero"])


def downgrade() -> None:
    op.drop_table("montant_scenario")
    op.drop_table("scenario")
