package import Causality
package import Wire

/// The engine's own name of a row, valid for the engine that gave it. Those of batches and of edits ascend in the order
/// of arrival, those of spaces in the order in which they began.
package typealias StoreKey = Int64

/// Reads and writes rows within one transaction of a ``StoreEngine``. It has no rules: ``SpaceAuthority`` decides what
/// is written, and in which order.
///
/// Valid only within the job that it is given to. Throws ``StoreDamage`` for rows that contradict each other, and the
/// engine's errors.
package protocol StoreTransaction {
    // MARK: Devices

    func device(_ id: DeviceID) throws -> StoredDevice?
    /// Ascending by id.
    func devices() throws -> [StoredDevice]
    /// Adds or replaces a device.
    func put(_ device: StoredDevice) throws
    func invitation(_ hash: Hash256) throws -> StoredInvitation?
    /// Adds or replaces an invitation.
    func put(_ invitation: StoredInvitation) throws
    /// Removes invitations that are used, or expire at this time or before.
    func removeInvitations(expiringBy millis: Int) throws

    // MARK: Spaces

    func space(_ id: SpaceID) throws -> StoredSpace?
    /// Adds a space that counts towards an account's quota, if it has one.
    func addSpace(_ id: SpaceID, account: DeviceID?) throws -> StoredSpace
    /// Replaces the counts of a space.
    func put(_ space: StoredSpace) throws
    /// What all spaces of an account hold.
    func usage(of account: DeviceID) throws -> StoredUsage
    /// Ascending by id.
    func statusOfSpaces() throws -> [StoreStatus.Space]
    /// The spaces that a device is or was a member of, ascending by id.
    func memberships(of device: DeviceID) throws -> [StoredMembership]
    /// Sets whether a device is or was a member of a space; `nil` if it never was.
    func setMembership(of device: DeviceID, in space: StoreKey, isCurrent: Bool?) throws

    // MARK: Membership logs

    /// The records of a log from a position on.
    func records(of space: StoreKey, from position: Int) throws -> [[UInt8]]
    /// Replaces the records of a log from a position on.
    func setRecords(_ records: [[UInt8]], of space: StoreKey, from position: Int) throws
    func quarantinedRecordCount(of space: StoreKey) throws -> Int
    func quarantinedRecord(_ hash: Hash256, of space: StoreKey) throws -> [UInt8]?
    /// Quarantines a record, unless it is already.
    func quarantineRecord(_ bytes: [UInt8], _ hash: Hash256, of space: StoreKey, at millis: Int) throws
    func removeQuarantinedRecord(_ hash: Hash256, of space: StoreKey) throws

    // MARK: Feeds and clocks

    func feed(_ replica: ReplicaID, of space: StoreKey) throws -> StoredFeed?
    func addFeed(_ replica: ReplicaID, _ origin: ReplicaOrigin, to space: StoreKey) throws -> StoreKey
    /// Removes a feed without batches.
    func removeFeed(_ feed: StoreKey) throws
    func replica(ofFeed feed: StoreKey) throws -> ReplicaID
    /// How many feeds a space has, and how many of them announced this signing key.
    func feedCounts(of space: StoreKey, signingKey: [UInt8]) throws -> (all: Int, own: Int)
    /// The tips of all feeds, ascending by replica.
    func tips(of space: StoreKey) throws -> [(feed: StoredFeed, tip: Tip)]
    /// What the author of a feed had seen of others at its tip, ascending by replica.
    func clock(ofFeed feed: StoreKey) throws -> [Tip]
    /// Sets what the author of a feed had seen of another.
    func setClock(ofFeed feed: StoreKey, seen other: StoreKey, _ tip: Tip) throws
    func removeClock(ofFeed feed: StoreKey) throws

    // MARK: Batches

    /// The last batch of a feed that begins at this number or before.
    func lastBatch(ofFeed feed: StoreKey, to number: Int) throws -> StoredBatch?
    /// The first batch of a feed that begins after this number.
    func nextBatch(ofFeed feed: StoreKey, after number: Int) throws -> StoredBatch?
    /// A batch with these of its boxes that are here.
    func batch(_ key: StoreKey, _ boxes: StoredBoxes) throws -> Batch
    /// All batches of a space in the order of arrival, without their edits.
    func history(of space: StoreKey) throws -> [StoredOutline]
    /// Adds a batch without its edits.
    func addBatch(_ header: BatchHeader, signature: [UInt8], hash: Hash256, to feed: StoreKey) throws
    /// Removes a batch with its edits and boxes from the disk, but not from what is live. Returns the entries of its
    /// edits, and how many bytes the places of erased boxes took.
    func removeBatch(_ key: StoreKey) throws -> (entries: [StoreKey], erasedByteCount: Int)

    // MARK: Entries and edits

    /// An entry, which is added if it is missing.
    func entry(_ id: EntryID, in space: StoreKey) throws -> (entry: StoredEntry, isNew: Bool)
    /// Removes an entry without edits.
    func removeEntry(_ entry: StoreKey) throws
    /// Erases the boxes of an entry, also those in quarantined batches, and marks it as forgotten: none of its edits is
    /// live, or lacks its box.
    ///
    /// - Returns: how many bytes of boxes were here, and how many their places take until the batches are removed.
    func erase(_ entry: StoredEntry, in space: StoreKey) throws -> (freed: Int, kept: Int)
    /// Adds an edit. Unless it is `erased`, it is live in all its fields, its box is stored, and it lacks a missing one.
    func add(_ edit: Edit, at number: Int, ofBatch first: Int, _ place: StoredPlace, isErased: Bool) throws
    /// The edits of an entry, in the order of arrival.
    func edits(of entry: StoreKey) throws -> [StoredEdit]
    /// The live edits of a field: all of this feed, and as many of others.
    func live(in entry: StoreKey, _ token: FieldToken, ofFeed feed: StoreKey, othersMax: Int) throws -> [StoredLive]
    func removeLive(_ live: StoredLive, in entry: StoreKey, _ token: FieldToken) throws
    /// Lowers the number of fields in which an edit is live.
    func lowerLiveCount(of edit: StoredLive, by count: Int) throws
    /// Replaces what is live in an entry, and which of its edits lack their boxes: it is not forgotten any more.
    func setLive(_ live: [FieldToken: [StoredLive]], in entry: StoreKey) throws

    // MARK: Boxes

    func box(of dot: Dot, in space: StoreKey) throws -> [UInt8]?
    /// The edit at a dot, if its box is missing, and the hash of the box.
    func missingBox(of dot: Dot, in space: StoreKey) throws -> (edit: StoreKey, hash: Hash256)?
    /// Visits edits whose boxes are missing, after one of them, in the order of arrival, until the body returns false.
    func missingBoxes(of space: StoreKey, after edit: StoreKey, while visit: (Dot, StoreKey) throws -> Bool) throws
    /// Stores the box of an edit that lacks it.
    func addBox(_ bytes: [UInt8], to edit: StoreKey) throws

    // MARK: Quarantine

    /// Quarantines a batch, unless it is already. Returns whether it was not.
    func quarantine(
        _ batch: Batch, hash: Hash256, reason: ErrorCode, of id: SpaceID, _ space: StoreKey, at millis: Int
    ) throws -> Bool
    /// Whether erased content may still be on the disk.
    var isScrubDue: Bool { get throws }
}

