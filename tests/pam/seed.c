/* seed PATH: makes a store with the users of people.h, for the tests that are scripts. */
#include <stdio.h>

#include "tests/pam/people.h"

int
main(int argc, char **argv)
{
	if (argc != 2) {
		(void)fprintf(stderr, "usage: seed PATH\n");
		return 2;
	}
	people_make(argv[1]);
	return 0;
}
