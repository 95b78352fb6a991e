import Web

extension DemoProvider {
    /// `GET /models`: answers without a key too. All models write text, so any other modality that
    /// is asked for has none.
    func listModels(_ request: Request) -> Response {
        let key = try? key(of: request)
        let simulations = key?.hasPrefix("sk-sim") == true || request.query["sim"] == "true"
        let modalities = (request.query["output_modalities"] ?? "text").split(separator: ",")
        let isText = modalities.contains { $0 == "text" || $0 == "all" }
        let models = isText ? catalogue.list(withSimulations: simulations).map(\.json) : []
        return .json(
            text: #"{"data":\#(models),"links":{"next":null},"total_count":\#(models.count)}"#)
    }

    /// `GET /key`: a key without limit; its usage is that of everybody since the start.
    func describeKey(_ request: Request) throws -> Response {
        let key = try key(of: request)
        let usage = log.totalCost
        return .json(
            text: #"""
                {"data":{"label":\#("\(key.prefix(12))...\(key.suffix(3))"),"limit":null,\#
                "limit_remaining":null,"limit_reset":null,"include_byok_in_limit":false,\#
                "usage":\#(usage),"usage_daily":\#(usage),"usage_weekly":\#(usage),\#
                "usage_monthly":\#(usage),"byok_usage":0,"byok_usage_daily":0,"byok_usage_weekly":0,\#
                "byok_usage_monthly":0,"is_free_tier":false,"is_management_key":false,\#
                "is_provisioning_key":false,"creator_user_id":null,"expires_at":null,\#
                "rate_limit":{"requests":-1,"interval":"10s","note":"deprecated"}}}
                """#)
    }

    /// `GET /generation?id=`: unknown for the first second after its end.
    func describeGeneration(_ request: Request) throws -> Response {
        _ = try key(of: request)
        guard let id = request.query["id"], !id.isEmpty else { throw Failure.usual(400)! }
        guard let record = log.record(id, at: time.now()) else {
            throw Failure(
                status: 404, message: "Generation \(id) not found",
                metadata: #"{"error_type":"not_found"}"#)
        }
        return .json(text: #"{"data":\#(record.json)}"#)
    }
}
