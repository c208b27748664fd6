/// The seventh step: what merging chose of long texts is kept by the names of their edits.
extension StoreSchema {
    /// Before it each version that came made another line with all versions in it, which of long texts was the square
    /// of what there is. Of these the last of each field stays.
    static let changes = """
        -- Of what is too long to be kept twice, the edits whose values were live. A line is open as long as its conflict
        -- is: then the next one of the field takes its place.
        ALTER TABLE change ADD COLUMN dots BLOB NOT NULL DEFAULT x'';
        ALTER TABLE change ADD COLUMN is_open INTEGER NOT NULL DEFAULT 0 CHECK (is_open IN (0, 1));

        DELETE FROM change WHERE length(chosen) + length(others) > 4096
            AND key < (SELECT max(key) FROM change AS later
                WHERE later.entry = change.entry AND later.field = change.field);

        UPDATE choice SET others = '[]' WHERE rule <> 'unsettled';
        """
}
