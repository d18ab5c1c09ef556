/* Loaded into a process (LD_PRELOAD), counts, logs or fails every disk operation below $DISK_ROOT that changes something.
 * It catches those of Python and SQLite alike, because both go through libc.
 *
 *   DISK_LOG     file to which the operations are appended, with their bytes (operations.py reads it)
 *   DISK_MATCH   KIND:TEXT: count only operations of this kind (* = any) whose path contains TEXT
 *   DISK_AT      number, from 0, of the counted operation at which DISK_FAULT happens
 *   DISK_FAULT   kill    the process dies before this operation, as by kill -9
 *                full    the disk is full from here on: half of this write succeeds, then every operation that needs
 *                        room gets ENOSPC; the rest still works
 *                ENOSPC, EIO, EDQUOT   this one operation fails
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE, WRITE, SYNC, TRUNCATE, RENAME, REMOVE, MKDIR, RMDIR };
static const char *const KINDS[] = {"create", "write", "sync", "truncate", "rename", "remove", "mkdir", "rmdir"};

static pthread_mutex_t guard = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static const char *root, *match;
static size_t root_length;
static int log_file = -1;
static long at = -1, count;
static enum { NONE, KILL, FULL, ONCE } fault;
static int code, full;

__attribute__((constructor)) static void begin(void)
{
    const char *name;
    root = getenv("DISK_ROOT");
    root_length = root ? strlen(root) : 0;
    if ((name = getenv("DISK_LOG")))
        log_file = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    match = getenv("DISK_MATCH");
    if ((name = getenv("DISK_AT")))
        at = atol(name);
    if ((name = getenv("DISK_FAULT"))) {
        fault = !strcmp(name, "kill") ? KILL : !strcmp(name, "full") ? FULL : ONCE;
        code = !strcmp(name, "EIO") ? EIO : !strcmp(name, "EDQUOT") ? EDQUOT : ENOSPC;
    }
}

static int below(const char *path)
{
    return root && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

/* Absolute path of what `name` means at the folder `at_fd`; empty when unknown. */
static void resolve(int at_fd, const char *name, char *path)
{
    char link[64], folder[PATH_MAX];
    ssize_t length;
    path[0] = 0;
    if (name && name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
        return;
    }
    if (at_fd == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/self/cwd");
    else
        snprintf(link, sizeof link, "/proc/self/fd/%d", at_fd);
    if ((length = readlink(link, folder, sizeof folder - 1)) < 0)
        return;
    folder[length] = 0;
    if (snprintf(path, PATH_MAX, name ? "%s/%s" : "%s", folder, name) >= PATH_MAX)
        path[0] = 0;
}

static void note(int kind, const char *path, const char *other, int64_t offset, const void *bytes, uint64_t length)
{
    uint32_t head[4] = {kind, strlen(path), other ? strlen(other) : 0, 0};
    uint64_t numbers[2] = {offset, length};
    if (log_file < 0)
        return;
    syscall(SYS_write, log_file, head, sizeof head);
    syscall(SYS_write, log_file, numbers, sizeof numbers);
    syscall(SYS_write, log_file, path, head[1]);
    if (other)
        syscall(SYS_write, log_file, other, head[2]);
    while (bytes && length) {
        ssize_t done = syscall(SYS_write, log_file, bytes, length);
        if (done <= 0)
            abort();
        bytes = (const char *)bytes + done;
        length -= done;
    }
}

static int matches(int kind, const char *path)
{
    size_t length = match ? strcspn(match, ":") : 0;
    if (!match)
        return 1;
    if (strncmp(match, "*:", 2) && (strlen(KINDS[kind]) != length || strncmp(match, KINDS[kind], length)))
        return 0;
    return strstr(path, match + length + 1) != NULL;
}

/* 0: go on; -1: fail with errno; 1: let half of it through. */
static int step(int kind, const char *path)
{
    int grows = kind == CREATE || kind == WRITE || kind == MKDIR, now = 0;
    if (fault == NONE)
        return 0;
    if (full) {
        errno = ENOSPC;
        return grows ? -1 : 0;
    }
    if (matches(kind, path))
        now = count++ == at;
    if (!now)
        return 0;
    if (fault == KILL)
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    full = fault == FULL;
    errno = code;
    return full && kind == WRITE ? 1 : full && !grows ? 0 : -1;
}

#define ENTER pthread_mutex_lock(&guard)
#define LEAVE pthread_mutex_unlock(&guard)

static int opened(int at_fd, const char *name, int flags, mode_t mode)
{
    char path[PATH_MAX];
    struct stat there;
    int result, makes = 0, cuts = 0;
    ENTER;
    if (flags & (O_CREAT | O_TRUNC)) {
        resolve(at_fd, name, path);
        if (below(path)) {
            int missing = syscall(SYS_newfstatat, at_fd, name, &there, AT_SYMLINK_NOFOLLOW) != 0;
            makes = missing && (flags & O_CREAT);
            cuts = !missing && (flags & O_TRUNC) && there.st_size > 0;
        }
    }
    if ((makes || cuts) && step(makes ? CREATE : TRUNCATE, path)) {
        LEAVE;
        return -1;
    }
    result = syscall(SYS_openat, at_fd, name, flags | O_LARGEFILE, mode);
    if (result >= 0 && makes)
        note(CREATE, path, NULL, 0, NULL, 0);
    if (result >= 0 && cuts)
        note(TRUNCATE, path, NULL, 0, NULL, 0);
    LEAVE;
    return result;
}

#define MODE(flags, mode) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, int); va_end(more); }

int open(const char *name, int flags, ...) { MODE(flags, mode) return opened(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags, mode) return opened(AT_FDCWD, name, flags, mode); }
int openat(int fd, const char *name, int flags, ...) { MODE(flags, mode) return opened(fd, name, flags, mode); }
int openat64(int fd, const char *name, int flags, ...) { MODE(flags, mode) return opened(fd, name, flags, mode); }

static ssize_t written(int fd, const void *bytes, size_t length, int64_t offset)
{
    char path[PATH_MAX];
    struct stat there;
    int64_t place = offset;
    ssize_t result;
    if (!length || fd == log_file || syscall(SYS_fstat, fd, &there) || !S_ISREG(there.st_mode))
        goto plain;
    resolve(fd, NULL, path);
    if (!below(path))
        goto plain;
    ENTER;
    switch (step(WRITE, path)) {
    case -1:
        LEAVE;
        return -1;
    case 1:
        length = (length + 1) / 2;
    }
    if (place < 0) {
        syscall(SYS_fstat, fd, &there);
        place = (syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND) ? there.st_size : syscall(SYS_lseek, fd, 0, SEEK_CUR);
    }
    result = offset < 0 ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, offset);
    if (result > 0)
        note(WRITE, path, NULL, place, bytes, result);
    LEAVE;
    return result;
plain:
    return offset < 0 ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) { return written(fd, bytes, length, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return written(fd, bytes, length, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return written(fd, bytes, length, offset); }

static int changed(int kind, int at_fd, const char *name, int other_fd, const char *other, int64_t size,
                   long call, long a, long b, long c, long d, long e)
{
    char path[PATH_MAX], second[PATH_MAX] = "";
    int result, ours;
    ENTER;
    resolve(at_fd, name, path);
    if (other)
        resolve(other_fd, other, second);
    ours = below(path) || (other && below(second));
    if (ours && step(kind, path)) {
        LEAVE;
        return -1;
    }
    result = syscall(call, a, b, c, d, e);
    if (ours && result == 0)
        note(kind, path, other ? second : NULL, size, NULL, 0);
    LEAVE;
    return result;
}

int fsync(int fd) { return changed(SYNC, fd, NULL, 0, NULL, 0, SYS_fsync, fd, 0, 0, 0, 0); }
int fdatasync(int fd) { return changed(SYNC, fd, NULL, 0, NULL, 0, SYS_fdatasync, fd, 0, 0, 0, 0); }
int ftruncate(int fd, off_t size)
{
    return changed(TRUNCATE, fd, NULL, 0, NULL, size, SYS_ftruncate, fd, size, 0, 0, 0);
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }
int truncate(const char *name, off_t size)
{
    return changed(TRUNCATE, AT_FDCWD, name, 0, NULL, size, SYS_truncate, (long)name, size, 0, 0, 0);
}
int truncate64(const char *name, off64_t size) { return truncate(name, size); }
int renameat2(int fd, const char *name, int other_fd, const char *other, unsigned flags)
{
    return changed(RENAME, fd, name, other_fd, other, 0, SYS_renameat2, fd, (long)name, other_fd, (long)other, flags);
}
int renameat(int fd, const char *name, int other_fd, const char *other)
{
    return renameat2(fd, name, other_fd, other, 0);
}
int rename(const char *name, const char *other) { return renameat2(AT_FDCWD, name, AT_FDCWD, other, 0); }
int unlinkat(int fd, const char *name, int flags)
{
    int kind = flags & AT_REMOVEDIR ? RMDIR : REMOVE;
    return changed(kind, fd, name, 0, NULL, 0, SYS_unlinkat, fd, (long)name, flags, 0, 0);
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(const char *name)
{
    int result = unlink(name);
    return result && errno == EISDIR ? rmdir(name) : result;
}
int mkdirat(int fd, const char *name, mode_t mode)
{
    return changed(MKDIR, fd, name, 0, NULL, 0, SYS_mkdirat, fd, (long)name, mode, 0, 0);
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }
