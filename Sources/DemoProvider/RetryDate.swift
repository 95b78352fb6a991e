import Glibc

/// Dates as `Retry-After` has them (RFC 9110, section 5.6.7).
enum RetryDate {
    static func text(secondsFromNow seconds: Int) -> String {
        var instant = time(nil) + seconds
        var parts = tm()
        gmtime_r(&instant, &parts)
        // Names of days and months are English in the locale that every process starts with.
        return String(unsafeUninitializedCapacity: 32) { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                strftime($0.baseAddress!, $0.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            }
        }
    }
}
