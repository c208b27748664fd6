import Causality
import SyncServer
import Wire

/// One connection: two directions that keep their order, each of which may die without a word.
struct Link {
    /// One direction, named by who reads at its end.
    struct Lane {
        /// When the last message arrives.
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
    /// For bugs: boxes that were asked for here, and how many records the device is believed to hold.
    var askedBoxes: [World.Side: Set<Dot>] = [:]
    var believedLog = 0
    /// Counts each timer's starts: an older one comes to nothing.
    var timers: [Timed: Int] = [:]

    struct Timed: Hashable {
        let side: World.Side
        let timer: ConversationTimer
    }

    subscript(side: World.Side) -> Lane {
        get { side == .client ? toClient : toServer }
        set {
            switch side {
            case .client: toClient = newValue
            case .server: toServer = newValue
            }
        }
    }
}
