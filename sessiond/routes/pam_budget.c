/* Budgets by uid, in a table that is searched: it is small, and a question costs a KDF anyway. */
#include "sessiond/routes/pam_budget.h"

#include <stddef.h>
#include <stdlib.h>

struct slot {
	bool used;
	uid_t uid;
	int64_t asked;	  /* questions not yet forgotten */
	int64_t last_ms;  /* when the last one was answered, or forgotten */
	int64_t until_ms; /* no question before */
};

struct pam_budget {
	struct slot slots[PAM_BUDGET_SLOTS];
};

struct pam_budget *
pam_budget_new(void)
{
	return calloc(1, sizeof(struct pam_budget));
}

void
pam_budget_free(struct pam_budget *b)
{
	free(b);
}

static struct slot *
find(struct pam_budget *b, uid_t uid)
{
	for (size_t i = 0; i < PAM_BUDGET_SLOTS; i++)
		if (b->slots[i].used && b->slots[i].uid == uid)
			return &b->slots[i];
	return NULL;
}

/* A free slot, or that of whoever asked least recently and need not wait: nobody sheds a wait by
 * having others ask. NULL when all wait. */
static struct slot *
make_room(struct pam_budget *b, int64_t now_ms)
{
	struct slot *oldest = NULL;

	for (size_t i = 0; i < PAM_BUDGET_SLOTS; i++) {
		struct slot *s = &b->slots[i];

		if (!s->used)
			return s;
		if (s->until_ms <= now_ms && (oldest == NULL || s->last_ms < oldest->last_ms))
			oldest = s;
	}
	return oldest;
}

static void
forget_old(struct slot *s, int64_t now_ms)
{
	int64_t n = (now_ms - s->last_ms) / PAM_BUDGET_REFILL_MS;

	if (n <= 0)
		return;
	s->asked = n < s->asked ? s->asked - n : 0;
	s->last_ms += n * PAM_BUDGET_REFILL_MS;
}

static int64_t
wait_after(int64_t asked)
{
	int64_t wait = PAM_BUDGET_WAIT_MS;

	for (int64_t i = PAM_BUDGET_FREE; i < asked && wait < PAM_BUDGET_WAIT_MAX_MS; i++)
		wait *= 2;
	return wait < PAM_BUDGET_WAIT_MAX_MS ? wait : PAM_BUDGET_WAIT_MAX_MS;
}

bool
pam_budget_take(struct pam_budget *b, uid_t uid, int64_t now_ms)
{
	struct slot *s = find(b, uid);

	if (s == NULL) {
		s = make_room(b, now_ms);
		if (s == NULL)
			return false;
		*s = (struct slot){.used = true, .uid = uid, .last_ms = now_ms};
	}
	if (now_ms < s->until_ms)
		return false;
	forget_old(s, now_ms);
	s->asked++;
	if (s->asked >= PAM_BUDGET_FREE)
		s->until_ms = now_ms + wait_after(s->asked);
	return true;
}
