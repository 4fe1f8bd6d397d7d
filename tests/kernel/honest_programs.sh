#!/usr/bin/env bash
# Honest callers of migrate_pages, and an honest program that is none: honest_programs.sh FOLDER
# Leaves in FOLDER/least how many calls there were at least.
set -euo pipefail
work=$1
mkdir -p "$work"
export TMPDIR=$work

# numactl's migratepages makes one call each.
sleep 600 >/dev/null 2>&1 &
sleeper=$!
trap 'kill "$sleeper"' EXIT
moves=0
for _ in 1 2 3 4 5; do
  migratepages "$sleeper" 0 1
  migratepages "$sleeper" 1 0
  moves=$((moves + 2))
done

# stress-ng makes some calls, with masks of its own choice, before it moves pages one by one, which
# takes minutes under emulation: it is ended after a while.
calls=1
timeout --kill-after=20 40 stress-ng --numa 1 --temp-path "$work" --quiet || [ $? -ge 124 ]

"$(dirname "${BASH_SOURCE[0]}")/honest_apt.sh" "$work"

echo $((moves + calls)) >"$work/least"
