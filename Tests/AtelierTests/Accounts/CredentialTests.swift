import FoundationEssentials
import HTTPTypes
import JSON
import SQL
import TestSupport
import Testing
import Web

@testable import Atelier

/// What passwords and addresses may be, and when two of them are the same.
@Suite struct CredentialTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    private func register(_ email: String, _ password: String = "long enough") -> Answer {
        let body = JSONWriter.object {
            $0.member("email", email)
            $0.member("password", password)
            $0.member("name", "Ada Lovelace")
        }
        return Client(product: bench.product).post(
            "/auth/register", String(decoding: body, as: UTF8.self))
    }

    private func signIn(_ email: String, _ password: String = "long enough") -> Answer {
        let body = JSONWriter.object {
            $0.member("email", email)
            $0.member("password", password)
        }
        return Client(product: bench.product).post(
            "/auth/login", String(decoding: body, as: UTF8.self))
    }

    // MARK: Passwords

    @Test("The same keys give the same password on every computer")
    func passwordForms() throws {
        let composed = "Gr\u{f6}\u{df}e-w\u{e4}hlen"
        let decomposed = "Gro\u{308}\u{df}e-wa\u{308}hlen"
        #expect(register("one@example.org", composed).status == 201)
        #expect(signIn("one@example.org", decomposed).status == 200)
        #expect(register("two@example.org", decomposed).status == 201)
        #expect(signIn("two@example.org", composed).status == 200)
        // A space typed with Alt held down, as on a Mac.
        #expect(register("three@example.org", "two\u{a0}words").status == 201)
        #expect(signIn("three@example.org", "two words").status == 200)
        #expect(signIn("one@example.org", "Grosse-wahlen").status == 401)
    }

    @Test(
        "An account whose password was hashed as it was typed still signs in, and is hashed anew",
        arguments: [
            "Gro\u{308}\u{df}e-wa\u{308}hlen", "Gr\u{f6}\u{df}e-w\u{e4}hlen", "two\u{a0}words",
        ])
    func olderHashes(typed: String) throws {
        #expect(register("old@example.org").status == 201)
        let database = try Product.openDatabase(bench.settings, WriteQueue())
        func hash() throws -> String? {
            try database.read {
                try $0.value("SELECT password_hash FROM users WHERE email = 'old@example.org'")
            }
        }
        let old = PasswordHash(password: typed).encoded
        try database.write {
            _ = try $0.execute(
                "UPDATE users SET password_hash = \(old) WHERE email = 'old@example.org'")
        }
        #expect(signIn("old@example.org", "something else").status == 401)
        #expect(signIn("old@example.org", typed).status == 200)
        let isNew = !typed.utf8.elementsEqual(PasswordRules.normalised(typed).utf8)
        #expect(try (hash() != old) == isNew)
        #expect(signIn("old@example.org", PasswordRules.normalised(typed)).status == 200)
        #expect(signIn("old@example.org", typed.decomposed).status == 200)
    }

    @Test(
        "A password that is guessed first is refused, with what to do instead",
        arguments: [
            "Iloveyou", "qwertyuiop", "ada@example.org", "Ada-Example-Org", "Ada Lovelace",
            "lovelace1815",
            "atelier2026!", "AtelierAtelier", "aaaaaaaaaa", "1111111111111", "!!!!!!!!!",
        ])
    func weakPasswords(password: String) throws {
        let answer = register("ada@example.org", password)
        #expect(answer.status == 422)
        #expect(answer.code == "weak_password")
        #expect(answer.text.contains(#""field":"password""#))
        let ada = try bench.register("ada@example.org")
        _ = ada.patch("/users/me", #"{"name":"Ada Lovelace"}"#)
        let change = ada.post(
            "/users/me/password",
            #"{"current_password":"long enough","new_password":"\#(password)"}"#)
        #expect(change.code == "weak_password")
        #expect(change.text.contains(#""field":"new_password""#))
    }

    @Test(
        "Nothing is said about what a password is made of",
        arguments: [
            "correct horse battery", "nur kleine buchstaben", "8273640192", "密码密码密码密码好的",
            "🦊🐻🐼🐨🐯🦁🐮🐷", "atelier on the hill", String(repeating: "long ", count: 200),
        ])
    func goodPasswords(password: String) throws {
        #expect(register("ada@example.org", password).status == 201)
        #expect(signIn("ada@example.org", password).status == 200)
    }

    @Test func withoutAListTheOtherRulesHold() throws {
        let rules = PasswordRules(commonPasswordsFile: "/nowhere")
        #expect(try rules.checked("qwertyuiop", field: "f", names: []) == "qwertyuiop")
        #expect(throws: Problem.self) { try rules.checked("atelier99", field: "f", names: []) }
    }

    // MARK: Addresses

    @Test(
        "Addresses that look the same are the same",
        arguments: [
            ("j\u{fc}rgen@example.org", "ju\u{308}rgen@example.org"),
            ("ju\u{308}rgen@example.org", "J\u{dc}RGEN@Example.ORG"),
            ("ada@example.org", "ada@example.org."), ("ada@example.org", " ADA@EXAMPLE.ORG "),
            ("kim@example.org", "\u{212a}im@example.org"),
        ])
    func sameAddress(first: String, second: String) throws {
        #expect(register(first).status == 201)
        #expect(register(second).code == "email_taken")
        #expect(signIn(second).status == 200)
    }

    @Test("An account whose address was stored as it was typed still signs in, and is taken")
    func olderAddresses() throws {
        let typed = "ju\u{308}rgen@example.org"
        #expect(register("old@example.org").status == 201)
        let database = try Product.openDatabase(bench.settings, WriteQueue())
        try database.write {
            _ = try $0.execute(
                "UPDATE users SET email = \(typed) WHERE email = 'old@example.org'")
        }
        #expect(signIn("j\u{fc}rgen@example.org").status == 200)
        #expect(signIn(typed).status == 200)
        #expect(register("j\u{fc}rgen@example.org").code == "email_taken")
    }

    @Test("Two accounts of before, whose addresses only look the same, are still two")
    func olderDoubles() throws {
        let forms = ["j\u{fc}rgen@example.org", "ju\u{308}rgen@example.org"]
        let database = try Product.openDatabase(bench.settings, WriteQueue())
        for (number, form) in forms.enumerated() {
            #expect(register("p\(number)@example.org", "password of \(number)").status == 201)
            try database.write {
                _ = try $0.execute(
                    "UPDATE users SET email = \(form) WHERE email = \("p\(number)@example.org")")
            }
        }
        for form in forms {
            let both = try (0..<2).map {
                try signIn(form, "password of \($0)").field("access_token", as: String.self)
            }
            let ids = try both.map {
                try Client(product: bench.product, token: $0).get("/users/me").field(
                    "id", as: String.self)
            }
            #expect(Set(ids).count == 2)
        }
        #expect(register(forms[0]).code == "email_taken")
    }

    @Test(
        "An address that can be taken for another is refused",
        arguments: [
            "\u{430}da@example.org", "\u{430}\u{501}\u{430}@example.org", "ada@ex\u{430}mple.org",
            "\u{3bf}\u{3c5}@example.org", "ad\u{200b}a@example.org", "ad\u{ad}a@example.org",
            "\u{ff41}da@example.org", "\u{1d41a}da@example.org", "a\u{337}da@example.org",
            "ad\u{251}@example.org", "ad\u{131}@example.org", "ada@example\u{2024}org",
            "a\u{202e}da@example.org", "ada\u{661}@example.org", "\u{fb01}n@example.org",
            "ad\u{34f}a@example.org", "\u{578}\u{585}@example.org",
        ])
    func lookAlikes(address: String) throws {
        let answer = register(address)
        #expect(answer.status == 422)
        #expect(["look_alike_address", "invalid_body"].contains(answer.code))
        #expect(answer.text.contains(#""field":"email""#))
    }

    @Test(
        "Addresses in other alphabets are taken",
        arguments: [
            "j\u{fc}rgen@b\u{fc}cher.example", "иван.петров@пример.example", "γιώργος@example.org",
            "用户@例え.example", "山田taro@example.org", "משה@example.org", "stra\u{df}e@example.org",
            "o'brien+shop@example.org", "x_1-2@sub.example.org", "ada@localhost", "नमस्ते@example.org",
        ])
    func otherAlphabets(address: String) throws {
        #expect(register(address).status == 201)
        #expect(signIn(address).status == 200)
    }

    @Test(arguments: [
        "ada", "@example.org", "ada@", "a@b@c", "a b@example.org", ".ada@example.org",
        "ada.@example.org",
        "a..b@example.org", "ada@example..org", "ada@.org", "<ada>@example.org", "a,b@example.org",
        "ada@example.org\u{0}", "ada\n@example.org",
        String(repeating: "x", count: 250) + "@example.org",
    ])
    func noAddress(address: String) throws {
        let answer = register(address)
        #expect(answer.status == 422 || answer.status == 400)
        #expect([401, 422].contains(signIn(address).status))
    }
}
