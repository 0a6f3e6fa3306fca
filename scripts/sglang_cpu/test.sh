#!/usr/bin/env bash
# The tests against the real SGLang: test.sh ENVIRONMENT PROJECT_PYTHON [PYTEST ARGUMENTS]
# Without room for the environment it says so and is no failure.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$1
python=$2
shift 2
needed_mb=6144

if [ ! -f "$venv/.ready" ]; then
  mkdir -p "$(dirname "$venv")"
  free_mb=$(df -Pm "$(dirname "$venv")" | awk 'NR == 2 { print $4 }')
  if [ "$free_mb" -lt "$needed_mb" ]; then
    printf 'sglang: skipped, the real SGLang needs %s MB of disk and there are %s\n' "$needed_mb" "$free_mb"
    exit 0
  fi
fi
"$here/install.sh" "$venv" "$python"
cd "$here/../.."
# The first start and the first image take minutes on a busy machine.
SGLANG_PYTHON=$(realpath -s "$venv/bin/python") exec "$python" -m pytest tests/sglang --timeout 900 "$@"