/// A device that enrolled, or that is blocked, known or not.
package struct StoredDevice: Hashable, Sendable {
    package let id: DeviceID
    /// Both keys are `nil` unless it is enrolled.
    package var signingKey: [UInt8]?
    package var agreementKey: [UInt8]?
    package var isBlocked: Bool
    /// Whether it stays enrolled when it is removed from its last space.
    package var isKept: Bool

    package init(
        _ id: DeviceID, signingKey: [UInt8]? = nil, agreementKey: [UInt8]? = nil, isBlocked: Bool = false,
        isKept: Bool = false
    ) {
        self.id = id
        self.signingKey = signingKey
        self.agreementKey = agreementKey
        self.isBlocked = isBlocked
        self.isKept = isKept
    }

    package var isEnrolled: Bool { signingKey != nil }
}

package struct StoredInvitation: Hashable, Sendable {
    package let invitation: Invitation
    package var isUsed: Bool

    package init(_ invitation: Invitation, isUsed: Bool) {
        self.invitation = invitation
        self.isUsed = isUsed
    }
}

package struct StoredSpace: Hashable, Sendable {
    package let key: StoreKey
    package let id: SpaceID
    /// The device whose enrolment brought it.
    package let account: DeviceID?
    package var editCount: Int
    /// Bytes of edits and their boxes.
    package var byteCount: Int
    /// Bytes of everything else.
    package var keptByteCount: Int
    /// The day of the last counted record, counted from 1970, and how many were counted that day.
    package var recordDay: Int
    package var recordCount: Int

    package init(
        key: StoreKey, id: SpaceID, account: DeviceID?, editCount: Int = 0, byteCount: Int = 0, keptByteCount: Int = 0,
        recordDay: Int = 0, recordCount: Int = 0
    ) {
        self.key = key
        self.id = id
        self.account = account
        self.editCount = editCount
        self.byteCount = byteCount
        self.keptByteCount = keptByteCount
        self.recordDay = recordDay
        self.recordCount = recordCount
    }
}

