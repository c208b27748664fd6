#include "CSQLite.h"

#include <stddef.h>
#include <stdint.h>

int between_sqlite_flag(sqlite3 *connection, int option, int value) {
    int after = 0;
    int code = sqlite3_db_config(connection, option, value, &after);
    return code == SQLITE_OK ? after : -code;
}

// The count is kept as the hook's own argument, which SQLite hands back when the
// hook is set again: so there is no memory that could outlive the connection.
static int committed(void *previous, sqlite3 *connection, const char *database, int pages) {
    (void)previous;
    (void)database;
    sqlite3_wal_hook(connection, committed, (void *)(intptr_t)pages);
    return SQLITE_OK;
}

void between_sqlite_watch_log(sqlite3 *connection) {
    sqlite3_wal_hook(connection, committed, NULL);
}

int between_sqlite_log_pages(sqlite3 *connection) {
    return (int)(intptr_t)sqlite3_wal_hook(connection, committed, NULL);
}
