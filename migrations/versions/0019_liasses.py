"""Liasses de mandatement: frozen lists of payments, one live line per payment.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LIASSE = "id, financeur_id, annee, rang, etablie_par_id, octets, sha256, cree_le"
LIGNE = (
    "id, liasse_id, rang, versement_id, montant, exercice, siret, beneficiaire, compte,"
    " acte_numero, numero_ej, objet, rib_verifie, cree_le"
)
ANNULATION = "annulee_le, annulee_par_id, motif_annulation"
SORTIE = "sortie_le, sortie_motif"
SQLITE = {
    "liasse_figee_bu": f"BEFORE UPDATE OF {LIASSE} ON liasse",
    "liasse_annulee_bu": f"BEFORE UPDATE OF {ANNULATION} ON liasse WHEN OLD.annulee_le IS NOT NULL",
    "liasse_figee_bd": "BEFORE DELETE ON liasse",
    "ligne_liasse_figee_bu": f"BEFORE UPDATE OF {LIGNE} ON ligne_liasse",
    "ligne_liasse_sortie_bu": f"BEFORE UPDATE OF {SORTIE} ON ligne_liasse"
    " WHEN OLD.sortie_le IS NOT NULL",
    "ligne_liasse_figee_bd": "BEFORE DELETE ON ligne_liasse",
}
POSTGRESQL = {
    "liasse_figee": f"BEFORE DELETE OR UPDATE OF {LIASSE} ON liasse FOR EACH ROW",
    "liasse_annulee": f"BEFORE UPDATE OF {ANNULATION} ON liasse FOR EACH ROW"
    " WHEN (OLD.annulee_le IS NOT NULL)",
    "ligne_liasse_figee": f"BEFORE DELETE OR UPDATE OF {LIGNE} ON ligne_liasse FOR EACH ROW",
    "ligne_liasse_sortie": f"BEFORE UPDATE OF {SORTIE} ON ligne_liasse FOR EACH ROW"
    " WHEN (OLD.sortie_le IS NOT NULL)",
}


def _vers(table: str, colonne: str, cible: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [colonne], [f"{cible}.id"], name=op.f(f"fk_{table}_{colonne}_{cible}")
    )


def _entier(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.Integer(), nullable=vide)


def _texte(nom: str, longueur: int) -> sa.Column:
    return sa.Column(nom, sa.String(length=longueur), nullable=False)


def _date(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.DateTime(timezone=True), nullable=vide)


def _liasse() -> None:
    op.create_table(
        "liasse",
        _entier("id"),
        _entier("financeur_id"),
        _entier("annee"),
        _entier("rang"),
        _entier("etablie_par_id"),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        _texte("sha256", 64),
        _date("annulee_le", vide=True),
        _entier("annulee_par_id", vide=True),
        _texte("motif_annulation", 500),
        _date("cree_le"),
        _date("modifie_le"),
        _entier("version"),
        sa.CheckConstraint("rang > 0", name=op.f("ck_liasse_rang_positif")),
        sa.CheckConstraint(
            "(annulee_le IS NULL) = (annulee_par_id IS NULL)"
            " AND (annulee_le IS NULL) = (motif_annulation = '')",
            name=op.f("ck_liasse_annulation"),
        ),
        _vers("liasse", "financeur_id", "financeur"),
        _vers("liasse", "etablie_par_id", "utilisateur"),
        _vers("liasse", "annulee_par_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_liasse")),
        sa.UniqueConstraint(
            "financeur_id", "annee", "rang", name=op.f("uq_liasse_financeur_id_annee_rang")
        ),
    )


def _lignes() -> None:
    op.create_table(
        "ligne_liasse",
        _entier("id"),
        _entier("liasse_id"),
        _entier("rang"),
        _entier("versement_id"),
        sa.Column("montant", sa.BigInteger(), nullable=False),
        _entier("exercice"),
        _texte("siret", 14),
        _texte("beneficiaire", 200),
        _texte("compte", 260),
        _texte("acte_numero", 20),
        _texte("numero_ej", 20),
        _texte("objet", 300),
        sa.Column("rib_verifie", sa.Boolean(), nullable=False),
        _date("sortie_le", vide=True),
        _texte("sortie_motif", 500),
        _texte("message", 500),
        _date("cree_le"),
        _date("modifie_le"),
        sa.CheckConstraint("montant > 0", name=op.f("ck_ligne_liasse_montant_positif")),
        sa.CheckConstraint(
            "(sortie_le IS NULL) = (sortie_motif = '')", name=op.f("ck_ligne_liasse_sortie")
        ),
        _vers("ligne_liasse", "liasse_id", "liasse"),
        _vers("ligne_liasse", "versement_id", "versement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ligne_liasse")),
        sa.UniqueConstraint("liasse_id", "rang", name=op.f("uq_ligne_liasse_liasse_id_rang")),
    )
    op.create_index(
        "ix_ligne_liasse_vivante",
        "ligne_liasse",
        ["versement_id"],
        unique=True,
        sqlite_where=sa.text("sortie_le IS NULL"),
        postgresql_where=sa.text("sortie_le IS NULL"),
    )


def _declencheurs() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for nom, quand in POSTGRESQL.items():
            op.execute(
                f"CREATE TRIGGER {nom} {quand} EXECUTE FUNCTION aap_intouchable('liasse_figee')"
            )
        return
    for nom, quand in SQLITE.items():
        op.execute(f"CREATE TRIGGER {nom} {quand} BEGIN SELECT RAISE(ABORT, 'liasse_figee'); END")


def upgrade() -> None:
    _liasse()
    _lignes()
    _declencheurs()


def downgrade() -> None:
    """Dropping a table drops its triggers."""
    op.drop_table("ligne_liasse")
    op.drop_table("liasse")
