/*
 * Everything a client can make grow, and how far. Each limit has a test at it and one past it.
 */
#ifndef LIB_BASE_LIMITS_H
#define LIB_BASE_LIMITS_H

/* HTTP */
#define WA_HEAD_MAX	    8192  /* request line and headers, bytes */
#define WA_HEADERS_MAX	    64	  /* header lines */
#define WA_BODY_MAX	    65536 /* bytes; a route may ask for less */
#define WA_QUERY_PARAMS_MAX 64
#define WA_COOKIES_MAX	    64

/* Text a client sends to be kept */
#define WA_EMAIL_MAX	  320  /* bytes, RFC 5321 4.5.3.1: 64 + @ + 255 */
#define WA_NAME_MAX	  1024 /* bytes */
#define WA_IMAGE_MAX	  8192 /* bytes: a URL, or a very small data: URL */
#define WA_USER_AGENT_MAX 1024 /* bytes kept of a longer one */
#define WA_PASSWORD_MAX	  8192 /* bytes a password may have before any rule looks at it */

/* Mail */
#define WA_URL_MAX		2048  /* bytes of a URL that a client wants a browser sent to */
#define WA_EMAIL_TOKEN_MAX	4096  /* bytes of a token in a link */
#define WA_OUTBOX_MAX		10000 /* mails that wait to be sent */
#define WA_OUTBOX_RECIPIENT_MAX 10    /* of these, to one address */
#define WA_MAIL_TEMPLATE_MAX	65536 /* bytes of a template */

/* Pages */
#define WA_PAGES_FILES_MAX 128	  /* built-in and in pages_dir */
#define WA_PAGES_FILE_MAX  262144 /* bytes of one in pages_dir */

/* PAM */
#define WA_PAM_NAME_MAX	   255 /* bytes */
#define WA_PAM_SERVICE_MAX 64  /* bytes of a service's name */
#define WA_PAM_TOKEN_MAX   511 /* bytes of a token in place of a password: what sudo passes on */

/* App passwords */
#define WA_APP_PASSWORDS_MAX	     50	 /* of one user */
#define WA_APP_PASSWORD_NAME_MAX     100 /* bytes */
#define WA_APP_PASSWORD_SERVICES_MAX 16	 /* of one app password */

/* Memory of one request, PAM call or command */
#define WA_ARENA_MAX (1024 * 1024)

/* Counters of wrong guesses: rows of all kinds together; the oldest make room */
#define WA_GUESS_ROWS_MAX 100000

/* Audit log: bytes kept of each text that comes from outside */
#define WA_AUDIT_TEXT_MAX 256

/* Stored hashes: more than this is refused before the KDF runs */
#define WA_HASH_TEXT_MAX  512
#define WA_KDF_MEMORY_MAX (128ULL * 1024 * 1024)
#define WA_KDF_OPS_MAX	  16

/* Secrets (contract.md 13.2) */
#define WA_SECRET_MIN 32
#define WA_SECRET_MAX 4096

#define WA_CONFIG_MAX	   (256 * 1024) /* bytes of a configuration file */
#define WA_CONFIG_LINE_MAX 199		/* characters libinih reads of one line */

#endif
