"""Acts prepared, sent and printed together.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ETATS = ("attente", "faite", "refusee", "annulee")


def _vers(table: str, colonne: str, cible: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [colonne], [f"{cible}.id"], name=op.f(f"fk_{table}_{colonne}_{cible}")
    )


def _etat(nom: str, contrainte: str, *, vide: bool) -> sa.Column:
    return sa.Column(
        nom,
        sa.Enum(*ETATS, name=contrainte, native_enum=False, create_constraint=True, length=40),
        nullable=vide,
    )


def _date(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.DateTime(timezone=True), nullable=vide)


def upgrade() -> None:
    op.create_table(
        "lot_actes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("jeton", sa.String(length=40), nullable=False),
        sa.Column("financeur_id", sa.Integer(), nullable=False),
        sa.Column("auteur_id", sa.Integer(), nullable=False),
        _date("envoi_le", vide=True),
        _date("impression_le", vide=True),
        _date("cree_le"),
        _date("modifie_le"),
        _vers("lot_actes", "financeur_id", "financeur"),
        _vers("lot_actes", "auteur_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_actes")),
        sa.UniqueConstraint("jeton", name=op.f("uq_lot_actes_jeton")),
    )
    op.create_index("ix_lot_actes_financeur_id", "lot_actes", ["financeur_id"])
    op.create_table(
        "ligne_lot_actes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("financement_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("suites", sa.JSON(), nullable=False),
        sa.Column("convention_id", sa.Integer(), nullable=True),
        _etat("etat", "etat_acte", vide=False),
        _etat("envoi", "envoi_acte", vide=True),
        sa.Column("message", sa.String(length=500), nullable=False),
        _vers("ligne_lot_actes", "lot_id", "lot_actes"),
        _vers("ligne_lot_actes", "financement_id", "financement"),
        _vers("ligne_lot_actes", "convention_id", "convention"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ligne_lot_actes")),
        sa.UniqueConstraint(
            "lot_id", "financement_id", name=op.f("uq_ligne_lot_actes_lot_id_financement_id")
        ),
    )
    op.create_index("ix_ligne_lot_actes_etat", "ligne_lot_actes", ["lot_id", "etat"])
    op.create_table(
        "cahier_actes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("cle", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("actes", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("premier", sa.String(length=20), nullable=False),
        sa.Column("dernier", sa.String(length=20), nullable=False),
        sa.CheckConstraint("pages > 0 AND actes > 0", name=op.f("ck_cahier_actes_plein")),
        _vers("cahier_actes", "lot_id", "lot_actes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cahier_actes")),
        sa.UniqueConstraint("cle", name=op.f("uq_cahier_actes_cle")),
        sa.UniqueConstraint("lot_id", "rang", name=op.f("uq_cahier_actes_lot_id_rang")),
    )


def downgrade() -> None:
    for table in ("cahier_actes", "ligne_lot_actes", "lot_actes"):
        op.drop_table(table)
