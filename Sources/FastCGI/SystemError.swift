import Glibc

/// A system call that failed, with its `errno`.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The call's name, such as `epoll_ctl`.
    public let call: String
    /// The value of `errno`, see errno(3).
    public let code: Int32

    init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    public var description: String { "\(call): \(String(cString: strerror(code))) (\(code))" }
}

/// The result of a system call that reports failure by -1; tries again when a signal cut it short.
func check(_ name: String, _ call: () -> Int32) throws(SystemError) -> Int32 {
    while true {
        let result = call()
        if result >= 0 { return result }
        if errno != EINTR { throw SystemError(name) }
    }
}
