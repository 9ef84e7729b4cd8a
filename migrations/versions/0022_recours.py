"""Recours gracieux: what was received and what was decided never change.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OBJETS = ("irrecevabilite", "rejet")
CANAUX = ("plateforme", "courrier", "courriel", "remise")
SENS = ("admis", "rejete")
MOTIFS = (
    "decision_fondee",
    "elements_connus",
    "piece_tardive",
    "credits_epuises",
    "hors_delai",
    "autre",
)
RECU = (
    "id, dossier_id, rang, objet, canal, notifiee_le, limite_le, envoye_le, recu_le, silence_le,"
    " texte, enregistre_par_id, fichier_id, cree_le"
)
DECISION = (
    "examinateur_id, confie_le, proposition, rapport, examine_le,"
    " sens, type_motif, motif, decide_le, decide_par_id"
)
SQLITE = {
    "recours_recu_bu": f"BEFORE UPDATE OF {RECU} ON recours",
    "recours_decide_bu": f"BEFORE UPDATE OF {DECISION} ON recours WHEN OLD.decide_le IS NOT NULL",
    "recours_recu_bd": "BEFORE DELETE ON recours",
}
POSTGRESQL = {
    "recours_recu": f"BEFORE DELETE OR UPDATE OF {RECU} ON recours FOR EACH ROW",
    "recours_decide": f"BEFORE UPDATE OF {DECISION} ON recours FOR EACH ROW"
    " WHEN (OLD.decide_le IS NOT NULL)",
}


def _vers(colonne: str, cible: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [colonne], [f"{cible}.id"], name=op.f(f"fk_recours_{colonne}_{cible}")
    )


def _entier(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.Integer(), nullable=vide)


def _jour(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.Date(), nullable=vide)


def _instant(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.DateTime(timezone=True), nullable=vide)


def _choix(nom: str, valeurs: tuple[str, ...], classe: str, *, vide: bool = False) -> sa.Column:
    genre = sa.Enum(
        *valeurs,
        name=op.f(f"ck_recours_{classe}"),
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    return sa.Column(nom, genre, nullable=vide)


def _ck(condition: str, nom: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_recours_{nom}"))


def _table() -> None:
    op.create_table(
        "recours",
        _entier("id"),
        _entier("dossier_id"),
        _entier("rang"),
        _choix("objet", OBJETS, "objetrecours"),
        _choix("canal", CANAUX, "canalrecours"),
        _jour("notifiee_le"),
        _jour("limite_le"),
        _jour("envoye_le", vide=True),
        _jour("recu_le"),
        _jour("silence_le"),
        sa.Column("texte", sa.Text(), nullable=False),
        _entier("enregistre_par_id"),
        _entier("fichier_id", vide=True),
        _entier("examinateur_id", vide=True),
        _instant("confie_le", vide=True),
        _choix("proposition", SENS, "propositionrecours", vide=True),
        sa.Column("rapport", sa.Text(), nullable=False),
        _instant("examine_le", vide=True),
        _choix("sens", SENS, "sensrecours", vide=True),
        _choix("type_motif", MOTIFS, "motifrecours", vide=True),
        sa.Column("motif", sa.Text(), nullable=False),
        _instant("decide_le", vide=True),
        _entier("decide_par_id", vide=True),
        _instant("cree_le"),
        _instant("modifie_le"),
        _entier("version"),
        _ck("rang > 0", "rang_positif"),
        _ck(
            "(decide_le IS NULL) = (sens IS NULL) AND (decide_le IS NULL) = (decide_par_id IS NULL)"
            " AND (decide_le IS NULL) = (motif = '')",
            "decision",
        ),
        _ck("sens IS NULL OR sens <> 'rejete' OR type_motif IS NOT NULL", "motif"),
        _ck("(examine_le IS NULL) = (proposition IS NULL)", "examen"),
        _vers("dossier_id", "dossier"),
        _vers("enregistre_par_id", "utilisateur"),
        _vers("fichier_id", "fichier"),
        _vers("examinateur_id", "utilisateur"),
        _vers("decide_par_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recours")),
        sa.UniqueConstraint("dossier_id", "rang", name=op.f("uq_recours_dossier_id_rang")),
    )


def _index() -> None:
    op.create_index(op.f("ix_recours_examinateur_id"), "recours", ["examinateur_id"])
    op.create_index(
        "ix_recours_ouvert",
        "recours",
        ["dossier_id"],
        unique=True,
        sqlite_where=sa.text("decide_le IS NULL"),
        postgresql_where=sa.text("decide_le IS NULL"),
    )


def _declencheurs() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for nom, quand in POSTGRESQL.items():
            op.execute(
                f"CREATE TRIGGER {nom} {quand} EXECUTE FUNCTION aap_intouchable('recours_fige')"
            )
        return
    for nom, quand in SQLITE.items():
        op.execute(f"CREATE TRIGGER {nom} {quand} BEGIN SELECT RAISE(ABORT, 'recours_fige'); END")


def upgrade() -> None:
    _table()
    _index()
    _declencheurs()


def downgrade() -> None:
    """Dropping a table drops its triggers."""
    op.drop_table("recours")
