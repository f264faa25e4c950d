/* Lists of roles. */
#include "lib/core/role.h"

#include <string.h>

#include "lib/base/json_write.h"

bool
wa_role_next(const char **at, const char **ret, size_t *ret_n)
{
	while (*at != NULL && **at != '\0') {
		const char *role = *at + strspn(*at, " ");
		size_t n = strcspn(role, ",");

		*at = role + n + (role[n] == ',');
		while (n > 0 && role[n - 1] == ' ')
			n--;
		if (n > 0) {
			*ret = role;
			*ret_n = n;
			return true;
		}
	}
	return false;
}

bool
wa_role_in(const char *roles, const char *role)
{
	const char *one;
	size_t n;

	while (wa_role_next(&roles, &one, &n))
		if (n == strlen(role) && memcmp(one, role, n) == 0)
			return true;
	return false;
}

enum wa_err
wa_role_view(struct wa_buf *b, struct wa_arena *a, const char *roles)
{
	const char *one;
	size_t n;

	wa_json_open(b, '[');
	while (wa_role_next(&roles, &one, &n)) {
		const char *role = wa_arena_strndup(a, one, n);

		if (role == NULL)
			return wa_fault(WA_ERR_NOMEM, "roles");
		wa_json_string(b, role);
	}
	wa_json_close(b, ']');
	return WA_OK;
}
