#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The least CPU time that this thread needed for some work, of several tries.
///
/// It excludes waiting, so other work on the machine hardly affects it. The work must stay on its thread: it must not
/// suspend.
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
