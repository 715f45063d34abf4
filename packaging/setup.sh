# Shared by packaging/run and packaging/test: finds what is missing, installs it, configures and builds. Sourced, not run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export OPENBLAS_NUM_THREADS=1

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# install_missing GROUP...: the packages of these groups of dependencies.txt that dpkg does not have.
install_missing() {
    local wanted missing=() package
    wanted=$(awk -v groups=" $* " '!/^#/ && NF && index(groups, " " $1 " ") { print $2 }' "$root/packaging/dependencies.txt")
    command -v dpkg-query >/dev/null || die "Imago's set-up needs Debian 12 or a system with dpkg and apt. Install what packaging/dependencies.txt names, then build with: cmake --preset dev && cmake --build --preset dev"
    local have
    # shellcheck disable=SC2086
    have=$({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true; } | awk '$1 == "installed" { print $2 }')
    for package in $wanted; do
        grep -qx "$package" <<<"$have" || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    say "Installing ${#missing[@]} packages with apt (about 1 to 5 minutes, once): ${missing[*]}"
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "These packages are missing: ${missing[*]}. Install them as root (apt-get install ...), then run this again."
        sudo=(sudo)
    fi
    "${sudo[@]}" apt-get update -qq || die "apt-get update failed. Check the network and /etc/apt/sources.list, then run this again."
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        die "apt-get could not install: ${missing[*]}. Its message above says why."
}

# build_tree PRESET TARGET...: configures when needed and builds; silent when there is nothing to do.
build_tree() {
    local preset=$1 tree log
    shift
    tree=$root/build/$preset
    log=$tree/build.log
    mkdir -p "$tree"
    if [ ! -f "$tree/build.ninja" ]; then
        say "Configuring (half a minute)"
        cmake --preset "$preset" -S "$root" "${cmake_options[@]}" >"$tree/configure.log" 2>&1 ||
            { tail -n 30 "$tree/configure.log" >&2; die "Configuring failed; the whole log is $tree/configure.log"; }
    fi
    local left
    left=$(ninja -C "$tree" -n "$@" 2>/dev/null | grep -c '^\[' || true)
    [ "$left" -gt 2 ] && say "Building, $left steps (the first time takes about 10 to 15 minutes on two cores)"
    if [ -t 2 ]; then
        cmake --build "$tree" --target "$@" >&2 || die "The build failed; the message above says where."
    else
        cmake --build "$tree" --target "$@" >"$log" 2>&1 || { grep -E 'error|FAILED|warning' "$log" | head -n 40 >&2; die "The build failed; the whole log is $log"; }
    fi
}
