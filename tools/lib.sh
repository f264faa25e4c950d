# shellcheck shell=sh
# What the scripts of this folder share: saying things, becoming root, Debian packages.

TOOL=tools/$(basename "$0")

# PACKAGE, PACKAGE=COMMAND or PACKAGE=/FILE: a command of that name or that file does as well,
# wherever it comes from.
# shellcheck disable=SC2034 # used by the scripts that read this file
PACKAGES_BUILD='gcc=gcc libc6-dev meson=meson ninja-build=ninja pkg-config=pkg-config
	libpam0g-dev libsodium-dev libsqlite3-dev libjwt-dev libjansson-dev libinih-dev
	libutf8proc-dev libssl-dev libseccomp-dev'

# For the tests against the real better-auth; its native parts are built with python3, make and g++.
# shellcheck disable=SC2034
PACKAGES_NODE='nodejs=node npm=npm libnode-dev=/usr/include/node/node.h make=make g++=g++
	ca-certificates'

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "$TOOL" "$*" >&2
	exit 1
}

sudo_announced=

check_root()
{
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
		die "this needs root, and there is no sudo: run it as root"
}

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
		return
	fi
	check_root
	if [ -z "$sudo_announced" ]; then
		say "== root is needed: calling sudo"
		sudo_announced=yes
	fi
	sudo -- "$@"
}

# The packages among the arguments that are not here, by name.
missing_packages()
{
	for want; do
		package=${want%%=*}
		case $want in
		*=/*) [ -e "${want#*=}" ] && continue ;;
		*=*) command -v "${want#*=}" >/dev/null && continue ;;
		esac
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
		installed) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

apt()
{
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false "$@"
}

# Why apt-get could not, from what it wrote: its first error, or its last line.
apt_reason()
{
	sed -n 's/^E: //p' "$1" | head -n 1 | grep . || tail -n 1 "$1"
}

# install_packages LOG PACKAGE[=COMMAND]...: installs what is missing.
install_packages()
{
	log=$1
	shift
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null ||
		die "no apt-get here; install by hand what Debian calls: $missing"
	say "== installing: $missing"
	# Sudo may want to ask, which must not vanish in the log.
	as_root true || die "root is needed to install packages"
	apt update >"$log" 2>&1 || true # stale lists may still do
	# shellcheck disable=SC2086 # a list of words
	if ! apt install $missing >>"$log" 2>&1; then
		# One by one, to name the one that cannot be had.
		for package in $missing; do
			apt install "$package" >"$log.one" 2>&1 ||
				die "package $package cannot be installed: $(apt_reason "$log.one")"
		done
	fi
}

# fetch_packages DIR LOG PACKAGE...: what is missing of these, with all that it needs, as .deb files in
# DIR; nothing is installed.
fetch_packages()
{
	debs=$1
	log=$2
	shift 2
	mkdir -p "$debs/partial"
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	say "== fetching: $missing"
	# Sudo may want to ask, which must not vanish in the log.
	as_root true || die "root is needed to fetch packages"
	apt update >"$log" 2>&1 || true # stale lists may still do
	# shellcheck disable=SC2086 # a list of words
	apt -o Dir::Cache::archives="$debs" --download-only install $missing >>"$log" 2>&1 ||
		die "packages cannot be had: $(apt_reason "$log")"
}
