#ifndef BETWEEN_CSQLITE_H
#define BETWEEN_CSQLITE_H

#include <sqlite3.h>

/// Sets one boolean option of a connection (`SQLITE_DBCONFIG_DEFENSIVE` and its
/// like), which Swift cannot, since `sqlite3_db_config` is variadic.
///
/// Pass -1 to query without setting. Returns the option's value, 0 or 1, or the negated SQLite error code.
int between_sqlite_flag(sqlite3 *connection, int option, int value);

/// Counts the pages of the connection's write-ahead log from now on.
///
/// It replaces SQLite's own WAL hook, so automatic checkpoints end.
void between_sqlite_watch_log(sqlite3 *connection);

/// The number of pages in the log after the connection's last commit since the previous call; 0 if there was none.
///
/// Must be called where the connection may be used, and never on two threads at once.
int between_sqlite_log_pages(sqlite3 *connection);

#endif
