import FoundationEssentials

/// Load by `wrk`: 16 connections on 2 threads, each sending its next request as soon as it has the
/// answer to the last one.
struct Wrk {
    /// One of the requests that are sent in turn.
    struct Request {
        let method: String
        let path: String
        var headers: [String: String] = [:]
        var body: String?
    }

    struct Outcome {
        var answers = 0
        var seconds = 0.0
        /// Answers that were no success or lacked their end.
        var wrong = 0
        /// Connections that failed or timed out.
        var broken = 0

        var rate: Double { Double(answers) / seconds }

        static func + (one: Outcome, other: Outcome) -> Outcome {
            Outcome(
                answers: one.answers + other.answers, seconds: one.seconds + other.seconds,
                wrong: one.wrong + other.wrong, broken: one.broken + other.broken)
        }
    }

    static let connections = 16

    let directory: String

    /// - Parameter end: What every whole answer holds.
    func load(
        _ address: String, _ requests: [Request], end: String, seconds: Int
    ) throws -> Outcome {
        let script = directory + "/wrk.lua"
        let output = directory + "/wrk.out"
        try Self.script(requests, end: end).write(toFile: script, atomically: true, encoding: .utf8)
        try? FileManager.default.removeItem(atPath: output)
        let arguments = [
            "wrk", "-t2", "-c\(Self.connections)", "-d\(seconds)s", "--timeout", "10s", "-s",
            script,
            address,
        ]
        let succeeded = try ChildProcess.run(arguments, output: output)
        let printed = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        guard succeeded, let outcome = Outcome(printed) else {
            throw Failure("wrk failed:\n\(printed)")
        }
        return outcome
    }

    /// Both threads go through the requests in turn, from different places.
    private static func script(_ requests: [Request], end: String) -> String {
        let lines = requests.map { request in
            let headers = request.headers.map { "[\(quoted($0))]=\(quoted($1))" }.joined(
                separator: ",")
            let body = request.body.map(quoted) ?? "nil"
            return "{\(quoted(request.method)),\(quoted(request.path)),{\(headers)},\(body)},"
        }
        return """
            local requests = {
            \(lines.joined(separator: "\n"))
            }
            local threads = {}
            function setup(thread)
              thread:set("number", #threads)
              table.insert(threads, thread)
            end
            function init()
              wrong = 0
              position = number * math.floor(#requests / 2)
              texts = {}
              for index, request in ipairs(requests) do texts[index] = wrk.format(unpack(request, 1, 4)) end
            end
            function request()
              position = position % #texts + 1
              return texts[position]
            end
            function response(status, headers, body)
              if status ~= 200 or not body:find(\(quoted(end)), 1, true) then wrong = wrong + 1 end
            end
            function done(summary)
              local wrong = 0
              for _, thread in ipairs(threads) do wrong = wrong + thread:get("wrong") end
              local errors = summary.errors
              io.write(string.format("outcome %d %d %d %d\\n", summary.requests, summary.duration, wrong,
                errors.connect + errors.read + errors.write + errors.timeout))
            end

            """
    }

    /// As a Lua string.
    private static func quoted(_ text: String) -> String {
        "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" } + "\""
    }
}

extension Wrk.Outcome {
    /// Reads the line of our script.
    fileprivate init?(_ printed: String) {
        guard let line = printed.split(separator: "\n").last(where: { $0.hasPrefix("outcome ") })
        else {
            return nil
        }
        let numbers = line.split(separator: " ").dropFirst().compactMap { Int($0) }
        guard numbers.count == 4, numbers[1] > 0 else { return nil }
        answers = numbers[0]
        seconds = Double(numbers[1]) / 1e6
        wrong = numbers[2]
        broken = numbers[3]
    }
}

extension Table {
    /// Notes what went wrong under a load.
    mutating func check(_ outcome: Wrk.Outcome, of load: String) {
        if outcome.wrong > 0 {
            addFault("\(load): \(outcome.wrong) of \(outcome.answers) answers wrong")
        }
        if outcome.broken > 0 { addFault("\(load): \(outcome.broken) connections broken") }
        if outcome.answers == 0 { addFault("\(load): no answer at all") }
    }
}
