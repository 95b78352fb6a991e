#pragma once

/// The version of this build: ATELIER_VERSION of the environment in which it was built, if any.
const char *atelier_version(void);
