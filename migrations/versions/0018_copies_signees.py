"""Signed copies of acts, and the scans in which they arrive several at once.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PARTIES = ("porteur", "financeur", "deux")
ETATS = ("a_lire", "lu", "illisible")


def _dates() -> list[sa.Column]:
    return [
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
    ]


def _vers(table: str, colonne: str, cible: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [colonne], [f"{cible}.id"], name=op.f(f"fk_{table}_{colonne}_{cible}")
    )


def _choix(valeurs: tuple[str, ...], nom: str) -> sa.Enum:
    return sa.Enum(*valeurs, name=op.f(nom), native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "copie_signee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("convention_id", sa.Integer(), nullable=False),
        sa.Column("fichier_id", sa.Integer(), nullable=False),
        sa.Column("partie", _choix(PARTIES, "ck_copie_signee_partiesignataire"), nullable=False),
        sa.Column("signee_le", sa.Date(), nullable=False),
        sa.Column("porteur_nom", sa.String(length=150), nullable=False),
        sa.Column("financeur_nom", sa.String(length=150), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("code_lu", sa.Boolean(), nullable=False),
        sa.Column("signature", sa.Boolean(), nullable=False),
        sa.Column("deposee_par_id", sa.Integer(), nullable=False),
        sa.Column("retiree_le", sa.DateTime(timezone=True), nullable=True),
        *_dates(),
        sa.CheckConstraint(
            "partie = 'financeur' OR porteur_nom <> ''",
            name=op.f("ck_copie_signee_porteur_nomme"),
        ),
        sa.CheckConstraint(
            "partie = 'porteur' OR financeur_nom <> ''",
            name=op.f("ck_copie_signee_financeur_nomme"),
        ),
        _vers("copie_signee", "convention_id", "convention"),
        _vers("copie_signee", "fichier_id", "fichier"),
        _vers("copie_signee", "deposee_par_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copie_signee")),
        sa.UniqueConstraint("fichier_id", name=op.f("uq_copie_signee_fichier_id")),
    )
    op.create_index(op.f("ix_copie_signee_convention_id"), "copie_signee", ["convention_id"])
    op.create_table(
        "scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("financeur_id", sa.Integer(), nullable=False),
        sa.Column("fichier_id", sa.Integer(), nullable=False),
        sa.Column("auteur_id", sa.Integer(), nullable=False),
        sa.Column("etat", _choix(ETATS, "ck_scan_etatscan"), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        *_dates(),
        _vers("scan", "financeur_id", "financeur"),
        _vers("scan", "fichier_id", "fichier"),
        _vers("scan", "auteur_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
        sa.UniqueConstraint("fichier_id", name=op.f("uq_scan_fichier_id")),
    )
    op.create_index(op.f("ix_scan_financeur_id"), "scan", ["financeur_id"])
    op.create_table(
        "lot_pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("absentes", sa.JSON(), nullable=False),
        sa.Column("empreinte", sa.String(length=16), nullable=False),
        sa.Column("convention_id", sa.Integer(), nullable=True),
        sa.Column("copie_id", sa.Integer(), nullable=True),
        sa.Column("message", sa.String(length=500), nullable=False),
        *_dates(),
        sa.Column("version", sa.Integer(), nullable=False),
        _vers("lot_pages", "scan_id", "scan"),
        _vers("lot_pages", "convention_id", "convention"),
        _vers("lot_pages", "copie_id", "copie_signee"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_pages")),
        sa.UniqueConstraint("scan_id", "rang", name=op.f("uq_lot_pages_scan_id_rang")),
        sa.UniqueConstraint("copie_id", name=op.f("uq_lot_pages_copie_id")),
    )
    op.create_index(op.f("ix_lot_pages_convention_id"), "lot_pages", ["convention_id"])


def downgrade() -> None:
    for table in ("lot_pages", "scan", "copie_signee"):
        op.drop_table(table)
