internal import CVersion

/// The version of this program.
public enum Version {
    public static let text = String(cString: atelier_version())
}
