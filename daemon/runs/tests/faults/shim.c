/* Loaded before libc: while the file named by FAULT_FLAG exists, the calls that it names fail for files whose path
   holds FAULT_PATH. "fsync" in the file makes fsync and fdatasync fail with EIO, "space" makes writes fail with
   ENOSPC, as a disk without room does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(int fd, const char *what) {
    const char *flag = getenv("FAULT_FLAG"), *path = getenv("FAULT_PATH");
    char link[64], target[4096], said[32];
    if (!flag || !path) return 0;
    int kept = errno;
    int file = syscall(SYS_openat, AT_FDCWD, flag, O_RDONLY | O_CLOEXEC, 0);
    errno = kept;
    if (file < 0) return 0;
    ssize_t length = syscall(SYS_read, file, said, sizeof said - 1);
    syscall(SYS_close, file);
    if (length < 0) return 0;
    said[length] = 0;
    if (!strstr(said, what)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, target, sizeof target - 1);
    errno = kept;
    if (length < 0) return 0;
    target[length] = 0;
    return strstr(target, path) != NULL;
}

static int synced(int fd, long number) {
    if (fails(fd, "fsync")) { errno = EIO; return -1; }
    return (int)syscall(number, fd);
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

ssize_t write(int fd, const void *bytes, size_t count) {
    if (fails(fd, "space")) { errno = ENOSPC; return -1; }
    return syscall(SYS_write, fd, bytes, count);
}
