public import Causality
import Crypto
import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension SpaceKeys {
    /// The version of the box format: nonce, padded content enciphered with ChaCha20-Poly1305 (RFC 8439), tag.
    static let boxFormat = 1
    static let tagByteCount = 16
    static let boxOverhead = MixedNonce.byteCount + tagByteCount

    /// Seals the content of an edit, bound to this edit and its dot.
    ///
    /// The nonce is derived from random bytes and the content (``MixedNonce``); an epoch is good for 2^28 boxes and
    /// more.
    ///
    /// - Parameters:
    ///   - content: any bytes.
    ///   - header: the edit's header; its ``EditHeader/boxHash`` is ignored, and is the hash of the result.
    ///   - dot: the edit's dot.
    ///   - generator: a random generator; knowing its output reveals nothing of the content.
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
    /// - Throws: ``SealingError/notOpened`` if it is not this edit's box, was not sealed in this epoch, or was
    ///   changed. Such a box is stored, forwarded and shown, but not merged.
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
