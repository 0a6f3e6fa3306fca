#!/usr/bin/env bash
# schemathesis asks a running service what its description promises: test_openapi.sh VENV [ARGUMENTS OF SCHEMATHESIS].
# VENV is made where it is missing (80 MB).
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$(realpath -m "$1")
shift
[ -x "$venv/bin/schemathesis" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install -q 'schemathesis>=4.32,<5'; }
scratch=$(mktemp -d)
port=$(.venv/bin/python -c 'from tests.ports import free_port; print(free_port())')
# Quick answers: what is tried here is the API.
OLMOCR_ENGINE=instant .venv/bin/olmocr-serve --port "$port" --data "$scratch/data" --access-log false 2>"$scratch/log" &
service=$!
finish() { kill "$service" 2>/dev/null || true; wait "$service" 2>/dev/null || true; rm -rf "$scratch"; }
trap finish EXIT
for _ in $(seq 100); do
  curl -fs "http://127.0.0.1:$port/ready" >/dev/null && break
  sleep 0.2
done
curl -fs -F file=@tests/data/samples/code_and_formula.pdf "http://127.0.0.1:$port/v1/documents?wait=60" >/dev/null
# A description cannot say which bytes are a PDF: well-formed uploads are refused, as they should be.
(cd "$scratch" && "$venv/bin/schemathesis" run "http://127.0.0.1:$port/openapi.json" --exclude-checks positive_data_acceptance \
  --request-timeout 60 --max-examples "${EXAMPLES:-50}" "$@")
if grep -q Traceback "$scratch/log"; then
  cat "$scratch/log"
  exit 1
fi
