#ifndef BETWEEN_BENCH_H
#define BETWEEN_BENCH_H

#include <stddef.h>
#include <stdint.h>

/// What the benchmark compares with: SQLite's own C interface, and nothing between.
///
/// Where a call fails it answers NULL or -1, and `message` says why. All times are
/// nanoseconds of the monotonic clock.
enum { between_bench_message_size = 256 };

/// The rows of a journal's database, in memory, each with the entry that it is of.
typedef struct between_bench_rows between_bench_rows;

/// Reads the schema and every row of a journal's database, and works out again
/// what its full-text index was given.
between_bench_rows *between_bench_read(const char *path, char *message);

void between_bench_free(between_bench_rows *rows);

size_t between_bench_row_count(const between_bench_rows *rows);

/// What the rows take in memory.
size_t between_bench_byte_count(const between_bench_rows *rows);

/// The pages of the database that they were read from.
int64_t between_bench_pages(const between_bench_rows *rows);

/// The number of the last entry, which counts them where none was deleted.
int64_t between_bench_entry_count(const between_bench_rows *rows);

/// Makes a database of the same schema under the same settings, and writes the
/// rows entry by entry, by prepared statements: the first `bulk_count` entries so many
/// a transaction, and each of the others in one of its own.
///
/// Answers the time of the first, from BEGIN to the last COMMIT, checkpoints included.
/// `singles` gets the time of each of the others. `pages` is what the database has then.
int64_t between_bench_write(
    const between_bench_rows *rows, const char *path, int64_t bulk_count, int64_t entries_per_transaction,
    int64_t *singles, int64_t *pages, char *message);

/// A database with one table of two columns, to commit single rows to.
typedef struct between_bench_commits between_bench_commits;

between_bench_commits *between_bench_open_commits(const char *path, char *message);

/// Commits one row of these bytes. Answers how long it took.
int64_t between_bench_commit(between_bench_commits *commits, const char *bytes, int length, char *message);

void between_bench_close_commits(between_bench_commits *commits);

/// Runs a program with its output thrown away, and waits for its end.
///
/// Answers how long it took from before its start. `status` is its exit code, or
/// 128 and more where a signal ended it.
int64_t between_bench_run(char *const arguments[], int *status, char *message);

/// Stands between devices and a server on this machine, one connection after another, and counts what passes.
typedef struct between_bench_relay between_bench_relay;

between_bench_relay *between_bench_open_relay(uint16_t target, char *message);

/// Where devices find it, on 127.0.0.1.
uint16_t between_bench_relay_port(const between_bench_relay *relay);

/// Bytes that passed, in both directions.
int64_t between_bench_relay_count(const between_bench_relay *relay);

/// Waits for the end of the connection under way.
void between_bench_close_relay(between_bench_relay *relay);

#endif
