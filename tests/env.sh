#!/usr/bin/env bash
# Prepares what the end-to-end tests need beside Go: a C compiler for -race, a Python environment in .venv with
# requirements.txt, and a Chromium or Chrome. Does nothing where everything is there, so that each `make` may call it.
# On Debian and Ubuntu missing packages are installed with apt-get (as root, or with sudo where it asks for nothing);
# elsewhere the script says what is missing and fails.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'env: %s\n' "$*"; }
die() { printf 'env: %s\n' "$*" >&2; exit 1; }

# quiet COMMAND...: shows the command's output only where it fails.
quiet() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

root=
apt() {
  command -v apt-get >/dev/null || die "missing: $*; install it and run make env again"
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || die "missing: $*; run: sudo apt-get install $*"
    root="sudo -n"
  fi
  say "installing $*"
  quiet $root apt-get update || die "apt-get update failed"
  quiet $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ||
    die "apt-get could not install $*"
}

# The Python environment. The stamp carries the checksum of the requirements: a changed pin makes a new environment.
sum=$(cksum <tests/requirements.txt | tr -d ' ')
stamp=.venv/goherd-$sum
if [ ! -e "$stamp" ]; then
  python=
  for p in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v $p >/dev/null && $p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      python=$p
      break
    fi
  done
  if [ -z "$python" ]; then
    apt python3 python3-venv
    python=python3
    $python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Python 3.11 or newer is needed"
  fi
  $python -c 'import ensurepip, venv' 2>/dev/null || apt python3-venv
  say "installing tests/requirements.txt into .venv"
  $python -m venv .venv
  quiet .venv/bin/python -m pip install --disable-pip-version-check -r tests/requirements.txt ||
    die "pip could not install tests/requirements.txt"
  rm -f .venv/goherd-*
  touch "$stamp"
fi

# The race detector is linked with the system's C compiler.
if [ "$(go env GOOS)" = linux ] && ! command -v "$(go env CC)" >/dev/null; then
  apt gcc libc6-dev
fi

# The browser, in the order in which the tests look for one.
browser() {
  local b
  for b in "${GOHERD_CHROME:-}" chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
    [ -n "$b" ] && command -v "$b" >/dev/null && return 0
  done
  return 1
}
if ! browser; then
  case "$(uname -s)-$(. /etc/os-release 2>/dev/null && echo "${ID:-}")" in
  Linux-debian) apt chromium fonts-dejavu-core ;;
  *) die "no Chromium or Chrome found: install one, or name its program in GOHERD_CHROME" ;;
  esac
  browser || die "Chromium was installed but cannot be found"
fi
