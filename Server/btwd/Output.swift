import Foundation
import Logging
import SyncServer
import Wire

/// Results go to stdout, messages to stderr; both are unbuffered, since scripts wait for lines.
enum Output {
    static func print(_ text: String) { write(text, to: .standardOutput) }
    static func warn(_ text: String) { write(text, to: .standardError) }

    private static func write(_ text: String, to file: FileHandle) {
        // There is nowhere to report a failed write.
        try? file.write(contentsOf: Data((text + "\n").utf8))
    }
}

/// Logs one line an event, without user data.
enum ServerLog {
    static func write(_ event: ServerEvent, to logger: Logger) {
        switch event {
        case .listening(let endpoint): logger.info("listening on \(endpoint)")
        case .closed(let code): logger.info("connection closed: \(code.rawValue)")
        case .broken(let code): logger.info("connection broke a rule: \(code.rawValue)")
        case .guessed(let address): logger.warning("too many failed attempts from \(address)")
        case .storeFailed(let error): logger.error("the store failed: \(type(of: error))")
        case .starved(let number):
            logger.error("out of sockets, new connections wait: \(String(cString: strerror(number)))")
        case .reachable(let name, isClosed: true):
            logger.warning("others on this machine could reach \(name) until now")
        case .reachable(let name, isClosed: false):
            logger.error("others on this machine can reach \(name), which is not this user's")
        case .unheard:
            logger.warning("no control socket can be made in the folder: stop this daemon before enroll and others")
        case .stopping: logger.info("stopping")
        }
    }
}
