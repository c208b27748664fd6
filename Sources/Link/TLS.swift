import NIOCore
import NIOSSL

/// TLS 1.3 and nothing else, at both ends.
enum TLS {
    /// One for all connections of a process; `nil` if BoringSSL has no memory for it.
    static let client: NIOSSLContext? = {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        // The pin is checked instead; with no verification at all nobody would be asked.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        return try? NIOSSLContext(configuration: configuration)
    }()

    static func server(_ identity: ServerIdentity) throws(LinkError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(identity.certificate)], privateKey: .privateKey(identity.privateKey))
        configuration.minimumTLSVersion = .tlsv13
        configuration.trustRoots = .certificates([])
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .damagedIdentity
        }
    }

    /// The client's half. It names no host, since that would tell an onlooker which server is meant.
    static func clientHandler(_ check: PinCheck) throws -> NIOSSLClientHandler {
        guard let client else { throw LinkError.closed }
        return try NIOSSLClientHandler(
            context: client, serverHostname: nil,
            customVerificationCallback: { certificates, promise in promise.succeed(check.verify(certificates)) },
            configuration: handlerConfiguration)
    }

    static func serverHandler(_ context: NIOSSLContext) -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: context, configuration: handlerConfiguration)
    }

    /// Idle connections keep no large buffers.
    private static let handlerConfiguration = {
        var configuration = NIOSSLHandler.Configuration()
        configuration.maximumPreservedOutboundBufferCapacity = 4 * 1024
        return configuration
    }()
}
