#include "CBench.h"
#include "Settings.h"

#include <stdlib.h>

struct between_bench_commits {
    sqlite3 *database;
    sqlite3_stmt *insert;
};

between_bench_commits *between_bench_open_commits(const char *path, char *message) {
    between_bench_commits *commits = calloc(1, sizeof *commits);
    if (!commits) return NULL;
    int code = bench_open(path, 4096, &commits->database);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(
            commits->database, "CREATE TABLE row (key INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT", NULL, NULL,
            NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_prepare_v3(
            commits->database, "INSERT INTO row (body) VALUES (?)", -1, SQLITE_PREPARE_PERSISTENT, &commits->insert,
            NULL);
    }
    if (code == SQLITE_OK) return commits;
    bench_explain(message, "making a database", commits->database, code);
    between_bench_close_commits(commits);
    return NULL;
}

int64_t between_bench_commit(between_bench_commits *commits, const char *bytes, int length, char *message) {
    int64_t start = bench_now();
    sqlite3_bind_text(commits->insert, 1, bytes, length, SQLITE_STATIC);
    int code = sqlite3_step(commits->insert);
    sqlite3_reset(commits->insert);
    int64_t nanos = bench_now() - start;
    if (code == SQLITE_DONE) return nanos;
    bench_explain(message, "committing a row", commits->database, code);
    return -1;
}

void between_bench_close_commits(between_bench_commits *commits) {
    if (!commits) return;
    sqlite3_finalize(commits->insert);
    sqlite3_close(commits->database);
    free(commits);
}
