package import Causality

/// Counts for `btwd status`, with pseudonymous ids.
package struct StoreStatus: Hashable, Sendable {
    package struct Space: Hashable, Sendable {
        package let id: SpaceID
        package let recordCount: Int
        package let editCount: Int
        /// Bytes of edits as they are stored, mostly boxes.
        package let byteCount: Int
        /// Other bytes that count towards the quota: records, clocks, what is quarantined.
        package let keptByteCount: Int
        /// Quarantined batches.
        package let setAsideCount: Int
        /// Bytes of these batches; part of ``keptByteCount``.
        package let setAsideByteCount: Int

        package init(
            id: SpaceID, recordCount: Int, editCount: Int, byteCount: Int, keptByteCount: Int, setAsideCount: Int,
            setAsideByteCount: Int
        ) {
            self.id = id
            self.recordCount = recordCount
            self.editCount = editCount
            self.byteCount = byteCount
            self.keptByteCount = keptByteCount
            self.setAsideCount = setAsideCount
            self.setAsideByteCount = setAsideByteCount
        }
    }

    /// Ascending by id.
    package let spaces: [Space]
    /// Ascending.
    package let enrolled: [DeviceID]
    package let blockedCount: Int
    package let isReadOnly: Bool
    /// Whether forgotten content may still be in the file.
    package let isScrubDue: Bool

    package init(
        spaces: [Space], enrolled: [DeviceID], blockedCount: Int, isReadOnly: Bool, isScrubDue: Bool
    ) {
        self.spaces = spaces
        self.enrolled = enrolled
        self.blockedCount = blockedCount
        self.isReadOnly = isReadOnly
        self.isScrubDue = isScrubDue
    }
}
