package import Causality
import Synchronization
package import Wire

/// What connections tell each other, also those of other daemons that serve the same store.
///
/// Announcements are hints and may be lost: a conversation that misses a change finds it when it next opens the space.
/// The slots of pairings are one table for all daemons.
package protocol Announcements: Sendable {
    /// Has all announcements passed to a listener from now on, also those of its own daemon, on any thread.
    func listen(_ listener: @escaping @Sendable (Announcement) -> Void)
    /// Passes an announcement to all listeners, without waiting for other daemons.
    func announce(_ announcement: Announcement)
    /// Changes the slots in one step, which no other change interrupts.
    func changeSlots<Answer: Sendable>(_ change: @Sendable (inout SlotTable) -> Answer) async -> Answer
}

package enum Announcement: Hashable, Sendable {
    /// A space changed, by a connection, or by nobody that is connected.
    case changed(SpaceID, SpaceNews, by: ConnectionID?)
    /// A step of a pairing, for one connection.
    case message(Message, to: ConnectionID)
    /// The pairing for which this connection waits is over.
    case pairingEnded(ConnectionID)
    /// The conversations of a device are to end, or all.
    case end(ErrorCode, DeviceID?)
}

/// A connection to one of the daemons.
package struct ConnectionID: Hashable, Comparable, Sendable {
    /// Drawn by each daemon.
    private let daemon: UInt64
    /// Ascending within a daemon, from 1 on.
    private let number: UInt64

    init(daemon: UInt64, number: UInt64) {
        self.daemon = daemon
        self.number = number
    }

    package static func < (left: ConnectionID, right: ConnectionID) -> Bool {
        (left.daemon, left.number) < (right.daemon, right.number)
    }
}

/// Announcements of a daemon that serves its store alone: a listener has heard when ``announce(_:)`` returns.
package final class LocalAnnouncements: Announcements {
    private let listeners = Mutex<[@Sendable (Announcement) -> Void]>([])
    private let slots = Mutex(SlotTable())

    package init() {}

    package func listen(_ listener: @escaping @Sendable (Announcement) -> Void) {
        listeners.withLock { $0.append(listener) }
    }

    package func announce(_ announcement: Announcement) {
        for listener in listeners.withLock({ $0 }) { listener(announcement) }
    }

    package func changeSlots<Answer: Sendable>(_ change: @Sendable (inout SlotTable) -> Answer) async -> Answer {
        slots.withLock { change(&$0) }
    }
}
