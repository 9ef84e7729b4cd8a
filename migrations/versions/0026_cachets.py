"""Electronic seals of the signed acts and avenants.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLE = "cachet"
LIENS = {"convention_id": "convention", "avenant_id": "avenant", "fichier_id": "fichier"}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(colonne, sa.Integer(), nullable=True) for colonne in LIENS),
        sa.Column("appose_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("titulaire", sa.String(length=200), nullable=False),
        sa.Column("serie", sa.String(length=64), nullable=False),
        sa.Column("expire_le", sa.Date(), nullable=True),
        sa.Column("echec", sa.String(length=300), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(convention_id IS NULL) <> (avenant_id IS NULL)", name=op.f("ck_cachet_un_acte")
        ),
        sa.CheckConstraint(
            "fichier_id IS NULL OR (appose_le IS NOT NULL AND echec = '')",
            name=op.f("ck_cachet_appose"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [colonne], [f"{cible}.id"], name=op.f(f"fk_{TABLE}_{colonne}_{cible}")
            )
            for colonne, cible in LIENS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        *(sa.UniqueConstraint(colonne, name=op.f(f"uq_{TABLE}_{colonne}")) for colonne in LIENS),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
