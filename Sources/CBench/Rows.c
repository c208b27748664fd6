#include "CBench.h"
#include "Settings.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { table_count_max = 32, statement_count_max = 64 };

/// The rows of one table, one after another: the entry (8 bytes), then each column as
/// its type (1 byte) and 8 bytes of number or 4 of length with the bytes behind them.
typedef struct {
    char *insert;
    int column_count;
    unsigned char *bytes;
    size_t used;
    size_t capacity;
} table;

struct between_bench_rows {
    table tables[table_count_max];
    int table_count;
    char *schema[statement_count_max];
    int statement_count;
    size_t row_count;
    int64_t entry_max;
    int64_t page_size;
    int64_t pages;
};

static int append(table *table, const void *bytes, size_t count) {
    if (count == 0) return 1;
    if (table->used + count > table->capacity) {
        size_t capacity = (table->used + count) * 3 / 2 + 4096;
        unsigned char *grown = realloc(table->bytes, capacity);
        if (!grown) return 0;
        table->bytes = grown;
        table->capacity = capacity;
    }
    memcpy(table->bytes + table->used, bytes, count);
    table->used += count;
    return 1;
}

static int append_column(table *table, sqlite3_stmt *row, int column) {
    unsigned char type = (unsigned char)sqlite3_column_type(row, column);
    if (!append(table, &type, 1)) return 0;
    switch (type) {
    case SQLITE_NULL: return 1;
    case SQLITE_INTEGER: {
        int64_t value = sqlite3_column_int64(row, column);
        return append(table, &value, sizeof value);
    }
    case SQLITE_FLOAT: {
        double value = sqlite3_column_double(row, column);
        return append(table, &value, sizeof value);
    }
    default: {
        const void *bytes = sqlite3_column_blob(row, column);
        int32_t count = sqlite3_column_bytes(row, column);
        return append(table, &count, sizeof count) && append(table, bytes, (size_t)count);
    }
    }
}

/// Stores the result of a query: the entry first, then the table's columns.
static int read_table(between_bench_rows *rows, sqlite3 *database, const char *insert, const char *select) {
    if (rows->table_count == table_count_max) return SQLITE_FULL;
    table *table = &rows->tables[rows->table_count++];
    table->insert = strdup(insert);
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(database, select, -1, &row, NULL);
    if (code != SQLITE_OK) return code;
    table->column_count = sqlite3_column_count(row) - 1;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t entry = sqlite3_column_int64(row, 0);
        if (entry > rows->entry_max) rows->entry_max = entry;
        rows->row_count++;
        int is_kept = append(table, &entry, sizeof entry);
        for (int column = 1; column <= table->column_count; column++) {
            is_kept = is_kept && append_column(table, row, column);
        }
        if (!is_kept) {
            code = SQLITE_NOMEM;
            break;
        }
    }
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/// The column with the entry of a table's row; 0 for rows that precede all entries.
static const char *entry_of(const char *table, int has_entry) {
    if (has_entry) return "entry";
    if (strcmp(table, "entry") == 0) return "key";
    if (strcmp(table, "batch") == 0) {
        return "(SELECT entry FROM edit WHERE edit.line = batch.line AND edit.n = batch.first)";
    }
    return "0";
}

static int read_plain_table(between_bench_rows *rows, sqlite3 *database, const char *name) {
    char sql[512];
    char insert[512];
    snprintf(sql, sizeof sql, "SELECT name FROM pragma_table_info('%s')", name);
    snprintf(insert, sizeof insert, "INSERT INTO \"%s\" VALUES (", name);
    sqlite3_stmt *column = NULL;
    int code = sqlite3_prepare_v2(database, sql, -1, &column, NULL);
    if (code != SQLITE_OK) return code;
    int has_entry = 0;
    int is_first = 1;
    while ((code = sqlite3_step(column)) == SQLITE_ROW) {
        if (strcmp((const char *)sqlite3_column_text(column, 0), "entry") == 0) has_entry = 1;
        strcat(insert, is_first ? "?" : ", ?");
        is_first = 0;
    }
    sqlite3_finalize(column);
    if (code != SQLITE_DONE) return code;
    strcat(insert, ")");
    snprintf(sql, sizeof sql, "SELECT %s, * FROM \"%s\" ORDER BY 1", entry_of(name, has_entry), name);
    return read_table(rows, database, insert, sql);
}

