#define _GNU_SOURCE
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

static char pattern[PATH_MAX];
static int call, number, code;
static atomic_int is_on, count, holds;

void faults_begin(enum faults_call which, const char *part, int fails, int error, int waits) {
    snprintf(pattern, sizeof pattern, "%s", part);
    call = which, number = fails, code = error;
    holds = waits;
    count = 0;
    is_on = 1;
}

int faults_count(void) { return count; }

void faults_release(void) { holds = 0; }

int faults_end(void) {
    is_on = 0;
    holds = 0;
    return count;
}

#ifdef IS_SANITIZED
int faults_are_possible(void) { return 0; }
#else
int faults_are_possible(void) { return 1; }

static int fails(enum faults_call which, const char *path) {
    if (call != which || !strstr(path, pattern) || ++count != number) return 0;
    while (holds) usleep(1000);
    errno = code;
    return 1;
}

static int fails_on(enum faults_call which, int descriptor) {
    if (!is_on || call != which) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(which, path);
}

// The program's own definitions come before the C library's, for its shared libraries too.

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (is_on && fails(FAULTS_OPEN, path)) return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

ssize_t read(int descriptor, void *bytes, size_t size) {
    if (fails_on(FAULTS_READ, descriptor)) return -1;
    return syscall(SYS_read, descriptor, bytes, size);
}

ssize_t pread(int descriptor, void *bytes, size_t size, off_t offset) {
    if (fails_on(FAULTS_READ, descriptor)) return -1;
    return syscall(SYS_pread64, descriptor, bytes, size, offset);
}

ssize_t pread64(int descriptor, void *bytes, size_t size, off_t offset)
    __attribute__((alias("pread")));

ssize_t write(int descriptor, const void *bytes, size_t size) {
    if (fails_on(FAULTS_WRITE, descriptor)) return -1;
    return syscall(SYS_write, descriptor, bytes, size);
}

int fdatasync(int descriptor) {
    if (fails_on(FAULTS_FDATASYNC, descriptor)) return -1;
    return (int)syscall(SYS_fdatasync, descriptor);
}

int linkat(int from, const char *path, int to, const char *name, int flags) {
    if (is_on && fails(FAULTS_LINKAT, name)) return -1;
    return (int)syscall(SYS_linkat, from, path, to, name, flags);
}
#endif
