#!/usr/bin/env bash
# Makes the virtual environment from the lock. Safe to run again. Installs Debian packages only where it may
# (as root or with password-less sudo, and unless NO_SYSTEM_PACKAGES is set); without them it says what is missing.
set -euo pipefail
venv=${VENV:-.venv}

say() { printf 'setup: %s\n' "$*"; }

may_install() {
  [ -z "${NO_SYSTEM_PACKAGES:-}" ] && command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

system_packages() {
  local sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return
  $sudo apt-get update -qq >/dev/null 2>&1 || true
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

find_python() {
  for name in python3 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
}

python=$(find_python)
if [ -z "$python" ]; then
  say "Python 3.11 or newer is needed; on Debian 12 or Ubuntu 24.04: apt-get install python3 python3-venv" >&2
  exit 1
fi

if [ ! -x "$venv/bin/python" ]; then
  say "making $venv with $("$python" --version)"
  if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
    rm -rf "$venv"
    if ! may_install || ! system_packages python3-venv || ! "$python" -m venv "$venv"; then
      say "this Python cannot make virtual environments; install it first: apt-get install python3-venv" >&2
      exit 1
    fi
  fi
fi

say "installing the locked packages (some minutes the first time)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -e .

if ! command -v pdftoppm >/dev/null; then
  if may_install && system_packages poppler-utils; then
    say "installed poppler-utils"
  else
    say "poppler-utils is not installed: pages that pdfium cannot draw have no second renderer (apt-get install poppler-utils)"
  fi
fi
