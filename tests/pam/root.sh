#!/bin/sh
# root.sh MODULE SEED: the module where real services find it, /etc/pam.d, with an unprivileged daemon's
# store. Leaves nothing behind.
set -eu
module=$1
seed=$2
right='correct horse 4 battery'
service=webauth-test-$$

if [ "$(id -u)" != 0 ] || [ ! -d /etc/pam.d ]; then
	echo 'needs root and /etc/pam.d'
	exit 77
fi
for tool in pamtester setpriv; do
	command -v "$tool" >/dev/null || { echo "needs $tool" >&2; exit 1; }
done

dir=$(mktemp -d)
trap 'rm -rf "$dir" "/etc/pam.d/$service"' EXIT INT TERM
chmod 755 "$dir"
mkdir "$dir/store"
cp "$module" "$dir/pam_webauth.so"
cp "$seed" "$dir/seed"
chown 65534:65534 "$dir/store"
setpriv --reuid=65534 --regid=65534 --clear-groups "$dir/seed" "$dir/store/webauth.db"
echo "store = sqlite:$dir/store/webauth.db" >"$dir/webauth.conf"
for type in auth account password session; do
	echo "$type required $dir/pam_webauth.so conf=$dir/webauth.conf nodelay"
done >"/etc/pam.d/$service"

# expect WORDS PASSWORD USER ACTION...
expect()
{
	want=$1
	password=$2
	shift 2
	got=$(echo "$password" | pamtester "$service" "$@" 2>&1 || true)
	case $got in
	*"$want"*) ;;
	*)
		echo "pamtester $*: got \"$got\", want \"$want\"" >&2
		exit 1
		;;
	esac
}

# Whatever root wrote, the daemon must go on with it.
check_owner()
{
	for file in "$dir"/store/*; do
		owner=$(stat -c %u:%g "$file")
		[ "$owner" = 65534:65534 ] || { echo "$file belongs to $owner" >&2; exit 1; }
	done
}

check_owner
expect 'successfully authenticated' "$right" alice authenticate
check_owner
# heidi's hash is outdated: root renews it.
expect 'successfully authenticated' "$right" heidi authenticate acct_mgmt
check_owner
expect 'Authentication failure' 'wrong horse' heidi authenticate
expect 'User not known' "$right" root authenticate
expect 'User account has expired' "$right" carol authenticate
expect 'successfully opened a session' "$right" alice authenticate 'setcred(PAM_ESTABLISH_CRED)' open_session

# A reader beside it, as the daemon is.
setpriv --reuid=65534 --regid=65534 --clear-groups test -w "$dir/store/webauth.db"

# Another user's configuration decides nothing.
chown 65534 "$dir/webauth.conf"
expect 'Error in service module' "$right" alice authenticate
