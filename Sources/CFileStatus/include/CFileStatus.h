#ifndef BETWEEN_FILE_STATUS_H
#define BETWEEN_FILE_STATUS_H

#include <stdint.h>

/// The inode and birth time of the file at a path: a copy has another inode, a restored file another birth time.
/// Returns 0, or -1 with errno set. The birth time is 0 if the file system does not record it.
int between_file_identity(const char *path, uint64_t *inode, int64_t *birth_nanos);

#endif
