#ifndef BETWEEN_BENCH_H
#define BETWEEN_BENCH_H

#include <stddef.h>
#include <stdint.h>

/// Baselines of the benchmark, written against SQLite's C interface.
///
/// On failure functions return NULL or -1, with the reason in `message`. All times are in nanoseconds of the
/// monotonic clock.
enum { between_bench_message_size = 256 };

/// The rows of a journal's database in memory, each with its entry.
typedef struct between_bench_rows between_bench_rows;

/// Reads the schema and every row of a journal's database, and recomputes the input of its full-text index.
between_bench_rows *between_bench_read(const char *path, char *message);

void between_bench_free(between_bench_rows *rows);

size_t between_bench_row_count(const between_bench_rows *rows);

/// The size of the rows in memory.
size_t between_bench_byte_count(const between_bench_rows *rows);

/// The number of pages of the database that they were read from.
int64_t between_bench_pages(const between_bench_rows *rows);

/// The key of the last entry, which is the count of entries if none was deleted.
int64_t between_bench_entry_count(const between_bench_rows *rows);

/// Creates a database with the same schema and settings, and writes the rows entry by entry with prepared statements:
/// the first `bulk_count` entries in transactions of `entries_per_transaction`, each of the others in its own.
///
/// Returns the time of the first part, from BEGIN to the last COMMIT, checkpoints included. `singles` gets the time
/// of each other entry, `pages` the final number of pages.
int64_t between_bench_write(
    const between_bench_rows *rows, const char *path, int64_t bulk_count, int64_t entries_per_transaction,
    int64_t *singles, int64_t *pages, char *message);

/// A database with one table of two columns, to commit single rows to.
typedef struct between_bench_commits between_bench_commits;

between_bench_commits *between_bench_open_commits(const char *path, char *message);

/// Commits one row of these bytes. Returns the time that it took.
int64_t between_bench_commit(between_bench_commits *commits, const char *bytes, int length, char *message);

void between_bench_close_commits(between_bench_commits *commits);

/// Runs a program with its output discarded, and waits for its end.
///
/// Returns the time from before its start. `status` is its exit code, or 128 and more if a signal ended it.
int64_t between_bench_run(char *const arguments[], int *status, char *message);

/// A TCP relay between devices and a server on this machine, for one connection after another, that counts bytes.
typedef struct between_bench_relay between_bench_relay;

between_bench_relay *between_bench_open_relay(uint16_t target, char *message);

/// The port at which devices connect to it, on 127.0.0.1.
uint16_t between_bench_relay_port(const between_bench_relay *relay);

/// Bytes relayed, in both directions.
int64_t between_bench_relay_count(const between_bench_relay *relay);

/// Waits for the end of the current connection.
void between_bench_close_relay(between_bench_relay *relay);

#endif
