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
  # pip takes two minutes for what uv installs in some ten seconds, from the same index.
  "$venv/bin/pip" install -q uv
  index=$("$venv/bin/pip" config get global.index-url 2>/dev/null || true)
  [ -z "$index" ] || export UV_INDEX_URL="$index"
  "$venv/bin/uv" pip install -q --python "$venv/bin/python" -r "$list"
  "$venv/bin/uv" pip install -q --python "$venv/bin/python" --no-deps open-webui==0.12.4
  cp "$list" "$venv/.installed"
fi
CLIENTS_PYTHON="$(cd "$venv" && pwd)/bin/python" exec "$python" -m pytest tests/clients -n 0 "$@"
