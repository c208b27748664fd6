extension JSONValue {
    /// Parses bytes that are exactly one JSON value.
    ///
    /// Strict RFC 8259: white space may surround the value and nothing else
    /// may. Beyond the grammar it refuses what two readers could understand
    /// differently: repeated keys, lone surrogates, text that is not UTF-8, a
    /// byte order mark, numbers beyond a double. A number too small for a
    /// double is rounded to zero. Numbers come out as ``number(_:)`` says,
    /// save that an integer that fits `Int` keeps every digit.
    ///
    /// Storage that is contiguous (`[UInt8]`, its slices, unsafe buffers,
    /// `String.UTF8View`) is read in place, anything else from a copy.
    ///
    /// - Throws: ``JSONError``, whose offset counts from the first of `bytes`.
    public init(parsing bytes: some Collection<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        // Through a Result, since the standard library rethrows untyped here.
        let result =
            bytes.withContiguousStorageIfAvailable { Self.read($0, limits: limits) }
            ?? Array(bytes).withUnsafeBufferPointer { Self.read($0, limits: limits) }
        self = try result.get()
    }

    private static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits
    ) -> Result<JSONValue, JSONError> {
        Result { () throws(JSONError) in
            var reader = JSONReader(bytes: bytes, limits: limits)
            return try reader.document()
        }
    }
}
