/// What a committed transaction survives.
///
/// Either way the database stays sound, and a crash of the program loses nothing
/// (sqlite.org/pragma.html#pragma_synchronous).
public enum Durability: Sendable {
    /// The last commits may be undone by a power cut or a crash of the system: for what can be made
    /// again, or is not missed.
    case normal
    /// On the disk before the call returns.
    case full
}
