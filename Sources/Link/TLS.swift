import NIOCore
import NIOSSL

/// TLS 1.3 settings of client and server.
enum TLS {
    /// Shared by all connections of a process; `nil` if BoringSSL cannot allocate it.
    static let client: NIOSSLContext? = {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        // The pin is checked instead; without any verification the callback would not be called.
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

    /// The client's handler. It sends no host name, which would tell an observer which server is meant.
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

    /// Bounds the buffer that an idle connection keeps.
    private static let handlerConfiguration = {
        var configuration = NIOSSLHandler.Configuration()
        configuration.maximumPreservedOutboundBufferCapacity = 4 * 1024
        return configuration
    }()
}
