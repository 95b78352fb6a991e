import HTTPTypes
import JSON
import Providers
import SQL
import Web

/// `/metrics` and `/status`, for those who run the service: nginx lets only this machine ask.
///
/// They answer without the database.
struct OperationsRoutes: Sendable {
    static let paths: Set<String> = ["/metrics", "/status"]

    let settings: Settings
    let scoreboard: Scoreboard
    let providers: @Sendable () -> [ProviderStatus]

    func add(to router: inout Router) {
        router.get("/metrics", metrics)
        router.get("/status", status)
    }

    private func metrics(_ request: Request) -> Response {
        let page = MetricsPage(
            processes: ScoreboardView.all(beside: scoreboard), providers: providers(),
            disks: DiskSpace.all(of: settings), backup: backup, nowMs: UnixTime.milliseconds)
        return Response(
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: .bytes([UInt8](page.text.utf8)))
    }

    private func status(_ request: Request) -> Response {
        let page = StatusPage(
            processes: ScoreboardView.all(beside: scoreboard), backup: backup,
            isFull: request.query["full"] != nil, nowMs: UnixTime.milliseconds)
        let wantsJSON = request.query["json"] != nil || request.accepts("application/json")
        return wantsJSON ? .json(page) : .text(page.text)
    }

    private var backup: BackupRecord? { .read(from: settings.stateDirectory) }
}
