import CanonicalJSON
import Foundation

/// One result of a measurement, with its goal.
struct Figure {
    enum Unit: String {
        case perSecond = "/s"
        case milliseconds = "ms"
        case seconds = "s"
        case megabytes = "MB"
        case times = "x"
    }

    enum Goal {
        /// A bound on the ratio of the result to that of raw SQLite.
        case ratioAtLeast(Double)
        case ratioAtMost(Double)
        case atMost(Double)
    }

    /// A stable name for scripts: `bulk`, `durable_p50`.
    let name: String
    let what: String
    let unit: Unit
    let measured: Double
    /// The same measurement with raw SQLite in C.
    var raw: Double?
    var goal: Goal?
    /// The number of results of a query.
    var found: Int?

    var ratio: Double? { raw.map { measured / $0 } }

    var isMet: Bool? {
        switch goal {
        case .ratioAtLeast(let bound): ratio.map { $0 >= bound }
        case .ratioAtMost(let bound): ratio.map { $0 <= bound }
        case .atMost(let bound): measured <= bound
        case nil: nil
        }
    }
}

extension Figure {
    static let header = columns("", "goal", "measured", "raw SQLite", "ratio", "")

    /// One row of the table.
    var line: String {
        Self.columns(
            what, goalText, text(measured), raw.map(text) ?? "", ratio.map { Self.digits($0) } ?? "",
            isMet.map { $0 ? "met" : "missed" } ?? "")
    }

    private var goalText: String {
        switch goal {
        case .ratioAtLeast(let bound): "ratio ≥ \(Self.digits(bound))"
        case .ratioAtMost(let bound): "ratio ≤ \(Self.digits(bound))"
        case .atMost(let bound): "≤ \(text(bound))"
        case nil: ""
        }
    }

    private func text(_ value: Double) -> String {
        unit == .perSecond ? "\(Int(value)) /s" : "\(Self.digits(value)) \(unit.rawValue)"
    }

    /// Three significant digits, or all before the point.
    static func digits(_ value: Double) -> String {
        String(format: value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value)
    }

    private static func columns(
        _ what: String, _ goal: String, _ measured: String, _ raw: String, _ ratio: String, _ verdict: String
    ) -> String {
        func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let line =
            what + String(repeating: " ", count: max(0, 44 - what.count)) + right(goal, 14) + right(measured, 13)
            + right(raw, 13) + right(ratio, 8) + "  " + verdict
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}

extension Figure {
    var json: JSONValue {
        var members: JSONObject = [
            "figure": .text(Text(name)), "measured": .rounded(measured), "unit": .text(Text(unit.rawValue)),
            "what": .text(Text(what)),
        ]
        members["found"] = found.map { .integer($0) }
        members["goal"] = goal.map { _ in .text(Text(goalText)) }
        members["met"] = isMet.map { .bool($0) }
        members["ratio"] = ratio.map { .rounded($0) }
        members["raw"] = raw.map { .rounded($0) }
        return .object(members)
    }
}

extension JSONValue {
    /// Rounded to the precision of the measurement.
    fileprivate static func rounded(_ value: Double) -> JSONValue { .number((value * 10_000).rounded() / 10_000) }
}

/// Times of repeated runs of one operation.
struct Samples {
    private var millis: [Double] = []

    mutating func add(_ duration: Duration) { millis.append(duration / .milliseconds(1)) }

    mutating func add(nanos: Int64) { millis.append(Double(nanos) / 1_000_000) }

    var median: Double { percentile(50) }

    /// The least sample that at least this percentage of samples do not exceed; 0 without samples.
    func percentile(_ percent: Int) -> Double {
        let sorted = millis.sorted()
        let rank = (sorted.count * percent + 99) / 100
        return sorted.isEmpty ? 0 : sorted[max(rank, 1) - 1]
    }
}