/// Stores the schema, and the rows of every table but the index's own.
static int read_all(between_bench_rows *rows, sqlite3 *database) {
    sqlite3_stmt *object = NULL;
    int code = sqlite3_prepare_v2(
        database,
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'word\\_index\\_%' ESCAPE '\\' "
        "ORDER BY rowid",
        -1, &object, NULL);
    if (code != SQLITE_OK) return code;
    while ((code = sqlite3_step(object)) == SQLITE_ROW) {
        if (rows->statement_count == statement_count_max) {
            code = SQLITE_FULL;
            break;
        }
        const char *name = (const char *)sqlite3_column_text(object, 1);
        rows->schema[rows->statement_count++] = strdup((const char *)sqlite3_column_text(object, 2));
        if (strcmp((const char *)sqlite3_column_text(object, 0), "table") != 0 || strcmp(name, "word_index") == 0) continue;
        int read = read_plain_table(rows, database, name);
        if (read != SQLITE_OK) {
            code = read;
            break;
        }
    }
    sqlite3_finalize(object);
    if (code != SQLITE_DONE) return code;
    return read_table(
        rows, database, "INSERT INTO word_index (rowid, text, words) VALUES (?, ?, ?)",
        "SELECT entry, entry, coalesce(body, ''), coalesce("
        "(SELECT group_concat(element, char(10)) FROM (SELECT element FROM element WHERE element.entry = note.entry "
        "AND collection IN ('feelings', 'tags') ORDER BY collection, element)), '') FROM note ORDER BY entry");
}

between_bench_rows *between_bench_read(const char *path, char *message) {
    between_bench_rows *rows = calloc(1, sizeof *rows);
    if (!rows) return NULL;
    sqlite3 *database = NULL;
    int code = sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) code = bench_number(database, "PRAGMA page_size", &rows->page_size);
    if (code == SQLITE_OK) code = bench_number(database, "PRAGMA page_count", &rows->pages);
    if (code == SQLITE_OK) code = read_all(rows, database);
    if (code != SQLITE_OK) {
        bench_explain(message, "reading the journal", database, code);
        between_bench_free(rows);
        rows = NULL;
    }
    sqlite3_close(database);
    return rows;
}

void between_bench_free(between_bench_rows *rows) {
    if (!rows) return;
    for (int index = 0; index < rows->table_count; index++) {
        free(rows->tables[index].insert);
        free(rows->tables[index].bytes);
    }
    for (int index = 0; index < rows->statement_count; index++) free(rows->schema[index]);
    free(rows);
}

size_t between_bench_row_count(const between_bench_rows *rows) { return rows->row_count; }

size_t between_bench_byte_count(const between_bench_rows *rows) {
    size_t count = 0;
    for (int index = 0; index < rows->table_count; index++) count += rows->tables[index].capacity;
    return count;
}

int64_t between_bench_entry_count(const between_bench_rows *rows) { return rows->entry_max; }

int64_t between_bench_pages(const between_bench_rows *rows) { return rows->pages; }

/// A table that is being written: the statement, and the position.
typedef struct {
    const table *table;
    sqlite3_stmt *insert;
    size_t position;
} writing;

static int64_t take_number(const unsigned char **bytes) {
    int64_t number;
    memcpy(&number, *bytes, sizeof number);
    *bytes += sizeof number;
    return number;
}

