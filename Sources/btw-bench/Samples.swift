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
