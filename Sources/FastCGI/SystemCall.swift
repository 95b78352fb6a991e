import Glibc
import Threads

/// The result of a system call that reports failure by -1; tries again when a signal cut it short.
func check(_ name: String, _ call: () -> Int32) throws(SystemError) -> Int32 {
    while true {
        let result = call()
        if result >= 0 { return result }
        if errno != EINTR { throw SystemError(name) }
    }
}
