#ifndef BETWEEN_CSQLITE_H
#define BETWEEN_CSQLITE_H

#include <sqlite3.h>

/// Sets one boolean option of a connection (`SQLITE_DBCONFIG_DEFENSIVE` and its
/// like), which Swift cannot, since `sqlite3_db_config` is variadic.
///
/// Pass -1 to ask without setting. Answers what the option is now, 0 or 1, or
/// the negated SQLite code where SQLite refused.
int between_sqlite_flag(sqlite3 *connection, int option, int value);

/// Makes the connection count the pages of its write-ahead log.
///
/// It takes the place of SQLite's own hook, so automatic checkpoints end.
void between_sqlite_watch_log(sqlite3 *connection);

/// How many pages the log held after the last commit of this connection since
/// this was last asked; 0 where nothing was committed.
///
/// Call it where the connection may be used, never on two threads at once.
int between_sqlite_log_pages(sqlite3 *connection);

#endif
