#include "CProcessPrivacy.h"

#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

void between_keep_memory_private(void) {
    // Neither can fail for a process that gives up a privilege; if one did, the program should run nevertheless.
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
    // A core that is piped to a program ignores the limit; this prevents it too.
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
