import Causality

/// Encodes messages: one line each, and a batch as one line more than its edits. Keys are sorted, without white
/// space.
///
/// A ``MessageReader`` reads it back as the same message, within ``WireLimits``.
public enum MessageWriter {
    /// The bytes of all lines of a message, newlines included.
    public static func bytes(of message: Message) -> [UInt8] {
        var sink = ByteSink(capacity: length(of: message))
        message.write(to: &sink)
        return sink.bytes
    }

    /// The length of ``bytes(of:)``, computed without encoding, so that credit can be checked first.
    public static func length(of message: Message) -> Int {
        var sink = LengthSink()
        message.write(to: &sink)
        return sink.length
    }
}

// MARK: - Writing

extension Message {
    /// Writes the lines of the message, with members sorted by key.
    func write(to sink: inout some LineSink) {
        switch self {
        case .hello(let versions, let nonce):
            sink.put(#"{"nonce":"#)
            sink.put(nonce.bytes)
            sink.put(#","type":"hello","versions":"#)
            sink.put([versions.least, versions.greatest]) { $0.put($1) }
            sink.put("}\n")
        case .challenge(let versions, let nonce):
            sink.put(#"{"nonce":"#)
            sink.put(nonce.bytes)
            sink.put(#","type":"challenge","versions":"#)
            sink.put([versions.least, versions.greatest]) { $0.put($1) }
            sink.put("}\n")
        case .auth(let authentication):
            Self.write(authentication, to: &sink)
        case .welcome(let spaces):
            sink.put(#"{"spaces":"#)
            sink.put(spaces) { $0.put($1.bits) }
            sink.put(#","type":"welcome"}"#)
            sink.put("\n")
        case .log(let space, let end):
            sink.put(#"{"count":"#)
            sink.put(end.count)
            if let head = end.head {
                sink.put(#","head":"#)
                sink.put(head)
            }
            Self.finish("log", space, to: &sink)
        case .append(let space, let previous, let record):
            sink.put("{")
            if let previous {
                sink.put(#""previous":"#)
                sink.put(previous)
                sink.put(",")
            }
            sink.put(#""record":"#)
            sink.put(record)
            Self.finish("append", space, to: &sink)
        case .hold(let space):
            sink.put(#"{"space":"#)
            sink.put(space.bits)
            sink.put(#","type":"hold"}"#)
            sink.put("\n")
        case .holding(let space, let clock, let millis):
            sink.put(#"{"clock":"#)
            sink.put(clock.ends) { $0.put($1) }
            sink.put(#","millis":"#)
            sink.put(millis)
            Self.finish("holding", space, to: &sink)
        case .open(let space, let clock):
            sink.put(#"{"clock":"#)
            sink.put(clock.ends) { $0.put($1) }
            Self.finish("open", space, to: &sink)
        case .opened(let space, let clock, let forked, let missing):
            sink.put(#"{"clock":"#)
            sink.put(clock.ends) { $0.put($1) }
            sink.put(#","forked":"#)
            sink.put(forked) { $0.put(hex: $1.bits) }
            if missing > 0 {
                sink.put(#","missing":"#)
                sink.put(missing)
            }
            Self.finish("opened", space, to: &sink)
        case .feed(let space, let replica, let numbers):
            sink.put(#"{"at":"#)
            sink.put(numbers) { $0.put($1) }
            sink.put(#","replica":"#)
            sink.put(hex: replica.bits)
            Self.finish("feed", space, to: &sink)
        case .tips(let space, let replica, let ends):
            sink.put(#"{"ends":"#)
            sink.put(ends) { $0.put($1) }
            sink.put(#","replica":"#)
            sink.put(hex: replica.bits)
            Self.finish("tips", space, to: &sink)
        case .proof(let space, let dot):
            sink.put(#"{"dot":"#)
            sink.put(dot)
            Self.finish("proof", space, to: &sink)
        case .batch(let space, let batch):
            batch.write(of: space, to: &sink)
        case .held(let space, let ends):
            sink.put(#"{"ends":"#)
            sink.put(ends) { $0.put($1) }
            Self.finish("held", space, to: &sink)
        case .fetch(let space, let dots):
            sink.put(#"{"dots":"#)
            sink.put(dots) { $0.put($1) }
            Self.finish("fetch", space, to: &sink)
        case .box(let space, let dot, let box):
            sink.put("{")
            if let box {
                sink.put(#""box":"#)
                sink.put(box)
                sink.put(",")
            }
            sink.put(#""dot":"#)
            sink.put(dot)
            Self.finish("box", space, to: &sink)
        case .offer(let slot):
            sink.put(#"{"slot":"#)
            sink.put(slot.bytes)
            sink.put(#","type":"offer"}"#)
            sink.put("\n")
        case .commit(let slot, let hash):
            sink.put(#"{"hash":"#)
            sink.put(hash)
            Self.finish("commit", slot, to: &sink)
        case .reply(let slot, let nonce):
            sink.put(#"{"nonce":"#)
            sink.put(nonce.bytes)
            Self.finish("reply", slot, to: &sink)
        case .reveal(let slot, let sealed):
            sink.put(#"{"sealed":"#)
            sink.put(sealed)
            Self.finish("reveal", slot, to: &sink)
        case .grant(let slot, let sealed):
            sink.put(#"{"sealed":"#)
            sink.put(sealed)
            Self.finish("grant", slot, to: &sink)
        case .credit(let bytes):
            sink.put(#"{"bytes":"#)
            sink.put(bytes)
            sink.put(#","type":"credit"}"#)
            sink.put("\n")
        case .ping:
            sink.put(#"{"type":"ping"}"#)
            sink.put("\n")
        case .pong:
            sink.put(#"{"type":"pong"}"#)
            sink.put("\n")
        case .error(let error):
            Self.write(error, to: &sink)
        case .bye:
            sink.put(#"{"type":"bye"}"#)
            sink.put("\n")
        }
    }

    /// Writes `space` and `type`, the end of most messages.
    private static func finish(_ type: StaticString, _ space: SpaceID, to sink: inout some LineSink) {
        sink.put(#","space":"#)
        sink.put(space.bits)
        sink.put(#","type":""#)
        sink.put(type)
        sink.put("\"}\n")
    }

    private static func write(_ authentication: Authentication, to sink: inout some LineSink) {
        sink.put(#"{"agree":"#)
        sink.put(authentication.agreementKey)
        if let invitation = authentication.invitation {
            sink.put(#","invitation":"#)
            sink.put(invitation)
        }
        sink.put(#","sign":"#)
        sink.put(authentication.signingKey)
        sink.put(#","signature":"#)
        sink.put(authentication.signature)
        sink.put(#","type":"auth"}"#)
        sink.put("\n")
    }

    /// Writes `slot` and `type`, the end of a pairing's messages.
    private static func finish(_ type: StaticString, _ slot: Slot, to sink: inout some LineSink) {
        sink.put(#","slot":"#)
        sink.put(slot.bytes)
        sink.put(#","type":""#)
        sink.put(type)
        sink.put("\"}\n")
    }

    private static func write(_ error: WireError, to sink: inout some LineSink) {
        sink.put(#"{"code":"#)
        sink.put(text: error.code.rawValue)
        if let dot = error.dot {
            sink.put(#","dot":"#)
            sink.put(dot)
        }
        sink.put(#","message":"#)
        sink.put(text: error.code.sentence)
        if let record = error.record {
            sink.put(#","record":"#)
            sink.put(record)
        }
        if let space = error.space {
            sink.put(#","space":"#)
            sink.put(space.bits)
        }
        sink.put(#","type":"error"}"#)
        sink.put("\n")
    }
}

// MARK: - Writing

extension Batch {
    /// Writes the header's line, then one line an edit.
    func write(of space: SpaceID, to sink: inout some LineSink) {
        sink.put(#"{"count":"#)
        sink.put(header.count)
        sink.put(#","epoch":"#)
        sink.put(header.epoch)
        sink.put(#","first":"#)
        sink.put(header.first)
        sink.put(#","head":"#)
        sink.put(header.head)
        if let origin = header.origin {
            sink.put(#","origin":{"key":"#)
            sink.put(origin.deviceKey)
            sink.put(#","nonce":"#)
            sink.put(origin.nonce)
            sink.put("}")
        }
        sink.put(#","previous":"#)
        sink.put(header.previous)
        sink.put(#","replica":"#)
        sink.put(hex: header.replica.bits)
        sink.put(#","seen":"#)
        sink.put(header.seen) { $0.put($1) }
        sink.put(#","signature":"#)
        sink.put(signature)
        sink.put(#","space":"#)
        sink.put(space.bits)
        sink.put(#","type":"batch","version":"#)
        sink.put(BatchReading.version)
        sink.put("}\n")
        for edit in edits { edit.write(to: &sink) }
    }
}

extension Edit {
    fileprivate func write(to sink: inout some LineSink) {
        sink.put("{")
        if let box {
            sink.put(#""box":"#)
            sink.put(box)
            sink.put(",")
        }
        sink.put(#""entry":"#)
        sink.put(header.entry)
        sink.put(#","fields":"#)
        sink.put(header.tokens) { $0.put(hex: $1.bits) }
        if header.isForget { sink.put(#","forget":true"#) }
        sink.put(#","group":"#)
        sink.put(header.group)
        if box == nil, let boxHash = header.boxHash {
            sink.put(#","hash":"#)
            sink.put(boxHash)
        }
        if let proof = header.proof {
            sink.put(#","proof":"#)
            sink.put(proof.bytes)
        }
        sink.put(#","type":"edit""#)
        if !header.unread.isEmpty {
            sink.put(#","unread":"#)
            sink.put(header.unread) { $0.put($1) }
        }
        sink.put("}\n")
    }
}
