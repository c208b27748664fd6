import NIOCore

/// What the sockets of both ends have in common.
enum LinkChannel {
    /// Small while nothing comes, since each connection keeps what it read into last.
    static let readAllocator = AdaptiveRecvByteBufferAllocator(
        minimum: 1024, initial: 2048, maximum: LinkLimits.readByteCountMax)
}
