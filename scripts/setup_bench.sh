#!/usr/bin/env bash
# Gets what equations are drawn with: Chromium (Debian's, where it may install packages) and KaTeX (from npm, one exact
# release, checked by its hash). Files go to the user's cache. Safe to run again.
set -euo pipefail
version=0.16.21
sha512=5efa91ec580e1ed5aea5f3228a03739a1f8c8145660c6536917666f3df5990f7dcba83ee171c87997b200130e91590c05c223cb6f8a7695703a3c3c82094a8e0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/olmocr-flows
target=$cache/katex-$version

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

if [ -f "$target/katex.min.js" ] && [ -f "$target/fonts/KaTeX_Main-Regular.woff2" ]; then
  say "KaTeX $version: $target"
  exit 0
fi
if ! command -v npm >/dev/null && ! { may_install && get_package npm; }; then
  say "KaTeX comes by npm, which is not installed (apt-get install npm); then run this again" >&2
  exit 1
fi
mkdir -p "$cache"
work=$(mktemp -d "$cache/.katex.XXXXXX")
trap 'rm -rf "$work"' EXIT
if ! (cd "$work" && npm pack --loglevel=error "katex@$version" >/dev/null 2>npm.log); then
  say "npm cannot fetch katex@$version:" >&2
  head -n 3 "$work/npm.log" >&2
  exit 1
fi
archive=$work/katex-$version.tgz
if ! echo "$sha512  $archive" | sha512sum --check --status; then
  say "what npm fetched as katex@$version is not that release: its hash is another one" >&2
  exit 1
fi
tar -xzf "$archive" -C "$work"
mkdir -p "$work/ready/fonts"
cp "$work"/package/dist/katex.min.{js,css} "$work/package/LICENSE" "$work/ready/"
cp "$work"/package/dist/fonts/*.woff2 "$work/ready/fonts/"
rm -rf "$target"
mv "$work/ready" "$target"
say "KaTeX $version: $target"
