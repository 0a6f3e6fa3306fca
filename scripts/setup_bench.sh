#!/usr/bin/env bash
# Gets what tests use beside Python: Chromium (Debian's, where it may install packages), KaTeX, with which a benchmark's equations
# are drawn, and axe-core (MPL-2.0, for tests alone), which judges the service's page. Both are exact releases from npm, checked by
# their hashes. Files go to the user's cache. Safe to run again.
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/olmocr-flows
katex=katex-0.16.21
katex_sha512=5efa91ec580e1ed5aea5f3228a03739a1f8c8145660c6536917666f3df5990f7dcba83ee171c87997b200130e91590c05c223cb6f8a7695703a3c3c82094a8e0
axe=axe-core-4.14.1
axe_sha512=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5

say() { printf 'setup-bench: %s\n' "$*"; }

may_install() {
  [ -z "${NO_SYSTEM_PACKAGES:-}" ] && command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

get_package() {
  local sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  say "installing Debian's package $1 (a minute or two)"
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1 && return
  $sudo apt-get update -qq >/dev/null 2>&1 || true
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1
}

find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome-stable google-chrome chrome; do
    command -v "$name" && return
  done
  return 1
}

if ! find_chromium >/dev/null && ! { may_install && get_package chromium; }; then
  say "there is no Chromium, and no right to install one: ask for the package chromium (apt-get install chromium)" >&2
  exit 1
fi
say "Chromium: $(find_chromium)"

# Unpacks a release from npm below $work/NAME-VERSION.
get_release() {
  local release=$1 sha512=$2 package=${1%-*} version=${1##*-} folder=$work/$1
  if ! command -v npm >/dev/null && ! { may_install && get_package npm; }; then
    say "$package comes by npm, which is not installed (apt-get install npm); then run this again" >&2
    exit 1
  fi
  mkdir -p "$folder"
  if ! (cd "$folder" && npm pack --loglevel=error "$package@$version" >/dev/null 2>npm.log); then
    say "npm cannot fetch $package@$version:" >&2
    head -n 3 "$folder/npm.log" >&2
    exit 1
  fi
  if ! echo "$sha512  $folder/$release.tgz" | sha512sum --check --status; then
    say "what npm fetched as $package@$version is not that release: its hash is another one" >&2
    exit 1
  fi
  tar -xzf "$folder/$release.tgz" -C "$folder"
}

mkdir -p "$cache"
work=$(mktemp -d "$cache/.setup.XXXXXX")
trap 'rm -rf "$work"' EXIT

if ! [ -f "$cache/$katex/katex.min.js" ] || ! [ -f "$cache/$katex/fonts/KaTeX_Main-Regular.woff2" ]; then
  get_release "$katex" "$katex_sha512"
  mkdir -p "$work/ready/fonts"
  cp "$work/$katex"/package/dist/katex.min.{js,css} "$work/$katex/package/LICENSE" "$work/ready/"
  cp "$work/$katex"/package/dist/fonts/*.woff2 "$work/ready/fonts/"
  rm -rf "${cache:?}/$katex"
  mv "$work/ready" "$cache/$katex"
fi
say "KaTeX: $cache/$katex"

if ! [ -f "$cache/$axe/axe.min.js" ]; then
  get_release "$axe" "$axe_sha512"
  mkdir "$work/ready"
  cp "$work/$axe"/package/{axe.min.js,LICENSE} "$work/ready/"
  rm -rf "${cache:?}/$axe"
  mv "$work/ready" "$cache/$axe"
fi
say "axe-core: $cache/$axe"
