#define _GNU_SOURCE
#include "CFileStatus.h"

#include <fcntl.h>
#include <sys/stat.h>

int between_file_identity(const char *path, uint64_t *inode, int64_t *birth_nanos) {
#ifdef __linux__
    // Swift cannot see statx: its structure and its function share a name.
    struct statx status;
    if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &status) != 0) return -1;
    *inode = status.stx_ino;
    *birth_nanos = (status.stx_mask & STATX_BTIME)
        ? status.stx_btime.tv_sec * 1000000000LL + status.stx_btime.tv_nsec
        : 0;
#else
    struct stat status;
    if (stat(path, &status) != 0) return -1;
    *inode = status.st_ino;
    *birth_nanos = status.st_birthtimespec.tv_sec * 1000000000LL + status.st_birthtimespec.tv_nsec;
#endif
    return 0;
}
