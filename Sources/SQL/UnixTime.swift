internal import Glibc

/// The wall clock in the unit in which times are stored.
public enum UnixTime {
    /// Milliseconds since 1970-01-01 00:00 UTC, without leap seconds (`clock_gettime(2)`).
    public static var milliseconds: Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }
}
