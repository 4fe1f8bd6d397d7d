# shellcheck shell=bash
# What scripts/flood and scripts/soak share. To be sourced after env.sh.

# under_fire NAME [--kernel KERNEL] [OPTION]...: run scripts/lib/NAME.py, in a virtual machine or here.
under_fire() {
  local name=$1 kernel=6.12
  shift
  case ${1:-} in
    --kernel)
      [ $# -gt 1 ] || die "--kernel wants a kernel, such as 6.12, or none"
      kernel=$2
      shift 2
      ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$ROOT/scripts/$name"; exit 0 ;;
  esac
  cd "$ROOT" || exit
  scripts/setup --tests
  if [ "$kernel" = none ]; then
    as_root env PATH="$VENV/bin:$PATH" PYTHONPATH=.:scripts/lib "$VENV/bin/python" \
      "scripts/lib/$name.py" "$@"
    return
  fi
  exec scripts/vm "$kernel" --deadline 7200 -- \
    env PYTHONPATH=.:scripts/lib python "scripts/lib/$name.py" "$@"
}
