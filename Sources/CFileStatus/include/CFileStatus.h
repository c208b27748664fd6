#ifndef BETWEEN_FILE_STATUS_H
#define BETWEEN_FILE_STATUS_H

#include <stdint.h>

/// Which file a path names, and since when it is that file: a copy has another
/// inode, a restored one another birth. Answers 0, or -1 with errno set. A file
/// system that keeps no births gives 0.
int between_file_identity(const char *path, uint64_t *inode, int64_t *birth_nanos);

#endif
