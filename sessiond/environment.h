/* What the environment of this process must not go on saying. */
#ifndef SESSIOND_ENVIRONMENT_H
#define SESSIOND_ENVIRONMENT_H

/* Wipes the secrets in it, where they stand: from then on they are empty. Before there are threads.
 */
void environment_forget_secrets(void);

#endif
