#!/bin/sh
# Create the virtual environment $1 with the first suitable Python; says what to do if none.
set -eu
dossier=$1
souhait=${PYTHON:-}

convient() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; raise SystemExit(not sys.version_info >= (3, 11))' >/dev/null 2>&1
}

if [ -x "$dossier/bin/python" ] && convient "$dossier/bin/python" &&
    "$dossier/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

python=
for candidat in $souhait python3 python3.13 python3.12 python3.11; do
    if convient "$candidat"; then
        python=$candidat
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 ou plus récent est nécessaire et n’a pas été trouvé." >&2
    echo "Sous Debian ou Ubuntu : sudo apt install python3 python3-venv" >&2
    echo "Autre emplacement : make PYTHON=/chemin/vers/python3 …" >&2
    exit 1
fi

echo "Création de l’environnement Python dans $dossier ($("$python" --version))…"
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    echo "Le module venv de Python est absent ou incomplet (ensurepip manque)." >&2
    echo "Sous Debian ou Ubuntu : sudo apt install python3-venv, puis relancez." >&2
    exit 1
fi
if ! "$python" -m venv --clear "$dossier"; then
    rm -rf "$dossier"
    echo "La création de l’environnement Python a échoué." >&2
    echo "Sous Debian ou Ubuntu : sudo apt install python3-venv, puis relancez." >&2
    exit 1
fi
