#!/usr/bin/env bash
# A step for any other service, or for a person: fails if the command races, or could not be
# observed. TOCTRACE_HOME is a checkout of toctrace on which scripts/ci-install was run.
set -euo pipefail
: "${TOCTRACE_HOME:=toctrace}"
"$TOCTRACE_HOME/scripts/ci-step" --fail-on warning -- make check
