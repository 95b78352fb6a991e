import Glibc

extension UnsafeRawBufferPointer {
    /// Where a text of ASCII begins for the first time.
    func offset(of text: StaticString) -> Int? {
        let length = text.utf8CodeUnitCount
        var start = 0
        while count - start >= length, let base = baseAddress {
            guard
                let found = memchr(
                    base + start, Int32(text.utf8Start.pointee), count - start - length + 1)
            else { return nil }
            if memcmp(found, text.utf8Start, length) == 0 { return UnsafeRawPointer(found) - base }
            start = UnsafeRawPointer(found) - base + 1
        }
        return nil
    }
}
