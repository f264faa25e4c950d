/* The users of the PAM tests, made with the code that makes real ones. */
#ifndef TESTS_PAM_PEOPLE_H
#define TESTS_PAM_PEOPLE_H

#define PASSWORD "correct horse 4 battery"

/*
 * Everybody's password is PASSWORD; e-mail NAME@example.org, verified unless said otherwise.
 *	alice	as it should be
 *	bob	e-mail not verified
 *	carol	banned for good
 *	dave	banned until yesterday
 *	erin	no password
 *	frank	a hash that is none of ours
 *	grace	a hash whose cost is above every limit
 *	heidi	a hash of the other scheme, to be renewed
 *	linked	linked to the Unix account "unixer"
 *	mona	has to change her password
 *	olga	with the roles editor and staff
 *	pat, quinn	for tests that change something
 *	selfie	linked to "nobody", an account of every host
 *	barred	linked to the Unix account "barred", banned
 *	root, daemon	sign-ups that chose a system account's name
 */
void people_make(const char *store_path);

#endif
