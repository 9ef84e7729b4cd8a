"""Files: antivirus state, small picture, uploads by pieces; the organisme's own budget.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _enum(nom, *valeurs):
    return sa.Enum(*valeurs, name=nom, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    with op.batch_alter_table("fichier") as lot:
        lot.add_column(
            sa.Column("sha256_recu", sa.String(length=64), nullable=False, server_default="")
        )
        lot.add_column(
            sa.Column(
                "analyse",
                _enum("etatanalyse", "non_analyse", "en_attente", "sain", "infecte"),
                nullable=False,
                server_default="non_analyse",
            )
        )
        lot.add_column(sa.Column("analyse_le", sa.DateTime(timezone=True), nullable=True))
        lot.add_column(sa.Column("vignette_cle", sa.String(length=64), nullable=True))
        lot.add_column(sa.Column("pages", sa.Integer(), nullable=True))
        lot.create_index(lot.f("ix_fichier_analyse"), ["analyse"])
    with op.batch_alter_table("fichier") as lot:
        lot.alter_column("sha256_recu", server_default=None)
        lot.alter_column("analyse", server_default=None)
    with op.batch_alter_table("piece_organisme") as lot:
        lot.add_column(sa.Column("rappelee_le", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "televersement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cle", sa.String(length=64), nullable=False),
        sa.Column("utilisateur_id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=200), nullable=False),
        sa.Column("taille", sa.BigInteger(), nullable=False),
        sa.Column("morceau", sa.Integer(), nullable=False),
        sa.Column("empreinte", sa.String(length=128), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("taille > 0 AND morceau > 0", name=op.f("ck_televersement_tailles")),
        sa.ForeignKeyConstraint(
            ["utilisateur_id"],
            ["utilisateur.id"],
            name=op.f("fk_televersement_utilisateur_id_utilisateur"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_televersement")),
        sa.UniqueConstraint("cle", name=op.f("uq_televersement_cle")),
    )
    op.create_index(op.f("ix_televersement_utilisateur_id"), "televersement", ["utilisateur_id"])
    op.create_table(
        "ligne_budget_organisme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisme_id", sa.Integer(), nullable=False),
        sa.Column("exercice", sa.Integer(), nullable=False),
        sa.Column("cote", _enum("cotebudget", "charge", "produit"), nullable=False),
        sa.Column("compte", sa.String(length=20), nullable=False),
        sa.Column("saisie", sa.String(length=40), nullable=False),
        sa.Column("montant", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "montant IS NULL OR montant >= 0",
            name=op.f("ck_ligne_budget_organisme_montant_positif"),
        ),
        sa.ForeignKeyConstraint(
            ["organisme_id"],
            ["organisme.id"],
            name=op.f("fk_ligne_budget_organisme_organisme_id_organisme"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ligne_budget_organisme")),
        sa.UniqueConstraint(
            "organisme_id",
            "exercice",
            "cote",
            "compte",
            name="uq_ligne_budget_organisme_organisme_id_exercice_cote_compte",
        ),
    )


def downgrade() -> None:
    op.drop_table("ligne_budget_organisme")
    op.drop_index(op.f("ix_televersement_utilisateur_id"), table_name="televersement")
    op.drop_table("televersement")
    with op.batch_alter_table("piece_organisme") as lot:
        lot.drop_column("rappelee_le")
    with op.batch_alter_table("fichier") as lot:
        lot.drop_index(lot.f("ix_fichier_analyse"))
        lot.drop_constraint("etatanalyse", type_="check")
        for nom in ("pages", "vignette_cle", "analyse_le", "analyse", "sha256_recu"):
            lot.drop_column(nom)
