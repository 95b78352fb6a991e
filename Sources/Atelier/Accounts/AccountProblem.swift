import HTTPTypes
import Web

/// What can go wrong with accounts, as the client sees it.
enum AccountProblem {
    static var unauthenticated: Problem {
        Problem(.unauthorized, "unauthenticated", "Sign in to do this.", headers: challenge)
    }

    static var tokenExpired: Problem {
        Problem(
            .unauthorized, "token_expired",
            "The access token has expired. Refresh it and try again.",
            headers: challenge)
    }

    static var sessionRevoked: Problem {
        Problem(
            .unauthorized, "session_revoked", "This session has ended. Sign in again.",
            headers: challenge)
    }

    static var invalidCredentials: Problem {
        Problem(
            .unauthorized, "invalid_credentials",
            "The address or the password is not right. Check both and try again.")
    }

    static var wrongPassword: Problem {
        Problem(
            .unprocessableContent, "invalid_credentials",
            "The current password is not right. Nothing was changed.")
    }

    static func tooManyAttempts(waitMs: Int) -> Problem {
        let seconds = (waitMs + 999) / 1000
        return Problem(
            .tooManyRequests, "too_many_attempts",
            "Too many tries to sign in. Wait \(seconds) s and try again.",
            headers: [.retryAfter: "\(seconds)"])
    }

    static var emailTaken: Problem {
        Problem(
            .conflict, "email_taken",
            "There is an account with this address already. Sign in instead.")
    }

    static var registrationClosed: Problem {
        Problem(
            .forbidden, "registration_closed",
            "New accounts are made by the administrator here. Ask them for one.")
    }

    static var forbidden: Problem {
        Problem(.forbidden, "forbidden", "Your account may not do this.")
    }

    /// RFC 6750, section 3.
    private static let challenge: HTTPFields = [.wwwAuthenticate: "Bearer"]
}
