public import Causality

/// Decodes messages from a stream of bytes, in pieces of any size.
///
/// It buffers at most one incomplete line of ``lineLengthMax`` bytes and one incomplete batch. A call takes time
/// linear in its input; a server that feeds each connection's reader one read of its socket (some tens of KiB) at a
/// time thus serves all fairly, however short the lines are.
public struct MessageReader: Sendable {
    /// Bytes of a line, newline included, and of all lines of a batch, if ``WireLimits/batchLengthMax`` is more.
    ///
    /// Raised once the peer has authenticated; applies from the next bytes on.
    public var lineLengthMax: Int

    private let hash: HashFunction
    /// The incomplete line.
    private var line: [UInt8] = []
    private var batch: BatchReading?
    private var defect: WireDefect?

    /// - Parameters:
    ///   - lineLengthMax: ``WireLimits/lineLengthMaxBeforeAuth`` at first.
    ///   - hash: SHA-256, for the hashes of received boxes.
    public init(lineLengthMax: Int, hash: @escaping HashFunction) {
        self.lineLengthMax = lineLengthMax
        self.hash = hash
    }

    /// Takes the next bytes, and returns the messages that they complete.
    ///
    /// - Throws: the defect of the stream, also for all later calls. Messages in the same bytes before the defect are
    ///   not returned; they were not acknowledged yet.
    public mutating func read(_ bytes: some Collection<UInt8>) throws(WireDefect) -> [ReceivedMessage] {
        if let defect { throw defect }
        do {
            return try messages(in: Array(bytes))
        } catch {
            defect = error
            line = []
            batch = nil
            throw error
        }
    }

    private mutating func messages(in bytes: [UInt8]) throws(WireDefect) -> [ReceivedMessage] {
        var messages: [ReceivedMessage] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard line.count + end - start < lineLengthMax else { throw .tooLong }
            line += bytes[start..<end]
            if let message = try takeLine() { messages.append(message) }
            line.removeAll(keepingCapacity: line.capacity <= WireLimits.lineLengthMaxBeforeAuth)
            start = end + 1
        }
        // The newline is still to come, and counts.
        guard line.count + bytes.count - start < lineLengthMax else { throw .tooLong }
        line += bytes[start...]
        return messages
    }

    private mutating func takeLine() throws(WireDefect) -> ReceivedMessage? {
        let byteCount = line.count + 1
        let value = try LineScan.value(of: line)
        guard let name = value.member("type")?.text else { throw .malformed }
        let type = MessageType(name)
        guard batch != nil || type == .batch else {
            guard let type else { return ReceivedMessage(message: nil, byteCount: byteCount) }
            return ReceivedMessage(message: try Message(type, value), byteCount: byteCount)
        }
        guard (type == .edit) == (batch != nil) else { throw .unexpected }
        guard (batch?.byteCount ?? 0) + byteCount <= min(WireLimits.batchLengthMax, lineLengthMax) else {
            throw .tooLong
        }
        if batch == nil {
            batch = try BatchReading(value, byteCount: byteCount)
        } else {
            try batch?.append(value, byteCount: byteCount, hash)
        }
        guard let whole = batch?.message, let length = batch?.byteCount else { return nil }
        batch = nil
        return ReceivedMessage(message: whole, byteCount: length)
    }
}
