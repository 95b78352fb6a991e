import FoundationEssentials
import Glibc

/// The private nginx of one `atelier serve`, from the templates that production uses.
struct ServeSite {
    let place: ServePlace
    let port: Int
    /// Where the demo provider answers; `nil` when there is none.
    let demoPort: Int?

    private var configuration: String { place.run + "/nginx.conf" }

    func writeConfiguration() throws {
        try fill("site.conf", as: "site.conf", siteValues)
        if let demoPort {
            try fill(
                "demo-provider.conf", as: "demo-provider.conf",
                [
                    "DEMO_PORT": "\(demoPort)", "DEMO_SOCKET": place.demoSocket,
                    "CONFIGURATION": place.nginx,
                ])
        }
        try fill(
            "serve.conf", as: "nginx.conf",
            [
                "RUN": place.run, "LOG": place.log,
                "NGINX_WORKERS": "\(ProcessInfo.processInfo.activeProcessorCount)",
                // Started by root, nginx would give its workers a user that cannot read the state.
                "USER": geteuid() == 0 ? "user root;" : "",
                "SITE": place.run + "/site.conf",
                "DEMO": demoPort == nil ? "" : "include \(place.run)/demo-provider.conf;",
            ])
    }

    func service(_ environment: [String: String]) -> Supervisor.Service {
        Supervisor.Service(name: "nginx", stopSignal: SIGTERM) {
            // setpriv: ends when this process is killed and cannot stop it any more.
            try ChildProcess(
                [
                    "setpriv", "--pdeathsig", "TERM", "nginx", "-e", place.log + "/nginx-error.log",
                    "-c",
                    configuration, "-p", place.run,
                ], environment: environment)
        }
    }

    private var siteValues: [String: String] {
        [
            "WORKERS": "server unix:\(place.workerSocket);",
            "LISTEN": "listen 127.0.0.1:\(port) ssl http2;", "SERVER": "server_name localhost;",
            "WWW": place.www, "ACCESS_LOG": place.log + "/access.log",
            "CERTIFICATE": place.certificate, "CERTIFICATE_KEY": place.certificateKey,
            "CONFIGURATION": place.nginx,
            // Files change while somebody works on them, so each start has addresses of its own.
            "VERSION": "serve-\(time(nil))",
            // Everybody here has the same address, and a benchmark asks as often as it can.
            "SIGN_IN_RATE": "100000r/s", "SIGN_IN_BURST": "100000",
            "START_RATE": "100000r/s", "START_BURST": "100000",
            "API_RATE": "100000r/s", "API_BURST": "100000", "CONNECTIONS": "65535",
        ]
    }

    private func fill(_ template: String, as name: String, _ values: [String: String]) throws {
        let text = try Template(contentsOf: place.nginx + "/" + template).filled(with: values)
        try text.write(toFile: place.run + "/" + name, atomically: true, encoding: .utf8)
    }
}
