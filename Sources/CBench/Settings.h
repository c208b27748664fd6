#ifndef BETWEEN_BENCH_SETTINGS_H
#define BETWEEN_BENCH_SETTINGS_H

#include <sqlite3.h>
#include <stdint.h>

/// Makes a database under the settings of `SQLiteFile`'s `Safety`, checkpoints after
/// 1,000 pages included. Where it fails, `database` may still have to be closed.
int bench_open(const char *path, int64_t page_size, sqlite3 **database);

/// Asks for one whole number.
int bench_number(sqlite3 *database, const char *sql, int64_t *number);

/// Writes a sentence about a failure.
void bench_explain(char *message, const char *doing, sqlite3 *database, int code);

/// The monotonic clock, in nanoseconds.
int64_t bench_now(void);

#endif
