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

# apt-get: a repository, a package and a root of its own.
mkdir -p "$work"/{pkg/DEBIAN,pkg/usr/share,repo,lists/partial,cache/archives/partial,apt}
mkdir -p "$work"/root/var/lib/dpkg/{info,updates}
: >"$work/root/var/lib/dpkg/status"
printf '%s\n' 'Package: toctrace-hello' 'Version: 1' 'Architecture: all' \
  'Maintainer: nobody <nobody@localhost>' 'Description: nothing' >"$work/pkg/DEBIAN/control"
echo hello >"$work/pkg/usr/share/toctrace-hello"
dpkg-deb --root-owner-group --build "$work/pkg" "$work/repo/hello.deb" >/dev/null
{
  cat "$work/pkg/DEBIAN/control"
  echo "Filename: ./hello.deb"
  echo "Size: $(stat -c %s "$work/repo/hello.deb")"
  echo "SHA256: $(sha256sum "$work/repo/hello.deb" | cut -d ' ' -f 1)"
} >"$work/repo/Packages"
echo "deb [trusted=yes] file:$work/repo ./" >"$work/apt/sources.list"
options=(-qq -y -o "Dir::Etc::SourceList=$work/apt/sources.list" -o Dir::Etc::SourceParts=-
  -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root
  -o "Dir::State::status=$work/root/var/lib/dpkg/status" -o Debug::NoLocking=1
  -o "DPkg::Options::=--root=$work/root" -o Dpkg::Use-Pty=0 -o "Dir::Log=$work/apt"
  -o "Dir::State::extended_states=$work/extended")
apt-get "${options[@]}" update
apt-get "${options[@]}" install toctrace-hello
test -e "$work/root/usr/share/toctrace-hello"

echo $((moves + calls)) >"$work/least"
