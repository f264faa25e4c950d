/* Reading from the terminal with echo off, and from where scripts keep passwords. */
#include "tools/webauthctl/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "lib/base/random.h"

#define TRIES	      3
#define GENERATED_LEN 20 /* of 62 characters: 119 bits */

/* What a signal must put back before it ends the process; set only while echo is off. */
static volatile sig_atomic_t echo_fd = -1;
static struct termios echo_saved;

static void
on_signal(int signo)
{
	if (echo_fd != -1)
		(void)tcsetattr(echo_fd, TCSANOW, &echo_saved);
	/* The handler was for one time: this ends the process as if there had been none. */
	(void)raise(signo);
}

static const int echo_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM};

static void
echo_off(int fd, struct sigaction saved[static WA_ARRAY_LEN(echo_signals)])
{
	struct sigaction once = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	struct termios quiet;

	if (tcgetattr(fd, &echo_saved) != 0)
		return;
	echo_fd = fd;
	for (size_t i = 0; i < WA_ARRAY_LEN(echo_signals); i++)
		(void)sigaction(echo_signals[i], &once, &saved[i]);
	quiet = echo_saved;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	quiet.c_lflag |= ECHONL | ICANON;
	/* A stop would leave a shell without echo. */
	quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
}

static void
echo_on(int fd, const struct sigaction saved[static WA_ARRAY_LEN(echo_signals)])
{
	if (echo_fd == -1)
		return;
	(void)tcsetattr(fd, TCSADRAIN, &echo_saved);
	for (size_t i = 0; i < WA_ARRAY_LEN(echo_signals); i++)
		(void)sigaction(echo_signals[i], &saved[i], NULL);
	echo_fd = -1;
}

static void
closep(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
}

/* The terminal, if somebody sits there: standard input must be one, so that a script whose input
 * was redirected never hangs on a prompt it does not see. */
static int
terminal_open(void)
{
	return isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY) : -1;
}

static void
prompt(int fd, const char *text)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(16384);

	output_escape(&b, text, strlen(text), OUTPUT_ESCAPE_TEXT);
	if (!b.failed && write(fd, b.data, b.len) < 0)
		message_say("terminal: %s", strerror(errno));
}

static enum wa_err
ask_hidden(int fd, const char *text, struct wa_secret *ret)
{
	struct sigaction saved[WA_ARRAY_LEN(echo_signals)];
	enum wa_err e;

	/* Echo goes first: what is typed behind the prompt must never be seen. */
	echo_off(fd, saved);
	prompt(fd, text);
	e = wa_secret_read(fd, WA_PASSWORD_MAX, true, ret);
	echo_on(fd, saved);
	return e;
}

static enum ctl_exit
from_terminal(struct ctl *c, const char *whom, struct wa_secret *ret)
{
	WA_CLEANUP(closep) int fd = terminal_open();
	char text[512];

	if (fd == -1)
		return message_usage(c,
		    "there is no terminal to ask for a password on: use --password-stdin, "
		    "--password-file FILE or --generate");
	(void)snprintf(text, sizeof(text), "New password for %s: ", whom);
	for (int i = 0; i < TRIES; i++) {
		WA_CLEANUP(wa_secret_done) struct wa_secret first = WA_SECRET_NONE;
		WA_CLEANUP(wa_secret_done) struct wa_secret second = WA_SECRET_NONE;
		enum wa_err e = ask_hidden(fd, text, &first);

		if (e == WA_OK && first.len == 0) {
			message_say("no password was given; nothing is changed");
			return CTL_FAILED;
		}
		if (e == WA_OK)
			e = ask_hidden(fd, "Once more: ", &second);
		if (e != WA_OK)
			return message_fail(e, "password");
		if (wa_secret_equal(&first, &second)) {
			*ret = first;
			first = WA_SECRET_NONE;
			return CTL_OK;
		}
		message_say("the two passwords differ");
	}
	message_say("nothing is changed");
	return CTL_FAILED;
}

/* All of the input is the password, but for the newline that echo and editors put at its end: a
 * second line that went unread would be half a password set. */
static enum ctl_exit
check_one_line(struct wa_secret *s)
{
	if (s->len > 0 && s->bytes[s->len - 1] == '\n')
		s->bytes[--s->len] = '\0';
	if (s->len > 0 && s->bytes[s->len - 1] == '\r')
		s->bytes[--s->len] = '\0';
	if (s->len == 0) {
		message_say("the password is empty; nothing is changed");
		return CTL_USAGE;
	}
	if (strchr(s->bytes, '\n') != NULL) {
		message_say("the password has more than one line; nothing is changed");
		return CTL_USAGE;
	}
	return CTL_OK;
}

static enum ctl_exit
from_input(struct ctl *c, struct wa_secret *ret)
{
	const char *file = options_get(c, "password-file");
	enum wa_err e;

	if (file != NULL)
		e = wa_secret_read_file(file, WA_PASSWORD_MAX, ret);
	else
		e = wa_secret_read(STDIN_FILENO, WA_PASSWORD_MAX, false, ret);
	if (e == WA_OK)
		return check_one_line(ret);
	/* A file that is not fit for a secret has nothing to do with the configuration. */
	message_say("password: %s", wa_err_detail(e));
	return e == WA_ERR_TOO_LONG || e == WA_ERR_INVALID ? CTL_USAGE : CTL_FAILED;
}

static enum ctl_exit
generated(struct ctl *c, struct wa_secret *ret)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(4096);
	uint64_t len = GENERATED_LEN;
	char *text;
	enum wa_err e;

	if (len < c->settings->min_password_length)
		len = c->settings->min_password_length;
	if (len > c->settings->max_password_length)
		len = c->settings->max_password_length;
	text = wa_buf_reserve(&b, len + 1);
	if (text == NULL)
		return message_fail(WA_ERR_NOMEM, "password");
	wa_random_text(text, len);
	e = wa_secret_copy(text, len, ret);
	return e == WA_OK ? CTL_OK : message_fail(e, "password");
}

enum ctl_exit
ask_new_password(struct ctl *c, const char *whom, struct wa_secret *ret, bool *ret_generated)
{
	bool in = options_get(c, "password-stdin") != NULL;
	bool file = options_get(c, "password-file") != NULL;
	bool generate = options_get(c, "generate") != NULL;

	*ret_generated = generate;
	if (in + file + generate > 1)
		return message_usage(
		    c, "--password-stdin, --password-file and --generate exclude each other");
	if (generate)
		return generated(c, ret);
	return in || file ? from_input(c, ret) : from_terminal(c, whom, ret);
}

enum ctl_exit
ask_confirmed(struct ctl *c, const char *question)
{
	WA_CLEANUP(wa_secret_done) struct wa_secret answer = WA_SECRET_NONE;
	WA_CLEANUP(closep) int fd = -1;

	if (options_get(c, "yes") != NULL)
		return CTL_OK;
	fd = terminal_open();
	if (fd == -1)
		return message_usage(
		    c, "%s There is no terminal to ask on: repeat with --yes", question);
	prompt(fd, question);
	prompt(fd, " [y/N] ");
	if (wa_secret_read(fd, 64, true, &answer) == WA_OK && answer.len > 0 &&
	    (strcasecmp(answer.bytes, "y") == 0 || strcasecmp(answer.bytes, "yes") == 0))
		return CTL_OK;
	message_say("not confirmed; nothing is changed");
	return CTL_FAILED;
}
