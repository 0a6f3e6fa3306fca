#!/usr/bin/env bash
# Clients of other tools against a running service: test.sh VENV PYTHON [ARGUMENTS OF PYTEST].
# VENV is made where it is missing or its list has changed (1.2 GB, a minute or two).
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=$1 python=$2
shift 2
list=scripts/clients/requirements.txt
if ! cmp -s "$list" "$venv/.installed"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q -r "$list"
  "$venv/bin/pip" install -q --no-deps open-webui==0.12.4
  cp "$list" "$venv/.installed"
fi
CLIENTS_PYTHON="$(cd "$venv" && pwd)/bin/python" exec "$python" -m pytest tests/clients -n 0 "$@"
