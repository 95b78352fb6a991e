#pragma once
// What Swift's Glibc module leaves out.
#include <malloc.h>
#include <sys/prctl.h>

// prctl is variadic, which Swift cannot call.
static inline int clinux_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal);
}