static int bind_column(sqlite3_stmt *insert, int index, const unsigned char **bytes) {
    switch (*(*bytes)++) {
    case SQLITE_NULL: return sqlite3_bind_null(insert, index);
    case SQLITE_INTEGER: return sqlite3_bind_int64(insert, index, take_number(bytes));
    case SQLITE_FLOAT: {
        int64_t bits = take_number(bytes);
        double value;
        memcpy(&value, &bits, sizeof value);
        return sqlite3_bind_double(insert, index, value);
    }
    case SQLITE_TEXT: {
        int32_t count;
        memcpy(&count, *bytes, sizeof count);
        const char *text = (const char *)*bytes + sizeof count;
        *bytes += sizeof count + (size_t)count;
        return sqlite3_bind_text(insert, index, text, count, SQLITE_STATIC);
    }
    default: {
        int32_t count;
        memcpy(&count, *bytes, sizeof count);
        const unsigned char *blob = *bytes + sizeof count;
        *bytes += sizeof count + (size_t)count;
        return sqlite3_bind_blob(insert, index, blob, count, SQLITE_STATIC);
    }
    }
}

/// Writes a table's rows of the entries up to this one.
static int write_rows(writing *writing, int64_t entry) {
    const table *table = writing->table;
    while (writing->position < table->used) {
        const unsigned char *bytes = table->bytes + writing->position;
        if (take_number(&bytes) > entry) return SQLITE_OK;
        for (int column = 1; column <= table->column_count; column++) {
            int code = bind_column(writing->insert, column, &bytes);
            if (code != SQLITE_OK) return code;
        }
        int code = sqlite3_step(writing->insert);
        if (code != SQLITE_DONE) return code;
        sqlite3_reset(writing->insert);
        writing->position = (size_t)(bytes - table->bytes);
    }
    return SQLITE_OK;
}

/// Writes the entries from `first` up to `last` in one transaction.
static int write_entries(
    const between_bench_rows *rows, sqlite3 *database, writing *writings, int64_t first, int64_t last) {
    int code = sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (int64_t entry = first; code == SQLITE_OK && entry <= last; entry++) {
        for (int index = 0; code == SQLITE_OK && index < rows->table_count; index++) {
            code = write_rows(&writings[index], entry);
        }
    }
    return code == SQLITE_OK ? sqlite3_exec(database, "COMMIT", NULL, NULL, NULL) : code;
}

/// Rows that precede all entries are written with the first.
static int write_all(
    const between_bench_rows *rows, sqlite3 *database, writing *writings, int64_t bulk_count, int64_t per_transaction,
    int64_t *nanos, int64_t *singles) {
    int64_t start = bench_now();
    for (int64_t entry = 1; entry <= bulk_count; entry += per_transaction) {
        int64_t last = entry + per_transaction - 1;
        int code = write_entries(rows, database, writings, entry, last < bulk_count ? last : bulk_count);
        if (code != SQLITE_OK) return code;
    }
    *nanos = bench_now() - start;
    for (int64_t entry = bulk_count + 1; entry <= rows->entry_max; entry++) {
        start = bench_now();
        int code = write_entries(rows, database, writings, entry, entry);
        if (code != SQLITE_OK) return code;
        singles[entry - bulk_count - 1] = bench_now() - start;
    }
    return SQLITE_OK;
}

int64_t between_bench_write(
    const between_bench_rows *rows, const char *path, int64_t bulk_count, int64_t entries_per_transaction,
    int64_t *singles, int64_t *pages, char *message) {
    sqlite3 *database = NULL;
    writing writings[table_count_max] = {0};
    int64_t nanos = -1;
    int code = bench_open(path, rows->page_size, &database);
    for (int index = 0; code == SQLITE_OK && index < rows->statement_count; index++) {
        code = sqlite3_exec(database, rows->schema[index], NULL, NULL, NULL);
    }
    for (int index = 0; code == SQLITE_OK && index < rows->table_count; index++) {
        writings[index].table = &rows->tables[index];
        code = sqlite3_prepare_v3(
            database, rows->tables[index].insert, -1, SQLITE_PREPARE_PERSISTENT, &writings[index].insert, NULL);
    }
    if (code == SQLITE_OK) {
        code = write_all(rows, database, writings, bulk_count, entries_per_transaction, &nanos, singles);
    }
    if (code == SQLITE_OK) code = bench_number(database, "PRAGMA page_count", pages);
    if (code != SQLITE_OK) {
        bench_explain(message, "writing the same rows", database, code);
        nanos = -1;
    }
    for (int index = 0; index < rows->table_count; index++) sqlite3_finalize(writings[index].insert);
    sqlite3_close(database);
    return nanos;
}
