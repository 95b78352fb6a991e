import Glibc

/// Times in the names of files, which sort by them.
enum CompactTime {
    /// Such as `20261121T152042Z`.
    ///
    /// - Parameter milliseconds: Unix time.
    static func text(of milliseconds: Int) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y%m%dT%H%M%SZ", &parts)
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
