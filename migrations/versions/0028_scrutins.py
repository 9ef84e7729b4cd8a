"""Votes of the committee in session.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

OUVERT = "clos_le IS NULL AND annule_le IS NULL"


def _choix(nom: str, valeurs: tuple[str, ...], contrainte: str, *, vide: bool) -> sa.Column:
    genre = sa.Enum(*valeurs, name=contrainte, native_enum=False, create_constraint=True, length=40)
    return sa.Column(nom, genre, nullable=vide)


def _entier(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.Integer(), nullable=vide)


def _date(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.DateTime(timezone=True), nullable=vide)


def _vers(table: str, colonne: str, cible: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [colonne], [f"{cible}.id"], name=op.f(f"fk_{table}_{colonne}_{cible}")
    )


def upgrade() -> None:
    op.create_table(
        "scrutin",
        _entier("id"),
        _entier("seance_id"),
        _entier("dossier_id"),
        sa.Column("question", sa.String(length=300), nullable=False),
        _choix("mode", ("main_levee", "nominatif", "secret"), "modescrutin", vide=False),
        sa.Column("electeurs", sa.JSON(), nullable=False),
        _entier("president_id", vide=True),
        _entier("pour"),
        _entier("contre"),
        _entier("abstention"),
        _choix("issue", ("adopte", "rejete", "partage", "sans_voix"), "issue", vide=True),
        _date("clos_le", vide=True),
        _date("annule_le", vide=True),
        sa.Column("motif_annulation", sa.String(length=500), nullable=False),
        _date("cree_le"),
        _date("modifie_le"),
        sa.CheckConstraint(
            "pour >= 0 AND contre >= 0 AND abstention >= 0", name=op.f("ck_scrutin_voix")
        ),
        sa.CheckConstraint(
            "(clos_le IS NULL) = (issue IS NULL)", name=op.f("ck_scrutin_close_issue")
        ),
        sa.CheckConstraint(
            "(annule_le IS NULL) = (motif_annulation = '')", name=op.f("ck_scrutin_annulation")
        ),
        sa.CheckConstraint("clos_le IS NULL OR annule_le IS NULL", name=op.f("ck_scrutin_une_fin")),
        _vers("scrutin", "seance_id", "seance"),
        _vers("scrutin", "dossier_id", "dossier"),
        _vers("scrutin", "president_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scrutin")),
    )
    op.create_index(
        "ix_scrutin_ouvert",
        "scrutin",
        ["seance_id"],
        unique=True,
        sqlite_where=sa.text(OUVERT),
        postgresql_where=sa.text(OUVERT),
    )
    op.create_index("ix_scrutin_seance_dossier", "scrutin", ["seance_id", "dossier_id"])
    op.create_table(
        "bulletin",
        _entier("id"),
        _entier("scrutin_id"),
        _entier("utilisateur_id"),
        _choix("voix", ("pour", "contre", "abstention"), "voix", vide=True),
        _vers("bulletin", "scrutin_id", "scrutin"),
        _vers("bulletin", "utilisateur_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
        sa.UniqueConstraint(
            "scrutin_id", "utilisateur_id", name=op.f("uq_bulletin_scrutin_id_utilisateur_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("bulletin")
    op.drop_table("scrutin")
