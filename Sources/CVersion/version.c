#include "version.h"

#ifndef ATELIER_VERSION
#define ATELIER_VERSION "0.1.0"
#endif

// In C, so that another version is another object file, and nothing else is built again.
const char *atelier_version(void) { return ATELIER_VERSION; }
