import FoundationEssentials
import HTTPTypes
import Web

/// What a new password has to be (NIST SP 800-63B, 3.1.1.2): long enough and not among the first that
/// are guessed. Nothing is said about which characters it is made of.
struct PasswordRules: Sendable {
    /// One password a line, in lower case; what cannot be read holds nothing.
    let commonPasswordsFile: String

    private static let productName = "atelier"

    /// The password in the form that is hashed.
    ///
    /// - Parameters:
    ///   - field: The field of the body.
    ///   - names: What everybody knows of the person: name and address.
    /// - Throws: ``Problem`` `invalid_body` or `weak_password`, naming the field.
    func checked(_ text: String, field: String, names: [String]) throws(Problem) -> String {
        _ = try TextField.password(field).checked(text)
        let password = Self.normalised(text)
        guard password.count >= 8 else {
            throw .invalidBody(field, "must have at least 8 characters")
        }
        guard !isCommon(password), !Self.isMade(of: names + [Self.productName], password) else {
            throw AccountProblem.weakPassword(field: field)
        }
        return password
    }

    /// Composed, and with plain spaces: the same keys give the same password on every computer
    /// (RFC 8265, 4.2.2).
    static func normalised(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            scalars.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
        }
        return String(scalars).composed
    }

    /// What the password of an account may have been hashed as: accounts older than
    /// ``normalised(_:)`` have it as it was typed. The present form first.
    static func hashedForms(of text: String) -> [String] {
        let normalised = normalised(text)
        var forms: [String] = []
        // Compared as bytes: for a String both normal forms are equal.
        for form in [normalised, text, text.decomposed]
        where !forms.contains(where: { $0.utf8.elementsEqual(form.utf8) }) {
            forms.append(form)
        }
        return forms
    }

    private func isCommon(_ password: String) -> Bool {
        let password = password.lowercased()
        guard let list = try? String(contentsOfFile: commonPasswordsFile, encoding: .utf8) else {
            return false
        }
        return list.split(separator: "\n").contains { $0 == password }
    }

    /// Whether nothing is left of the password without the names, and digits and signs around them.
    private static func isMade(of names: [String], _ password: String) -> Bool {
        func words(_ text: String) -> [Substring] {
            text.lowercased().split { !$0.isLetter }
        }
        let names = names.flatMap { [words($0).joined()] + words($0).map(String.init) }
        var rest = words(password).joined()
        guard !rest.isEmpty else { return Set(password).count == 1 }
        if Set(rest).count == 1 { return true }
        for name in names.sorted(by: { $0.count > $1.count }) where name.count >= 3 {
            while let place = rest.firstRange(of: name) { rest.removeSubrange(place) }
        }
        return rest.isEmpty
    }
}

extension StringProtocol {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(text) }.map { $0..<index($0, offsetBy: text.count) }
    }
}
