#!/bin/sh
# enter.sh BUILD TEST PACKAGE...: runs tests/services/TEST as root on a system of its own, made of this
# one: copies of its files in memory, its own processes, its own network. What is installed, changed or
# started there is gone at the end, whatever the end is. Packages come from the directory WEBAUTH_DEBS,
# where tools/test puts them, or from apt's cache: nothing is fetched here.
set -eu

if [ "$(id -u)" != 0 ]; then
	echo 'needs root'
	exit 77
fi
here=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)
build=$1
test=$2

if [ -z "${WEBAUTH_INSIDE:-}" ]; then
	WEBAUTH_INSIDE=yes exec unshare --mount --pid --net --fork --kill-child --mount-proc \
		"$here/enter.sh" "$@"
fi
shift 2

# ---- files ----

mount --make-rprivate /
# A directory that hides nothing we need.
case $top/:$build/ in
*/mnt/*) mem=/media ;;
*) mem=/mnt ;;
esac
mount -t tmpfs -o mode=755 services "$mem"
mkdir "$mem/new" "$mem/work" "$mem/root"
mount -t overlay -o "lowerdir=/,upperdir=$mem/new,workdir=$mem/work" services "$mem/root"
root=$mem/root

# The sources may change while a test runs, which an overlay must not see.
for dir in "$top" "$build"; do
	mkdir -p "$root$dir" # an overlay does not see what is mounted elsewhere
	mount --bind "$dir" "$root$dir"
done
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs -o mode=755 run "$root/run"
mkdir -m 1777 "$root/run/lock"
mount -t tmpfs -o mode=755 dev "$root/dev"
for name in null zero full random urandom tty; do
	: >"$root/dev/$name"
	mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t tmpfs shm "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 pts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"

# ---- packages ----

missing=
for package; do
	case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
	installed) ;;
	*) missing="$missing $package" ;;
	esac
done
if [ -n "$missing" ]; then
	# No daemon starts by itself.
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	if [ -n "${WEBAUTH_DEBS:-}" ]; then
		cp "$WEBAUTH_DEBS"/*.deb "$root/var/cache/apt/archives/"
	fi
	# shellcheck disable=SC2086 # a list of words
	if ! DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -q -y --no-download \
		-o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false -o Dpkg::Options::=--force-unsafe-io \
		install $missing >"$mem/apt.log" 2>&1 </dev/null; then
		cat "$mem/apt.log"
		echo "cannot install$missing; tools/test fetches what is needed" >&2
		exit 1
	fi
fi

# ---- network ----

ip link set lo up

export PYTHONDONTWRITEBYTECODE=1 BUILD="$build"
exec chroot "$root" python3 "$here/$test"
