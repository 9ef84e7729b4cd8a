"""The file of each funder's legal act, shared by the lines that it grants.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLE = "acte_financeur"
VIVANT = "retire_le IS NULL"


def _vers(colonne: str, cible: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [colonne], [f"{cible}.id"], name=op.f(f"fk_{TABLE}_{colonne}_{cible}")
    )


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("financeur_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("numero", sa.String(length=60), nullable=False),
        sa.Column("date_acte", sa.Date(), nullable=False),
        sa.Column("fichier_id", sa.Integer(), nullable=False),
        sa.Column("joint_par_id", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        _vers("financeur_id", "financeur"),
        _vers("fichier_id", "fichier"),
        _vers("joint_par_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("fichier_id", name=op.f(f"uq_{TABLE}_fichier_id")),
    )
    op.create_index(
        f"ix_{TABLE}_vivant",
        TABLE,
        ["financeur_id", "type", "numero", "date_acte"],
        unique=True,
        sqlite_where=sa.text(VIVANT),
        postgresql_where=sa.text(VIVANT),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
