/*
 * The built module in a real libpam, without root: pam_start_confdir() on a directory of our own.
 *
 * Three things of the host are this program's, because the module finds them here before it finds
 * libc's: syslog, so that every line can be read; getpwnam_r, so that local accounts are what a
 * test says; and, through PAM_FAIL_DELAY, the delay, so that no test sleeps.
 */
#ifndef TESTS_PAM_FIXTURE_H
#define TESTS_PAM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <security/pam_appl.h>
#include <stdbool.h>

#include "tests/pam/people.h"

#define ANSWERS_MAX 4

/* What the conversation does instead of answering. */
#define ANSWER_FAILS "(fails)" /* PAM_CONV_ERR */
#define ANSWER_AGAIN "(again)" /* PAM_CONV_AGAIN */
#define ANSWER_NULL  "(null)"  /* PAM_SUCCESS, and no text */

/* One PAM transaction, as a test describes it. */
struct pam_case {
	const char *words;   /* on the line, after conf=; NULL: none */
	const char *conf;    /* of fixture_conf(); NULL: the ordinary one; "": no conf= word */
	const char *service; /* NULL: "webmail" */
	const char *stack;   /* the whole service file instead; %M, %W: module, conf= and words */
	const char *user;
	const char *answers[ANSWERS_MAX];
	const char *rhost, *tty, *ruser;
	int flags;
};

/* What it did. */
struct pam_seen {
	int code;
	size_t prompts; /* how often a password was asked for */
	size_t infos;	/* PAM_TEXT_INFO and PAM_ERROR_MSG */
	char prompt[128];
	unsigned delay_us; /* asked for, when the call failed */
	char *log;	   /* all lines: "PRIORITY text\n"; until the next run */
};

struct fixture {
	char dir[64];
	char store[96];
};

/* For a group: one store with everybody in it. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Writes DIR/NAME.conf: store=… (unless text has one) and text. */
void fixture_conf(struct fixture *f, const char *name, const char *text);
void fixture_path(struct fixture *f, const char *name, char *ret, size_t size);

struct pam_seen pam_run(
    struct fixture *f, const struct pam_case *c, int (*function)(pam_handle_t *pamh, int flags));

/* For a test that makes several calls on one handle. */
pam_handle_t *pam_begin(struct fixture *f, const struct pam_case *c);
struct pam_seen pam_look(void); /* since pam_begin */
void pam_finish(pam_handle_t *pamh, int code);

struct pam_seen authenticate(struct fixture *f, const struct pam_case *c);
struct pam_seen account(struct fixture *f, const struct pam_case *c);

/* acct_mgmt answers PAM_IGNORE: alone that refuses, beside a module that permits it does not. */
void assert_account_ignored(struct fixture *f, const struct pam_case *c);

/* Local accounts besides those of the next table: how getpwnam_r answers for this name. */
#define NSS_NO_SUCH_NAME "nssnone"    /* clearly none, as every name not listed */
#define NSS_DOWN	 "nssdown"    /* EIO */
#define NSS_LONG	 "nsslong"    /* an account, 2000, whose entry is 9000 bytes long */
#define NSS_ENDLESS	 "nssendless" /* ERANGE whatever the size */
/* root 0, daemon 1, low 999, unixer 1000, unlinked 1001, barred 1002, nobody 65534 */

extern unsigned nss_calls; /* since the last run began */

/* Of this process: what it maps, and what of that is in memory. KiB. */
struct memory {
	uint64_t mapped, resident;
};
struct memory memory_now(void);

const char *code_name(int code);
void assert_code_(int got, int want, const char *what, const char *log, const char *file, int line);
#define assert_code(seen, want, what) \
	assert_code_((seen).code, want, what, (seen).log, __FILE__, __LINE__)

void assert_logged_(struct pam_seen seen, const char *text, const char *file, int line);
#define assert_logged(seen, text) assert_logged_(seen, text, __FILE__, __LINE__)
void assert_not_logged_(struct pam_seen seen, const char *text, const char *file, int line);
#define assert_not_logged(seen, text) assert_not_logged_(seen, text, __FILE__, __LINE__)

#endif
