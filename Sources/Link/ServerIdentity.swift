import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A server's private key, which devices pin, and the certificate that TLS needs.
///
/// Made once, at the server's first start, and kept in a file that only the server can read. A device pins the key,
/// so a new certificate with the same key is the same server. No description contains the key.
package struct ServerIdentity: Sendable {
    /// SHA-256 of the key's SubjectPublicKeyInfo.
    package let keyHash: KeyHash
    /// Certificate and private key in PEM, for a file of mode 0600.
    package let pem: String
    let certificate: NIOSSLCertificate
    let privateKey: NIOSSLPrivateKey

    package var pin: Pin { keyHash.pin }

    /// Draws a key, and signs a certificate without expiry with it: clients trust the key alone.
    ///
    /// - Throws: ``LinkError/damagedIdentity`` if the machine cannot make one.
    package static func make() throws(LinkError) -> ServerIdentity {
        let key = P256.Signing.PrivateKey()
        do {
            let name = try DistinguishedName { CommonName("between") }
            let certificate = try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
                notValidBefore: Date(timeIntervalSince1970: 0), notValidAfter: Date(timeIntervalSince1970: lastSecond),
                issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                },
                issuerPrivateKey: .init(key))
            return try ServerIdentity(
                pem: certificate.serializeAsPEM().pemString + "\n" + key.pemRepresentation + "\n")
        } catch {
            throw .damagedIdentity
        }
    }

    /// Reads what ``pem`` returned.
    ///
    /// - Throws: ``LinkError/damagedIdentity`` unless there is one certificate and its private key.
    package init(pem: String) throws(LinkError) {
        do {
            let documents = try PEMDocument.parseMultiple(pemString: pem)
            guard documents.count == 2, documents[0].discriminator == Certificate.defaultPEMDiscriminator else {
                throw LinkError.damagedIdentity
            }
            let certificate = try NIOSSLCertificate(bytes: documents[0].derBytes, format: .der)
            let key = try P256.Signing.PrivateKey(pemRepresentation: documents[1].pemString)
            let publicKeyInfo = try certificate.extractPublicKey().toSPKIBytes()
            guard publicKeyInfo == Array(key.publicKey.derRepresentation) else { throw LinkError.damagedIdentity }
            self.certificate = certificate
            privateKey = try NIOSSLPrivateKey(bytes: Array(key.derRepresentation), format: .der)
            keyHash = KeyHash(publicKeyInfo: publicKeyInfo)
            self.pem = pem
        } catch {
            throw .damagedIdentity
        }
    }

    /// 9999-12-31 23:59:59, which RFC 5280, section 4.1.2.5, defines for certificates without expiry.
    private static let lastSecond: TimeInterval = 253_402_300_799
}

extension ServerIdentity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "[secret]" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
