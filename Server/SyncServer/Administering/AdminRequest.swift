import CanonicalJSON
package import Causality
import Link

/// A request of the administrator, as one line of JSON, to a running daemon or performed on the files.
package enum AdminRequest: Hashable, Sendable {
    /// An enrolment string for one new person, valid for this many seconds.
    case enroll(seconds: Int)
    case status
    case block(DeviceID)
    /// Keeps a device enrolled when it is removed from its last space.
    case keep(DeviceID)
    case settle(SpaceID, head: Hash256)
    /// A copy of the store with the server's key, in a new file.
    case backup(path: String)

    init?(_ line: String) {
        guard let object = try? JSONValue(parsing: Array(line.utf8), limits: JSONLimits(depthMax: 2)).asObject else {
            return nil
        }
        switch object["type"]?.asText {
        case "enroll":
            guard let seconds = object.integer("seconds", in: 1...Self.secondsMax) else { return nil }
            self = .enroll(seconds: seconds)
        case "status": self = .status
        case "block":
            guard let device = object["device"]?.asText.flatMap({ DeviceID($0) }) else { return nil }
            self = .block(device)
        case "keep":
            guard let device = object["device"]?.asText.flatMap({ DeviceID($0) }) else { return nil }
            self = .keep(device)
        case "settle":
            guard let space = object["space"]?.asText.flatMap({ SpaceID($0) }),
                let head = object.bytes("head", count: Hash256.byteCount).flatMap({ Hash256($0) })
            else { return nil }
            self = .settle(space, head: head)
        case "backup":
            guard let path = object["path"]?.asText else { return nil }
            self = .backup(path: path)
        default: return nil
        }
    }

    /// The longest validity of an enrolment string: a year.
    package static let secondsMax = 366 * 24 * 3600

    var line: String {
        let json: JSONValue =
            switch self {
            case .enroll(let seconds): ["type": "enroll", "seconds": .integer(seconds)]
            case .status: ["type": "status"]
            case .block(let device): ["type": "block", "device": .text(Text(device.description))]
            case .keep(let device): ["type": "keep", "device": .text(Text(device.description))]
            case .settle(let space, let head):
                ["type": "settle", "space": .text(Text(space.description)), "head": .bytes(head.bytes)]
            case .backup(let path): ["type": "backup", "path": .text(Text(path))]
            }
        return String(decoding: json.canonicalBytes(), as: UTF8.self)
    }
}

/// The answer to an ``AdminRequest``, as one line of JSON.
package enum AdminAnswer: Sendable {
    /// The enrolment string, the status as JSON, or a sentence.
    case done(String)
    case failed(DaemonError)

    init(_ line: String) {
        let object = try? JSONValue(parsing: Array(line.utf8), limits: JSONLimits(depthMax: 8)).asObject
        if let done = object?["done"]?.asText {
            self = .done(done)
        } else {
            let code = object?["error"]?.asText.flatMap { DaemonError.Code(rawValue: $0) } ?? .unusable
            self = .failed(
                DaemonError(
                    code, object?["message"]?.asText ?? "The daemon gave no answer.",
                    next: object?["next"]?.asText ?? "Try again."))
        }
    }

    var line: String {
        let json: JSONValue =
            switch self {
            case .done(let text): ["done": .text(Text(text))]
            case .failed(let error):
                [
                    "error": .text(Text(error.code.rawValue)), "message": .text(Text(error.message)),
                    "next": .text(Text(error.next)),
                ]
            }
        return String(decoding: json.canonicalBytes(), as: UTF8.self)
    }
}

extension AdminRequest {
    /// Reads a typed device id; `nil` if it is not one.
    package init?(blocking text: String) {
        guard let device = DeviceID(text) else { return nil }
        self = .block(device)
    }

    /// Reads a typed device id; `nil` if it is not one.
    package init?(keeping text: String) {
        guard let device = DeviceID(text) else { return nil }
        self = .keep(device)
    }

    /// Reads a typed space id and record hash; `nil` if either is invalid.
    package init?(settling space: String, at head: String) {
        guard let space = SpaceID(space), let head = Base64URL.bytes(head).flatMap({ Hash256($0) }) else { return nil }
        self = .settle(space, head: head)
    }
}

/// Sends a request to a folder's running daemon, or performs it on the files if none runs.
package enum AdminClient {
    /// - Throws: ``DaemonError``.
    package static func perform(_ request: AdminRequest, in folder: DataFolder) async throws(DaemonError) -> String {
        let answer: AdminAnswer
        do {
            answer = AdminAnswer(try await ControlSocket.ask(request.line, at: folder.control))
        } catch .unreachable {
            answer = try await performAlone(request, folder)
        } catch {
            throw DaemonError(
                .unusable, "The daemon on \(folder.path) did not answer. It may have done what was asked.",
                next: "Look: btwd status --data \(folder.path)")
        }
        switch answer {
        case .done(let text): return text
        case .failed(let error): throw error
        }
    }

    private static func performAlone(_ request: AdminRequest, _ folder: DataFolder) async throws(DaemonError)
        -> AdminAnswer
    {
        let advertised: Endpoint?
        do {
            guard try folder.read(folder.identity) != nil else {
                throw DaemonError(
                    .notFound, "There is no server in \(folder.path) yet. Nothing was changed.",
                    next: "Start one: btwd serve --data \(folder.path)")
            }
            advertised = try folder.read(folder.advertised).flatMap { Endpoint($0) }
        } catch let error as DaemonError {
            throw error
        } catch let error as any StoreEngineError {
            throw DaemonError(error, in: folder)
        } catch {
            throw DaemonError(
                .unusable, "\(folder.path) cannot be read. Nothing was changed.", next: "Look: ls -la \(folder.path)")
        }
        let (store, identity) = try SyncDaemon.open(folder)
        let answer = await Administrator(
            folder: folder, store: store, identity: identity, address: advertised, hub: nil
        ).answer(request)
        // The request is committed; the next opening recovers the rest.
        try? await store.close()
        return answer
    }

    /// Restores a backup into a folder without a server.
    package static func restore(_ file: String, to folder: DataFolder) throws(DaemonError) {
        do {
            try Backup.restore(file, to: folder)
        } catch let error as DaemonError {
            throw error
        } catch let error as any StoreEngineError {
            throw DaemonError(error, in: folder)
        } catch {
            throw DaemonError(
                .unusable, "\(file) was not restored. Nothing was changed.", next: "Look: ls -la \(file) \(folder.path)"
            )
        }
    }
}
