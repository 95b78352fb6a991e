import HTTPTypes
import Logging
import SQL
import Web

/// Whether the service works: for monitors, and for the load balancer in front.
struct HealthRoutes: Sendable {
    private struct Report: Encodable {
        let status: String
        let version: String
        let checks: [String: String]
    }

    let database: Database
    let logger: Logger

    func add(to router: inout Router) {
        router.get("/health/live") { _ in
            .json(Report(status: "ok", version: Version.text, checks: [:]))
        }
        router.get("/health", health)
    }

    /// Asks what the service cannot do without: a write to the database.
    private func health(_ request: Request) -> Response {
        do {
            try database.write { connection in
                try connection.execute("UPDATE instance SET id = id")
            }
            return .json(Report(status: "ok", version: Version.text, checks: ["database": "ok"]))
        } catch {
            logger.error("health: the database cannot be written", metadata: ["cause": "\(error)"])
            let fault = (error as? SQLError).flatMap(StorageProblem.init)?.problem.code.rawValue
            return .json(
                Report(
                    status: "failing", version: Version.text,
                    checks: ["database": fault ?? "storage_unavailable"]),
                status: .serviceUnavailable)
        }
    }
}
