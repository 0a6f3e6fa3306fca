#!/usr/bin/env bash
# Nights with a real Prefect server, workers, an S3 API and a simulated model server, some of them killed meanwhile:
# run_integration_test.sh [PYTEST ARGUMENTS]. Postgres and Redis, which the team's server needs, are installed where that
# may be done (as root or with password-less sudo, and unless NO_SYSTEM_PACKAGES is set); else its tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
make -s --no-print-directory setup

say() { printf 'integration: %s\n' "$*" >&2; }

has_team() {
  command -v redis-server >/dev/null && { command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
}

install_team() {
  [ -z "${NO_SYSTEM_PACKAGES:-}" ] && command -v apt-get >/dev/null || return 1
  local sudo=""
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 1
    sudo="sudo -n"
  fi
  # RUNLEVEL=1: only the programs are wanted, not servers of the system's own that start at once.
  local install=(env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql redis-server)
  $sudo "${install[@]}" >/dev/null 2>&1 && return
  $sudo apt-get update -qq >/dev/null 2>&1 || true
  $sudo "${install[@]}" >/dev/null 2>&1
}

if ! has_team; then
  say "installing postgresql and redis-server"
  install_team && has_team || say "no Postgres and Redis (apt-get install postgresql redis-server): the team's server is skipped"
fi
INTEGRATION=1 exec "${VENV:-.venv}/bin/python" -m pytest tests/integration "$@"
