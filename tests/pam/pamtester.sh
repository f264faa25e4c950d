#!/bin/sh
# pamtester.sh MODULE SEED: the module under pamtester, as a user without rights. libpam_wrapper lets
# libpam read its services from a directory of ours.
set -eu
module=$1
seed=$2
right='correct horse 4 battery'

for tool in pamtester setpriv; do
	command -v "$tool" >/dev/null || { echo "needs $tool" >&2; exit 1; }
done
wrapper=$(find /usr/lib /usr/local/lib -name 'libpam_wrapper.so*' 2>/dev/null | head -n 1)
[ -n "$wrapper" ] || { echo 'needs libpam-wrapper' >&2; exit 1; }

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
chmod 755 "$dir"
mkdir "$dir/pam.d" "$dir/store"
cp "$module" "$dir/pam_webauth.so"
cp "$seed" "$dir/seed"
echo 'auth required pam_deny.so' >"$dir/pam.d/other"

as_user()
{
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}
[ "$(id -u)" != 0 ] || chown 65534:65534 "$dir/store"
as_user "$dir/seed" "$dir/store/webauth.db"
echo "store = sqlite:$dir/store/webauth.db" >"$dir/webauth.conf"

# service NAME WORDS
service()
{
	for type in auth account password session; do
		echo "$type required $dir/pam_webauth.so conf=$dir/webauth.conf nodelay $2"
	done >"$dir/pam.d/$1"
}
service wa-web ''
service wa-unix 'account=unix min_uid=1'
service wa-typo 'nodleay'

# run PASSWORD SERVICE USER ACTION...: what pamtester says
run()
{
	password=$1
	shift
	echo "$password" | as_user env LD_PRELOAD="$wrapper" PAM_WRAPPER=1 \
		PAM_WRAPPER_SERVICE_DIR="$dir/pam.d" pamtester "$@" 2>&1 || true
}

count=0
expect()
{
	want=$1
	shift
	got=$(run "$@")
	count=$((count + 1))
	case $got in
	*"$want"*) ;;
	*)
		echo "pamtester $*: got \"$got\", want \"$want\"" >&2
		exit 1
		;;
	esac
}

expect 'successfully authenticated' "$right" wa-web alice authenticate
expect 'account management done' "$right" wa-web alice authenticate acct_mgmt
expect 'credential info has successfully been set' "$right" wa-web alice \
	authenticate acct_mgmt 'setcred(PAM_ESTABLISH_CRED)' open_session close_session
expect 'successfully opened a session' "$right" wa-web alice open_session
expect 'Authentication failure' 'wrong horse' wa-web alice authenticate
expect 'Authentication failure' '' wa-web alice authenticate
expect 'User account has expired' "$right" wa-web carol authenticate
expect 'User account has expired' '' wa-web carol acct_mgmt
expect 'User not known' "$right" wa-web mallory authenticate
expect 'Error in service module' "$right" wa-typo alice authenticate
# The host's own accounts, by its own NSS; the store has a "root" and a "daemon" with this password.
expect 'User not known' "$right" wa-web root authenticate
expect 'User not known' "$right" wa-web daemon authenticate
expect 'User not known' "$right" wa-web Daemon authenticate
expect 'User not known' "$right" wa-unix root authenticate
expect 'User not known' "$right" wa-unix daemon authenticate
expect 'User not known' "$right" wa-unix alice authenticate
expect 'Authentication token manipulation error' "$right" wa-web alice chauthtok

# Nothing is said but by pamtester and through the conversation.
got=$(run "$right" wa-web alice authenticate)
[ "$got" = 'Password: pamtester: successfully authenticated' ] ||
	{ echo "extra output: \"$got\"" >&2; exit 1; }

# SQLite is brought into the host by what opens the store, and by nothing else.
sqlite_after()
{
	echo "$right" | as_user env LD_DEBUG=files LD_DEBUG_OUTPUT="$dir/store/loader" LD_PRELOAD="$wrapper" \
		PAM_WRAPPER=1 PAM_WRAPPER_SERVICE_DIR="$dir/pam.d" pamtester "$@" >/dev/null 2>&1 || true
	case $(cat "$dir/store"/loader.*) in
	*libsqlite3*) echo yes ;;
	*pam_webauth.so*) echo no ;;
	esac
	rm "$dir/store"/loader.*
}
for case in 'no open_session' 'no setcred(PAM_ESTABLISH_CRED)' 'yes authenticate' 'yes acct_mgmt'; do
	got=$(sqlite_after wa-web alice "${case#* }")
	[ "$got" = "${case%% *}" ] || { echo "SQLite, $case: $got" >&2; exit 1; }
done
got=$(sqlite_after wa-web root authenticate)
[ "$got" = no ] || { echo "SQLite for root: $got" >&2; exit 1; }

chmod 000 "$dir/store/webauth.db"
expect 'Insufficient credentials' "$right" wa-web alice authenticate
expect 'cannot retrieve authentication info' '' wa-web alice acct_mgmt
rm "$dir/store/webauth.db"
expect 'cannot retrieve authentication info' "$right" wa-web alice authenticate

echo "$((count + 1)) runs"