/// The sums of some spaces.
package struct StoredUsage: Hashable, Sendable {
    package let spaceCount: Int
    package let editCount: Int
    /// Bytes of edits, boxes, and everything else.
    package let byteCount: Int

    package init(spaceCount: Int, editCount: Int, byteCount: Int) {
        self.spaceCount = spaceCount
        self.editCount = editCount
        self.byteCount = byteCount
    }
}

package struct StoredMembership: Hashable, Sendable {
    package let space: SpaceID
    package let key: StoreKey
    /// The account of the space.
    package let account: DeviceID?
    package let isCurrent: Bool

    package init(space: SpaceID, key: StoreKey, account: DeviceID?, isCurrent: Bool) {
        self.space = space
        self.key = key
        self.account = account
        self.isCurrent = isCurrent
    }
}

package struct StoredFeed: Hashable, Sendable {
    package let key: StoreKey
    package let replica: ReplicaID
    package let origin: ReplicaOrigin

    package init(key: StoreKey, replica: ReplicaID, origin: ReplicaOrigin) {
        self.key = key
        self.replica = replica
        self.origin = origin
    }
}

/// Where a batch begins and ends.
package struct StoredBatch: Hashable, Sendable {
    package let key: StoreKey
    package let first: Int
    package let last: Int
    /// The membership head that it names.
    package let head: Hash256
    /// The feed's hash after it.
    package let hash: Hash256

    package init(key: StoreKey, first: Int, last: Int, head: Hash256, hash: Hash256) {
        self.key = key
        self.first = first
        self.last = last
        self.head = head
        self.hash = hash
    }
}

/// A batch without its edits.
package struct StoredOutline: Hashable, Sendable {
    package let feed: StoredFeed
    package let batch: StoredBatch
    package let epoch: Hash256
    /// The rows of the author's clock that advanced.
    package let seen: [Tip]

    package init(feed: StoredFeed, batch: StoredBatch, epoch: Hash256, seen: [Tip]) {
        self.feed = feed
        self.batch = batch
        self.epoch = epoch
        self.seen = seen
    }
}

/// The boxes that a batch is read with.
package enum StoredBoxes: Hashable, Sendable {
    case none
    /// Boxes of edits that are live in a field; a new device requests others if it needs them.
    case live
    case all
}

package struct StoredEntry: Hashable, Sendable {
    package let key: StoreKey
    package let id: EntryID
    package let isForgotten: Bool

    package init(key: StoreKey, id: EntryID, isForgotten: Bool) {
        self.key = key
        self.id = id
        self.isForgotten = isForgotten
    }
}

/// The rows that an edit belongs to.
package struct StoredPlace: Hashable, Sendable {
    package let space: StoreKey
    package let feed: StoreKey
    package let entry: StoreKey

    package init(space: StoreKey, feed: StoreKey, entry: StoreKey) {
        self.space = space
        self.feed = feed
        self.entry = entry
    }
}

/// What is needed of an edit to work out what is live.
package struct StoredEdit: Hashable, Sendable {
    package let feed: StoreKey
    package let dot: Dot
    /// The first dot of its batch.
    package let batch: Dot
    package let isForget: Bool
    package let tokens: [FieldToken]
    package let unread: [Dot]

    package init(feed: StoreKey, dot: Dot, batch: Dot, isForget: Bool, tokens: [FieldToken], unread: [Dot]) {
        self.feed = feed
        self.dot = dot
        self.batch = batch
        self.isForget = isForget
        self.tokens = tokens
        self.unread = unread
    }
}

/// An edit that is live in a field.
package struct StoredLive: Hashable, Sendable {
    package let feed: StoreKey
    package let n: Int

    package init(feed: StoreKey, n: Int) {
        self.feed = feed
        self.n = n
    }
}
