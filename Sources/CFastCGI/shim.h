#pragma once

#include <fcgiapp.h>

/* What Swift's Glibc module leaves out. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc declares these two under _GNU_SOURCE only, which Swift's import of it does not set. */
extern int accept4(int, struct sockaddr *, socklen_t *, int);
static inline int fastcgi_memfd_create(const char *name) {
    return (int)syscall(SYS_memfd_create, name, 1u /* MFD_CLOEXEC */);
}
static const short fastcgi_pollrdhup = 0x2000; /* POLLRDHUP, the same on every Linux but SPARC */
