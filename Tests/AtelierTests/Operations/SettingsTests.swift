import Atelier
import Providers
import Testing

@Suite struct SettingsTests {
    private func settings(
        _ environment: [String: String], files: [String: String] = [:]
    ) throws -> Settings {
        struct NoFile: Error {}
        return try Settings(environment: environment) { path in
            guard let text = files[path] else { throw NoFile() }
            return text
        }
    }

    @Test func credentialsAreThePackagesWay() throws {
        #expect(try settings(["CREDENTIALS_DIRECTORY": "/run/c"]).isPackaged)
        #expect(try !settings([:]).isPackaged)
    }

    @Test func theKeyIsACredentialOrAFileThatIsMade() throws {
        let key = String(repeating: "0123456789abcdef", count: 4)
        let directory = ["CREDENTIALS_DIRECTORY": "/run/c"]
        let given = try settings(
            directory, files: ["/run/c/credentials_atelier-token-key": key + "\n"])
        #expect(given.tokenKey == key && given.tokenKeyFile == nil)
        let made = try settings(["ATELIER_TOKEN_KEY_FILE": "/not/there/yet"])
        #expect(made.tokenKey == nil && made.tokenKeyFile == "/not/there/yet")
    }

    @Test func modelsOfAProviderCanBeNamed() throws {
        let one = [
            "ATELIER_PROVIDER_URL": "http://localhost/v1", "ATELIER_PROVIDER_MODELS": "a, b/c:d",
        ]
        #expect(try settings(one).providers.first?.models == ["a", "b/c:d"])
        let several = [
            "ATELIER_PROVIDERS": "x", "ATELIER_PROVIDER_X_URL": "http://localhost/v1",
            "ATELIER_PROVIDER_X_MODELS": "a",
        ]
        #expect(try settings(several).providers.first?.models == ["a"])
        for unsound in ["a,,b", "a,a", String(repeating: "a", count: 201), "a\u{1}"] {
            let faults = try #require(throws: Settings.Faults.self) {
                try settings(one.merging(["ATELIER_PROVIDER_MODELS": unsound]) { $1 })
            }
            #expect(faults.description.contains("ATELIER_PROVIDER_MODELS"))
        }
    }

    @Test func nothingHasToBeSet() throws {
        let settings = try settings([:])
        #expect(settings.registrationIsOpen && settings.providers.isEmpty)
        #expect(settings.databasePath == "/var/lib/atelier/app.db")
        #expect(settings.answersPerPerson == 8 && settings.viewersPerPerson == 32)
    }

    @Test func everyFaultIsNamed() throws {
        let faults = try #require(throws: Settings.Faults.self) {
            try settings([
                "ATELIER_REGISTRATION": "perhaps", "ATELIER_THREADS": "many",
                "ATELIER_LOG_LEVEL": "loud", "ATELIER_PROVIDERS": "one,two",
                "ATELIER_PROVIDER_ONE_URL": "ftp://x", "ATELIER_ADMIN_PASSWORD_FILE": "/none",
                "ATELIER_BACKUPS": "/var/lib/atelier", "ATELIER_BACKUP_KEEP": "0",
                "ATELIER_ANSWERS_PER_PERSON": "0", "ATELIER_VIEWERS_PER_PERSON": "5000",
                "ATELIER_TOKEN_KEY": "too short", "ATELIER_LOG_ADDRESSES": "maybe",
            ])
        }
        for key in [
            "ATELIER_REGISTRATION", "ATELIER_THREADS", "ATELIER_LOG_LEVEL",
            "ATELIER_PROVIDER_ONE_URL",
            "ATELIER_PROVIDER_TWO_URL", "ATELIER_ADMIN_PASSWORD_FILE", "ATELIER_BACKUPS",
            "ATELIER_BACKUP_KEEP", "ATELIER_ANSWERS_PER_PERSON", "ATELIER_VIEWERS_PER_PERSON",
            "ATELIER_TOKEN_KEY", "ATELIER_LOG_ADDRESSES",
        ] {
            #expect(faults.lines.contains { $0.hasPrefix(key) }, "\(key)")
        }
    }

    @Test func severalProvidersKeepTheirOrder() throws {
        let settings = try settings([
            "ATELIER_PROVIDERS": "local, big-one",
            "ATELIER_PROVIDER_LOCAL_URL": "http://localhost:11434/v1",
            "ATELIER_PROVIDER_BIG_ONE_URL": "https://ai.example.org/v1",
            "ATELIER_PROVIDER_BIG_ONE_KEY": "sk-1", "OPENROUTER_API_KEY": "sk-or-2",
        ])
        #expect(settings.providers.map(\.name) == ["local", "big-one", "openrouter"])
        #expect(settings.providers.map(\.kind) == [.ollama, .auto, .openRouter])
        #expect(settings.providers[1].apiKey?.exposed == "sk-1")
    }

    @Test("A secret may come from a file, a credential or one of a directory of credentials")
    func secrets() throws {
        let fromFile = try settings(
            ["OPENROUTER_API_KEY_FILE": "/key"], files: ["/key": " sk-or-3\n"])
        #expect(fromFile.providers.first?.apiKey?.exposed == "sk-or-3")
        let fromCredential = try settings(
            ["CREDENTIALS_DIRECTORY": "/run/c"], files: ["/run/c/openrouter-api-key": "sk-or-4\n"])
        #expect(fromCredential.providers.first?.apiKey?.exposed == "sk-or-4")
        let fromDirectory = try settings(
            ["CREDENTIALS_DIRECTORY": "/run/c"],
            files: ["/run/c/credentials_openrouter-api-key": "sk-or-5\n"])
        #expect(fromDirectory.providers.first?.apiKey?.exposed == "sk-or-5")
        let empty = try settings(
            ["CREDENTIALS_DIRECTORY": "/run/c"], files: ["/run/c/openrouter-api-key": "\n"])
        #expect(empty.providers.isEmpty)
    }

    @Test func secretsAreNotShown() throws {
        let settings = try settings(["OPENROUTER_API_KEY": "sk-or-5"])
        #expect(!"\(settings.providers)".contains("sk-or-5"))
    }
}
