#pragma once
// What Swift's Glibc module leaves out.
#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// prctl is variadic, which Swift cannot call.
static inline int clinux_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal);
}

// Needs _GNU_SOURCE, and stands for an expression that Swift does not import.
static const int clinux_o_tmpfile = 020000000 | O_DIRECTORY;

// Declared for _GNU_SOURCE only, and so is syscall(2) itself.
long syscall(long number, ...);
static inline int clinux_syncfs(int descriptor) { return (int)syscall(SYS_syncfs, descriptor); }
