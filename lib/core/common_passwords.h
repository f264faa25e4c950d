/*
 * The built-in list, made from common_passwords.txt when building: sorted lines, for
 * sorted_lines.h.
 */
#ifndef LIB_CORE_COMMON_PASSWORDS_H
#define LIB_CORE_COMMON_PASSWORDS_H

#include <stddef.h>

extern const char wa_common_passwords[]; /* no NUL at its end */
extern const size_t wa_common_passwords_len;

#endif
