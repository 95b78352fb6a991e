import Glibc
import HTTPTypes

/// How long a provider asks to wait, wherever it says so.
enum RetryHint {
    /// In this order: OpenRouter's `availability.retry_after`, `retry-after-ms`, `Retry-After`,
    /// `X-RateLimit-Reset` from the headers or from the body.
    ///
    /// - Returns: `nil` when nothing is said, or nothing sensible. Never negative.
    static func duration(error: WireError, headers: HTTPFields, now: Int = time(nil)) -> Duration? {
        if let seconds = error.retryAfterSeconds { return .seconds(max(0, seconds)) }
        if let text = headers[milliseconds], let value = Double(text), value >= 0, value < 1e12 {
            return .milliseconds(Int64(value))
        }
        if let text = headers[.retryAfter], let wait = retryAfter(text, headers, now) {
            return wait
        }
        return (headers[reset] ?? error.resetHeader).flatMap { resetWait($0, now) }
    }

    /// RFC 9110, section 10.2.3: seconds, or a date. The date is compared with the server's own
    /// `Date`, so that neither clock has to be right.
    private static func retryAfter(_ text: String, _ headers: HTTPFields, _ now: Int) -> Duration? {
        if let seconds = Double(text) { return clamped(seconds) }
        guard let date = HTTPDate.seconds(text) else { return nil }
        let reference = headers[.date].flatMap { HTTPDate.seconds($0) } ?? now
        return .seconds(max(0, date - reference))
    }

    /// The unit is not documented: 13 digits were seen and are milliseconds since 1970, ten digits
    /// are taken for seconds since then, less for seconds from now.
    private static func resetWait(_ text: String, _ now: Int) -> Duration? {
        guard let value = Double(text) else { return nil }
        return switch value {
        case 1e11...: clamped(value / 1_000 - Double(now))
        case 1e9...: clamped(value - Double(now))
        default: clamped(value)
        }
    }

    private static func clamped(_ seconds: Double) -> Duration? {
        seconds.isFinite && seconds < 1e9 ? .seconds(max(0, seconds)) : nil
    }

    private static let milliseconds = HTTPField.Name("retry-after-ms")!
    private static let reset = HTTPField.Name("X-RateLimit-Reset")!
}

/// The date format of HTTP, RFC 9110, section 5.6.7.
enum HTTPDate {
    /// - Returns: Seconds since 1970, UTC; `nil` unless `text` is in the preferred form, such as
    ///   `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func seconds(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int32(words[1]),
            let month = months.firstIndex(of: words[2]), let year = Int32(words[3]),
            (1900...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int32($0) }
        guard clock.count == 3 else { return nil }
        var parts = tm()
        parts.tm_year = year - 1900
        parts.tm_mon = Int32(month)
        parts.tm_mday = day
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (clock[0], clock[1], clock[2])
        return timegm(&parts)
    }

    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
