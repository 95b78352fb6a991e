import Glibc

/// Why the measuring cannot go on.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// A system call that failed, with its `errno`.
    static func system(_ call: String, code: Int32 = errno) -> Failure {
        Failure("\(call): \(String(cString: strerror(code)))")
    }
}
