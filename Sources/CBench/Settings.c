#include "Settings.h"
#include "CBench.h"

#include <stdio.h>
#include <time.h>

int bench_open(const char *path, int64_t page_size, sqlite3 **database) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(path, database, flags, NULL);
    if (code != SQLITE_OK) return code;
    char sql[512];
    snprintf(
        sql, sizeof sql,
        "PRAGMA page_size = %lld;"
        "PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA wal_autocheckpoint = 1000;"
        "PRAGMA secure_delete = ON;"
        "PRAGMA temp_store = MEMORY;"
        "PRAGMA mmap_size = 0;"
        "PRAGMA cell_size_check = ON;"
        "PRAGMA trusted_schema = OFF;"
        "PRAGMA foreign_keys = ON;",
        (long long)page_size);
    return sqlite3_exec(*database, sql, NULL, NULL, NULL);
}

int bench_number(sqlite3 *database, const char *sql, int64_t *number) {
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(database, sql, -1, &row, NULL);
    if (code != SQLITE_OK) return code;
    code = sqlite3_step(row);
    if (code == SQLITE_ROW) *number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

void bench_explain(char *message, const char *doing, sqlite3 *database, int code) {
    const char *reason = database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    snprintf(message, between_bench_message_size, "%s failed: %s (SQLite %d)", doing, reason, code);
}

int64_t bench_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}
