import FoundationEssentials
import Glibc
import SQL
import Testing

@testable import Atelier

@Suite struct EnvironmentFileTests {
    @Test(
        "As systemd reads it",
        arguments: [
            ("A=b", ["A": "b"]), ("A=b c  \n", ["A": "b c"]), (" A = b\n", ["A": "b"]),
            ("# A=b\n;C=d\nE=f # g\n", ["E": "f # g"]), ("# a\\\nA=b\nC=d\n", ["C": "d"]),
            ("A=b\\\nc\n", ["A": "bc"]), ("A=' b  '\n", ["A": " b  "]),
            ("A=\"b \\\"c\\\" \\$d \\e\"\n", ["A": "b \"c\" $d \\e"]),
            ("A='b\nc'\n", ["A": "b\nc"]),
            ("A='b\\c'", ["A": "b\\c"]), ("A=b\\ \\c\n", ["A": "b c"]),
            ("A=\nB='' \n", ["A": "", "B": ""]),
            ("A=it's\n", ["A": "it's"]), ("A='b'\"c\"\n", ["A": "bc"]), ("A=1\nA=2\n", ["A": "2"]),
            ("A=b\r\nC=d\r\n", ["A": "b", "C": "d"]), ("A=b=c\n", ["A": "b=c"]),
        ] as [(String, [String: String])])
    func reading(text: String, variables: [String: String]) {
        let file = EnvironmentFile(text)
        #expect(file.variables == variables)
        #expect(file.ignoredLines == [])
    }

    @Test func linesThatSetNothingAreNumbered() {
        let file = EnvironmentFile("A=b\n\nexport C=d\nnonsense\n# fine\n1E=f\n")
        #expect(file.variables == ["A": "b"])
        #expect(file.ignoredLines == [3, 4, 6])
    }
}

@Suite struct ConfigurationCheckTests {
    private let root: String

    init() throws {
        root =
            FileManager.default.temporaryDirectory.path
            + "/atelier-check-\(UInt64.random(in: 0 ... .max))"
        for directory in ["state", "run", "backups"] {
            try FileManager.default.createDirectory(
                atPath: root + "/" + directory, withIntermediateDirectories: true)
        }
    }

    private func check(_ more: [String: String] = [:]) -> ConfigurationCheck {
        let places = [
            "ATELIER_STATE": root + "/state", "ATELIER_RUN": root + "/run",
            "ATELIER_BACKUPS": root + "/backups",
        ]
        return ConfigurationCheck(environment: places.merging(more) { $1 }) {
            try String(contentsOfFile: $0, encoding: .utf8)
        }
    }

    @Test func aSoundOneHasNoFault() throws {
        #expect(check().faults == [])
        _ = try Installation(
            settings: Settings(environment: ["ATELIER_STATE": root + "/state"]) { _ in "" },
            logger: Workbench.silentLogger
        ).prepare()
        let check = check(["ATELIER_THREADS": "64", "ATELIER_TITLE_MODEL": "m", "PATH": "/bin"])
        #expect(check.faults == [])
        #expect(check.notes.contains("database: schema version \(Schema.migrations.count)"))
    }

    @Test func aMisspeltNameIsToldTheRightOne() {
        let faults = check([
            "ATELIER_THREDS": "64", "ATELIER_COMPLETELY_ELSE": "x", "OPENROUTER_APIKEY": "sk-1",
        ]).faults
        #expect(
            faults == [
                "ATELIER_COMPLETELY_ELSE is set, but nothing reads it.",
                "ATELIER_THREDS is set, but nothing reads it. Is ATELIER_THREADS meant?",
                "OPENROUTER_APIKEY is set, but nothing reads it. Is OPENROUTER_API_KEY meant?",
            ])
    }

    @Test func everyFaultIsNamedAtOnce() {
        let faults = check([
            "ATELIER_STATE": "/none", "ATELIER_THREADS": "many", "ATELIER_PROVIDER_URL": "ftp://x",
        ]).faults
        for key in ["ATELIER_STATE", "ATELIER_THREADS", "ATELIER_PROVIDER_URL"] {
            #expect(faults.contains { $0.hasPrefix(key) }, "\(key)")
        }
    }

    @Test func secretsThatOthersMayReadAreNamedAndNotShown() throws {
        let secret = root + "/key"
        try "sk-very-secret".write(toFile: secret, atomically: false, encoding: .utf8)
        try #require(chmod(secret, 0o644) == 0)
        let check = check(["OPENROUTER_API_KEY_FILE": secret])
        #expect(check.faults.count == 1 && check.faults[0].contains("chmod 600 \(secret)"))
        #expect(!(check.faults + check.notes).contains { $0.contains("sk-very-secret") })
        try #require(chmod(secret, 0o640) == 0)
        #expect(self.check(["OPENROUTER_API_KEY_FILE": secret]).faults == [])
    }

    @Test func theFileAndTheCredentialsBesideItAreChecked() throws {
        let path = root + "/atelier.env"
        try "ATELIER_PROVIDER_KEY=sk-1\nexport X=y\n".write(
            toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.createDirectory(
            atPath: root + "/credentials", withIntermediateDirectories: true)
        let credential = root + "/credentials/openrouter-api-key"
        try "sk-2".write(toFile: credential, atomically: false, encoding: .utf8)
        for file in [path, credential] { try #require(chmod(file, 0o644) == 0) }
        var check = check(["CREDENTIALS_DIRECTORY": root + "/credentials"])
        check.checkFile(path, EnvironmentFile(try String(contentsOfFile: path, encoding: .utf8)))
        #expect(check.faults.count == 3)
        #expect(check.faults.contains { $0.contains("line 2 sets nothing") })
        #expect(check.faults.contains { $0.contains("chmod 600 \(path)") })
        #expect(check.faults.contains { $0.contains("chmod 600 \(credential)") })
        #expect(check.notes.contains("providers: openrouter"))
    }

    @Test func aDatabaseOfAnotherVersionIsNamed() throws {
        let path = root + "/state/app.db"
        _ = try Database(path: path)
        #expect(check().faults == [])
        #expect(check().notes.contains { $0.contains("`atelier migrate` brings it") })
        try Migrations(Schema.migrations + ["SELECT 1"]).apply(to: Database(path: path))
        #expect(check().faults.contains { $0.contains("Install the newer program") })
        try "this is no database at all, it is a longer text".write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect(check().faults.contains { $0.contains("cannot be read") })
    }

    @Test("Root sees what the service cannot write", .enabled(if: geteuid() == 0, "needs root"))
    func owners() throws {
        try #require(chown(root + "/run", 4321, 4321) == 0)
        #expect(check().faults.contains { $0.contains("chown --reference=") })
    }
}
