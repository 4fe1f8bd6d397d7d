#!/usr/bin/env bash
# An honest apt-get install, with a repository, a package and a root of its own: honest_apt.sh FOLDER
set -euo pipefail
work=$1
export TMPDIR=$work

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
