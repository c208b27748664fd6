#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The least time that this thread of the processor took for some work, of several tries.
///
/// It counts what the work costs and not how long it waited, so other work on the machine hardly changes it. The work
/// must stay on its thread: nothing in it may suspend.
public func leastThreadTime(of tries: Int = 5, _ work: () throws -> Void) rethrows -> Duration {
    var least: Duration?
    for _ in 0..<tries {
        let start = threadTime()
        try work()
        let time = threadTime() - start
        least = min(least ?? time, time)
    }
    return least ?? .zero
}

private func threadTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
