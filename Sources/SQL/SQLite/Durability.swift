/// What a committed transaction survives.
///
/// Either way the database stays sound, and a crash of the program loses nothing
/// (sqlite.org/pragma.html#pragma_synchronous).
public enum Durability: String, Sendable {
    /// The last commits may be undone by a power cut or a crash of the system.
    case normal = "NORMAL"
    /// On the disk before the call returns: for money and accounts.
    case full = "FULL"
}
