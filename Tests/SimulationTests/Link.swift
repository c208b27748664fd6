import Causality
import SyncServer
import Wire

/// One connection: two ordered directions, each of which may stop silently.
struct Link {
    /// One direction, named by its reader.
    struct Lane {
        /// The time of the last arrival.
        var last = Duration.zero
        /// Whether nothing arrives any more.
        var isDead = false
        var isClosed = false
        var reader = WireReader()
    }

    let device: Int
    let run: Int
    var conversation: ServerConversation?
    var toClient = Lane()
    var toServer = Lane()
    /// For seeded bugs: boxes that were requested here, and how many records the device is believed to hold.
    var askedBoxes: [Simulation.Side: Set<Dot>] = [:]
    var believedLog = 0
    /// Counts each timer's starts: an older one has no effect.
    var timers: [Timed: Int] = [:]

    struct Timed: Hashable {
        let side: Simulation.Side
        let timer: ConversationTimer
    }

    subscript(side: Simulation.Side) -> Lane {
        get { side == .client ? toClient : toServer }
        set {
            switch side {
            case .client: toClient = newValue
            case .server: toServer = newValue
            }
        }
    }
}
