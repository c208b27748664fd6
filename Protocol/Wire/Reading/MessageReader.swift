public import Causality

/// Makes messages of a stream of bytes, however it was cut.
///
/// It holds at most one line that has not ended, ``lineLengthMax`` bytes, and one batch
/// that is not whole. A call takes time linear in what it gets, whatever stands in it; so
/// whoever serves several connections feeds each what one read of its socket gave (some
/// tens of KiB), and none gets more than its turn, however short its lines are.
public struct MessageReader: Sendable {
    /// Bytes of a line, its end included, and of all lines of a batch, where ``WireLimits/batchLengthMax`` is more.
    ///
    /// Raised once the peer has authenticated; it holds from the next bytes on.
    public var lineLengthMax: Int

    private let hash: HashFunction
    /// The line under way.
    private var line: [UInt8] = []
    private var batch: BatchReading?
    private var defect: WireDefect?

    /// - Parameters:
    ///   - lineLengthMax: ``WireLimits/lineLengthMaxBeforeAuth``, to begin with.
    ///   - hash: SHA-256; names the boxes that come.
    public init(lineLengthMax: Int, hash: @escaping HashFunction) {
        self.lineLengthMax = lineLengthMax
        self.hash = hash
    }

    /// Takes what came next, and gives the messages that ended in it.
    ///
    /// - Throws: what is wrong with the stream; from then on always. Messages of the same bytes that stand before
    ///   the defect are not given: nobody was told yet that they had come.
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
        // Its end is still to come, and counts.
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
