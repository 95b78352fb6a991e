internal import Glibc

/// A flag that each thread has for itself.
final class ThreadFlag: Sendable {
    private let key: pthread_key_t

    init() {
        var key = pthread_key_t()
        let code = pthread_key_create(&key, nil)
        precondition(code == 0, "no thread-specific key left: \(code)")
        self.key = key
    }

    deinit { pthread_key_delete(key) }

    var isSet: Bool { pthread_getspecific(key) != nil }

    func set(_ isSet: Bool) {
        pthread_setspecific(key, isSet ? UnsafeRawPointer(bitPattern: 1) : nil)
    }
}
