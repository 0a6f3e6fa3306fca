#!/usr/bin/env bash
# Puts the real SGLang, for a machine without a GPU, into an environment of its own: install.sh ENVIRONMENT [PYTHON]
# Takes 3 minutes and 2.5 GB the first time; does nothing when the environment is already what this folder describes.
# What is pinned, or the Python, has changed: made anew. Only the stand-ins or the tiny model have: those alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$1
python=${2:-python3}

say() { printf 'sglang: %s\n' "$*"; }
install() {
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >"$venv/install.log" 2>&1 && return
  say "the installation failed; pip's last words (all of them: $venv/install.log):"
  tail -n 20 "$venv/install.log"
  if grep -qiE 'Failed to establish|NewConnectionError|Temporary failure in name|NameResolution|ConnectTimeout|ProxyError|from versions: none' "$venv/install.log"; then
    say "there seems to be no way to a package index from here; an environment that is installed already needs none:"
    say "  name it with SGLANG_VENV, or run 'make test-sglang' once where pip can install"
  fi
  return 1
}
# Of files in this folder, and of the Python that they are for.
digest() { { "$python" -c 'import sys; print(sys.version_info[:2])'; cd "$here" && cat "$@"; } | sha256sum | cut -d' ' -f1; }

packages=$(digest requirements.txt)
whole=$(digest requirements.txt install.sh make_tiny_model.py standin/sglang_cpu_standin.py standin/sgl_kernel.py)
if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/.ready" 2>/dev/null)" = "$whole" ]; then
  say "$venv is ready"
  exit 0
fi

if [ ! -x "$venv/bin/python" ] || [ "$(cat "$venv/.packages" 2>/dev/null)" != "$packages" ]; then
  if [ -e "$venv" ]; then
    [ -f "$venv/pyvenv.cfg" ] || { say "$venv is there but no environment of Python: left alone"; exit 1; }
    say "$venv holds other versions: making it anew"
    rm -rf "$venv"
  fi
  say "installing into $venv (3 minutes)"
  "$python" -m venv "$venv"
  install --no-deps --only-binary :all: -r "$here/requirements.txt"
  # Builds of torch for CUDA load libraries that come as packages of their own. pip's own settings decide which build
  # it finds (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL: torch's installation page names the place of the CPU builds).
  if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
    say "pip found a torch for CUDA: installing its libraries too (about 5 GB more; point pip at CPU builds to avoid that)"
    install "$(grep '^torch==' "$here/requirements.txt")"
  fi
  printf '%s\n' "$packages" > "$venv/.packages"
fi

rm -f "$venv/.ready"
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp "$here"/standin/*.py "$site/"
echo 'import sglang_cpu_standin' > "$site/sglang_cpu_standin.pth"
rm -rf "$venv/tiny-model"
"$venv/bin/python" "$here/make_tiny_model.py" "$venv/tiny-model"
printf '%s\n' "$whole" > "$venv/.ready"
say "$venv is ready"
