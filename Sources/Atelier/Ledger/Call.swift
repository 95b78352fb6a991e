import Providers
import SQL
import Web

/// One request to a provider that may cost money: what is set aside before it is made. The row of the
/// ledger, which nothing removes.
struct Call: Sendable {
    enum State: String, SQLConvertible, Sendable {
        /// The call runs, or its cost is still being asked for.
        case reserved
        /// The cost is booked.
        case settled
        /// Nothing was charged.
        case released
    }

    let id: String
    let feature: Feature
    let userID: String
    /// The API key that it was made with; `nil` for a person in a browser.
    var keyID: String?
    /// `nil` for what is nobody's answer.
    let generationID: String?
    let provider: String
    /// The one that was asked for, by its id in our list.
    let model: String
    /// The most it is expected to cost, in nano-USD.
    let reservedNanoUSD: Int
    /// What its cost is estimated by.
    var account: CallAccount
    let createdMs: Int

    /// The name of the live stream that holds what comes of it.
    var streamID: String { generationID ?? id }
}

extension Call {
    static let columns: Query = """
        id, feature, user_id, key_id, generation_id, provider, model, reserved_nano_usd,
        estimated_prompt_tokens, prices, tells_cost, created_ms
        """

    /// Reads ``columns``.
    init(_ row: borrowing Row) throws {
        id = try row["id"]
        feature = try row["feature"]
        userID = try row["user_id"]
        keyID = try row["key_id"]
        generationID = try row["generation_id"]
        provider = try row["provider"]
        model = try row["model"]
        reservedNanoUSD = try row["reserved_nano_usd"]
        account = CallAccount(
            promptTokens: try row["estimated_prompt_tokens"],
            // Prices that cannot be read are not known, which must not keep the call from being booked.
            prices: try row["prices", as: String?.self].flatMap {
                try? JSON.decode(ModelPrices.self, from: Array($0.utf8))
            },
            tellsCost: try row["tells_cost"], provider: provider, call: id)
        createdMs = try row["created_ms"]
    }
}

/// A call that has ended, and what it came to.
struct EndedCall: Sendable {
    let call: Call
    let booking: Booking
}
