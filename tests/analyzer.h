/*
 * What gcc's analyzer cannot see from one source, told to it by tools/check, which includes this
 * before each: no failure is WA_OK.
 */
#ifndef TESTS_ANALYZER_H
#define TESTS_ANALYZER_H

#include "lib/base/error.h"

#define wa_fault(e, ...)  ((void)wa_fault((e), __VA_ARGS__), (e))
#define wa_refuse(e, ...) ((void)wa_refuse((e), __VA_ARGS__), (e))
#define wa_err_class(e)	  ((e) == WA_OK ? WA_CLASS_OK : wa_err_class(e))

#endif
