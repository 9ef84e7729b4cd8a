"""Local circumstances: why a funder, or one of its aids, is not in a CPO this year.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _vers(colonne: str, cible: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [colonne], [f"{cible}.id"], name=op.f(f"fk_motif_cpo_{colonne}_{cible}")
    )


def upgrade() -> None:
    op.create_table(
        "motif_cpo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("financeur_id", sa.Integer(), nullable=False),
        sa.Column("exercice", sa.Integer(), nullable=False),
        sa.Column("organisme_id", sa.Integer(), nullable=True),
        sa.Column("texte", sa.String(length=1000), nullable=False),
        sa.Column("pose_par_id", sa.Integer(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("exercice BETWEEN 2000 AND 2100", name=op.f("ck_motif_cpo_exercice")),
        _vers("financeur_id", "financeur"),
        _vers("organisme_id", "organisme"),
        _vers("pose_par_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_motif_cpo")),
        sa.UniqueConstraint(
            "financeur_id",
            "exercice",
            "organisme_id",
            name=op.f("uq_motif_cpo_financeur_id_exercice_organisme_id"),
        ),
    )
    op.create_index("ix_motif_cpo_organisme_id", "motif_cpo", ["organisme_id"])
    op.create_index(
        "ix_motif_cpo_general",
        "motif_cpo",
        ["financeur_id", "exercice"],
        unique=True,
        sqlite_where=sa.text("organisme_id IS NULL"),
        postgresql_where=sa.text("organisme_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("motif_cpo")
