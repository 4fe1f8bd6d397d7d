# shellcheck shell=bash
# Sourced by every script: where things are. Sets variables and a few functions, runs nothing.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/toctrace

# One environment per checkout, outside of it: the work tree stays clean, and two clones do not
# overwrite each other's editable install.
VENV=$CACHE/venv/$(printf '%s' "$ROOT" | sha256sum | cut -c1-12)

# Debian's bcc is built for this Python alone; a `python3` on PATH may be another one.
SYSTEM_PYTHON=/usr/bin/python3

export ROOT CACHE VENV SYSTEM_PYTHON

# say LINE: progress, for a person; stdout is left to results.
say() { printf '%s\n' "$*" >&2; }

# die LINE: give up with a reason.
die() { say "$(basename "$0"): $*"; exit 2; }

# as_root CMD...: run a command as root, by sudo where we are not.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "root is needed for: $* (run as root, or install sudo)"
  fi
}
