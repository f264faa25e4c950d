/*
 * Feeds every file of a directory to the target, each in memory of its exact size.
 */
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static void
replay(const char *dir, const char *name)
{
	char path[4096];
	struct stat st;
	uint8_t *data;
	size_t size;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (f == NULL || fstat(fileno(f), &st) != 0)
		err(1, "%s", path);

	size = (size_t)st.st_size;
	data = malloc(size == 0 ? 1 : size);
	if (data == NULL || fread(data, 1, size, f) != size)
		err(1, "%s", path);

	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	(void)fclose(f);
}

int
main(int argc, char **argv)
{
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	if (argc != 2)
		errx(2, "usage: %s corpus-directory", argv[0]);
	dir = opendir(argv[1]);
	if (dir == NULL)
		err(1, "%s", argv[1]);

	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		replay(argv[1], entry->d_name);
		n++;
	}
	(void)closedir(dir);
	(void)printf("%zu inputs\n", n);
	return n == 0;
}
