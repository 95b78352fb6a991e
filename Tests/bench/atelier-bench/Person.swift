import HTTPClient
import HTTPTypes

/// Somebody with an account, signed in, and one conversation.
struct Person: Sendable {
    static let password = "bench password"

    let email: String
    let token: String
    let conversationID: String

    private struct SignIn: Decodable {
        let token: String

        enum CodingKeys: String, CodingKey {
            case token = "access_token"
        }
    }

    private struct Conversation: Decodable {
        let id: String
    }

    private struct Models: Decodable {
        let items: [Model]

        struct Model: Decodable {
            let id: String
        }
    }

    private init(_ email: String, _ client: APIClient) throws {
        let body = #"{"email":"\#(email)","password":"\#(Self.password)","name":"Bench"}"#
        self.email = email
        token = try client.send(client.request("auth/register", body: body), for: SignIn.self).token
        conversationID = try Self.newConversation(token, client)
    }

    /// Makes so many accounts, once every worker knows the upstream's models.
    static func register(_ count: Int, _ client: APIClient) throws -> [Person] {
        let people = try inParallel(count) { try Person("person\($0)@example.org", client) }
        try awaitModels(people[0], client)
        return people
    }

    static func register(_ email: String, _ client: APIClient) throws -> Person {
        try Person(email, client)
    }

    /// A worker that has just started does not know any model for a moment; which of them answers is
    /// chance.
    private static func awaitModels(_ person: Person, _ client: APIClient) throws {
        var inARow = 0
        let deadline = ContinuousClock.now + .seconds(20)
        while inARow < 50 {
            guard ContinuousClock.now < deadline else {
                throw Failure("no models from the upstream")
            }
            let models = try client.send(
                client.request("models", by: person.token), for: Models.self)
            inARow = models.items.contains { $0.id == "fast" } ? inARow + 1 : 0
        }
    }

    /// Another conversation, with a title of its own, so that no model is asked for one.
    static func newConversation(_ token: String, _ client: APIClient) throws -> String {
        let request = client.request(
            "conversations", by: token, body: #"{"title":"A conversation"}"#)
        return try client.send(request, for: Conversation.self).id
    }

    /// The path to send messages to.
    var messagesPath: String { Self.messagesPath(conversationID) }

    static func messagesPath(_ conversationID: String) -> String {
        "conversations/\(conversationID)/messages"
    }

    /// A message that begins its conversation anew each time, so that what the model is sent stays
    /// the same.
    static func message(to model: String) -> String {
        #"{"text":"How do nginx and a worker talk to each other?","parent_id":null,"model":"\#(model)"}"#
    }

    /// What asks the upstream for the same without Atelier.
    static func chatRequest(to model: String) -> String {
        #"{"model":"\#(model)","stream":true,"messages":[{"role":"user","content":"How do nginx and a worker talk to each other?"}]}"#
    }
}
