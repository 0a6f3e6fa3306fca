#!/usr/bin/env bash
# Puts the real SGLang, for a machine without a GPU, into an environment of its own: install.sh ENVIRONMENT [PYTHON]
# Takes 3 minutes and 2.4 GB the first time; does nothing when the environment is already what this folder describes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$1
python=${2:-python3}

say() { printf 'sglang: %s\n' "$*"; }
install() {
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >"$venv/install.log" 2>&1 ||
    { say "the installation failed:"; tail -n 20 "$venv/install.log"; return 1; }
}

wanted=$(cd "$here" && find . -type f -not -name '*.md' -not -name test.sh -not -path '*/__pycache__/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/.ready" 2>/dev/null)" = "$wanted" ]; then
  say "$venv is ready"
  exit 0
fi

say "installing into $venv (3 minutes the first time)"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
rm -f "$venv/.ready"
install --no-deps --only-binary :all: -r "$here/requirements.txt"
# Builds of torch for CUDA load libraries that come as packages of their own. pip's own settings decide which build
# it finds (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL: torch's installation page names the place of the CPU builds).
if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
  say "pip found a torch for CUDA: installing its libraries too (about 5 GB more; point pip at CPU builds to avoid that)"
  install "$(grep '^torch==' "$here/requirements.txt")"
fi

site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp "$here/standin/sglang_cpu_standin.py" "$site/"
cp "$here/standin/sgl_kernel.py" "$site/"
echo 'import sglang_cpu_standin' > "$site/sglang_cpu_standin.pth"
rm -rf "$venv/tiny-model"
"$venv/bin/python" "$here/make_tiny_model.py" "$venv/tiny-model"
printf '%s\n' "$wanted" > "$venv/.ready"
say "$venv is ready"
