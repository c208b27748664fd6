/// The fourth step: what a forget shows.
extension StoreSchema {
    /// Before it nobody showed anything: only owners wrote.
    static let proofs = """
        -- The 16 bytes that the entry's id is made of, in a forget by who is no owner.
        ALTER TABLE edit ADD COLUMN proof BLOB CHECK (proof IS NULL OR is_forget AND length(proof) = 16);
        """
}
