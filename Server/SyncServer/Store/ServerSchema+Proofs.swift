/// The second migration: proofs of forgets.
extension ServerSchema {
    /// Before it, the author of an entry was derived from the order of arrival, and not stored.
    static let proofs = """
        -- The 16 bytes that the entry's id is made of, in a forget by who is no owner.
        ALTER TABLE edit ADD COLUMN proof BLOB CHECK (proof IS NULL OR is_forget AND length(proof) = 16);
        """
}
