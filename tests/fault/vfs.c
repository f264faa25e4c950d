/*
 * A VFS between SQLite and the system's: passes everything on, fails what it is told to, and syncs
 * nothing, so that thousands of stores cost no disk.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fault/fault.h"

struct file {
	sqlite3_file base;
	bool corrupts; /* a file of the store, not one that comes and goes */
	enum fault_kind corrupt;
	sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs *real_vfs;

static sqlite3_file *
real(sqlite3_file *f)
{
	return ((struct file *)(void *)f)->real;
}

static int
file_close(sqlite3_file *f)
{
	return real(f)->pMethods->xClose(real(f));
}

static int
file_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	const struct file *file = (const struct file *)(const void *)f;
	int rc;

	if (fault_now(FAULT_DISK_ERROR))
		return SQLITE_IOERR_READ;
	rc = real(f)->pMethods->xRead(real(f), p, n, at);
	if (file->corrupts && fault_now(file->corrupt))
		for (int i = 0; i < n; i += 7)
			((unsigned char *)p)[i] ^= 0x5a;
	return rc;
}

static int
file_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (fault_now(FAULT_DISK_ERROR))
		return SQLITE_IOERR_WRITE;
	if (fault_now(FAULT_DISK_READONLY))
		return SQLITE_READONLY;
	if (fault_now(FAULT_DISK_FULL)) {
		/* As a disk that is nearly full does: some of it arrives. */
		(void)real(f)->pMethods->xWrite(real(f), p, n / 2, at);
		return SQLITE_FULL;
	}
	return real(f)->pMethods->xWrite(real(f), p, n, at);
}

static int
file_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	if (fault_now(FAULT_DISK_ERROR))
		return SQLITE_IOERR_TRUNCATE;
	return real(f)->pMethods->xTruncate(real(f), n);
}

static int
file_sync(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return fault_now(FAULT_DISK_ERROR) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int
file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	if (fault_now(FAULT_DISK_ERROR))
		return SQLITE_IOERR_FSTAT;
	return real(f)->pMethods->xFileSize(real(f), ret);
}

static int
file_lock(sqlite3_file *f, int level)
{
	if (fault_now(FAULT_DISK_ERROR))
		return SQLITE_IOERR_LOCK;
	return real(f)->pMethods->xLock(real(f), level);
}

static int
file_unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int
file_check_reserved(sqlite3_file *f, int *ret)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), ret);
}

static int
file_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
file_sector_size(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int
file_characteristics(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int
file_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **ret)
{
	if (fault_now(FAULT_DISK_ERROR))
		return SQLITE_IOERR_SHMMAP;
	if (extend != 0 && fault_now(FAULT_DISK_FULL))
		return SQLITE_IOERR_SHMSIZE;
	return real(f)->pMethods->xShmMap(real(f), region, size, extend, ret);
}

static int
file_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	if ((flags & SQLITE_SHM_LOCK) != 0 && fault_now(FAULT_DISK_ERROR))
		return SQLITE_IOERR_SHMLOCK;
	return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void
file_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int
file_shm_unmap(sqlite3_file *f, int remove)
{
	return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int
vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags, int *ret_flags)
{
	struct file *file = (struct file *)(void *)f;
	int rc;

	(void)vfs;
	memset(file, 0, sizeof(*file));
	if (fault_now(FAULT_DISK_ERROR))
		return SQLITE_CANTOPEN;
	if ((flags & SQLITE_OPEN_READWRITE) != 0 && fault_now(FAULT_DISK_READONLY))
		return SQLITE_CANTOPEN;
	file->real = (sqlite3_file *)(void *)(file + 1);
	file->corrupts = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
	file->corrupt = (flags & SQLITE_OPEN_WAL) != 0 ? FAULT_LOG_CORRUPT : FAULT_DISK_CORRUPT;
	rc = real_vfs->xOpen(real_vfs, name, file->real, flags, ret_flags);
	if (rc == SQLITE_OK)
		file->base.pMethods = &methods;
	return rc;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	(void)sync;
	if (fault_now(FAULT_DISK_ERROR) || fault_now(FAULT_DISK_READONLY))
		return SQLITE_IOERR_DELETE;
	return real_vfs->xDelete(real_vfs, name, 0);
}

static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
	(void)vfs;
	if (fault_now(FAULT_DISK_ERROR))
		return SQLITE_IOERR_ACCESS;
	return real_vfs->xAccess(real_vfs, name, flags, ret);
}

void
fault_vfs_install(void)
{
	static sqlite3_vfs vfs;

	real_vfs = sqlite3_vfs_find(NULL);
	if (real_vfs == NULL)
		abort();
	vfs = *real_vfs;
	vfs.iVersion = 1;
	vfs.zName = "fault";
	vfs.pNext = NULL;
	vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
	vfs.xOpen = vfs_open;
	vfs.xDelete = vfs_delete;
	vfs.xAccess = vfs_access;
	if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
		abort();
}
