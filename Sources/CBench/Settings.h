#ifndef BETWEEN_BENCH_SETTINGS_H
#define BETWEEN_BENCH_SETTINGS_H

#include <sqlite3.h>
#include <stdint.h>

/// Creates a database with the settings of `SQLiteFile`'s `Safety`, including checkpoints after 1,000 pages. On
/// failure `database` may still have to be closed.
int bench_open(const char *path, int64_t page_size, sqlite3 **database);

/// Runs a query for one integer.
int bench_number(sqlite3 *database, const char *sql, int64_t *number);

/// Describes a failure in `message`.
void bench_explain(char *message, const char *doing, sqlite3 *database, int code);

/// The monotonic clock, in nanoseconds.
int64_t bench_now(void);

#endif
