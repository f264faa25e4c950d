/*
 * The few compiler attributes the project leans on. Nothing else belongs here.
 */
#ifndef LIB_BASE_COMPILER_H
#define LIB_BASE_COMPILER_H

/* The local is released by fn(&local) on every way out of its scope. */
#define WA_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Yields an owning pointer and empties it: ownership leaves the scope. */
#define WA_TAKE(p)                             \
	__extension__({                        \
		__typeof__(p) wa_taken_ = (p); \
		(p) = NULL;                    \
		wa_taken_;                     \
	})

#define WA_NODISCARD	__attribute__((warn_unused_result))
#define WA_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define WA_UNUSED	__attribute__((unused))
#define WA_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
