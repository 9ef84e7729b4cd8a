"""Revised budgets after the decisions, one live per dossier.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLE = "revision_budget"
ISSUES = ("acceptee", "renvoyee", "annulee")


def _vers(colonne: str, cible: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [colonne], [f"{cible}.id"], name=op.f(f"fk_{TABLE}_{colonne}_{cible}")
    )


def _instant(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.DateTime(timezone=True), nullable=vide)


def _entier(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.Integer(), nullable=vide)


def _colonnes() -> list[sa.Column]:
    issue = sa.Enum(
        *ISSUES,
        name=op.f("ck_revision_budget_issuerevision"),
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    return [
        _entier("id"),
        _entier("dossier_id"),
        _entier("rang"),
        _instant("demandee_le"),
        _entier("demandee_par_id"),
        sa.Column("echeance", sa.Date(), nullable=False),
        sa.Column("texte", sa.Text(), nullable=False),
        sa.Column("lignes", sa.JSON(), nullable=False),
        sa.Column("aides", sa.JSON(), nullable=False),
        sa.Column("explication", sa.Text(), nullable=False),
        _instant("rappelee_le", vide=True),
        _instant("rendue_le", vide=True),
        _entier("rendue_par_id", vide=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("issue", issue, nullable=True),
        _instant("close_le", vide=True),
        _entier("close_par_id", vide=True),
        sa.Column("motif", sa.Text(), nullable=False),
        _instant("cree_le"),
        _instant("modifie_le"),
        _entier("version"),
    ]


def upgrade() -> None:
    op.create_table(
        TABLE,
        *_colonnes(),
        sa.CheckConstraint("rang > 0", name=op.f("ck_revision_budget_rang_positif")),
        sa.CheckConstraint(
            "(rendue_le IS NULL) = (sha256 = '')", name=op.f("ck_revision_budget_rendue")
        ),
        sa.CheckConstraint(
            "(close_le IS NULL) = (issue IS NULL)", name=op.f("ck_revision_budget_close")
        ),
        sa.CheckConstraint(
            "issue IS NULL OR issue = 'annulee' OR rendue_le IS NOT NULL",
            name=op.f("ck_revision_budget_issue"),
        ),
        _vers("dossier_id", "dossier"),
        _vers("demandee_par_id", "utilisateur"),
        _vers("rendue_par_id", "utilisateur"),
        _vers("close_par_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision_budget")),
        sa.UniqueConstraint("dossier_id", "rang", name=op.f("uq_revision_budget_dossier_id_rang")),
    )
    op.create_index(
        "ix_revision_budget_vivante",
        TABLE,
        ["dossier_id"],
        unique=True,
        sqlite_where=sa.text("close_le IS NULL"),
        postgresql_where=sa.text("close_le IS NULL"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
