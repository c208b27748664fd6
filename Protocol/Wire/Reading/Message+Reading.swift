import Causality

extension Message {
    /// Reads a message of one line; unknown members are ignored.
    ///
    /// - Throws: ``WireDefect/malformed``; ``WireDefect/unexpected`` for `batch` and `edit`.
    init(_ type: MessageType, _ line: LineValue) throws(WireDefect) {
        switch type {
        case .hello:
            self = .hello(versions: try line.required("versions", \.versions), nonce: try line.nonce())
        case .challenge:
            self = .challenge(versions: try line.required("versions", \.versions), nonce: try line.nonce())
        case .auth:
            self = .auth(try line.authentication())
        case .welcome:
            self = .welcome(spaces: try line.required("spaces") { $0.elements(max: WireLimits.spacesMax, \.space) })
        case .log:
            let count = try line.required("count") { $0.integer(in: 0...WireLimits.integerMax) }
            guard let end = LogEnd(count: count, head: try line.optional("head", \.hash)) else { throw .malformed }
            self = .log(try line.subject(), end)
        case .append:
            self = .append(
                try line.subject(), previous: try line.optional("previous", \.hash),
                record: try line.required("record") { $0.byteText(max: WireLimits.recordLengthMax) })
        case .hold:
            self = .hold(try line.subject())
        case .holding:
            self = .holding(
                try line.subject(), clock: try line.required("clock", \.clock),
                millis: try line.required("millis") { $0.integer(in: 0...WireLimits.integerMax) })
        case .open:
            self = .open(try line.subject(), clock: try line.required("clock", \.clock))
        case .opened:
            self = .opened(
                try line.subject(), clock: try line.required("clock", \.clock),
                forked: try line.required("forked") { $0.elements(max: WireLimits.clockRowsMax, \.replica) },
                missing: try line.optional("missing") { $0.integer(in: 1...WireLimits.fetchDotsMax) } ?? 0)
        case .feed:
            self = try line.question()
        case .tips:
            self = try line.answer()
        case .proof:
            self = .proof(try line.subject(), try line.required("dot", \.dot))
        case .held:
            self = .held(
                try line.subject(), try line.required("ends") { $0.elements(max: WireLimits.heldTipsMax, \.tip) })
        case .fetch:
            self = .fetch(
                try line.subject(), try line.required("dots") { $0.elements(max: WireLimits.fetchDotsMax, \.dot) })
        case .box:
            self = .box(try line.subject(), try line.required("dot", \.dot), try line.optional("box", \.byteText))
        case .offer:
            self = .offer(try line.slot())
        case .commit:
            self = .commit(try line.slot(), try line.required("hash", \.hash))
        case .reply:
            self = .reply(try line.slot(), try line.nonce())
        case .reveal:
            self = .reveal(try line.slot(), sealed: try line.sealed(max: WireLimits.claimLengthMax))
        case .grant:
            self = .grant(try line.slot(), sealed: try line.sealed(max: WireLimits.grantLengthMax))
        case .credit:
            self = .credit(bytes: try line.required("bytes") { $0.integer(in: 1...WireLimits.integerMax) })
        case .ping:
            self = .ping
        case .pong:
            self = .pong
        case .error:
            self = .error(try line.error())
        case .bye:
            self = .bye
        case .batch, .edit:
            throw .unexpected
        }
    }
}

extension LineValue {
    fileprivate func subject() throws(WireDefect) -> SpaceID { try required("space", \.space) }

    fileprivate func nonce() throws(WireDefect) -> Nonce {
        try required("nonce") { $0.byteText(max: Nonce.byteCount).flatMap { Nonce($0) } }
    }

    fileprivate func slot() throws(WireDefect) -> Slot {
        try required("slot") { $0.byteText(max: Slot.byteCount).flatMap { Slot($0) } }
    }

    fileprivate func sealed(max lengthMax: Int) throws(WireDefect) -> [UInt8] {
        try required("sealed") { $0.byteText(max: lengthMax) }
    }

    fileprivate func authentication() throws(WireDefect) -> Authentication {
        let authentication = Authentication(
            signingKey: try required("sign") { $0.byteText(max: Authentication.keyByteCount) },
            agreementKey: try required("agree") { $0.byteText(max: Authentication.keyByteCount) },
            signature: try required("signature") { $0.byteText(max: Authentication.signatureByteCount) },
            invitation: try optional("invitation") { $0.byteText(max: Authentication.invitationByteCount) })
        guard let authentication else { throw .malformed }
        return authentication
    }

    fileprivate func question() throws(WireDefect) -> Message {
        let numbers = try required("at") {
            $0.elements(max: WireLimits.tipsMax) { $0.integer(in: 1...Dot.nMax) }
        }
        guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .malformed }
        return .feed(try subject(), try required("replica", \.replica), at: numbers)
    }

    fileprivate func answer() throws(WireDefect) -> Message {
        let replica = try required("replica", \.replica)
        let ends = try required("ends") { $0.elements(max: WireLimits.tipsMax, \.tip) }
        guard ends.allSatisfy({ $0.dot.replica == replica }),
            zip(ends, ends.dropFirst()).allSatisfy({ $0.dot.n < $1.dot.n })
        else { throw .malformed }
        return .tips(try subject(), replica, ends: ends)
    }

    fileprivate func error() throws(WireDefect) -> WireError {
        let code = try required("code") { $0.text }
        // Versions add and remove codes; one beyond the length limit counts as unknown.
        let known =
            code.count <= WireLimits.keyLengthMax ? ErrorCode(rawValue: String(decoding: code, as: UTF8.self)) : nil
        return WireError(
            known ?? .unknown, space: try optional("space", \.space), dot: try optional("dot", \.dot),
            record: try optional("record") { $0.byteText(max: WireLimits.recordLengthMax) })
    }
}
