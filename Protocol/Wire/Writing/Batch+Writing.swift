import Causality

extension Batch {
    /// Writes the header's line, then one line an edit.
    func write(of space: SpaceID, to sink: inout some LineSink) {
        sink.put(#"{"count":"#)
        sink.put(header.count)
        sink.put(#","epoch":"#)
        sink.put(header.epoch)
        sink.put(#","first":"#)
        sink.put(header.first)
        sink.put(#","head":"#)
        sink.put(header.head)
        if let origin = header.origin {
            sink.put(#","origin":{"key":"#)
            sink.put(origin.deviceKey)
            sink.put(#","nonce":"#)
            sink.put(origin.nonce)
            sink.put("}")
        }
        sink.put(#","previous":"#)
        sink.put(header.previous)
        sink.put(#","replica":"#)
        sink.put(hex: header.replica.bits)
        sink.put(#","seen":"#)
        sink.put(header.seen) { $0.put($1) }
        sink.put(#","signature":"#)
        sink.put(signature)
        sink.put(#","space":"#)
        sink.put(space.bits)
        sink.put(#","type":"batch","version":"#)
        sink.put(BatchReading.version)
        sink.put("}\n")
        for edit in edits { edit.write(to: &sink) }
    }
}

extension Edit {
    fileprivate func write(to sink: inout some LineSink) {
        sink.put("{")
        if let box {
            sink.put(#""box":"#)
            sink.put(box)
            sink.put(",")
        }
        sink.put(#""entry":"#)
        sink.put(header.entry)
        sink.put(#","fields":"#)
        sink.put(header.tokens) { $0.put(hex: $1.bits) }
        if header.isForget { sink.put(#","forget":true"#) }
        sink.put(#","group":"#)
        sink.put(header.group)
        if box == nil, let boxHash = header.boxHash {
            sink.put(#","hash":"#)
            sink.put(boxHash)
        }
        if let proof = header.proof {
            sink.put(#","proof":"#)
            sink.put(proof.bytes)
        }
        sink.put(#","type":"edit""#)
        if !header.unread.isEmpty {
            sink.put(#","unread":"#)
            sink.put(header.unread) { $0.put($1) }
        }
        sink.put("}\n")
    }
}
