/// A type that can be bound in a ``Query`` and read from a ``Row``.
///
/// Reading is strict: a value of another storage class is an error, never a guess. An enum with a
/// convertible raw value only has to name the protocol.
public protocol SQLConvertible {
    /// What is stored.
    var sqlValue: Value { get }

    /// The stored value read back; `nil` when it is not one of this type's.
    init?(sqlValue: Value)
}

extension Value: SQLConvertible {
    @inlinable public var sqlValue: Value { self }
    @inlinable public init?(sqlValue: Value) { self = sqlValue }
}

extension Int64: SQLConvertible {
    @inlinable public var sqlValue: Value { .integer(self) }
    @inlinable public init?(sqlValue: Value) {
        guard case .integer(let value) = sqlValue else { return nil }
        self = value
    }
}

extension Int: SQLConvertible {
    @inlinable public var sqlValue: Value { .integer(Int64(self)) }
    @inlinable public init?(sqlValue: Value) {
        guard case .integer(let value) = sqlValue else { return nil }
        self.init(exactly: value)
    }
}

/// Stored as 0 or 1; any other number is refused.
extension Bool: SQLConvertible {
    @inlinable public var sqlValue: Value { .integer(self ? 1 : 0) }
    @inlinable public init?(sqlValue: Value) {
        switch sqlValue {
        case .integer(0): self = false
        case .integer(1): self = true
        default: return nil
        }
    }
}

/// Also reads an integer that a double holds exactly, as `sum` and `max` may yield one.
///
/// NaN is stored as NULL (sqlite.org/c3ref/bind_blob.html), so it does not come back.
extension Double: SQLConvertible {
    @inlinable public var sqlValue: Value { .real(self) }
    @inlinable public init?(sqlValue: Value) {
        switch sqlValue {
        case .real(let value): self = value
        case .integer(let value): self.init(exactly: value)
        default: return nil
        }
    }
}

extension String: SQLConvertible {
    @inlinable public var sqlValue: Value { .text(self) }
    @inlinable public init?(sqlValue: Value) {
        guard case .text(let value) = sqlValue else { return nil }
        self = value
    }
}

extension [UInt8]: SQLConvertible {
    @inlinable public var sqlValue: Value { .blob(self) }
    @inlinable public init?(sqlValue: Value) {
        guard case .blob(let value) = sqlValue else { return nil }
        self = value
    }
}

/// `nil` is NULL.
extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    @inlinable public var sqlValue: Value { self?.sqlValue ?? .null }
    @inlinable public init?(sqlValue: Value) {
        if case .null = sqlValue {
            self = .none
        } else {
            guard let value = Wrapped(sqlValue: sqlValue) else { return nil }
            self = .some(value)
        }
    }
}

extension SQLConvertible where Self: RawRepresentable, RawValue: SQLConvertible {
    @inlinable public var sqlValue: Value { rawValue.sqlValue }
    @inlinable public init?(sqlValue: Value) {
        guard let raw = RawValue(sqlValue: sqlValue) else { return nil }
        self.init(rawValue: raw)
    }
}
