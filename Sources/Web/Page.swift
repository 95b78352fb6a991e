public import JSON

/// One page of a list, as every list is answered.
public struct Page<Item: JSONWritable>: JSONObject {
    public let items: [Item]
    /// What to pass as `cursor` for the next page; `null` on the last.
    public let nextCursor: String?

    public init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }

    public func writeMembers(to json: inout JSONWriter) {
        json.member("items", items)
        json.member("next_cursor", nextCursor)
    }
}
