import NIOCore

/// Socket options of both client and server.
enum LinkChannel {
    /// Small for idle connections, since each keeps its last read buffer.
    static let readAllocator = AdaptiveRecvByteBufferAllocator(
        minimum: 1024, initial: 2048, maximum: LinkLimits.readByteCountMax)
}
