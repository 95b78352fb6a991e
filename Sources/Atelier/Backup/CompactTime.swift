import Glibc

/// Times in the names of files: such as `20261121T152042Z`, so that they sort.
enum CompactTime {
    /// A path that is not taken.
    ///
    /// - Parameter milliseconds: Unix time; the name has it, or one of the next seconds.
    static func freePath(
        prefix: String, at milliseconds: Int, suffix: String = ""
    ) -> String {
        var seconds = milliseconds / 1000
        while true {
            let path = prefix + text(of: seconds) + suffix
            if access(path, F_OK) != 0 { return path }
            seconds += 1
        }
    }

    private static func text(of seconds: Int) -> String {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y%m%dT%H%M%SZ", &parts)
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
