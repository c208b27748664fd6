/// The second step: what a forget shows.
extension ServerSchema {
    /// Before it who began an entry was read off the order of arrival, and nothing of that was kept.
    static let proofs = """
        -- The 16 bytes that the entry's id is made of, in a forget by who is no owner.
        ALTER TABLE edit ADD COLUMN proof BLOB CHECK (proof IS NULL OR is_forget AND length(proof) = 16);
        """
}
