import HTTPTypes
import TestSupport
import Testing
import Web

@testable import Atelier

/// Every field that a client may fill, at its limit and beyond.
@Suite struct FieldLimitTests {
    /// One field of one route.
    struct Field: Sendable, CustomTestStringConvertible {
        enum Kind: Sendable {
            /// One line that a person reads.
            case line
            /// Compared, never read.
            case identifier
            /// Kept as it is.
            case text
            /// Only ever compared with what is known, in secret.
            case secret
        }

        let method: HTTPRequest.Method
        /// `{c}` stands for a conversation.
        let path: String
        /// The name that a problem calls it by.
        let name: String
        let limit: Int
        let kind: Kind
        /// `$` stands for the value, quoted.
        let body: String

        init(
            _ method: HTTPRequest.Method, _ path: String, _ name: String, _ limit: Int,
            _ kind: Kind,
            _ body: String? = nil
        ) {
            self.method = method
            self.path = path
            self.name = name
            self.limit = limit
            self.kind = kind
            self.body = body ?? #"{"\#(name)":$}"#
        }

        var testDescription: String { "\(method) \(path) \(name)" }
    }

    static let fields: [Field] = [
        Field(.post, "/conversations", "title", 480, .line),
        Field(.post, "/conversations", "model", 200, .identifier),
        Field(
            .post, "/conversations", "fallback_models", 200, .identifier,
            #"{"fallback_models":["a",$]}"#),
        Field(.patch, "/conversations/{c}", "title", 480, .line),
        Field(.patch, "/conversations/{c}", "model", 200, .identifier),
        Field(
            .patch, "/conversations/{c}", "fallback_models", 200, .identifier,
            #"{"fallback_models":[$]}"#),
        Field(.patch, "/conversations/{c}", "active_message_id", 64, .identifier),
        Field(.post, "/conversations/{c}/messages", "text", 400_000, .text),
        Field(
            .post, "/conversations/{c}/messages", "model", 200, .identifier,
            #"{"text":"x","model":$}"#),
        Field(
            .post, "/conversations/{c}/messages", "parent_id", 64, .identifier,
            #"{"text":"x","parent_id":$}"#),
        Field(.post, "/conversations/{c}/messages", "reply_to", 64, .identifier),
        Field(.post, "/conversations/{c}/messages", "continue", 64, .identifier),
        Field(
            .post, "/auth/register", "email", 254, .secret,
            #"{"email":$,"password":"long enough","name":"x"}"#),
        Field(
            .post, "/auth/register", "password", 1024, .secret,
            #"{"email":"b@example.org","password":$,"name":"x"}"#),
        Field(
            .post, "/auth/register", "name", 320, .line,
            #"{"email":"b@example.org","password":"a good long one","name":$}"#),
        Field(.post, "/auth/login", "email", 254, .secret, #"{"email":$,"password":"x"}"#),
        Field(
            .post, "/auth/login", "password", 1024, .secret,
            #"{"email":"ada@example.org","password":$}"#),
        Field(.post, "/auth/refresh", "refresh_token", 200, .secret),
        Field(.patch, "/users/me", "name", 320, .line),
        Field(
            .post, "/users/me/password", "current_password", 1024, .secret,
            #"{"current_password":$,"new_password":"a good long one"}"#),
        Field(
            .post, "/users/me/password", "new_password", 1024, .secret,
            #"{"current_password":"x","new_password":$}"#),
        Field(.delete, "/users/me", "password", 1024, .secret),
    ]

    let bench: Workbench
    let ada: Client
    let conversation: String

    init() throws {
        bench = try Workbench()
        ada = try bench.register("ada@example.org")
        conversation = try ada.newConversation()
    }

    /// - Parameter value: As it stands between quotation marks.
    private func send(_ value: String, as field: Field) -> Answer {
        ada.send(
            field.method, field.path.replacing("{c}", with: conversation),
            field.body.replacing("$", with: "\"\(value)\""))
    }

    private struct Refusal: Decodable {
        struct Fault: Decodable { let field: String }
        let code: String
        let detail: String
        let errors: [Fault]?
    }

    private func refusal(_ answer: Answer) -> Refusal? {
        answer.status < 400 ? nil : try? answer.json(Refusal.self)
    }

    private func isRefused(_ answer: Answer, for field: Field) -> Bool {
        answer.status == 422 && refusal(answer)?.errors?.first?.field == field.name
    }

    @Test("At its limit a field is taken", arguments: fields)
    func atTheLimit(field: Field) {
        // An address has a form besides, and a password rules of its own.
        guard field.kind != .secret else { return }
        for letter in ["x", "é"] {
            let value = String(repeating: letter, count: field.limit / letter.utf8.count)
            let answer = send(value, as: field)
            #expect(!isRefused(answer, for: field), "\(answer.text.prefix(300))")
            #expect(answer.status < 500)
        }
    }

    @Test("One byte more is refused, with the field and its limit", arguments: fields)
    func beyondTheLimit(field: Field) {
        let marks = "a" + String(repeating: "\u{301}", count: field.limit / 2)
        for value in [
            String(repeating: "x", count: field.limit + 1),
            String(repeating: "é", count: field.limit / 2 + 1), marks,
            String(repeating: "👍", count: field.limit / 4 + 1),
        ] {
            let answer = send(value, as: field)
            #expect(isRefused(answer, for: field), "\(answer.status) \(answer.text.prefix(300))")
            #expect(refusal(answer)?.detail.contains("\(field.limit)") == true)
        }
        let huge = send(String(repeating: "x", count: 3_000_000), as: field)
        #expect(huge.status == 413)
        #expect(huge.code == "body_too_large")
    }

    @Test("Nothing is told to be nothing", arguments: fields.filter { $0.kind != .secret })
    func empty(field: Field) {
        #expect(isRefused(send("", as: field), for: field))
        if field.kind != .identifier {
            #expect(isRefused(send(#" \n\t"#, as: field), for: field))
        }
    }

    @Test("A line has nothing that turns its neighbours, and is more than what cannot be seen")
    func invisible() {
        #expect("a\u{202E}b \u{2066}c\u{2069}".singleLine == "ab c")
        #expect("\u{FEFF}".singleLine == "")
        #expect("\u{200B} \u{2060}".singleLine == "")
        #expect("👩\u{200D}🚀 و\u{200C}ه".singleLine == "👩\u{200D}🚀 و\u{200C}ه")
    }

    @Test(
        "Control characters are refused where none belong, and are harmless elsewhere",
        arguments: fields)
    func controlCharacters(field: Field) {
        for sign in [#"\u0007"#, #"\n"#, #"\u007f"#, "\u{9f}"] {
            let answer = send("a\(sign)b", as: field)
            #expect(answer.status < 500)
            guard field.kind != .secret else { continue }
            #expect(isRefused(answer, for: field) == (field.kind == .identifier))
        }
    }

    @Test("What no database keeps as text is never an error of the server", arguments: fields)
    func unstorable(field: Field) {
        for value in [#"a\u0000b"#, #"half \ud83d smile"#, #"\udc00"#, "\u{feff}a", "\u{fffe}a"] {
            let answer = send(value, as: field)
            #expect(answer.status < 500)
            #expect(answer.code != "invalid_json")
            #expect(field.kind == .secret || !isRefused(answer, for: field), "\(answer.text)")
        }
    }

    @Test(
        "A long secret is compared, and is wrong", arguments: fields.filter { $0.kind == .secret })
    func longSecrets(field: Field) {
        let answer = send(String(repeating: "x", count: field.limit), as: field)
        #expect((400..<500).contains(answer.status) || answer.status == 201)
        #expect(refusal(answer)?.detail.contains("\(field.limit)") != true)
    }

    @Test("Another kind of value is refused", arguments: fields)
    func otherKinds(field: Field) {
        for value in ["5", "1e999", "true", "{}", "[1]", "[[]]"] {
            let body = field.body.replacing("$", with: value)
            let path = field.path.replacing("{c}", with: conversation)
            let answer = ada.send(field.method, path, body)
            #expect(answer.status == 422)
            #expect(answer.code == "invalid_body")
        }
    }

    @Test func whatIsTakenIsGivenBackWithoutWhatCannotBeKept() throws {
        let title = try ada.post("/conversations", #"{"title":" A\u0007\u0000 b\ud83d\n c "}"#)
            .field("title")
        #expect(title == "A \u{fffd} b\u{fffd} c")
        _ = ada.say(#"half \ud83d smile\u0000 \u001b[0m"#, in: conversation)
        let messages = ada.get("/conversations/\(conversation)/messages").text
        #expect(messages.contains("half \u{fffd} smile\u{fffd} \\u001b[0m"))
    }

    @Test func aListOfMaximalConversationsIsSmall() throws {
        let model = String(repeating: "é", count: 100)
        let fallbacks = (0..<5).map { "\"\($0)\(String(repeating: "é", count: 99))\"" }
        let title = String(repeating: "漢", count: 160)
        for _ in 0..<200 {
            let answer = ada.post(
                "/conversations",
                #"{"title":"\#(title)","model":"\#(model)","fallback_models":[\#(fallbacks.joined(separator: ","))]}"#
            )
            #expect(answer.status == 201)
        }
        let page = ada.get("/conversations?limit=200")
        #expect(page.body.count < 600_000)
        #expect(page.body.count > 200 * 1_500)
    }

    // MARK: Beside the body

    @Test(
        "A parameter that is not sound is refused, and named",
        arguments: [
            ("/conversations?limit=0", "limit"), ("/conversations?limit=201", "limit"),
            ("/conversations?limit=", "limit"), ("/conversations?limit=1e1", "limit"),
            ("/conversations?limit=99999999999999999999", "limit"),
            ("/conversations?limit=1&limit=1", "limit"), ("/conversations?cursor=x", "cursor"),
            ("/conversations?cursor=", "cursor"), ("/conversations?cursor=-1.", "cursor"),
            ("/conversations?cursor=1.\(String(repeating: "x", count: 99))", "cursor"),
            ("/conversations?q=\(String(repeating: "x", count: 481))", "q"),
            ("/conversations/{c}/messages?limit=-1", "limit"),
            ("/conversations/{c}/messages?from=here", "from"),
        ])
    func parameters(path: String, name: String) {
        let answer = ada.get(path.replacing("{c}", with: conversation))
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_parameter")
        #expect(refusal(answer)?.errors?.first?.field == name)
    }

    @Test func aSearchAtItsLimitIsMade() {
        #expect(ada.get("/conversations?q=\(String(repeating: "x", count: 480))").status == 200)
        #expect(ada.get("/conversations?q=").status == 200)
    }

    @Test(
        "A key that is not sound is refused",
        arguments: ["", String(repeating: "k", count: 256), "clé", "a\tb"])
    func idempotencyKeys(key: String) {
        let answer = ada.post(
            "/conversations/\(conversation)/messages", #"{"text":"x"}"#,
            headers: [.idempotencyKey: key])
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_parameter")
    }

    @Test func aKeyThatStandsTwiceIsRefused() {
        var headers = HTTPFields()
        headers.append(HTTPField(name: .idempotencyKey, value: "a"))
        headers.append(HTTPField(name: .idempotencyKey, value: "b"))
        let answer = ada.post(
            "/conversations/\(conversation)/messages", #"{"text":"x"}"#, headers: headers)
        #expect(answer.status == 400)
    }

    @Test func aKeyAtItsLimitIsTaken() {
        let answer = ada.post(
            "/conversations/\(conversation)/messages", #"{"text":"x"}"#,
            headers: [.idempotencyKey: String(repeating: "k", count: 255)])
        #expect(answer.status == 202)
    }

    @Test(
        "An id that cannot be is answered like one that is not there",
        arguments: [
            "x", String(repeating: "x", count: 8_000), "..", "%2e", "a\u{7}", "é", "'; --",
            "\u{fffd}",
        ])
    func paths(id: String) {
        for path in ["/conversations/\(id)", "/conversations/\(id)/messages", "/generations/\(id)"]
        {
            #expect(ada.get(path).status == 404)
        }
        #expect(ada.delete("/conversations/\(id)").status == 404)
        #expect(ada.post("/conversations/\(id)/restore").status == 404)
        #expect(ada.delete("/users/me/sessions/\(id)").status == 404)
    }
}
