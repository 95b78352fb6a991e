import Testing

@testable import JSON

@Suite struct JSONWriterTests {
    private struct Size: JSONWritable {
        let width: Int
        let height: Int?

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("width", width)
                $0.member("height", height)
            }
        }
    }

    private enum State: String, JSONWritable { case done }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func membersKeepTheirOrderAndNullIsSaid() {
        let bytes = JSONWriter.object {
            $0.member("title", "é/")
            $0.member("none", nil as String?)
            $0.member("absent", ifAny: nil as Int?)
            $0.member("present", ifAny: 7)
            $0.member("state", State.done)
            $0.member("sizes", [Size(width: 1, height: nil), Size(width: 2, height: 3)])
            $0.member("nested") { $0.object { $0.member(named: "a\"b", [] as [Int]) } }
            $0.member("list") { list in
                list.array {
                    $0.append(true)
                    $0.array { _ in }
                    $0.object { _ in }
                    $0.append(json: #"{"x":1}"#.utf8)
                    $0.null()
                }
            }
        }
        #expect(
            text(bytes)
                == #"{"title":"é/","none":null,"present":7,"state":"done","sizes":"#
                + #"[{"width":1,"height":null},{"width":2,"height":3}],"nested":{"a\"b":[]},"#
                + #""list":[true,[],{},{"x":1},null]}"#)
    }

    @Test(
        "Any text is read back as it was",
        arguments: [
            "", "a\"b\\c/", "line\nfeed\r\t\u{8}\u{c}\u{0}\u{1}\u{1f}\u{7f}", "é 漢 🙂 \u{2028}",
        ])
    func texts(text: String) throws {
        for bytes in [
            JSONWriter.bytes(of: [text]), JSONWriter.bytes(of: [JSONValue.string(text)]),
        ] {
            guard case .string(let read)? = JSONValue(bytes)?.elements.first else {
                Issue.record("it is no text")
                continue
            }
            #expect(read == text)
            #expect(bytes.allSatisfy { $0 >= 0x20 })
        }
    }

    @Test func whatIsNotUTF8IsReplaced() {
        var json = JSONWriter()
        json.append(utf8: [0x61, 0xff, 0x0a])
        #expect(text(json.bytes) == "\"a\u{fffd}\\n\"")
    }

    @Test(
        "Numbers that are no integers",
        arguments: [
            (0.7, "0.7"), (1, "1"), (-2.5e-9, "-2.5e-09"), (1e300, "1e+300"), (.infinity, "null"),
            (.nan, "null"), (-0.25, "-0.25"),
        ])
    func doubles(number: Double, written: String) {
        #expect(text(JSONWriter.bytes(of: number)) == written)
    }

    @Test func integersOfAnySizeKeepTheirDigits() {
        #expect(
            text(JSONWriter.bytes(of: [Int.min, -1, 0, .max]))
                == "[-9223372036854775808,-1,0,9223372036854775807]")
        #expect(text(JSONWriter.bytes(of: 1_250_000_000 as Int64)) == "1250000000")
    }
}
