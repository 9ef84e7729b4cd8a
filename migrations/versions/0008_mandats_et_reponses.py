"""Mandates to sign for an organisme, with dates; complements answered element by element.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mandat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membre_id", sa.Integer(), nullable=False),
        sa.Column("donne_par_id", sa.Integer(), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=False),
        sa.Column("precision", sa.String(length=300), nullable=False),
        sa.Column("repris_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("au >= du", name=op.f("ck_mandat_dates")),
        sa.ForeignKeyConstraint(
            ["donne_par_id"],
            ["utilisateur.id"],
            name=op.f("fk_mandat_donne_par_id_utilisateur"),
        ),
        sa.ForeignKeyConstraint(
            ["membre_id"], ["membre.id"], name=op.f("fk_mandat_membre_id_membre")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandat")),
    )
    op.create_index(op.f("ix_mandat_membre_id"), "mandat", ["membre_id"])
    with op.batch_alter_table("demande_complement") as lot:
        lot.add_column(sa.Column("reponses", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("demande_complement") as lot:
        lot.alter_column("reponses", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("demande_complement") as lot:
        lot.drop_column("reponses")
    op.drop_index(op.f("ix_mandat_membre_id"), table_name="mandat")
    op.drop_table("mandat")
