#!/usr/bin/env bash
# The tests against the real SGLang: test.sh ENVIRONMENT PROJECT_PYTHON [PYTEST ARGUMENTS]
# Where there is no room to install it, pytest names each test as skipped and why. An installation that fails is a failure.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
venv=$(realpath -sm "$1")
python=$(realpath -s "$2")
shift 2
needed_mb=6144

mkdir -p "$(dirname "$venv")"
if [ ! -f "$venv/.ready" ]; then
  free_mb=$(df -Pm "$(dirname "$venv")" | awk 'NR == 2 { print $4 }')
  if [ "$free_mb" -lt "$needed_mb" ]; then
    cd "$project"
    export SGLANG_SKIPPED="the real SGLang needs $needed_mb MB of disk at $(dirname "$venv"), and there are $free_mb"
    exec "$python" -m pytest tests/sglang "$@"
  fi
fi
# Several runs may share the environment, but not while one of them makes it.
exec 9>"$venv.lock"
flock 9
"$here/install.sh" "$venv" "$python"
flock -s 9
cd "$project"
# The first start and the first image take minutes on a busy machine.
SGLANG_PYTHON="$venv/bin/python" exec "$python" -m pytest tests/sglang --timeout 900 "$@"
