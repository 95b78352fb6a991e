public import Glibc

/// A system call that failed, with its `errno`.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The call's name, such as `epoll_ctl`, or what it was for.
    public let call: String
    /// The value of `errno`, see errno(3).
    public let code: Int32

    public init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    public var description: String { "\(call): \(String(cString: strerror(code))) (\(code))" }
}
