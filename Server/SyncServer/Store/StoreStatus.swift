package import Causality

/// What a server's store holds: numbers, and names that say nothing.
package struct StoreStatus: Hashable, Sendable {
    package struct Space: Hashable, Sendable {
        package let id: SpaceID
        package let recordCount: Int
        package let editCount: Int
        /// Of edits as they are stored, boxes for the most part.
        package let byteCount: Int
        /// Of all else that counts for its person: records, clocks, what is set aside.
        package let keptByteCount: Int
        /// Batches that no line holds any more.
        package let setAsideCount: Int
        /// Of these batches; part of ``keptByteCount``.
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

    /// Ascending by name.
    package let spaces: [Space]
    /// Ascending.
    package let enrolled: [DeviceID]
    package let blockedCount: Int
    package let isReadOnly: Bool
    /// Whether something was forgotten that may still stand in the file.
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
