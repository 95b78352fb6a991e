extension JSON: Encodable {
    func encode(to encoder: any Encoder) throws {
        if case .object(let members) = self {
            var object = encoder.container(keyedBy: AnyKey.self)
            for member in members {
                try object.encode(member.value, forKey: AnyKey(stringValue: member.key))
            }
            return
        }
        var value = encoder.singleValueContainer()
        switch self {
        case .null, .object: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .number(let digits):
            try Int(digits).map { try value.encode($0) }
                ?? value.encode(Double(digits).flatMap { $0.isFinite ? $0 : nil } ?? 0)
        case .string(let text): try value.encode(text)
        case .broken(let bytes): try value.encode(TextJoiner.repaired(bytes))
        case .array(let elements): try value.encode(elements)
        }
    }
}
