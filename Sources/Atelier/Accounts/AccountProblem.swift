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

    /// - Parameter reason: Why nothing could be written.
    static func sessionNotEnded(_ reason: Problem) -> Problem {
        Problem(
            reason.status, "session_not_ended",
            "You are signed out in this browser, but the server could not store that. Sign in again "
                + "later, and end this session under Account.",
            headers: reason.headers, cause: reason.cause)
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

    static var lookAlikeAddress: Problem {
        let message =
            "This address mixes alphabets, or has letters that look like others, so it could be taken "
            + "for another one. Write it with the letters of one alphabet."
        return Problem(
            .unprocessableContent, "look_alike_address", message,
            faults: [Problem.FieldFault(field: "email", message: message)])
    }

    static func weakPassword(field: String) -> Problem {
        let message =
            "This password is one of those that are guessed first. Choose one that nobody else has, "
            + "such as four words that have nothing to do with each other."
        return Problem(
            .unprocessableContent, "weak_password", message,
            faults: [Problem.FieldFault(field: field, message: message)])
    }

    /// Each password takes memory and a core for some hundredths of a second.
    static var busy: Problem {
        Problem(
            .serviceUnavailable, "sign_in_busy",
            "Too many people are signing in at this moment. Try again in a few seconds.",
            headers: [.retryAfter: "3"])
    }

    /// The page is one person's, and the session of its browser is another's by now.
    static var otherPerson: Problem {
        Problem(
            .conflict, "signed_in_as_another",
            "Somebody else has signed in in this browser meanwhile. Nothing was done. Load the page again."
        )
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
