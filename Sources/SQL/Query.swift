/// One SQL statement and the values it binds, written as a string with interpolations.
///
/// Every interpolated value becomes a bound parameter, so no value can ever change the statement:
///
///     let query: Query = "SELECT title FROM notes WHERE owner = \(owner) AND id IN \(ids)"
///
/// The text without the values is what identifies a prepared statement, so a query with the same
/// shape is compiled once per connection.
public struct Query: Sendable, Hashable {
    /// The statement, with `?` where a value goes.
    public private(set) var text: String
    /// The values, in the order of their placeholders.
    public private(set) var values: [Value]

    /// A statement that is text already, such as one a person has typed.
    ///
    /// - Parameter text: Trusted as it stands; placeholders are `?`.
    public init(raw text: String, values: [Value] = []) {
        self.text = text
        self.values = values
    }
}

extension Query: ExpressibleByStringInterpolation {
    public init(stringLiteral text: String) {
        self.init(raw: text)
    }

    public init(stringInterpolation: StringInterpolation) {
        self = stringInterpolation.query
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var query: Query

        public init(literalCapacity: Int, interpolationCount: Int) {
            query = Query(raw: "")
            query.text.reserveCapacity(literalCapacity + interpolationCount)
            query.values.reserveCapacity(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) {
            query.text += literal
        }

        /// Binds one value.
        public mutating func appendInterpolation(_ value: some SQLConvertible) {
            query.text += "?"
            query.values.append(value.sqlValue)
        }

        /// Binds one value, or NULL.
        ///
        /// Apart from the one above only so that the compiler does not take an optional for a slip.
        public mutating func appendInterpolation<T: SQLConvertible>(_ value: T?) {
            query.text += "?"
            query.values.append(value.sqlValue)
        }

        /// Binds a list for `IN` and `NOT IN`, with its parentheses. An empty one holds nothing:
        /// `IN` is false and `NOT IN` true for every row.
        public mutating func appendInterpolation<List: Collection>(_ list: List)
        where List.Element: SQLConvertible {
            guard !list.isEmpty else {
                query.text += "(SELECT NULL WHERE FALSE)"
                return
            }
            query.text += "("
            for (index, value) in list.enumerated() {
                query.text += index == 0 ? "?" : ", ?"
                query.values.append(value.sqlValue)
            }
            query.text += ")"
        }

        /// Puts another query in, with its values: a condition built elsewhere.
        public mutating func appendInterpolation(_ part: Query) {
            query.text += part.text
            query.values += part.values
        }

        /// Puts text in as it stands. Never pass anything that came from outside the program.
        public mutating func appendInterpolation(raw text: String) {
            query.text += text
        }

        /// Puts the name of a table or column in, quoted.
        public mutating func appendInterpolation(identifier name: String) {
            query.text += "\""
            for character in name.unicodeScalars {
                query.text.unicodeScalars.append(character)
                if character == "\"" { query.text += "\"" }
            }
            query.text += "\""
        }
    }
}
