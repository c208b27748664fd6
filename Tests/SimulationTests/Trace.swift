import SyncClient
import Causality
import SyncServer
import Wire

/// The history as lines, for the analysis of a failure.
struct Trace {
    let isOn: Bool
    private(set) var lines: [String] = []

    init(isOn: Bool) { self.isOn = isOn }

    mutating func add(_ line: @autoclosure () -> String) {
        if isOn { lines.append(line()) }
    }

    static func short(_ message: Message) -> String {
        switch message {
        case .log(_, let end): "log \(end.count)"
        case .append(_, let previous, let record): "append \(record.count) bytes after \(short(previous))"
        case .open(_, let clock): "open \(short(clock))"
        case .opened(_, let clock, let forked, _): "opened \(short(clock)) forked \(forked.map(short))"
        case .holding(_, let clock, _): "holding \(short(clock))"
        case .batch(_, let batch): "batch \(short(batch))"
        case .held(_, let ends): "held \(ends.map { short($0.dot) })"
        case .fetch(_, let dots): "fetch \(dots.map(short))"
        case .box(_, let dot, let box): "box \(short(dot)) \(box == nil ? "missing" : "here")"
        case .feed(_, let replica, let numbers): "feed \(short(replica)) \(numbers)"
        case .tips(_, let replica, let ends): "tips \(short(replica)) \(ends.map(\.dot.n))"
        case .proof(_, let dot): "proof \(short(dot))"
        case .error(let error): "error \(error.code) \(error.dot.map(short) ?? "")"
        case .credit(let bytes): "credit \(bytes)"
        case .hello: "hello"
        case .challenge: "challenge"
        case .auth: "auth"
        case .welcome: "welcome"
        case .hold: "hold"
        case .offer: "offer"
        case .commit: "commit"
        case .reply: "reply"
        case .reveal: "reveal"
        case .grant: "grant"
        case .ping: "ping"
        case .pong: "pong"
        case .bye: "bye"
        }
    }

    static func short(_ question: ReplicaQuestion) -> String {
        switch question {
        case .extendLog(let previous, _): "extendLog after \(short(previous))"
        case .compare(let clock): "compare \(short(clock))"
        case .rebase(let roots, let shared, let dropping):
            "rebase \(roots.map(short)) shared \(short(shared)) dropping \(dropping.map(short))"
        case .reseal(let shared): "reseal, shared \(short(shared))"
        case .batches(let clock, let without, _):
            "batches beyond \(short(clock)) without \(without.map(short).sorted())"
        case .take(let batch): "take \(short(batch))"
        case .quarantine(let batch, let code): "quarantined \(short(batch)) \(code)"
        case .serverHolds(let ends): "server holds \(ends.map { short($0.dot) })"
        case .boxes(let dots, _): "boxes \(dots.map(short))"
        case .supply(let dot, _): "supply \(short(dot))"
        case .tips(let replica, let range): "tips \(short(replica)) \(range)"
        case .makeRecord(let cut): "make record \(cut.map(short) ?? "")"
        case .judge(let dot, let code): "judge \(dot.map(short) ?? "") \(code)"
        case .provesFork(let batch): "proves fork \(short(batch))"
        case .logEnd, .relation, .records, .frontier, .noteRemoval, .missingBoxes: "\(question)".prefix(24).description
        }
    }

    static func short(_ answer: ReplicaAnswer) -> String {
        switch answer {
        case .batches(let batches, let isLast): "\(batches.map(short)) last \(isLast)"
        case .frontier(let frontier): short(frontier)
        case .refused(let code): "refused \(code)"
        case .compared(let forked, let lost, let resealDue):
            "forked \(forked.map(short)) lost \(lost) reseal \(resealDue)"
        case .owesRecord, .owesEpoch: "\(answer)".prefix(10).description
        case .tips(let ends): "\(ends.map { short($0.dot) })"
        case .rebased(let rewritten, let quarantined): "rewrote \(rewritten), quarantined \(quarantined)"
        case .missingBoxes(let dots): "\(dots.map(short))"
        case .logExtended(let end, let moved): "\(end.count) moved \(moved)"
        case .judged(let isSo): "\(isSo)"
        case .relation(let relation): "\(relation)"
        case .logEnd, .records, .took, .boxes, .record, .done: "\(answer)".prefix(8).description
        }
    }

    static func short(_ question: ServerQuestion) -> String {
        switch question {
        case .batches(_, let clock, _): "batches beyond \(short(clock))"
        case .take(_, let batch): "take \(short(batch))"
        case .compare(_, let clock): "compare \(short(clock))"
        case .append(_, let record, let cut): "append after \(short(record.previous)) cut \(cut.map(short) ?? "none")"
        case .identify, .removal, .log, .records, .tips, .proof, .missingBoxes, .boxes, .supply, .hold:
            "\(question)".prefix(12).description
        }
    }

    static func short(_ answer: ServerAnswer) -> String {
        switch answer {
        case .refused(let code, let dot): "refused \(code) \(dot.map(short) ?? "")"
        case .batches(let batches, let isLast): "\(batches.map(short)) last \(isLast)"
        case .compared(let clock, let forked, _): "\(short(clock)) forked \(forked.map(short))"
        case .identified, .stranger, .log, .records, .appended, .tips, .proof, .removal, .took, .postponed,
            .missingBoxes, .boxes,
            .holding, .done:
            "\(answer)".prefix(10).description
        }
    }

    static func short(_ time: Duration) -> String {
        let millis = time.components.attoseconds / 1_000_000_000_000_000
        return "\(time.components.seconds)." + "\(1_000 + millis)".dropFirst()
    }

    static func short(_ hash: Hash256?) -> String { hash.map { $0.description.prefix(4).description } ?? "nothing" }
    static func short(_ replica: ReplicaID) -> String { replica.description.prefix(4).description }
    static func short(_ dot: Dot) -> String { "\(short(dot.replica)):\(dot.n)" }
    static func short(_ clock: VectorClock) -> String { "[" + clock.dots.map(short).joined(separator: " ") + "]" }
    static func short(_ frontier: Frontier) -> String {
        "[" + frontier.ends.map { "\(short($0.dot))=\(short($0.hash))" }.joined(separator: " ") + "]"
    }
    static func short(_ batch: Batch) -> String {
        "\(short(batch.header.firstDot))+\(batch.header.count) saw ["
            + batch.header.seen.map { short($0.dot) }.joined(separator: " ")
            + "] head \(short(batch.header.head))"
    }
}
