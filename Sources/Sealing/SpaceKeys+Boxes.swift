public import Causality
import Crypto
import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension SpaceKeys {
    /// The form of the boxes: nonce, padded content enciphered with ChaCha20-Poly1305 (RFC 8439), tag.
    static let boxFormat = 1
    static let tagByteCount = 16
    static let boxOverhead = MixedNonce.byteCount + tagByteCount

    /// Seals what an edit says, for this edit at this place and no other.
    ///
    /// The nonce is of chance and of what is sealed (``MixedNonce``); an epoch is good for 2^28 boxes and more.
    ///
    /// - Parameters:
    ///   - content: any bytes.
    ///   - header: the edit's; its ``EditHeader/boxHash`` is not looked at, and is the hash of what this returns.
    ///   - dot: the edit's name.
    ///   - generator: the system's, or one as good; whoever knows what it draws learns nothing of the content.
    /// - Returns: the box: 28 bytes more than the padded content.
    /// - Throws: ``SealingError/tooLong``.
    public func seal(
        _ content: [UInt8], of header: EditHeader, at dot: Dot, using generator: inout some RandomNumberGenerator
    ) throws(SealingError) -> [UInt8] {
        guard content.count <= SealingLimits.plaintextLengthMax else { throw .tooLong }
        return MixedNonce.seal(
            BoxPadding.padded(content), under: boxKey, boundTo: associatedData(header, dot), using: &generator)
    }

    /// Opens the box of an edit.
    ///
    /// - Throws: ``SealingError/notOpened``: it is not this edit's box, was not sealed in this
    ///   epoch, or was changed. Then hold, forward and show it, and keep it out of the merge.
    public func open(_ box: [UInt8], of header: EditHeader, at dot: Dot) throws(SealingError) -> [UInt8] {
        guard (SealingLimits.boxLengthMin...SealingLimits.boxLengthMax).contains(box.count),
            let sealed = try? ChaChaPoly.SealedBox(combined: box),
            let padded = try? ChaChaPoly.open(sealed, using: boxKey, authenticating: associatedData(header, dot)),
            let content = BoxPadding.content(of: Array(padded))
        else { throw .notOpened }
        return content
    }

    static func boxPrefix(_ suite: Suite, _ space: SpaceID, _ epoch: Hash256) -> CanonicalBytes {
        var bytes = CanonicalBytes(label: "between box 1")
        bytes.append(boxFormat)
        bytes.append(suite.rawValue)
        bytes.append(space.bits)
        bytes.append(epoch)
        return bytes
    }

    private func associatedData(_ header: EditHeader, _ dot: Dot) -> [UInt8] {
        var bytes = boxPrefix
        bytes.append(dot)
        bytes.append(header.boundBytes)
        return bytes.bytes
    }
}
