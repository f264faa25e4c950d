#!/bin/sh
# symbols.sh MODULE: what the module brings into a host process, held to lists.
set -eu
module=$1
fail=0

complain()
{
	echo "$*" >&2
	fail=1
}

exported=$(nm -D --defined-only "$module" | awk '{ print $3 }' | LC_ALL=C sort | tr '\n' ' ')
want='pam_sm_acct_mgmt pam_sm_authenticate pam_sm_chauthtok pam_sm_close_session pam_sm_open_session pam_sm_setcred '
[ "$exported" = "$want" ] || complain "exports: $exported"

# No libjwt, no jansson, no libcrypto; SQLite is loaded with the first store (pamtester.sh); the loader
# is there for thread-local memory.
for library in $(readelf -dW "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
	case $library in
	libpam.so.0 | libsodium.so.* | libutf8proc.so.* | libinih.so.* | libc.so.6 | ld-linux*.so.*) ;;
	*) complain "needs $library" ;;
	esac
done
# OpenVPN and others load their PAM code without making its symbols global.
readelf -dW "$module" | grep -q '(NEEDED).*\[libpam\.so\.0\]' || complain 'does not need libpam'

dynamic=$(readelf -dW "$module")
for flag in NODELETE NOW; do
	echo "$dynamic" | grep -q "FLAGS_1.*$flag" || complain "not linked with -z $flag"
done
echo "$dynamic" | grep -qE 'TEXTREL|RPATH|RUNPATH' && complain 'has TEXTREL, RPATH or RUNPATH'
readelf -lW "$module" | grep -q GNU_RELRO || complain 'not linked with -z relro'
readelf -lW "$module" | grep GNU_STACK | grep -q E && complain 'has an executable stack'

# What nobody does in another program's process (docs/pam_webauth.8, and style: be nobody there).
for symbol in $(nm -D --undefined-only "$module" | awk '{ print $2 }' | sed 's/@.*//'); do
	case $symbol in
	abort | exit | _exit | quick_exit | __assert* | atexit | __cxa_atexit | \
	printf | __printf_chk | puts | putchar | stdout | stderr | perror | vprintf | __vprintf_chk | \
	setenv | putenv | unsetenv | clearenv | setlocale | umask | chdir | fchdir | chroot | \
	openlog | closelog | syslog | vsyslog | signal | sigaction | fork | vfork | system | popen | \
	pthread_create | thrd_create | seteuid | setegid | setuid | setgid | setreuid | setresuid | \
	strcpy | strcat | sprintf | gets | strtok | getpwnam | getpwuid | crypt | rand | random | \
	dlclose | dlmopen | sleep | usleep | alarm)
		complain "calls $symbol"
		;;
	esac
done
exit $fail
